public import MillraceCore

/// Kafka Connect's predicate `RecordIsTombstone`: the record's value is null.
public final class RecordIsTombstone: Predicate {
  public static let options: [ConfigurationOption] = []

  public init() {}

  public func test(_ index: Int, of batch: borrowing RecordBatch) -> Bool { batch.records[index].value.isNull }
}
