import Testing

@testable import MillraceCore

@Suite struct SignalledSnapshotsTests {
  private let inbox = SignalInbox()

  private func made(_ stage: Stage, requests: SnapshotRequests = .init(), newTables: [String] = []) -> SignalledSnapshots<ListReader> {
    var configuration = Configuration([:])
    return SignalledSnapshots(
      SignalSettings(&configuration), inbox: inbox, incremental: stage.snapshot, requests: requests, newTables: newTables, log: .none)
  }

  private func follow(_ asked: inout SignalledSnapshots<ListReader>) throws -> Bool {
    try asked.follow(
      place: "here", find: { pattern throws(MillraceError) in pattern == "t.*" ? ["t1", "t2"] : [] }, box: BatchBox(), now: 1,
      order: .init(commit: 1, ordinal: 0))
  }

  private func post(_ id: String, _ type: String, _ data: String? = nil) throws {
    inbox.post(try Signal(id: id, type: type, text: data))
  }

  @Test func whatAProgramPostsIsFollowedAndTold() throws {
    let stage = Stage([:])
    var asked = made(stage)
    #expect(try !follow(&asked))
    try post("a", "execute-snapshot", #"{"data-collections": ["t.*"]}"#)
    #expect(try follow(&asked))
    #expect(asked.requests.incremental.tables.map(\.name) == ["t1", "t2"] && stage.types == ["STARTED"])
    try post("b", "pause-snapshot")
    #expect(try follow(&asked) && asked.requests.incremental.isPaused)
    #expect(try !follow(&asked))
  }

  @Test func blockingSnapshotsWaitInTheirOrderAndAreGoneWhenTheyHaveEnded() throws {
    var asked = made(Stage([:]))
    for id in ["a", "b"] { try post(id, "execute-snapshot", #"{"data-collections": ["t1"], "type": "blocking"}"#) }
    #expect(try follow(&asked) && asked.blocking.all.map(\.id) == ["a", "b"])
    let wasStopped = !asked.ended(asked.blocking.all[0], .stopped)
    #expect(wasStopped && asked.blocking.all.map(\.id) == ["a", "b"], "it is still to be done")
    let isOver = asked.ended(asked.blocking.all[0], .whole)
    #expect(isOver)
    #expect(asked.requests.blocking.all.map(\.id) == ["b"])
  }

  @Test func newTablesAreBegunWithTheFirstRound() throws {
    let stage = Stage([:])
    var asked = made(stage, newTables: ["t2"])
    #expect(try follow(&asked) && asked.requests.incremental.tables.map(\.name) == ["t2"])
    #expect(try !follow(&asked))
  }

  @Test func whatCannotBeFollowedIsPassedOver() throws {
    var asked = made(Stage([:]))
    try post("a", "dance")
    #expect(try follow(&asked) && asked.requests == SnapshotRequests())
  }

  @Test func requestsArePartOfAState() throws {
    var requests = SnapshotRequests()
    #expect(requests.members.isEmpty)
    requests.incremental.tables = [.init(name: "t", signal: "s")]
    requests.captures = CaptureChoice(["a.list", "b.list"], of: Configuration(["a.list": "x", "c": "y"]))
    try post("a", "execute-snapshot", #"{"data-collections": ["t1"], "type": "blocking"}"#)
    var asked = made(Stage([:]))
    _ = try follow(&asked)
    requests.blocking = asked.blocking
    let state = JSONValue.object(requests.members)
    #expect(SnapshotRequests(state: state) == requests)
    #expect(requests.captures?.configuration.keys == ["a.list"])
    for key in ["incremental", "blocking", "captures"] {
      #expect(SnapshotRequests(state: .object([.init(key, .string("damaged"))])) == nil)
    }
    #expect(SnapshotRequests(state: .object([.init("captures", .object([.init("a", .integer(1))]))])) == nil)
  }
}
