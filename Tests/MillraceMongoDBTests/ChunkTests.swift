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

  @Test func anotherTimeMendsWhatIsTooOldOrTooNewAndNothingElse() {
    func error(_ number: Int, _ text: String) -> MillraceError { MongoFailure.error(.server, number: number, text: text) }
    #expect(MongoChunkReader.isTooOld(error(239, "Read timestamp is older than the oldest available timestamp.")))
    #expect(MongoChunkReader.isTooOld(error(246, "Unable to read from a snapshot due to pending collection catalog changes")))
    #expect(!MongoChunkReader.isTooOld(error(246, "Reading from capped collection with readConcern snapshot is not supported")))
    #expect(!MongoChunkReader.isTooOld(error(292, "Sort exceeded memory limit")))
    #expect(MongoChunkReader.isTooNew(error(72, "readConcern atClusterTime value must not be greater than the current clusterTime.")))
    #expect(!MongoChunkReader.isTooNew(error(72, "readConcern level snapshot is not valid for find")))
  }

  @Test func aConditionEndsAChunkAfterSoManyDocuments() throws {
    let query = ChunkQuery(collection: "c", filter: ["a": .int32(1)])
    let command = query.end(from: .int32(3), before: .int32(9), count: 400, at: 7)
    #expect(try command.value("filter") == nil && command.integer("skip") == 400 && command.integer("limit") == 1)
    #expect(try command.document("min")?.integer("_id") == 3 && command.document("max")?.integer("_id") == 9)
    #expect(try command.document("readConcern")?.timestamp("atClusterTime") == 7)
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

  @Test func whatASignalCannotBringWholeIsAWarning() {
    func findings(_ settings: [String: String]) -> [String] {
      var configuration = Configuration(["mongodb.connection.string": "mongodb://x", "topic.prefix": "p"].merging(settings) { $1 })
      _ = MongoDBSettings(&configuration)
      return configuration.findings.map { "\($0.severity) \($0.key)" }
    }
    #expect(findings(["signal.data.collection": "ops.signals"]).isEmpty)
    #expect(findings(["capture.mode": "change_streams"]).isEmpty)
    #expect(findings(["signal.data.collection": "ops.signals", "capture.mode": "change_streams"]) == ["warning capture.mode"])
    #expect(findings(["signal.enabled.channels": "file", "capture.mode": "change_streams_with_pre_image"]) == ["warning capture.mode"])
    #expect(findings(["signal.data.collection": "ops.signals", "cursor.pipeline": #"[{"$match": {"operationType": "insert"}}]"#]) == ["warning signal.data.collection"])
    #expect(findings(["signal.data.collection": "ops"]) == ["error signal.data.collection"])
  }

  @Test func theNameOfACollectionMayHaveDots() {
    #expect(Namespace("db.a.b").map { [$0.database, $0.collection] } == ["db", "a.b"])
    #expect(Namespace("db") == nil && Namespace("db.") == nil && Namespace(".c") == nil && Namespace("") == nil)
  }
}
