public import MillraceCore

/// Kafka Connect's `DropHeaders`: removes headers by name.
public final class DropHeaders: Transform {
  public static let options: [ConfigurationOption] = [.init("headers", required: true, "The names of the headers to remove.")]

  private let names: Set<String>

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration) {
    names = Set(configuration.requiredList("headers", "list names of headers"))
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    let isDropped = batch.headerNames.map(names.contains)
    guard isDropped.contains(true) else { return }
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let first = Int(batch.records[index].firstHeader), count = Int(batch.records[index].headerCount)
      let place = batch.headers.count
      for at in first..<first + count where !isDropped[Int(batch.headers[at].name)] { batch.headers.append(batch.headers[at]) }
      batch.records[index].firstHeader = UInt32(place)
      batch.records[index].headerCount = UInt32(batch.headers.count - place)
    }
  }
}
