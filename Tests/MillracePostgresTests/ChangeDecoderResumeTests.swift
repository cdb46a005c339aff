import MillraceCore
import Testing

@testable import MillracePostgres

/// What a server has in its log: transactions in the order of their commits, and messages outside of them.
private struct Log {
  struct Change {
    var lsn: UInt64
    var relations: [UInt32]
    var bytes: [UInt8]
  }

  enum Item {
    case transaction(final: UInt64, end: UInt64, number: UInt32, origin: Bool, changes: [Change])
    case message(lsn: UInt64, bytes: [UInt8])
  }

  var items: [Item] = []

  /// Transactions run side by side, so that the changes of a later commit lie before those of an earlier one.
  init(seed: UInt64, steps: Int) {
    var random = SeededGenerator(state: seed)
    var lsn: UInt64 = 100
    var number: UInt32 = 700
    var open: [[Change]] = []
    for _ in 0..<steps {
      lsn += UInt64.random(in: 8...90, using: &random)
      switch Int.random(in: 0..<12, using: &random) {
      case 0, 1: if open.count < 3 { open.append([]) }
      case 2, 3:
        guard !open.isEmpty else { continue }
        let changes = open.remove(at: Int.random(in: 0..<open.count, using: &random))
        number += 1
        items.append(
          .transaction(final: lsn, end: lsn + 8, number: number, origin: Bool.random(using: &random), changes: changes))
        lsn += 8
      case 4: items.append(.message(lsn: lsn, bytes: PgOutput.message("p", "\(lsn)", lsn: lsn, isTransactional: false)))
      default:
        guard !open.isEmpty else { continue }
        let index = Int.random(in: 0..<open.count, using: &random)
        open[index].append(Log.change(lsn, &random))
      }
    }
  }

  private static func change(_ lsn: UInt64, _ random: inout SeededGenerator) -> Change {
    let id = PgOutput.Cell.text("\(Int.random(in: 1...3, using: &random))"), n = PgOutput.Cell.text("\(lsn)")
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return Change(lsn: lsn, relations: [1], bytes: PgOutput.insert(1, [id, .text("x"), n]))
    case 1: return Change(lsn: lsn, relations: [1], bytes: PgOutput.update(1, [id, .unchanged, n]))
    case 2: return Change(lsn: lsn, relations: [2], bytes: PgOutput.update(2, old: ("O", [.text("2"), .text("x"), n]), [id, .unchanged, n]))
    case 3: return Change(lsn: lsn, relations: [1], bytes: PgOutput.delete(1, "K", [id, .null, .null]))
    case 4: return Change(lsn: lsn, relations: [1, 3, 2], bytes: PgOutput.truncate([1, 3, 2]))
    case 5: return Change(lsn: lsn, relations: [], bytes: PgOutput.message("t", "\(lsn)", lsn: lsn, isTransactional: true))
    case 6: return Change(lsn: lsn, relations: [3], bytes: PgOutput.insert(3, [id]))
    default: return Change(lsn: lsn, relations: [2], bytes: PgOutput.insert(2, [id, .null, n]))
    }
  }

  /// What a walsender sends from `start` on: transactions are left out by their commit, messages by their own place; a relation
  /// is announced when it is needed for the first time.
  func sent(from start: UInt64) -> [(bytes: [UInt8], lsn: UInt64)] {
    var sent: [(bytes: [UInt8], lsn: UInt64)] = []
    var announced: Set<UInt32> = []
    for item in items {
      switch item {
      case .message(let lsn, let bytes):
        if lsn >= start { sent.append((bytes, lsn)) }
      case .transaction(let final, let end, let number, let origin, let changes):
        guard final >= start else { continue }
        sent.append((PgOutput.begin(final, time: Int64(final), transaction: number), final))
        if origin { sent.append((PgOutput.origin("elsewhere", final), final)) }
        for change in changes {
          for relation in change.relations where announced.insert(relation).inserted {
            sent.append((PgOutput.relations[Int(relation) - 1], 0))
          }
          sent.append((change.bytes, change.lsn))
        }
        sent.append((PgOutput.commit(final, end: end), end))
      }
    }
    return sent
  }
}

struct ChangeDecoderResumeTests {
  /// Decodes from `position`; after each message the records so far and the position.
  private func run(
    _ log: Log, from position: PostgresPosition, metadata: Bool = false
  ) throws -> [(records: [Seen], position: PostgresPosition)] {
    let feed = Feed(resuming: position, metadata: metadata)
    var records: [Seen] = []
    var stops: [(records: [Seen], position: PostgresPosition)] = [([], position)]
    for (index, message) in log.sent(from: position.flushable).enumerated() {
      try feed.take(message.bytes, lsn: message.lsn)
      // Batches of different sizes: nothing may depend on where one begins.
      if index % 3 != 1 { records += feed.drain() }
      if index % 3 != 1 { stops.append((records, feed.position)) }
    }
    records += feed.drain()
    stops.append((records, feed.position))
    return stops
  }

