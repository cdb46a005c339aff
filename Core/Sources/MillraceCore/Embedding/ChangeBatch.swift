internal import Synchronization

/// A batch of records as a consumer receives it, in the order of the source, with the right to acknowledge it.
///
/// It is a collection of its events. Nothing is decoded until it is asked for. The batch, and every `ChangeEvent` and `Row` of it,
/// keeps the memory of the whole batch; what is to be kept for long is taken out with `detached()`. Any thread may read it.
public final class ChangeBatch: RandomAccessCollection, Sendable {
  /// Counts the batches of a run, upwards and not without gaps.
  public let sequence: UInt64
  /// What can be stored with the content of this batch, and given to `ChangeStream.init(from:settings:resuming:)` to go on behind
  /// it. nil where the source has no position between this batch and the next one: then the records of the next belong to the
  /// same step, up to a batch that has one.
  public let checkpoint: Checkpoint?

  private let memory: BatchMemory
  /// The records that were not dropped; nil where none was.
  private let live: [Int32]?
  private let handover: Handover

  init(_ memory: BatchMemory, sequence: UInt64, checkpoint: Checkpoint?, handover: Handover) {
    self.memory = memory
    self.sequence = sequence
    self.checkpoint = checkpoint
    self.handover = handover
    let total = memory.box.batch.records.count
    let live = (0..<total).filter { !memory.box.batch.records[$0].isDropped }
    self.live = live.count == total ? nil : live.map { Int32($0) }
    endIndex = live.count
  }

  deinit { handover.released(sequence) }

  /// Always 0.
  public var startIndex: Int { 0 }
  /// The number of events. It can be 0 where the consumer keeps the position: then there is only a new `checkpoint`.
  public let endIndex: Int

  /// The event at `position`; it keeps the memory of the batch.
  public subscript(position: Int) -> ChangeEvent {
    precondition(position >= 0 && position < endIndex, "no such event in the batch")
    return ChangeEvent(memory, memory.box.batch.records[live.map { Int($0[position]) } ?? position])
  }

  /// Says that the content of this batch is durable at the consumer. Any thread, any order, once or more often.
  ///
  /// A position is stored, and confirmed to the source, only when all batches up to it are acknowledged; one that never is holds
  /// back all behind it (Invariant 1). Storing happens later (`offset.flush.interval.ms`), at the latest at the end of the run.
  /// After the run was interrupted and went on from the stored position, acknowledging a batch from before has no effect: its
  /// records come again.
  public func acknowledge() { handover.acknowledged(sequence) }

  /// Says that this batch and all before it are durable, whether they were acknowledged or not.
  public func acknowledgeAll() { handover.acknowledged(through: sequence) }
}
