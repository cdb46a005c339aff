import Foundation
import Testing

@testable import MillraceCore

struct SignalTests {
  private func action(_ type: String, _ data: String? = nil) throws -> SignalAction {
    try SignalAction(Signal(id: "s", type: type, text: data))
  }

  @Test func aSnapshotIsAskedForWithTablesConditionsAndKey() throws {
    let made = try action(
      "execute-snapshot",
      #"{"data-collections": ["public.a", "public.b.*"], "type": "InCremental", "additional-conditions": [{"data-collection": "public.b.*", "filter": "n > 2"}], "surrogate-key": "n"}"#)
    guard case .executeSnapshot(let request) = made else {
      Issue.record("another action: \(made)")
      return
    }
    #expect(request.collections == ["public.a", "public.b.*"])
    #expect(!request.isBlocking)
    #expect(request.surrogateKey == "n")
    #expect(request.condition(for: "public.b2") == "n > 2")
    #expect(request.condition(for: "public.a") == nil)
  }

  @Test func blockingSnapshotsAreKeptInOrderAndWhatIsDoneOfThem() throws {
    var requests = BlockingRequests()
    for (id, conditions) in [("a", #"[{"data-collection": "public.t", "filter": "SELECT * FROM t WHERE n > 2; "}]"#), ("b", "[]")] {
      let signal = try Signal(
        id: id, type: "execute-snapshot",
        text: #"{"type": "blocking", "data-collections": ["public.t", "public.u.*"], "additional-conditions": \#(conditions)}"#)
      guard case .executeSnapshot(let request) = try SignalAction(signal) else { return #expect(Bool(false), "another action") }
      #expect(request.isBlocking)
      requests.append(request)
    }
    #expect(requests.all.map(\.id) == ["a", "b"])
    #expect(requests.all[0].statement(for: "public.t") == "SELECT * FROM t WHERE n > 2")
    #expect(requests.all[0].statement(for: "public.u1") == nil)
    var progress = SnapshotProgress()
    progress.finish("public.t/1")
    let begun = requests.after(progress)
    #expect(begun.all[0].done == ["public.t/1"])
    #expect(BlockingRequests(begun.json) == begun)
    progress.isComplete = true
    #expect(begun.after(progress).all.map(\.id) == ["b"])
    #expect(BlockingRequests().after(progress).isEmpty)
    #expect(BlockingRequests(.array([.object([])])) == nil)
  }

  @Test func otherSignalsAreUnderstood() throws {
    #expect(try action("stop-snapshot") == .stopSnapshot(nil))
    #expect(try action("stop-snapshot", #"{"type": "INCREMENTAL", "data-collections": ["a"]}"#) == .stopSnapshot(["a"]))
    #expect(try action("pause-snapshot", "{}") == .pauseSnapshot)
    #expect(try action("resume-snapshot") == .resumeSnapshot)
    #expect(try action("log", #"{"message": "at {}"}"#) == .log("at {}"))
    #expect(try action("snapshot-window-open", "{}") == .watermark)
  }

  @Test(arguments: [
    ("execute-snapshot", nil), ("execute-snapshot", #"{"data-collections": []}"#), ("execute-snapshot", #"{"data-collections": "a"}"#),
    ("execute-snapshot", #"{"data-collections": ["a"], "type": "full"}"#), ("execute-snapshot", "{"),
    ("execute-snapshot", #"{"data-collections": ["a"], "additional-conditions": [{"filter": "x"}]}"#),
    ("stop-snapshot", #"{"type": "blocking"}"#), ("log", "{}"), ("drop-everything", "{}"),
  ])
  func whatCannotBeFollowedSaysWhy(_ type: String, _ data: String?) {
    #expect(throws: SignalFault.self) { try action(type, data) }
  }

  @Test func aFileIsEmptiedWhenItIsReadAndBadLinesAreLeftOut() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("signals-\(UInt64.random(in: 0...UInt64.max))").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var file = SignalFile(path: path, interval: .seconds(1), log: .none)
    #expect(file.poll(now: 1) == [])
    try #"{"id": "1", "type": "log", "data": {"message": "a"}}"#.appending("\nnonsense\n\n{\"id\": 2, \"type\": \"pause-snapshot\", \"data\": \"{}\"}")
      .write(toFile: path, atomically: true, encoding: .utf8)
    #expect(file.poll(now: 500_000_000) == [], "it is not time to look yet")
    let signals = file.poll(now: 1_100_000_000)
    #expect(signals == [
      Signal(id: "1", type: "log", data: .object([.init("message", .string("a"))])), Signal(id: "2", type: "pause-snapshot", data: .object([])),
    ])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "")
    #expect(file.poll(now: 5_000_000_000) == [])
  }

  @Test func anInboxGivesWhatCameInOrderAndOnce() {
    let inbox = SignalInbox()
    #expect(inbox.take().isEmpty)
    inbox.post(Signal(id: "1", type: "a"))
    inbox.post(Signal(id: "2", type: "b"))
    #expect(inbox.take().map(\.id) == ["1", "2"])
    #expect(inbox.take().isEmpty)
  }

  @Test func whatNoStoredCheckpointHoldsComesAgain() {
    let inbox = SignalInbox()
    inbox.post(Signal(id: "1", type: "a"))
    _ = inbox.take()
    let first = inbox.taken
    inbox.post(Signal(id: "2", type: "a"))
    inbox.post(Signal(id: "source", type: "a"), isOfSource: true)
    _ = inbox.take()
    inbox.post(Signal(id: "3", type: "a"))
    inbox.stored(upTo: first)
    inbox.giveBack()
    #expect(inbox.taken == first)
    #expect(!inbox.isEmpty)
    #expect(inbox.take().map(\.id) == ["2", "3"], "the source's log brings its own again")
    #expect(inbox.isStored(1) && !inbox.isStored(2))
    inbox.stored(upTo: inbox.taken)
    inbox.giveBack()
    #expect(inbox.isEmpty)
  }

  @Test func whoeverWritesASignalIsToldThatNoTableHoldsThem() {
    var configuration = Configuration([:])
    let error = #expect(throws: MillraceError.self) { try SignalSettings(&configuration).writable() }
    #expect(error?.code == "signal.collection")
  }
}
