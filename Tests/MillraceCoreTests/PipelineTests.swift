import Synchronization
import Testing

@testable import MillraceCore

struct PipelineTests {
  private let journal = Journal()

  private func options(_ change: (inout Pipeline.Options) -> Void = { _ in }) -> Pipeline.Options {
    var options = Pipeline.Options()
    // Positions are stored after each batch, and nobody waits for the clock.
    options.flushInterval = .zero
    options.retry = RetryPolicy(initial: .zero, maximum: .zero)
    change(&options)
    return options
  }

  private func pipeline(
    _ connector: any Connector, _ sink: ScriptedSink, _ options: Pipeline.Options, transforms: [any Transform] = []
  ) -> Pipeline {
    let none = NoConverter()
    return Pipeline(
      connector: connector, transforms: transforms, converters: RecordConverters(key: none, value: none, header: none), sink: sink,
      store: JournalStore(journal), options: options, log: .none)
  }

  private func run(_ pipeline: Pipeline) async -> MillraceError? {
    do throws(MillraceError) {
      try await pipeline.run()
      return nil
    } catch {
      return error
    }
  }

  /// Runs a source into a sink; answers the error, if any, and how far it came.
  private func run(
    _ source: ScriptedConnector.Script, _ sink: ScriptedSink.Script = .init(), _ options: Pipeline.Options? = nil,
    transforms: [any Transform] = []
  ) async -> (error: MillraceError?, progress: Progress) {
    let pipeline = pipeline(
      ScriptedConnector(source, journal), ScriptedSink(sink, journal), options ?? self.options(), transforms: transforms)
    let error = await run(pipeline)
    return (error, pipeline.progress)
  }

  @Test func everyRowIsDeliveredInOrderAndTheLastPositionConfirmed() async {
    let (error, progress) = await run(.init(rows: 23))
    #expect(error == nil)
    #expect(journal.written == Array(1...23))
    #expect(journal.stored.last == 23)
    #expect(journal.confirmed == journal.stored)
    #expect(journal.keepsTheInvariants)
    #expect(progress.records == 23)
    #expect(progress.durable == 23)
    #expect(progress.phase == .stopped)
  }

  @Test func aPositionToBeginWithIsStoredBeforeTheFirstRow() async {
    let (error, _) = await run(.init(rows: 5, failures: [0], position: 0))
    #expect(error == nil)
    #expect(journal.stored.first == 0)
    #expect(journal.opened == [nil, 0])
    #expect(journal.written == Array(1...5))
  }

  @Test func sourceSinkAndStoreAreClosedInThisOrderAlsoAfterAnError() async {
    _ = await run(.init(rows: 5))
    #expect(journal.closed == ["connector", "sink", "store"])
    _ = await run(.init(rows: 5, failures: [2], retry: .stop))
    #expect(journal.closed == ["connector", "sink", "store", "connector", "sink", "store"])
  }

