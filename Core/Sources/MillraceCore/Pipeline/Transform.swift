/// Changes the records of a batch in place: Kafka Connect's single message transform, one batch at a time.
///
/// A transform may re-point a record's key, value, topic, headers and schemas, append slots and bytes to the batch, and drop
/// records (`isDropped`). It keeps the order, adds no records, and computes what depends on a schema once per schema object.
public protocol Transform: AnyObject, Sendable {
  /// Applies the transform to every record that is not dropped and that `selection` holds.
  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError)
}

/// The records of a batch that a transform applies to: all, or those that a predicate chose.
public struct Selection: ~Copyable {
  @usableFromInline let chosen: [Bool]?
  /// Every record.
  public init() { chosen = nil }
  /// One answer for each record.
  public init(_ chosen: [Bool]) { self.chosen = chosen }
  /// Whether the transform applies to record `index`.
  @inlinable public func contains(_ index: Int) -> Bool { chosen.map { $0[index] } ?? true }
}

/// Chooses records for a transform: Kafka Connect's `Predicate`.
public protocol Predicate: AnyObject, Sendable {
  /// Whether record `index` of the batch meets the condition.
  func test(_ index: Int, of batch: borrowing RecordBatch) -> Bool
}
