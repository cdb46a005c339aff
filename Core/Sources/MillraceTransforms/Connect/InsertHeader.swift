public import MillraceCore

/// Kafka Connect's `InsertHeader`: one header more, with the same value for all records.
public final class InsertHeader: Transform {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("header", required: true, "The name of the header."),
    .init("value.literal", required: true, "Its value: a number, true, false, null, a date or time in ISO form, [a list], {\"a\": \"map\"}, else text."),
  ]

  private let name: String
  private let value: (schema: Schema?, value: Value)

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration) {
    name = configuration.required("header", "give the name of a header")
    let literal = configuration.required("value.literal", "give the value of the header")
    value = ConnectLiteral.parse(literal)
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    let header = Header(
      name: batch.intern(headerName: name), schema: value.schema.map { batch.intern(schema: $0) } ?? Record.noSchema,
      value: batch.slot(value.value))
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let place = batch.beginHeaders(of: index)
      batch.headers.append(header)
      batch.endHeaders(of: index, from: place)
    }
  }
}
