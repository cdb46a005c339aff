@testable import MillraceCore
@testable import MillraceMongoDB
import Testing

@Suite struct ChunkTests {
  @Test func aChunkHasSeenWhatIsNotBehindItsTime() {
    let view = MongoChunkView(time: 5 << 32 | 2)
    #expect(view.sees(5 << 32 | 2) && view.sees(4 << 32 | 9) && !view.sees(5 << 32 | 3))
    #expect(view.isPassed(at: 5 << 32 | 2) && !view.isPassed(at: 5 << 32 | 1))
  }

  @Test func thePlaceOfAStreamNeverMovesBack() {
    let place = StreamPlace()
    place.raise(to: 7)
    place.raise(to: 3)
    #expect(place.time == 7)
  }

  @Test func aSignalIsADocumentWithATypeAndDataAsDocumentOrText() throws {
    let inbox = SignalInbox()
    let signals = try #require(SignalCollection(namespace: "db.a.b", inbox: inbox, log: .none))
    #expect(signals.database == "db" && signals.name == "a.b" && SignalCollection(namespace: "db", inbox: inbox, log: .none) == nil)
    let documents: [BSONDocument] = [
      ["_id": .text("one"), "type": .text("log"), "data": .document(["message": .text("x"), "n": .int32(1)])],
      ["_id": .raw(.objectID, Array(1...12)), "data": .text(#"{"message": "y"}"#), "type": .text("log")],
      ["_id": .int32(1), "type": .text("pause-snapshot")], ["_id": .int32(2), "type": .text("log"), "data": .text("{")], ["_id": .int32(3)],
    ]
    for document in documents { try document.bytes.withUnsafeBytes { try signals.take($0) } }
    let found = inbox.take()
    #expect(found.map(\.type) == ["log", "log", "pause-snapshot"])
    #expect(found.map(\.id) == ["one", #"{"$oid": "0102030405060708090a0b0c"}"#, "1"])
    #expect(found[0].data?["message"]?.string == "x" && found[0].data?["n"]?.integer == 1 && found[1].data?["message"]?.string == "y")
  }

  @Test func aStoredPositionHasTheProgressOfAnIncrementalSnapshot() throws {
    var progress = IncrementalProgress()
    progress.tables = [.init(name: "db.c", signal: "s", condition: #"{"a": 1}"#)]
    progress.tables[0].key = ["_id"]
    progress.tables[0].last = [(["_id": .int32(9)] as BSONDocument).base64]
    var position = MongoPosition()
    position.token = ["_data": .text("82")]
    let stored = try StoredPosition(position.checkpoint(partition: [], requests: SnapshotRequests(incremental: progress)))
    #expect(stored.requests.incremental == progress)
    #expect(try StoredPosition(position.checkpoint(partition: [])).requests.incremental.isEmpty)
  }

  @Test func aStreamBringsSignalsWhateverTheFiltersSay() {
    var configuration = Configuration([
      "mongodb.connection.string": "mongodb://x", "topic.prefix": "p", "database.include.list": "shop", "signal.data.collection": "ops.signals",
    ])
    let stages = ChangeStreamPipeline(MongoDBSettings(&configuration)).stages
    var arena = ByteArena()
    for stage in stages { stage.bytes.withUnsafeBytes { try? ExtendedJSON.identity.append($0, to: &arena) } }
    let text = arena.withBytes { String(decoding: $0, as: UTF8.self) }
    #expect(text.contains(#""ns.db": "ops","ns.coll": "signals""#), "\(text)")
    configuration["signal.enabled.channels"] = "file"
    #expect(ChangeStreamPipeline(MongoDBSettings(&configuration)).signals == nil)
  }

  @Test func aSignalCollectionOutsideOfTheScopeIsAFinding() {
    var configuration = Configuration([
      "mongodb.connection.string": "mongodb://x", "topic.prefix": "p", "capture.scope": "database", "capture.target": "shop", "signal.data.collection": "ops.signals",
    ])
    _ = MongoDBSettings(&configuration)
    #expect(configuration.findings.map(\.key) == ["signal.data.collection"])
  }
}
