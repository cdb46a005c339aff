public import MillraceCore

/// Kafka Connect's predicate `RecordIsTombstone`: the record's value is null.
public final class RecordIsTombstone: Predicate {
  /// The settings below `predicates.<alias>.`: none.
  public static let options: [ConfigurationOption] = []

  /// Takes no settings.
  public init() {}

  public func test(_ index: Int, of batch: borrowing RecordBatch) -> Bool { batch.records[index].value.isNull }
}