  /// A position as it comes back from the store.
  private func stored(_ position: PostgresPosition) throws -> PostgresPosition {
    try StoredPosition(position.checkpoint(partition: [])).position
  }

  @Test(arguments: 1...16 as ClosedRange<UInt64>, [false, true])
  func stoppingAnywhereAndGoingOnGivesTheSameRecords(_ seed: UInt64, metadata: Bool) throws {
    let log = Log(seed: seed, steps: 90)
    var start = PostgresPosition()
    start.start = 50
    let whole = try run(log, from: start, metadata: metadata)
    let all = try #require(whole.last).records
    #expect(all.count > 10)
    var random = SeededGenerator(state: seed)
    for stop in whole {
      let second = try run(log, from: stored(stop.position), metadata: metadata)
      let agrees = stop.records + (second.last?.records ?? []) == all
      #expect(agrees, "stopped behind \(stop.records.count) records at \(stop.position)")
      // And once more.
      let again = second[Int.random(in: 0..<second.count, using: &random)]
      let third = try run(log, from: stored(again.position), metadata: metadata)
      let agreesAgain = stop.records + again.records + (third.last?.records ?? []) == all
      #expect(agreesAgain, "stopped at \(stop.position) and at \(again.position)")
    }
  }

  @Test(arguments: 1...16 as ClosedRange<UInt64>, [false, true])
  func thePositionsNeverMoveBack(_ seed: UInt64, metadata: Bool) throws {
    let stops = try run(Log(seed: seed, steps: 90), from: PostgresPosition(), metadata: metadata)
    for (before, after) in zip(stops, stops.dropFirst()) {
      #expect(before.position.commit <= after.position.commit)
      #expect(before.position.flushable <= after.position.flushable)
      if before.position.commit == after.position.commit {
        #expect((before.position.changesDone ?? .max) <= (after.position.changesDone ?? .max))
      }
    }
  }

  @Test(arguments: 1...16 as ClosedRange<UInt64>, [false, true])
  func recordsAreOrderedByCommitAndPlace(_ seed: UInt64, metadata: Bool) throws {
    let records = try #require(run(Log(seed: seed, steps: 90), from: PostgresPosition(), metadata: metadata).last).records
    for (before, after) in zip(records, records.dropFirst()) { #expect(before.order < after.order) }
  }

  @Test func whatTheServerSendsAgainIsDropped() throws {
    let feed = Feed(resuming: {
      var position = PostgresPosition()
      position.commit = 200
      position.changesDone = 1
      position.lastChange = 150
      return position
    }())
    try feed.take(PgOutput.table)
    let row: [PgOutput.Cell] = [.text("1"), .text("x"), .null]
    try feed.take([PgOutput.begin(100), PgOutput.insert(1, row), PgOutput.commit(100, end: 110)], lsn: 90)
    #expect(feed.position.commit == 200)
    #expect(feed.position.changesDone == 1)
    #expect(feed.position.lastCommitEnd == nil)
    try feed.take([PgOutput.begin(200), PgOutput.insert(1, row), PgOutput.update(1, row)], lsn: 160)
    #expect(feed.drain().map(\.op) == [.text("u")])
    #expect(feed.position.changesDone == 2)
  }

  @Test func metadataThatWereSwitchedOnWithinATransactionBeginThere() throws {
    var position = PostgresPosition()
    position.commit = 200
    position.changesDone = 1
    let feed = Feed(resuming: position, metadata: true)
    let row: [PgOutput.Cell] = [.text("1"), .text("x"), .null]
    try feed.take([PgOutput.table, PgOutput.begin(200), PgOutput.insert(1, row), PgOutput.insert(1, row), PgOutput.commit(200, end: 210)])
    let records = feed.drain()
    #expect(records.map(\.topic) == ["srv.transaction", "srv.public.t", "srv.transaction"])
    let end = Value.structure([
      .text("END"), .text("700:210"), .integer(1),
      .array([.structure([.text("public.t"), .integer(1)])]), .integer(946_684_800_000),
    ])
    #expect(records.last?.value == end)
  }

  /// The message was decoded before the transaction, although the change that is stored lies before it.
  @Test func aMessageInsideALaterTransactionIsNotDeliveredTwice() throws {
    var position = PostgresPosition()
    position.commit = 300
    position.changesDone = 1
    position.lastChange = 100
    let feed = Feed(resuming: position)
    try feed.take(PgOutput.message("p", "old", lsn: 200, isTransactional: false), lsn: 200)
    #expect(feed.drain().isEmpty)
    try feed.take(PgOutput.message("p", "new", lsn: 400, isTransactional: false), lsn: 400)
    #expect(feed.drain().count == 1)
  }
}
