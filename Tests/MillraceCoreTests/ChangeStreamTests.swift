import Synchronization
import Testing

@testable import MillraceCore

struct ChangeStreamTests {
  private let journal = Journal()
  /// A position is stored as soon as it is durable.
  private var settings = Configuration(["offset.flush.interval.ms": "0", "retriable.restart.connector.wait.ms": "0"])

  private func stream(_ script: ScriptedConnector.Script, wait: Duration = .zero) -> ChangeStream {
    ChangeStream(
      from: ScriptedConnector(script, journal), settings: settings, store: JournalStore(journal), acknowledgementWait: wait)
  }

  private func rows(_ batch: ChangeBatch) -> [Int64] { batch.compactMap { $0.order.commit }.map { Int64($0) } }

  @Test func everyRowComesOnceInOrderAndWhatWasAcknowledgedIsStoredAndConfirmed() async throws {
    var seen: [Int64] = []
    for try await batch in stream(.init(rows: 23)) {
      seen += rows(batch)
      batch.acknowledge()
    }
    #expect(seen == Array(1...23))
    #expect(journal.stored.last == 23)
    #expect(journal.confirmed == journal.stored)
    #expect(journal.closed == ["connector", "store"])
  }

  @Test func nothingIsStoredThatWasNotAcknowledged() async throws {
    for try await batch in stream(.init(rows: 20)) where batch.checkpoint?.row == 5 { batch.acknowledge() }
    #expect(journal.stored == [5])
    #expect(journal.confirmed == [5])
  }

  @Test func acknowledgingOutOfOrderStoresTheLastBeforeTheFirstThatIsMissing() async throws {
    var held: [ChangeBatch] = []
    for try await batch in stream(.init(rows: 20)) {
      held.append(batch)
      // 10, 15 and 20 before 5, which never is.
      if held.count > 1 { batch.acknowledge() }
    }
    #expect(journal.stored.isEmpty)
    #expect(held.count == 4)
  }

  @Test func whatIsAcknowledgedByOthersAfterTheLastBatchStillCounts() async throws {
    let changes = stream(.init(rows: 20), wait: .seconds(60))
    var tasks: [Task<Void, Never>] = []
    for try await batch in changes {
      tasks.append(
        Task {
          try? await Task.sleep(for: .milliseconds(20))
          batch.acknowledge()
        })
    }
    #expect(journal.stored.last == 20)
    #expect(journal.confirmed.last == 20)
    for task in tasks { await task.value }
  }

  @Test func leavingTheLoopEndsTheRunWithWhatWasAcknowledged() async throws {
    let connector = ScriptedConnector(.init(rows: 1000, waits: true), journal)
    let changes = ChangeStream(from: connector, settings: settings, store: JournalStore(journal))
    for try await batch in changes {
      batch.acknowledge()
      if batch.checkpoint?.row == 15 { break }
    }
    try await changes.close()
    #expect(journal.stored.last == 15)
    #expect(journal.confirmed.last == 15)
    #expect(journal.closed == ["connector", "store"])
    #expect(changes.progress.phase == .stopped)
  }

  @Test func cancellingTheTaskEndsTheRunAndTheLoop() async throws {
    let reached = AsyncStream.makeStream(of: Void.self)
    let changes = stream(.init(rows: 10, waits: true))
    let consumer = Task {
      var seen: [Int64] = []
      for try await batch in changes {
        seen += rows(batch)
        batch.acknowledge()
        if seen.last == 10 { reached.continuation.finish() }
      }
      return seen
    }
    for await _ in reached.stream {}
    consumer.cancel()
    #expect(try await consumer.value == Array(1...10))
    #expect(journal.stored.last == 10)
    #expect(journal.closed == ["connector", "store"])
  }

