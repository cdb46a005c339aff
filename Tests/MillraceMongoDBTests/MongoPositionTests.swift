import MillraceCore
@testable import MillraceMongoDB
import Testing

@Suite struct MongoPositionTests {
  private let token = "LwAAAAJfZGF0YQAfAAAAODI2QjAyQTJGNTAwMDAwMDE3MkIwMjI5Mjk2RTA0AAA="
  private let partition: [Checkpoint.Entry] = [.init("server_id", .text("srv"))]

  private func position() throws -> MongoPosition {
    var position = MongoPosition()
    position.token = BSONDocument(base64: token)
    position.time = 1_795_334_909 << 32 | 10
    position.events = 2
    return position
  }

  @Test("An offset has Debezium's keys")
  func offset() throws {
    var position = try position()
    #expect(position.checkpoint(partition: partition).offset == [.init("sec", .integer(1_795_334_909)), .init("ord", .integer(10)), .init("resume_token", .text(token))])
    position.session = "{}"
    position.transactionNumber = 4
    #expect(position.checkpoint(partition: partition).offset.map(\.key) == ["sec", "ord", "lsid", "resume_token", "txnNumber"])
  }

  @Test("A position that lies behind no event has Debezium's -1, and during a snapshot its initsync")
  func withoutEvent() throws {
    var position = MongoPosition()
    position.token = BSONDocument(base64: token)
    let checkpoint = position.checkpoint(partition: partition, snapshot: SnapshotState())
    #expect(checkpoint.offset == [.init("sec", .integer(-1)), .init("ord", .integer(-1)), .init("resume_token", .text(token)), .init("initsync", .boolean(true))])
    let stored = try StoredPosition(checkpoint)
    #expect(stored.position == position && stored.snapshot == SnapshotState())
  }

  @Test("What is stored is read back, the snapshot's progress as well")
  func roundTrip() throws {
    var snapshot = SnapshotState()
    snapshot.progress.done = ["db.a"]
    snapshot.progress.parts = [.init(identity: "db.b", layout: "x", ranges: ChunkRanges([0..<3]))]
    let position = try position()
    let stored = try StoredPosition(position.checkpoint(partition: partition, snapshot: snapshot))
    #expect(stored.position == position && stored.snapshot == snapshot && !stored.isForeign)
    #expect(try StoredPosition(position.checkpoint(partition: partition)).snapshot == nil)
  }

  @Test("Offsets of Debezium's are taken over: the token, the time without one, an old token of hexadecimal digits, a snapshot to begin again")
  func foreign() throws {
    func stored(_ entries: [(String, Value)]) throws -> StoredPosition { try StoredPosition(Checkpoint(partition: partition, offset: entries.map { .init($0.0, $0.1) })) }
    let whole = try stored([("sec", .integer(5)), ("ord", .integer(6)), ("resume_token", .text(token))])
    #expect(whole.isForeign && whole.position.token == BSONDocument(base64: token) && whole.snapshot == nil)
    #expect(try stored([("sec", .integer(5)), ("ord", .integer(6))]).position.time == 5 << 32 | 6)
    #expect(try stored([("sec", .integer(5)), ("ord", .integer(6)), ("resume_token", .text("826B02A2"))]).position.token == ["_data": .text("826B02A2")])
    #expect(try stored([("sec", .integer(-1)), ("ord", .integer(-1)), ("resume_token", .text(token)), ("initsync", .boolean(true))]).snapshot != nil)
  }

  @Test("Damage is never taken for absence", arguments: [
    [("sec", Value.text("x"))], [("sec", .integer(0)), ("ord", .integer(0))], [("resume_token", .text("???"))], [("resume_token", .integer(1))], [],
  ])
  func damage(_ entries: [(String, Value)]) {
    #expect(throws: MillraceError.self) { try StoredPosition(Checkpoint(partition: partition, offset: entries.map { .init($0.0, $0.1) })) }
  }

  @Test("Damaged state is an error", arguments: ["", "{", "{}", #"{"version":2,"events":"0"}"#, #"{"version":1}"#, #"{"version":1,"events":"0","snapshot":{}}"#])
  func damagedState(_ state: String) throws {
    let sound = try position().checkpoint(partition: partition)
    #expect(throws: MillraceError.self) { try StoredPosition(Checkpoint(partition: partition, offset: sound.offset, state: state)) }
  }
}
