/// Knows which batches were accepted, and answers, when they become durable, the checkpoint that may be stored.
///
/// Receipts name the highest sequence below which everything is durable, so a batch that is late holds back all behind it
/// (Invariant 1), and the answers never move back (Invariant 2).
struct AckLedger {
  private struct Entry {
    var sequence: UInt64
    var records: UInt64
    /// Whether the sink answers for it: batches that it was not given are durable with what is before them.
    var needsReceipt: Bool
    var checkpoint: Checkpoint?
  }

  private var pending: [Entry] = []
  private(set) var durableSequence: UInt64 = 0
  private(set) var durableRecords: UInt64 = 0

  /// Whether everything that was accepted is durable.
  var isSettled: Bool { pending.isEmpty }

  /// Batch `sequence` was taken by the sink. Sequences only grow.
  mutating func accepted(_ sequence: UInt64, records: UInt64, needsReceipt: Bool, checkpoint: Checkpoint?) {
    pending.append(Entry(sequence: sequence, records: records, needsReceipt: needsReceipt, checkpoint: checkpoint))
  }

  /// Everything up to `sequence` is durable, and so are batches that the sink was not given behind it. The newest checkpoint that
  /// this allows, or nil if nothing new.
  mutating func durable(upTo sequence: UInt64) -> Checkpoint? {
    durableSequence = max(durableSequence, sequence)
    var newest: Checkpoint?
    var settled = 0
    for entry in pending {
      guard entry.sequence <= durableSequence || !entry.needsReceipt else { break }
      durableRecords += entry.records
      if let checkpoint = entry.checkpoint { newest = checkpoint }
      settled += 1
    }
    pending.removeFirst(settled)
    return newest
  }
}
