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

  /// Entries that wait.
  var count: Int { pending.count }

  /// Whether everything that was accepted is durable.
  var isSettled: Bool { pending.isEmpty }

  /// Batch `sequence` was taken by the sink, or had nothing for it (`needsReceipt`: by default when it has no records). Sequences only
  /// grow.
  mutating func accepted(_ sequence: UInt64, records: UInt64, needsReceipt: Bool? = nil, checkpoint: Checkpoint?) {
    pending.append(Entry(sequence: sequence, records: records, needsReceipt: needsReceipt ?? (records > 0), checkpoint: checkpoint))
    if pending.count > AckLedger.limit { thinOut() }
  }

  /// Invariant 7: a sink may be silent for ever, as a consumer that never acknowledges.
  private static let limit = 4096

  /// Makes one of each two neighbours, unless only the earlier one has a checkpoint: what the earlier one's would allow is then
  /// allowed by the later one only. Nothing is allowed early.
  private mutating func thinOut() {
    var kept: [Entry] = []
    kept.reserveCapacity(pending.count)
    var index = 0
    while index < pending.count {
      var entry = pending[index]
      index += 1
      if index < pending.count, pending[index].checkpoint != nil || entry.checkpoint == nil {
        let later = pending[index]
        // Without a receipt of its own the later one is durable with the earlier one, whose number counts then.
        if later.needsReceipt { entry.sequence = later.sequence }
        entry.needsReceipt = entry.needsReceipt || later.needsReceipt
        entry.records += later.records
        entry.checkpoint = later.checkpoint
        index += 1
      }
      kept.append(entry)
    }
    pending = kept
  }

  /// Everything up to `sequence` is durable, and so are batches that the sink was not given behind it. The newest checkpoint that
  /// this allows, or nil if nothing new. An answer beyond what was accepted says nothing of what comes later.
  mutating func durable(upTo sequence: UInt64) -> Checkpoint? {
    durableSequence = max(durableSequence, min(sequence, pending.last?.sequence ?? 0))
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

  /// Whether a checkpoint covers every record that was accepted.
  var endsAtCheckpoint: Bool { wholeCheckpoint != nil }

  /// The checkpoint that covers everything accepted; nil where none does.
  var wholeCheckpoint: Checkpoint? {
    for entry in pending.reversed() {
      if let checkpoint = entry.checkpoint { return checkpoint }
      if entry.records > 0 { return nil }
    }
    return nil
  }

  /// Everything that was accepted is durable.
  mutating func settle() { _ = durable(upTo: pending.last?.sequence ?? 0) }
}
