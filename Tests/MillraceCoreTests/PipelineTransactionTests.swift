import Synchronization
import Testing

@testable import MillraceCore

/// Keeps rows and checkpoint of each commit as one; it is also the store that answers the checkpoint.
private final class FakeTransactionalSink: TransactionalSink, OffsetStore {
  struct Script: Sendable {
    /// Commits that fail, counted from 1: nothing of them is kept.
    var refusedCommits: Set<Int> = []
    /// Commits that fail although everything is kept: their outcome is not known to the caller.
    var unknownCommits: Set<Int> = []
    var retry = MillraceError.Retry.retry
  }

  private struct State {
    var open: [Int64] = []
    var committed: [Int64] = []
    var checkpoint: Checkpoint?
    var commits = 0
    var isClosed = false
  }

  private let script: Script
  private let journal: Journal
  private let state = Mutex(State())

  init(_ script: Script, _ journal: Journal) {
    self.script = script
    self.journal = journal
  }

  var committed: [Int64] { state.withLock { $0.committed } }
  var position: Int64? { state.withLock { $0.checkpoint?.row } }
  var commits: Int { state.withLock { $0.commits } }

  func check() async -> [Finding] { [] }
  func adopt(_ store: any OffsetStore) -> Finding? { nil }
  func start(_ context: SinkContext) async throws(MillraceError) { state.withLock { $0.open = [] } }
  func write(_ box: BatchBox) async throws(MillraceError) { state.withLock { $0.open += box.rows } }
  func flush(waiting: Bool) async throws(MillraceError) -> UInt64 { throw .test("flush.called", .stop) }
  func commit(_ checkpoint: Checkpoint) async throws(MillraceError) {
    let (number, row) = state.withLock { state in
      state.commits += 1
      if !script.refusedCommits.contains(state.commits) {
        state.committed += state.open
        state.checkpoint = checkpoint
      }
      state.open = []
      return (state.commits, state.checkpoint?.row)
    }
    if script.refusedCommits.contains(number) || script.unknownCommits.contains(number) { throw .test("commit", script.retry) }
    if let row {
      journal.add(.durable(row))
      journal.add(.stored(row))
    }
  }
  func load(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint? { state.withLock { $0.checkpoint } }
  func save(_ checkpoint: Checkpoint) async throws(MillraceError) { throw .test("save.called", .stop) }
  func close() async { state.withLock { $0.open = [] } }
}

struct PipelineTransactionTests {
  private let journal = Journal()

  private func run(
    _ source: ScriptedConnector.Script, _ script: FakeTransactionalSink.Script = .init(),
    _ change: (inout Pipeline.Options) -> Void = { _ in }
  ) async -> (error: MillraceError?, sink: FakeTransactionalSink, progress: Progress) {
    var options = Pipeline.Options()
    options.flushInterval = .zero
    options.retry = RetryPolicy(initial: .zero, maximum: .zero)
    options.isExactlyOnce = true
    change(&options)
    let sink = FakeTransactionalSink(script, journal)
    let none = NoConverter()
    let pipeline = Pipeline(
      connector: ScriptedConnector(source, journal), transforms: [], converters: RecordConverters(key: none, value: none, header: none),
      sink: sink, store: sink, options: options, log: .none)
    do throws(MillraceError) {
      try await pipeline.run()
      return (nil, sink, pipeline.progress)
    } catch {
      return (error, sink, pipeline.progress)
    }
  }

  @Test func recordsAndCheckpointAreCommittedAsOneAndThenConfirmed() async {
    let (error, sink, progress) = await run(.init(rows: 23))
    #expect(error == nil)
    #expect(sink.committed == Array(1...23))
    #expect(sink.position == 23)
    #expect(progress.durable == 23)
    #expect(journal.confirmed.last == 23)
    #expect(journal.keepsTheInvariants)
  }

  @Test func failuresOfTheSourceOfCommitsAndUnknownOutcomesRepeatNothing() async {
    let (error, sink, _) = await run(
      .init(rows: 60, failures: [7, 31, 32]), .init(refusedCommits: [2, 5], unknownCommits: [3, 7]))
    #expect(error == nil)
    #expect(sink.committed == Array(1...60))
    #expect(sink.position == 60)
    #expect(journal.keepsTheInvariants)
  }

  @Test func nothingIsConfirmedOfACommitThatFailed() async {
    let (error, sink, progress) = await run(.init(rows: 5), .init(refusedCommits: [1], retry: .stop))
    #expect(error?.code == "commit")
    #expect(sink.committed.isEmpty)
    #expect(journal.confirmed.isEmpty)
    #expect(progress.durable == 0)
  }

  /// A batch is not cut: its records would stand without the checkpoint that covers them, and come again.
  @Test func aLimitOfRecordsEndsAtTheNextCheckpoint() async {
    let (error, sink, _) = await run(.init(rows: 100, batch: 10)) { $0.exitAfter = 25 }
    #expect(error == nil)
    #expect(sink.committed == Array(1...30))
    #expect(sink.position == 30)
  }

  @Test func oneTransactionHoldsWhatAnIntervalBrings() async {
    let (error, sink, _) = await run(.init(rows: 100)) { $0.flushInterval = .seconds(3600) }
    #expect(error == nil)
    #expect(sink.committed == Array(1...100))
    // The first at once, the rest at the end.
    #expect(sink.commits == 2)
  }

  @Test func aSinkWithoutTransactionsIsRefused() async {
    var options = Pipeline.Options()
    options.isExactlyOnce = true
    let none = NoConverter()
    let pipeline = Pipeline(
      connector: ScriptedConnector(.init(rows: 5), journal), transforms: [],
      converters: RecordConverters(key: none, value: none, header: none), sink: ScriptedSink(.init(), journal), store: JournalStore(journal),
      options: options, log: .none)
    let error = await #expect(throws: MillraceError.self) { try await pipeline.run() }
    #expect(error?.code == "pipeline.transactions")
    #expect(journal.written.isEmpty)
  }

  @Test func onlyACheckpointThatCoversEveryRecordIsWhole() {
    func checkpoint(_ row: Int64) -> Checkpoint { Checkpoint(partition: [], row: row) }
    var ledger = AckLedger()
    #expect(ledger.wholeCheckpoint == nil)
    ledger.accepted(1, records: 5, checkpoint: checkpoint(1))
    #expect(ledger.wholeCheckpoint == checkpoint(1))
    ledger.accepted(2, records: 5, checkpoint: nil)
    #expect(ledger.wholeCheckpoint == nil)
    ledger.accepted(3, records: 0, checkpoint: nil)
    #expect(ledger.wholeCheckpoint == nil)
    ledger.accepted(4, records: 0, checkpoint: checkpoint(4))
    ledger.accepted(5, records: 0, checkpoint: nil)
    #expect(ledger.wholeCheckpoint == checkpoint(4))
    ledger.settle()
    #expect(ledger.durableRecords == 10)
    #expect(ledger.isSettled)
    #expect(ledger.wholeCheckpoint == nil)
  }
}
