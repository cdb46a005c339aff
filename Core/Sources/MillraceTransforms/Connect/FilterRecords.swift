public import MillraceCore

/// Kafka Connect's `Filter`: drops every record that it is applied to. It is meant to stand behind a predicate.
public final class FilterRecords: Transform {
  public static let options: [ConfigurationOption] = []

  public init() {}

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    for index in 0..<batch.records.count where selection.contains(index) { batch.records[index].isDropped = true }
  }
}