  @Test func stoppingHandsOverWhatWasReadAndEndsTheLoop() async throws {
    let connector = ScriptedConnector(.init(rows: 1_000_000), journal)
    let changes = ChangeStream(from: connector, settings: settings, store: JournalStore(journal))
    var last: Int64 = 0
    for try await batch in changes {
      last = rows(batch).last ?? last
      batch.acknowledge()
      changes.stop()
    }
    #expect(last == connector.handed)
    #expect(journal.stored.last == last)
  }

  @Test func aSlowConsumerHoldsUpTheSource() async throws {
    let connector = ScriptedConnector(.init(rows: 1000), journal)
    let changes = ChangeStream(from: connector, settings: settings, store: JournalStore(journal))
    var iterator = changes.makeAsyncIterator()
    _ = try await iterator.next()
    // One batch of 5 rows was taken, one is on offer, 16 lie between: the source cannot get further.
    while connector.handed < 5 * 18 { try await Task.sleep(for: .milliseconds(1)) }
    try await Task.sleep(for: .milliseconds(20))
    #expect(connector.handed == 5 * 18)
    try await changes.close()
  }

  @Test func anInterruptedSourceGoesOnAndRepeatsOnlyWhatWasNotAcknowledged() async throws {
    var seen: [Int64] = []
    for try await batch in stream(.init(rows: 20, failures: [7])) {
      seen += rows(batch)
      batch.acknowledge()
    }
    #expect(seen == Array(1...20))
    #expect(journal.opened == [nil, 7])

    var others: [Int64] = []
    for try await batch in stream(.init(rows: 20, failures: [7])) {
      others += rows(batch)
      if others.count > 7 { batch.acknowledgeAll() }
    }
    // The journal's store is a new one: it begins at 1, and 1 … 7 were not acknowledged when the source failed.
    #expect(others == Array(1...7) + Array(1...20))
  }

  @Test func anErrorOfTheSourceEndsTheLoopBehindWhatWasRead() async throws {
    var seen: [Int64] = []
    do {
      for try await batch in stream(.init(rows: 20, failures: [7], retry: .stop)) {
        seen += rows(batch)
        batch.acknowledge()
      }
      Issue.record("the error was not thrown")
    } catch {
      #expect(error.code == "source.failed")
    }
    #expect(seen == Array(1...7))
    #expect(journal.stored.last == 7)
  }

  @Test func aConsumerThatKeepsThePositionGoesOnWhereItsOwnTransactionEnded() async throws {
    var table: [Int64] = []
    var position: Checkpoint?
    for _ in 0..<3 {
      let connector = ScriptedConnector(.init(rows: 30), journal)
      let changes = ChangeStream(from: connector, settings: settings, resuming: position)
      for try await batch in changes {
        if table.count >= 10, Bool.random() { break }  // it dies before it commits
        table += rows(batch)
        position = batch.checkpoint
        batch.acknowledge()
      }
      try await changes.close()
    }
    let changes = ChangeStream(from: ScriptedConnector(.init(rows: 30), journal), settings: settings, resuming: position)
    for try await batch in changes { table += rows(batch) }
    #expect(table == Array(1...30))
  }

  @Test func aConsumerThatKeepsThePositionIsToldOfAnInterruption() async throws {
    var seen: [Int64] = []
    do {
      let connector = ScriptedConnector(.init(rows: 20, failures: [7]), journal)
      for try await batch in ChangeStream(from: connector, settings: settings, resuming: nil) { seen += rows(batch) }
      Issue.record("the error was not thrown")
    } catch {
      #expect(error.retry == .retry)
    }
    #expect(seen == Array(1...7))
  }

