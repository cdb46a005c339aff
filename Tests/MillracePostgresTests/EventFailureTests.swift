import MillraceCore
import Synchronization
import Testing

@testable import MillracePostgres

private let processing = "event.processing.failure.handling.mode", converting = "event.converting.failure.handling.mode"

struct EventFailureTests {
  /// Feeds a change whose `n`, or whose key, is no number, between two sound ones.
  private func feed(
    _ settings: [String: String], key: String = "2", n: String = "no number", metadata: Bool = false
  ) throws -> (seen: [Seen], position: PostgresPosition, logged: [Log.Level]) {
    let levels = Levels()
    var configuration = Configuration(settings)
    let failures = EventFailures(&configuration, log: levels.log)
    #expect(configuration.findings.isEmpty)
    let feed = Feed(metadata: metadata, failures: failures)
    try feed.take(PgOutput.relations)
    try feed.take(PgOutput.begin(900))
    for (id, n) in [("1", "1"), (key, n), ("3", "3")] {
      try feed.take(PgOutput.insert(1, [.text(id), .text("x"), .text(n)]), lsn: 800)
    }
    try feed.take(PgOutput.commit(900, end: 950))
    return (feed.drain(), feed.position, levels.all)
  }

  private final class Levels: Sendable {
    private let state = Mutex<[Log.Level]>([])
    var log: Log { Log { [self] level, _, _ in state.withLock { $0.append(level) } } }
    var all: [Log.Level] { state.withLock { $0 } }
  }

  private func rows(_ seen: [Seen]) -> [Value] { seen.map(\.after) }
  private func row(_ id: Int64, _ n: Value) -> Value { .structure([.integer(id), .text("x"), n]) }

  @Test(arguments: [[:], [processing: "fail"], [converting: "fail"], [processing: "fail", converting: "fail"]])
  func aValueThatCannotBeConvertedEndsTheRun(_ settings: [String: String]) throws {
    let error = #expect(throws: MillraceError.self) { try feed(settings) }
    #expect(error?.retry == .record)
    #expect(error?.code == "postgres.value.malformed")
  }

  @Test(arguments: [("warn", [Log.Level.warning]), ("skip", [.debug]), ("ignore", [.debug])])
  func aChangeAtFaultIsLeftOutAndThePositionCountsIt(_ mode: String, _ levels: [Log.Level]) throws {
    for settings in [[processing: mode], [processing: mode, converting: "fail"]] {
      let (seen, position, logged) = try feed(settings)
      #expect(rows(seen) == [row(1, .integer(1)), row(3, .integer(3))])
      #expect(position.commit == 900 && position.changesDone == nil)
      #expect(logged == levels)
    }
  }

  @Test(arguments: [("warn", [Log.Level.warning]), ("skip", [.debug])])
  func nullStandsForAValueBySettingOnly(_ mode: String, _ levels: [Log.Level]) throws {
    let (seen, _, logged) = try feed([converting: mode])
    #expect(rows(seen) == [row(1, .integer(1)), row(2, .null), row(3, .integer(3))])
    #expect(logged == levels)
  }

  @Test func aRequiredValueIsNeverReplaced() throws {
    #expect(throws: MillraceError.self) { try feed([converting: "warn"], key: "no number", n: "2") }
    let (seen, _, _) = try feed([converting: "warn", processing: "warn"], key: "no number", n: "2")
    #expect(rows(seen) == [row(1, .integer(1)), row(3, .integer(3))])
  }

  @Test func aChangeThatIsLeftOutIsNotCountedInItsTransaction() throws {
    let (seen, _, _) = try feed([processing: "skip"], metadata: true)
    #expect(seen.count == 4)
    let end = try #require(seen.last)
    guard case .structure(let fields) = end.value else {
      Issue.record("no struct")
      return
    }
    #expect(fields[2] == .integer(2))
  }

  @Test func nanIsAFailureOnlyWhereFailuresAreAskedFor() throws {
    func nan(_ settings: [String: String]) throws -> [Value] {
      var configuration = Configuration(settings)
      let feed = Feed(failures: EventFailures(&configuration, log: .none))
      try feed.take(PgOutput.relation(9, "public", "d", [.init(name: "id", type: 23, isIdentity: true), .init(name: "d", type: 1700)]))
      try feed.take([PgOutput.begin(900), PgOutput.insert(9, [.text("1"), .text("NaN")]), PgOutput.commit(900, end: 950)])
      return rows(feed.drain())
    }
    #expect(try nan([:]) == [.structure([.integer(1), .null])])
    #expect(try nan([converting: "warn"]) == [.structure([.integer(1), .null])])
    #expect(throws: MillraceError.self) { try nan([converting: "fail"]) }
    #expect(try nan([converting: "fail", processing: "skip"]).isEmpty)
  }

  @Test func aDamagedProtocolIsNeverSkipped() throws {
    var configuration = Configuration([processing: "skip"])
    let feed = Feed(failures: EventFailures(&configuration, log: .none))
    #expect(throws: MillraceError.self) { try feed.take(PgOutput.insert(1, [.text("1")])) }
  }
}