  @Test func eachPositionIsStoredWhenItIsDurableAndConfirmedWhenItIsStored() async {
    _ = await run(.init(rows: 50), .init(late: 2))
    #expect(journal.stored == [5, 10, 15, 20, 25, 30, 35, 40, 50])
    #expect(journal.keepsTheInvariants)
    for (index, event) in journal.events.enumerated() {
      if case .confirmed(let row) = event { #expect(journal.events[index - 1] == .stored(row)) }
    }
  }

  @Test func nothingIsStoredOrConfirmedWhenTheSinkNeverBecomesDurable() async {
    let (error, progress) = await run(.init(rows: 20), .init(isStuck: true))
    #expect(error?.code == "sink.stuck")
    #expect(journal.written == Array(1...20))
    #expect(journal.stored.isEmpty)
    #expect(journal.confirmed.isEmpty)
    #expect(progress.durable == 0)
  }

  @Test func aBatchThatTheSinkRefusesComesAgainAndTheOrderHolds() async {
    let (error, progress) = await run(.init(rows: 20), .init(refusals: [6: 3, 16: 1]))
    #expect(error == nil)
    #expect(journal.refusals == 4)
    #expect(journal.opened == [nil, 5, 5, 5, 15])
    #expect(journal.written == Array(1...20))
    #expect(journal.confirmed.last == 20)
    #expect(progress.records == 20)
  }

  @Test func aBatchThatFailsAfterWritingIsDeliveredAgainAndNoneIsLost() async {
    let (error, progress) = await run(.init(rows: 15), .init(failuresAfterWriting: [6]))
    #expect(error == nil)
    #expect(journal.written == Array(1...10) + Array(6...15))
    #expect(journal.keepsTheInvariants)
    #expect(progress.records == 15)
    #expect(progress.durable == 15)
  }

  @Test func whatWasAcceptedButNotDurableComesAgainAfterAFailureOfTheSink() async {
    let (error, progress) = await run(.init(rows: 30), .init(refusals: [21: 1], late: 2))
    #expect(error == nil)
    #expect(journal.opened == [nil, 10])
    #expect(journal.written == Array(1...20) + Array(11...30))
    #expect(journal.keepsTheInvariants)
    #expect(journal.confirmed.last == 30)
    #expect(progress.records == 30)
    #expect(progress.durable == 30)
  }

  @Test func aSinkThatCannotStartIsTriedAgainBeforeTheSourceIsOpened() async {
    let (error, _) = await run(.init(rows: 5), .init(failingStarts: 2))
    #expect(error == nil)
    #expect(journal.opened == [nil])
    #expect(journal.closed == ["connector", "sink", "connector", "sink", "connector", "sink", "store"])
    #expect(journal.written == Array(1...5))
  }

  @Test func aSinkThatGivesUpEndsTheRunWithWhatWasDurable() async {
    let (error, _) = await run(.init(rows: 20), .init(refusals: [11: 1], retry: .stop))
    #expect(error?.code == "sink.refused")
    #expect(journal.written == Array(1...10))
    #expect(journal.confirmed == [5, 10])
    #expect(journal.opened == [nil])
  }

  @Test func theRetriesOfASinkAreLimited() async {
    let (error, _) = await run(.init(rows: 20), .init(refusals: [6: 3]), options { $0.retry.attempts = 2 })
    #expect(error?.code == "sink.refused")
    #expect(journal.refusals == 3)
    #expect(journal.confirmed == [5])
  }

  @Test func aSignalThatWasTakenBeforeAFailureComesAgainAndThenIsStored() async {
    let connector = SignalledFake()
    connector.signals.post(Signal(id: "1", type: "pause-snapshot"))
    #expect(await run(pipeline(connector, ScriptedSink(.init(), journal), options())) == nil)
    #expect(connector.taken == [["1"], ["1"]])
    #expect(connector.signals.isStored(1))
  }

  @Test func aSourceThatFailsForAWhileGoesOnFromTheLastDurablePosition() async {
    let (error, progress) = await run(.init(rows: 20, failures: [7, 7, 12]))
    #expect(error == nil)
    #expect(journal.opened == [nil, 7, 7, 12])
    #expect(journal.written == Array(1...20))
    #expect(journal.confirmed.last == 20)
    #expect(journal.keepsTheInvariants)
    #expect(progress.records == 20)
    #expect(progress.durable == 20)
  }

  /// A sink remembers the highest number that is durable; the numbers of a second attempt must not begin below it.
  @Test func afterAReopeningNothingIsTakenForDurableThatIsNot() async {
    let (error, _) = await run(.init(rows: 60, failures: [30]), .init(late: 3))
    #expect(error == nil)
    #expect(journal.opened == [nil, 30])
    #expect(journal.keepsTheInvariants)
    #expect(journal.written == Array(1...60))
    #expect(journal.confirmed.last == 60)
  }

  @Test func theRetriesOfASourceAreLimited() async {
    let (error, _) = await run(.init(rows: 20, failures: [7, 7, 7, 7]), .init(), options { $0.retry.attempts = 2 })
    #expect(error?.code == "source.failed")
    #expect(journal.opened == [nil, 7, 7])
    #expect(journal.confirmed.last == 7)
  }

  @Test func retriesAreCountedAnewOnceSomethingBecameDurable() async {
    let (error, _) = await run(.init(rows: 30, failures: [10, 12, 14, 16, 18]), .init(), options { $0.retry.attempts = 1 })
    #expect(error == nil)
    #expect(journal.opened == [nil, 10, 12, 14, 16, 18])
    #expect(journal.written == Array(1...30))
  }

  @Test func whatWasReadBeforeTheSourceFailedForGoodIsStillDelivered() async {
    let (error, _) = await run(.init(rows: 20, failures: [12], retry: .stop), .init(late: 5))
    #expect(error?.code == "source.failed")
    #expect(journal.written == Array(1...12))
    #expect(journal.confirmed.last == 12)
    #expect(journal.opened == [nil])
  }

  @Test func exitAfterEndsInsideABatchWhosePositionIsNotStored() async {
    let (error, progress) = await run(.init(rows: 100, waits: true), .init(), options { $0.exitAfter = 7 })
    #expect(error == nil)
    #expect(journal.written == Array(1...7))
    #expect(journal.stored == [5])
    #expect(journal.confirmed == [5])
    #expect(progress.records == 7)
    #expect(progress.durable == 7)
  }

  @Test func exitAfterAtTheEndOfABatchStoresItsPosition() async {
    let (error, _) = await run(.init(rows: 100, waits: true), .init(), options { $0.exitAfter = 10 })
    #expect(error == nil)
    #expect(journal.written == Array(1...10))
    #expect(journal.stored.last == 10)
  }

  @Test func exitAfterCountsOnlyWhatIsDelivered() async {
    let (error, _) = await run(
      .init(rows: 8, waits: true), .init(), options { $0.exitAfter = 4 }, transforms: [Thinning()])
    #expect(error == nil)
    #expect(journal.written == [2, 4, 6, 8])
  }

  @Test func exitAfterCountsOverAReopeningOfTheSource() async {
    let (error, _) = await run(.init(rows: 100, failures: [8], waits: true), .init(), options { $0.exitAfter = 12 })
    #expect(error == nil)
    #expect(journal.opened == [nil, 8])
    #expect(journal.written == Array(1...12))
    #expect(journal.stored.last == 8)
  }

  @Test func exitAfterDoesNotCountTwiceWhatComesAgain() async {
    let (error, progress) = await run(.init(rows: 100, waits: true), .init(refusals: [11: 1], late: 1), options { $0.exitAfter = 12 })
    #expect(error == nil)
    #expect(journal.opened == [nil, 5])
    #expect(journal.written == Array(1...10) + Array(6...12))
    #expect(journal.stored.last == 10)
    #expect(progress.records == 12)
  }

  @Test func recordsThatAreDroppedCountAsDurable() async {
    let (error, progress) = await run(.init(rows: 20), .init(), transforms: [DroppingTransform(from: 4)])
    #expect(error == nil)
    #expect(journal.written == [1, 2, 3])
    #expect(journal.stored.last == 20)
    #expect(journal.confirmed.last == 20)
    #expect(progress.records == 3)
  }

  @Test func aPositionBehindDroppedRecordsWaitsForThoseBefore() async {
    let (error, _) = await run(.init(rows: 20), .init(isStuck: true), transforms: [DroppingTransform(from: 4)])
    #expect(error?.code == "sink.stuck")
    #expect(journal.stored.isEmpty)
  }

  @Test func aStopDrainsWhatWasHandedOn() async {
    let stopper = Stopper()
    let connector = ScriptedConnector(.init(rows: 100_000, waits: true), journal)
    let sink = ScriptedSink(.init(late: 2), journal) { row in if row == 25 { stopper.pipeline?.stop() } }
    let pipeline = pipeline(connector, sink, options { $0.queueBatches = 4 })
    stopper.pipeline = pipeline
    #expect(await run(pipeline) == nil)
    #expect(connector.handed >= 25)
    #expect(connector.handed < 100_000)
    #expect(journal.written == Array(1...connector.handed))
    #expect(journal.confirmed.last == connector.handed)
    #expect(journal.keepsTheInvariants)
  }

  @Test func aStopBeforeTheStartReadsNothing() async {
    let pipeline = pipeline(ScriptedConnector(.init(rows: 10, waits: true), journal), ScriptedSink(.init(), journal), options())
    pipeline.stop()
    #expect(await run(pipeline) == nil)
    #expect(journal.written.isEmpty)
    #expect(journal.opened.isEmpty)
    #expect(journal.closed == ["store"])
  }

  @Test func aStopEndsThePauseBeforeARetry() async {
    let stopper = Stopper()
    let log = Log { _, message, _ in if message.hasPrefix("the run is interrupted") { stopper.pipeline?.stop() } }
    let none = NoConverter()
    let pipeline = Pipeline(
      connector: ScriptedConnector(.init(rows: 10, failures: [5]), journal), transforms: [],
      converters: RecordConverters(key: none, value: none, header: none), sink: ScriptedSink(.init(), journal),
      store: JournalStore(journal), options: options { $0.retry = RetryPolicy(initial: .seconds(1000), maximum: .seconds(1000)) },
      log: log)
    stopper.pipeline = pipeline
    #expect(await run(pipeline) == nil)
    #expect(journal.opened == [nil])
    #expect(journal.confirmed.last == 5)
  }

  @Test func theSnapshotIsDeliveredBeforeTheStream() async {
    let tables = [FakeTable(name: "a", chunks: [[1001, 1002], [1003]]), FakeTable(name: "b", chunks: [[1004]])]
    let connector = ScriptedConnector(.init(rows: 7), journal, snapshot: FakeSnapshotSource(tables, endsApart: true))
    #expect(await run(pipeline(connector, ScriptedSink(.init(), journal), options())) == nil)
    #expect(journal.written == [1001, 1002, 1003, 1004] + Array(1...7))
    #expect(journal.confirmed.last == 7)
  }

  @Test func aStopInTheSnapshotLeavesTheStreamAlone() async {
    let stopper = Stopper()
    let tables = [FakeTable(name: "a", chunks: (1...5000).map { [$0] })]
    let connector = ScriptedConnector(.init(rows: 7), journal, snapshot: FakeSnapshotSource(tables, endsApart: false))
    let sink = ScriptedSink(.init(), journal) { row in if row == 3 { stopper.pipeline?.stop() } }
    let pipeline = pipeline(connector, sink, options { $0.queueBatches = 2 })
    stopper.pipeline = pipeline
    #expect(await run(pipeline) == nil)
    #expect(connector.handed == 0)
    #expect(journal.written.count >= 3)
    #expect(journal.written == Array(1...Int64(journal.written.count)))
    #expect(journal.written.count < 5000)
  }
}

/// Drops the rows with odd numbers.
private final class Thinning: Transform {
  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    for index in 0..<batch.records.count where batch.records[index].key.integer % 2 == 1 { batch.records[index].isDropped = true }
  }
}

