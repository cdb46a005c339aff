internal import Synchronization

/// Numbers the fills of all batches in the process.
enum BatchGeneration {
  private static let counter = Atomic<UInt64>(0)
  static func next() -> UInt64 { counter.add(1, ordering: .relaxed).newValue }
}

/// Carries one batch through the pipeline, with what is known about it as a whole.
///
/// `@unchecked Sendable`: exactly one stage holds the box at a time; the channel between the stages hands it on.
public final class BatchBox: @unchecked Sendable {
  public var batch: RecordBatch
  /// Counts the batches of a run from 1, in the order of delivery.
  public package(set) var sequence: UInt64 = 0
  /// What may be stored once this batch and all before it are durable: never a position between records that share one
  /// (Invariant 1). `nil` where no new position was reached.
  public var checkpoint: Checkpoint?

  /// Whether all its records are heartbeats: for a run that ends when it is idle, nothing has come.
  public var holdsOnlyHeartbeats = false

  /// Whether records at its end were left out because the run ends: its checkpoint must not be stored.
  var isCut = false

  public init(capacity: Int = 64 * 1024) { batch = RecordBatch(capacity: capacity) }

  init(_ batch: consuming RecordBatch) { self.batch = batch }

  /// Makes the box ready for its next fill.
  public func reset() {
    batch.reset()
    checkpoint = nil
    isCut = false
    holdsOnlyHeartbeats = false
    sequence = 0
  }
}
