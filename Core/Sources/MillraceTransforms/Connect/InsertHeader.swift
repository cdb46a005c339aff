public import MillraceCore

/// Kafka Connect's `InsertHeader`: one header more, with the same value for all records.
public final class InsertHeader: Transform {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("header", required: true, "The name of the header."),
    .init("value.literal", required: true, "Its value: a number, true, false, null, a date or time in ISO form, else text."),
  ]

  private let name: String
  private let value: (schema: Schema?, value: Value)

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration) {
    name = configuration.required("header", "give the name of a header")
    let literal = configuration.required("value.literal", "give the value of the header")
    if literal.hasPrefix("[") || literal.hasPrefix("{") {
      configuration.report(
        Finding(key: "value.literal", problem: "is a list or a map, which is not supported", advice: "write a number or text"))
    }
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

/// What Connect takes a text for (org.apache.kafka.connect.data.Values.parseString), single values only.
enum ConnectLiteral {
  static func parse(_ literal: String) -> (schema: Schema?, value: Value) {
    switch literal {
    case "null": return (nil, .null)
    case "true": return (.boolean, .boolean(true))
    case "false": return (.boolean, .boolean(false))
    default: break
    }
    let token = literal.trimmed
    if let time = time(token) { return time }
    if let number = number(token) { return number }
    return (.string, .text(literal))
  }

  private static func time(_ token: String) -> (schema: Schema?, value: Value)? {
    guard token.first?.isNumber == true else { return nil }
    let forms: [(Int, String, Schema)] = [
      (13, "HH:mm:ss.SSS'Z'", ConnectTime.time(optional: false)),
      (24, "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", ConnectTime.timestamp(optional: false)), (10, "yyyy-MM-dd", ConnectTime.date(optional: false)),
    ]
    guard let (_, pattern, schema) = forms.first(where: { $0.0 == token.count }), let milliseconds = JavaDateFormat(pattern)?.milliseconds(token)
    else { return nil }
    return (schema, .integer(schema.name == ConnectTime.dateName ? milliseconds / ConnectTime.millisecondsPerDay : milliseconds))
  }

  private static func number(_ token: String) -> (schema: Schema?, value: Value)? {
    guard let first = token.first, first.isNumber || first == "+" || first == "-", let decimal = JavaNumber.decimal(token) else { return nil }
    if let whole = decimal.whole {
      let schema: Schema =
        Int8(exactly: whole) != nil ? .int8 : Int16(exactly: whole) != nil ? .int16 : Int32(exactly: whole) != nil ? .int32 : .int64
      return (schema, .integer(whole))
    }
    if decimal.scale != 0, let float = Float(token), float.isFinite { return (.float32, .float(Double(float))) }
    if decimal.scale != 0, let double = Double(token), double.isFinite { return (.float64, .float(double)) }
    return (.string, .text(token))
  }
}