/// Lets a sink reach the pipeline that it is part of.
private final class Stopper: @unchecked Sendable {
  // @unchecked: set before the run begins, only read by it.
  var pipeline: Pipeline?
}

/// Takes a signal, fails, and with the second attempt hands on a position behind it.
private final class SignalledFake: SignalledConnector {
  let signals = SignalInbox()
  let signalSettings: SignalSettings
  let partition = [Checkpoint.Entry("server", .text("test"))]
  private let seen = Mutex<[[String]]>([])

  init() {
    var configuration = Configuration([:])
    signalSettings = SignalSettings(&configuration)
  }

  var taken: [[String]] { seen.withLock { $0 } }

  func check() async -> [Finding] { [] }
  func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning { Beginning(snapshot: nil, streams: true) }
  func write(_ signal: Signal) async throws(MillraceError) {}
  func confirm(_ checkpoint: Checkpoint) {}
  func close(isFinal: Bool) async {}

  func stream(into output: any BatchOutput) async throws(MillraceError) {
    try await BlockingThread.run { [self] () throws(MillraceError) in
      let now = signals.take().map(\.id)
      let attempts = seen.withLock { seen in
        seen.append(now)
        return seen.count
      }
      if attempts == 1 { throw .test("source.failed", .retry) }
      let box = output.take()
      box.checkpoint = Checkpoint(partition: partition, row: 1)
      _ = output.put(box)
    }
  }
}
