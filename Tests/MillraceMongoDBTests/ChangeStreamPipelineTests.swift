import MillraceCore
@testable import MillraceMongoDB
import Testing

@Suite struct ChangeStreamPipelineTests {
  private func pipeline(_ settings: [String: String]) -> (pipeline: ChangeStreamPipeline, findings: [Finding]) {
    var configuration = Configuration(["mongodb.connection.string": "mongodb://x", "topic.prefix": "p"].merging(settings) { $1 })
    let settings = MongoDBSettings(&configuration)
    return (ChangeStreamPipeline(settings), configuration.findings)
  }

  private func stages(_ settings: [String: String]) throws -> [String] {
    let (pipeline, findings) = pipeline(settings)
    #expect(findings.isEmpty)
    return try pipeline.stages.map { try ExtendedJSONTests.print($0.bytes, .relaxed) }
  }

  @Test("Without filters, the four operations of all databases but the server's own")
  func plain() throws {
    #expect(
      try stages([:]) == [
        #"{"$match": {"$and": [{"operationType": {"$in": ["insert","update","replace","delete"]}},{"ns.db": {"$nin": ["admin","config","local"]}}]}}"#
      ])
  }

  @Test("The end of a stream on one database or collection is asked for, too, whatever the filters say")
  func invalidate() throws {
    #expect(try stages(["capture.scope": "database", "capture.target": "a", "skipped.operations": "c,u,d"])[0].hasSuffix(#"{"operationType": "invalidate"}]}}"#))
  }

  @Test("What the scope settles is no condition; what it does not is one", arguments: [
    ("database", "shop", ["database.include.list": "shop"], ""),
    ("database", "shop", ["database.include.list": "other"], #"{"ns.db": {"$regularExpression""#),
    ("collection", "shop.items", ["database.include.list": "shop", "collection.include.list": "shop.items"], ""),
    ("collection", "shop.items", ["collection.include.list": "shop.others"], #"{"$expr""#),
    ("database", "shop", ["collection.include.list": "shop.items"], #"{"$expr""#),
  ])
  func scope(scope: String, target: String, lists: [String: String], condition: String) throws {
    let stage = try stages(lists.merging(["capture.scope": scope, "capture.target": target]) { $1 })[0]
    let conditions = stage.contains("ns.db") || stage.contains("$expr")
    #expect(condition.isEmpty ? !conditions : stage.contains(condition))
  }

  @Test("Skipped operations are not asked for")
  func skipped() throws {
    #expect(try stages(["skipped.operations": "u,d", "database.include.list": "a"])[0].contains(#"{"$in": ["insert"]}"#))
  }

  @Test("Patterns are anchored and joined; collections are named in full")
  func patterns() throws {
    let stage = try stages(["database.include.list": "a,b.*", "collection.exclude.list": "a\\.x"])[0]
    #expect(stage.contains(#"{"ns.db": {"$regularExpression": {"pattern": "^(?:(?:a)|(?:b.*))$","options": "i"}}}"#))
    #expect(
      stage.contains(
        #"{"$expr": {"$not": [{"$regexMatch": {"input": {"$concat": ["$ns.db",".","$ns.coll"]},"regex": {"$literal": "^(?:(?:a\\.x))$"},"options": "i"}}]}}"#))
  }

  @Test("Literal names are compared as they are")
  func literals() throws {
    let stage = try stages(["filters.match.mode": "literal", "database.include.list": "a.b", "collection.include.list": "a.x, a.$y"])[0]
    #expect(stage.contains(#"{"ns.db": {"$in": ["a.b"]}}"#))
    #expect(stage.contains(#"{"$expr": {"$in": [{"$concat": ["$ns.db",".","$ns.coll"]},[{"$literal": "a.x"},{"$literal": "a.$y"}]]}}"#))
  }

  @Test("The user's stages come behind ours, before them, or alone", arguments: [("internal_first", [0, 1]), ("user_first", [1, 0]), ("user_only", [1])])
  func order(_ order: String, _ expected: [Int]) throws {
    let stages = try stages(["cursor.pipeline": #"[{"$match": {"x": 1}}]"#, "cursor.pipeline.order": order])
    #expect(stages.map { $0 == #"{"$match": {"x": 1}}"# ? 1 : 0 } == expected)
  }

  @Test("Large events are left out by the size of their documents, or split behind all else")
  func oversize() throws {
    let skip = try stages(["cursor.oversize.handling.mode": "skip", "cursor.oversize.skip.threshold": "100"])
    #expect(skip[0] == #"{"$match": {"$and": [{"$expr": {"$lte": [{"$bsonSize": "$fullDocument"},100]}},{"$expr": {"$lte": [{"$bsonSize": "$fullDocumentBeforeChange"},100]}}]}}"#)
    #expect(try stages(["cursor.oversize.handling.mode": "split"]).last == #"{"$changeStreamSplitLargeEvent": {}}"#)
  }

  @Test("Scope, images and start are options of the first stage")
  func command() throws {
    let (pipeline, _) = pipeline(["capture.scope": "collection", "capture.target": "a.b.c", "capture.mode": "change_streams_update_full_with_pre_image", "capture.mode.full.update.type": "post_image"])
    let (database, command) = pipeline.command(.after(["_data": .text("82")]))
    #expect(database == "a")
    #expect(
      try ExtendedJSONTests.print(command.bytes, .relaxed).hasPrefix(
        #"{"aggregate": "b.c","pipeline": [{"$changeStream": {"fullDocument": "whenAvailable","fullDocumentBeforeChange": "whenAvailable","startAfter": {"_data": "82"}}},"#))
    let deployment = self.pipeline([:]).pipeline.command(.at(5 << 32 | 1))
    #expect(deployment.database == "admin")
    #expect(
      try ExtendedJSONTests.print(deployment.command.bytes, .relaxed).hasPrefix(
        #"{"aggregate": 1,"pipeline": [{"$changeStream": {"fullDocument": "updateLookup","startAtOperationTime": {"$timestamp": {"t": 5,"i": 1}},"allChangesForCluster": true}},"#))
  }

  @Test("What is wrong with the settings is found before anything is started", arguments: [
    ["capture.scope": "database"], ["capture.scope": "collection", "capture.target": "a"], ["cursor.pipeline": "[{]"], ["cursor.oversize.handling.mode": "skip"],
    ["capture.mode": "oplog"], ["filters.match.mode": "glob"], ["database.include.list": "a", "database.exclude.list": "b"], ["field.exclude.list": "a.b"],
    ["field.renames": "a.b.c"], ["field.renames": "a.b.c:"], ["mongodb.ssl.truststore": "x.p12"], ["mongodb.connection.string": "h:27017"],
    ["snapshot.mode": "custom"], ["sourceinfo.struct.maker": "com.x.Y"],
  ])
  func findings(_ settings: [String: String]) { #expect(pipeline(settings).findings.contains { $0.severity == .error }) }

  @Test("Collections are captured by pattern or name, the server's own never")
  func filter() {
    func captures(_ settings: [String: String], _ database: String, _ collection: String) -> Bool {
      var configuration = Configuration(settings)
      return CollectionFilter(&configuration).captures(database: database, collection: collection)
    }
    #expect(captures([:], "a", "b") && !captures([:], "admin", "b"))
    #expect(captures(["collection.include.list": "A\\.B"], "a", "b") && !captures(["collection.include.list": "a\\.b"], "a", "bc"))
    #expect(!captures(["collection.include.list": "A.B", "filters.match.mode": "literal"], "a", "b"))
    #expect(!captures(["collection.exclude.list": "a\\.b"], "a", "b") && !captures(["database.exclude.list": "a"], "a", "b"))
  }
}
