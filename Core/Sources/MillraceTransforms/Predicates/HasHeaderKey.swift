public import MillraceCore

/// Kafka Connect's predicate `HasHeaderKey`: the record has at least one header of a name.
public final class HasHeaderKey: Predicate {
  /// The settings below `predicates.<alias>.`.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("name", required: true, "The name of the header.")
  ]

  private let name: String

  /// Records that have a header of this name, compared exactly.
  public init(name: String) { self.name = name }

  /// Reads `name`; a mistake becomes a finding of `configuration`.
  public init(_ configuration: inout Configuration) {
    name = configuration.required("name", "give the name of a header")
  }

  public func test(_ index: Int, of batch: borrowing RecordBatch) -> Bool {
    guard let wanted = batch.headerNames.firstIndex(of: name) else { return false }
    let record = batch.records[index]
    for place in Int(record.firstHeader)..<Int(record.firstHeader) + Int(record.headerCount)
    where batch.headers[place].name == UInt32(wanted) {
      return true
    }
    return false
  }
}