  @Test func aCheckpointOfAnotherRunIsRefused() async {
    let other = Checkpoint(partition: [.init("server", .text("other"))], row: 5)
    await #expect { try await first(of: ChangeStream(from: ScriptedConnector(.init(rows: 1), journal), settings: settings, resuming: other)) } throws: {
      ($0 as? MillraceError)?.code == "offsets.foreign"
    }
    #expect(journal.opened.isEmpty)
  }

  @Test func allMistakesInTheSettingsAreOneErrorAndNothingIsStarted() async {
    let connector = KnowingConnector(journal)
    var settings = Configuration(["tabel": "x", "table": "y", "transforms": "unwrap", "count": "many"])
    _ = settings.integer("count", default: 1)
    do {
      try await first(of: ChangeStream(from: connector, settings: settings, store: JournalStore(journal)))
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.code == "configuration.invalid")
      #expect(error.findings.map(\.key) == ["count", "tabel", "transforms", "name.needed"])
      #expect(error.description.contains("write table"))
    }
    #expect(journal.events.isEmpty)
  }

  @Test func whatTheServerLacksIsThrownBeforeTheStart() async {
    let connector = KnowingConnector(journal)
    let settings = Configuration(["name.needed": "x"])
    do {
      try await first(of: ChangeStream(from: connector, settings: settings, store: JournalStore(journal)))
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.findings.map(\.key) == ["wal_level"])
    }
    #expect(journal.events == [.closed("connector")])
  }

  @Test func aStreamIsIteratedOnce() async throws {
    let changes = stream(.init(rows: 5))
    for try await batch in changes { batch.acknowledge() }
    await #expect { try await first(of: changes) } throws: { ($0 as? MillraceError)?.code == "embedding.iterated" }
  }

  @Test func positionsWithoutRecordsAreHandedToWhoKeepsThem() async throws {
    var checkpoints: [Int64?] = []
    for try await batch in ChangeStream(from: IdleConnector(journal), settings: settings, resuming: nil) {
      checkpoints.append(batch.isEmpty ? batch.checkpoint?.row : nil)
      // The first is never acknowledged: the source must keep its log.
      if checkpoints.count > 1 { batch.acknowledge() }
    }
    #expect(checkpoints == [1, 2, 3])
    #expect(journal.confirmed.isEmpty)
  }

  @Test func positionsWithoutRecordsAreStoredForWhoDoesNot() async throws {
    for try await _ in ChangeStream(from: IdleConnector(journal), settings: settings, store: JournalStore(journal)) {
      Issue.record("there is no record to hand over")
    }
    #expect(journal.confirmed.last == 3)
  }
}

@discardableResult
private func first(of changes: ChangeStream) async throws(MillraceError) -> ChangeBatch? {
  var iterator = changes.makeAsyncIterator()
  return try await iterator.next()
}

/// Knows its settings, and finds something at its server.
private final class KnowingConnector: Connector {
  let partition = [Checkpoint.Entry("server", .text("test"))]
  let options: [ConfigurationOption] = [
    .init("table", "A table."), .init("count", .integer(1...9), default: "1", "A number."), .init("name.needed", required: true, "A name."),
  ]
  private let journal: Journal
  init(_ journal: Journal) { self.journal = journal }
  func check() async -> [Finding] { [Finding(key: "wal_level", problem: "is replica", advice: "set it")] }
  func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning {
    journal.add(.opened(nil))
    return Beginning(snapshot: nil, streams: false)
  }
  func stream(into output: any BatchOutput) async throws(MillraceError) {}
  func confirm(_ checkpoint: Checkpoint) {}
  func close(isFinal: Bool) async { journal.add(.closed("connector")) }
}

/// Hands on three positions and no record.
private final class IdleConnector: Connector {
  let partition = [Checkpoint.Entry("server", .text("test"))]
  private let journal: Journal
  init(_ journal: Journal) { self.journal = journal }
  func check() async -> [Finding] { [] }
  func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning { Beginning(snapshot: nil, streams: true) }
  func stream(into output: any BatchOutput) async throws(MillraceError) {
    for row in 1...3 as ClosedRange<Int64> {
      let box = output.take()
      box.checkpoint = Checkpoint(partition: partition, row: row)
      guard output.put(box) else { return }
    }
  }
  func confirm(_ checkpoint: Checkpoint) { journal.add(.confirmed(checkpoint.row ?? -1)) }
  func close(isFinal: Bool) async {}
}
