/// The delivering half: takes batches from the channel, transforms them, hands them to the sink, and commits positions when
/// the sink says that they are durable.
///
/// Commit order, always: sink durable → checkpoint stored → source confirmed (Invariant 1). With transactions in the sink the first
/// two are one step, taken only where a checkpoint covers every record that was written (Invariant 9).
struct Delivery {
  let channel: BatchChannel
  let connector: any Connector
  /// The connector's, if it follows any.
  let signals: SignalInbox?
  let records: RecordDelivery
  let sink: any Sink
  /// The sink, where it stores the checkpoints itself, together with the records.
  let transactions: (any TransactionalSink)?
  let store: any OffsetStore
  let options: Pipeline.Options
  let log: Log
  let update: @Sendable ((inout Progress) -> Void) -> Void
  let isStreaming: @Sendable () -> Bool
  let stop: @Sendable () -> Void

  /// Runs until the channel ends; then everything that was accepted is durable, stored and confirmed.
  func run() async throws(MillraceError) {
    var ledger = AckLedger()
    let clock = ContinuousClock()
    // The first position is stored as soon as there is one: a run that dies young does not begin at nothing again.
    var nextFlush = clock.now
    var lastRecord = clock.now
    var limit = options.exitAfter
    let takesPositions = sink.takesPositions

    while true {
      switch await channel.next() {
      case .batch(let box):
        let sequence = box.sequence
        let checkpoint = box.checkpoint
        try await records.transform(box)
        var count = countLive(box)
        // The last wanted record ends its batch: the rest was never delivered, and its position is not stored.
        var isLast = false
        if let rest = limit, count >= rest {
          isLast = true
          // A transaction ends at a checkpoint only, which is at the end of a batch: there the batch is delivered whole.
          if count > rest, transactions == nil { count = cut(box, after: rest) }
          limit = 0
        } else if let rest = limit {
          limit = rest - count
        }
        let isWritten = count > 0 || takesPositions && checkpoint != nil && !box.isCut
        if isWritten { try await records.write(box) }
        let isCut = box.isCut
        if count > 0 {
          if !box.holdsOnlyHeartbeats { lastRecord = clock.now }
          let delivered = count, faults = records.faults
          update {
            $0.records += delivered
            $0.faults = faults
          }
        }
        ledger.accepted(sequence, records: count, needsReceipt: isWritten, checkpoint: isCut ? nil : checkpoint)
        channel.recycle(box)
        if isLast, transactions == nil || ledger.endsAtCheckpoint {
          try await settle(&ledger)
          channel.abort()
          stop()
          return
        }
      case .tick:
        if !isStreaming() { lastRecord = clock.now }
        if let idle = options.exitWhenIdle, lastRecord.duration(to: clock.now) >= .seconds(idle) { stop() }
      case .end:
        try await settle(&ledger)
        return
      }
      if clock.now >= nextFlush {
        if !ledger.isSettled { try await commit(&ledger, waiting: false) }
        // A transaction that waits for a checkpoint ends with the next one.
        if transactions == nil || ledger.isSettled { nextFlush = clock.now + options.flushInterval }
      }
    }
  }

  private func settle(_ ledger: inout AckLedger) async throws(MillraceError) {
    if !ledger.isSettled { try await commit(&ledger, waiting: true) }
  }

  private func commit(_ ledger: inout AckLedger, waiting: Bool) async throws(MillraceError) {
    if let transactions { return try await commit(&ledger, to: transactions) }
    let durable = try await sink.flush(waiting: waiting)
    let known = ledger.durableRecords
    let checkpoint = ledger.durable(upTo: durable)
    let records = ledger.durableRecords - known
    update { $0.durable += records }
    guard let checkpoint else { return }
    try await store.save(checkpoint)
    confirm(checkpoint)
  }

  /// Invariant 9: records and checkpoint become durable as one. What no checkpoint covers stays uncommitted and comes again.
  private func commit(_ ledger: inout AckLedger, to transactions: any TransactionalSink) async throws(MillraceError) {
    guard let checkpoint = ledger.wholeCheckpoint else { return }
    try await transactions.commit(checkpoint)
    let known = ledger.durableRecords
    ledger.settle()
    let records = ledger.durableRecords - known
    update { $0.durable += records }
    confirm(checkpoint)
  }

  private func confirm(_ checkpoint: Checkpoint) {
    connector.confirm(checkpoint)
    signals?.stored(upTo: checkpoint.signals)
  }

  private func countLive(_ box: BatchBox) -> UInt64 {
    var count: UInt64 = 0
    for index in 0..<box.batch.records.count where !box.batch.records[index].isDropped { count += 1 }
    return count
  }

  /// Drops all but the first `count` live records.
  private func cut(_ box: BatchBox, after count: UInt64) -> UInt64 {
    var seen: UInt64 = 0
    for index in 0..<box.batch.records.count where !box.batch.records[index].isDropped {
      seen += 1
      if seen > count { box.batch.records[index].isDropped = true }
    }
    box.isCut = true
    return count
  }
}
