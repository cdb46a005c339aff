import MillraceCore
import MillraceFormats
import MillraceTransforms
import Testing

/// A change of a document: the JSON texts of its envelope.
private struct Change {
  var key = "1"
  var before: String?
  var after: String?
  var updated: String?
  var removed: [String] = []
  var op = "c"
  var isTombstone = false

  static let json = Schema(.string, optional: true, name: "io.debezium.data.Json", version: 1)
  static let keySchema = Schema(.structure([.init("id", .string)]), name: "srv.db.c.Key")
  static let envelope = Schema(
    .structure([
      .init("before", json), .init("after", json),
      .init(
        "updateDescription",
        Schema(
          .structure([
            .init("removedFields", Schema(.array(.string), optional: true)), .init("updatedFields", json),
            .init("truncatedArrays", Schema(.array(.string), optional: true)),
          ]), optional: true)),
      .init("source", Schema(.structure([.init("collection", .string), .init("ord", .int32)]))), .init("op", .optionalString),
      .init("ts_ms", .optionalInt64),
    ]), name: "srv.db.c.Envelope")

  func append(to batch: inout RecordBatch) {
    func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
    let update: Value =
      updated == nil && removed.isEmpty
      ? .null : .structure([removed.isEmpty ? .null : .array(removed.map { .text($0) }), text(updated), .null])
    let value: Value = .structure([text(before), text(after), update, .structure([.text("c"), .integer(3)]), .text(op), .integer(5)])
    Sample.append(
      &batch, topic: "srv.db.c", key: .structure([.text(key)]), Change.keySchema, value: isTombstone ? .null : value,
      isTombstone ? nil : Change.envelope)
  }
}

private func made(_ options: [String: String]) throws -> ExtractNewDocumentState {
  var configuration = Configuration(options)
  let transform = ExtractNewDocumentState(&configuration)
  try #require(configuration.findings.isEmpty)
  return transform
}

private func extracted(_ changes: [Change], _ options: [String: String] = [:], schemas: Bool = false) throws -> [Delivered] {
  var batch = RecordBatch()
  for change in changes { change.append(to: &batch) }
  try made(options).apply(to: &batch, where: Selection())
  return try delivered(batch, schemas: schemas)
}

private func value(_ document: String, _ options: [String: String] = [:]) throws -> String? {
  try extracted([Change(after: document)], options).first?.value
}

@Suite struct ExtractNewDocumentStateTests {
  @Test(arguments: [
    (#"{"v": 1}"#, #"{"v":1}"#), (#"{"v": -5}"#, #"{"v":-5}"#), (#"{"v": {"$numberLong": "9223372036854775807"}}"#, #"{"v":9223372036854775807}"#),
    (#"{"v": 4294967296}"#, #"{"v":4294967296}"#), (#"{"v": 1.5}"#, #"{"v":1.5}"#), (#"{"v": {"$numberDouble": "2.0"}}"#, #"{"v":2.0}"#),
    (#"{"v": true}"#, #"{"v":true}"#), (#"{"v": null}"#, #"{"v":null}"#),
    (#"{"v": {"$oid": "65e0c0de65e0c0de65e0c0de"}}"#, #"{"v":"65e0c0de65e0c0de65e0c0de"}"#),
    (#"{"v": {"$date": 1709212455123}}"#, #"{"v":1709212455123}"#), (#"{"v": {"$date": {"$numberLong": "-5"}}}"#, #"{"v":-5}"#),
    (#"{"v": {"$date": "2024-02-29T13:14:15.123Z"}}"#, #"{"v":1709212455123}"#), (#"{"v": {"$timestamp": {"t": 5, "i": 3}}}"#, #"{"v":5000}"#),
    (#"{"v": {"$binary": "AP8=","$type": "00"}}"#, #"{"v":"AP8="}"#), (#"{"v": {"$binary": {"base64": "AP8=", "subType": "04"}}}"#, #"{"v":"AP8="}"#),
    (#"{"v": {"$numberDecimal": "1E+3"}}"#, #"{"v":"1E+3"}"#), (#"{"v": {"$code": "f()"}}"#, #"{"v":"f()"}"#),
    (#"{"v": {"$regex": "^a","$options": "i"}}"#, #"{"v":{"regex":"^a","options":"i"}}"#),
    (#"{"v": {"$regularExpression": {"pattern": "^a", "options": ""}}}"#, #"{"v":{"regex":"^a","options":""}}"#),
    (#"{"v": {"$ref": "other","$id": 5}}"#, #"{"v":{"$ref":"other","$id":5}}"#), (#"{"v": {"$undefined": true},"w": 1}"#, #"{"w":1}"#),
    (#"{"v": {},"w": []}"#, #"{"v":{},"w":[]}"#), (#"{"v": [1,2],"w": [[1],[2,3]]}"#, #"{"v":[1,2],"w":[[1],[2,3]]}"#),
    (#"{"v": [{"a": 1},{"b": "x","a": 2}]}"#, #"{"v":[{"a":1,"b":null},{"a":2,"b":"x"}]}"#), (#"{"": 1,"a.b": 2}"#, #"{"":1,"a.b":2}"#),
    (#"{"v": [null,"x"],"w": [{"$oid": "65e0c0de65e0c0de65e0c0de"}, "y"]}"#, #"{"v":[null,"x"],"w":["65e0c0de65e0c0de65e0c0de","y"]}"#),
    (#"{"v": [[{"a": 1}],[{"a": 2}]],"w": [[],[1]]}"#, #"{"v":[[{"a":1}],[{"a":2}]],"w":[[1]]}"#),
  ])
  func documentsBecomeStructs(_ document: String, _ expected: String) throws {
    #expect(try value(document) == expected)
  }

  @Test(arguments: ["NaN", "Infinity", "-Infinity"]) func numbersThatJSONLacksAreRead(_ text: String) throws {
    var batch = RecordBatch()
    Change(after: "{\"v\": \(text),\"w\": {\"$numberDouble\": \"\(text)\"}}").append(to: &batch)
    try made([:]).apply(to: &batch, where: Selection())
    let first = batch.field(0, of: batch.records[0].value), second = batch.field(1, of: batch.records[0].value)
    #expect(first.kind == .float && second.kind == .float)
    #expect(first.float.description == second.float.description)
    #expect(first.float.isFinite == false)
  }

  @Test func textIsWithoutItsEscapes() throws {
    var batch = RecordBatch()
    Change(after: #"{"v": "a\"\\\/\b\f\n\r\t\u0001\ud83d\ude00\ud83dü","n\"": 1}"#).append(to: &batch)
    try made([:]).apply(to: &batch, where: Selection())
    #expect(batch.string(batch.field(0, of: batch.records[0].value)) == "a\"\\/\u{8}\u{c}\n\r\t\u{1}😀\u{FFFD}ü")
    #expect(batch.schemas[Int(batch.records[0].valueSchema)].fields.map(\.name) == ["v", "n\""])
  }

  @Test func keysBecomeWhatTheyAre() throws {
    let keys = ["5", #"{"$oid": "65e0c0de65e0c0de65e0c0de"}"#, #""text""#, #"{"a": 1,"b": [1]}"#, "1.5", "null"]
    let result = try extracted(keys.map { Change(key: $0, after: "{}") })
    #expect(result.map(\.key) == [#"{"id":5}"#, #"{"id":"65e0c0de65e0c0de65e0c0de"}"#, #"{"id":"text"}"#, #"{"id":{"a":1,"b":[1]}}"#, #"{"id":1.5}"#, #"{"id":null}"#])
  }

  @Test func documentsOfOneShapeShareTheirSchema() throws {
    let transform = try made([:])
    var seen: [Schema] = []
    for round in 0..<3 {
      var batch = RecordBatch()
      for number in 0..<4 {
        Change(key: "\(number)", after: "{\"_id\": \(number),\"t\": [\((0...number).map(String.init).joined(separator: ","))],\"n\": {\"x\": \"\(round)\"}}").append(to: &batch)
      }
      Change(key: "9", after: #"{"_id": 9,"t": ["x"],"n": {"x": null}}"#).append(to: &batch)
      try transform.apply(to: &batch, where: Selection())
      seen.append(batch.schemas[Int(batch.records[0].valueSchema)])
      for index in 1..<4 { #expect(batch.records[index].valueSchema == batch.records[0].valueSchema) }
      #expect(batch.records[4].valueSchema != batch.records[0].valueSchema)
      for index in 1..<5 { #expect(batch.records[index].keySchema == batch.records[0].keySchema) }
    }
    #expect(seen[1] === seen[0] && seen[2] === seen[0])
  }

  @Test func manyShapesAreForgottenAndStayRight() throws {
    let transform = try made([:])
    for round in 0..<2 {
      for number in 0..<1500 {
        var batch = RecordBatch()
        Change(after: "{\"f\(number)\": \(round)}").append(to: &batch)
        try transform.apply(to: &batch, where: Selection())
        #expect(try delivered(batch, schemas: false)[0].value == "{\"f\(number)\":\(round)}")
      }
    }
  }

  @Test func schemasHaveTheNamesOfPaths() throws {
    let result = try extracted([Change(after: #"{"n": {"d": {"x": 1}},"l": [{"y": 1}],"t": {"$date": 5}}"#)], schemas: true)
    let expected =
      #"{"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"struct","fields":[{"type":"int32","optional":true,"field":"x"}],"#
      + #""optional":true,"name":"srv.db.c.n.d","field":"d"}],"optional":true,"name":"srv.db.c.n","field":"n"},"#
      + #"{"type":"array","items":{"type":"struct","fields":[{"type":"int32","optional":true,"field":"y"}],"optional":true,"name":"srv.db.c.l"},"#
      + #""optional":true,"field":"l"},{"type":"int64","optional":true,"name":"org.apache.kafka.connect.data.Timestamp","version":1,"field":"t"}],"#
      + #""optional":false,"name":"srv.db.c"},"payload":{"n":{"d":{"x":1}},"l":[{"y":1}],"t":5}}"#
    #expect(result[0].value == expected)
  }

  @Test func arraysMayBecomeDocuments() throws {
    let options = ["array.encoding": "document"]
    #expect(try value(#"{"v": [1,"x",null],"w": [[1],[]],"d": [{"a": 1},{"b": 2}],"e": []}"#, options)
      == #"{"v":{"_0":1,"_1":"x","_2":null},"w":{"_0":{"_0":1},"_1":{}},"d":{"_0":{"a":1},"_1":{"b":2}},"e":{}}"#)
  }

  @Test func nestedDocumentsMayBecomeFlat() throws {
    #expect(try value(#"{"n": {"d": {"x": 1}},"l": [1]}"#, ["flatten.struct": "true"]) == #"{"n_d_x":1,"l":[1]}"#)
    let update = Change(updated: #"{"n.d": 1, "m": {"x": 2}}"#, op: "u")
    #expect(try extracted([update], ["flatten.struct": "true", "flatten.struct.delimiter": "--"])[0].value == #"{"n--d":1,"m--x":2,"_id":1}"#)
  }

  @Test func updatesWithoutDocumentAreTheirChanges() throws {
    let update = Change(updated: #"{"a": 1, "n.x": "y", "g": 2}"#, removed: ["g", "other"], op: "u")
    #expect(try extracted([update])[0].value == #"{"a":1,"n.x":"y","_id":1}"#)
    #expect(try extracted([Change(updated: "{}", removed: ["g"], op: "u")])[0].value == #"{"_id":1}"#)
  }

  @Test func deletesAndTombstonesFollowTheMode() throws {
    let changes = [Change(before: #"{"_id": 1,"v": 2}"#, op: "d"), Change(isTombstone: true), Change(key: "2", op: "d"), Change(key: "2", isTombstone: true)]
    func values(_ mode: String, _ more: [String: String] = [:]) throws -> [String?] {
      try extracted(changes, ["delete.tombstone.handling.mode": mode].merging(more) { $1 }).map(\.value)
    }
    #expect(try values("tombstone") == [nil, nil])
    #expect(try values("delete-to-tombstone") == [nil, nil])
    #expect(try values("drop") == [])
    #expect(try values("rewrite") == [#"{"_id":1,"v":2,"__deleted":true}"#, #"{"__deleted":true}"#])
    #expect(try values("rewrite-with-tombstone") == [#"{"_id":1,"v":2,"__deleted":true}"#, nil, #"{"__deleted":true}"#, nil])
    #expect(
      try values("rewrite", ["delete.tombstone.handling.mode.rewrite-with-id": "true"])
        == [#"{"_id":1,"v":2,"__deleted":true}"#, #"{"__deleted":true,"_id":2}"#])
  }

  @Test func fieldsAndHeadersAreAdded() throws {
    let options = [
      "delete.tombstone.handling.mode": "rewrite-with-tombstone", "add.fields": "op,source.ord:o", "add.headers": "op,collection",
    ]
    let result = try extracted([Change(after: #"{"a": 1}"#), Change(op: "d"), Change(isTombstone: true)], options)
    #expect(result.map(\.value) == [#"{"a":1,"__deleted":false,"__op":"c","__o":3}"#, #"{"__deleted":true,"__op":"d","__o":3}"#, nil])
    #expect(result.map(\.headers) == [["__op=c", "__collection=c"], ["__op=d", "__collection=c"], ["__op=d", "__collection=c", "__op=d"]])
  }

  @Test func namesAreAdjustedForStrictConverters() throws {
    let options = ["field.name.adjustment.mode": "avro"]
    #expect(try value(#"{"1st": 1,"a-b": {"ü": 2},"e": []}"#, options) == #"{"_1st":1,"a_b":{"_":2},"e":null}"#)
  }

  @Test(arguments: [
    #"{"v": [1,"x"]}"#, #"{"v": [1,null]}"#, #"{"v": [1,{"a": 1}]}"#, #"{"v": [{"a": 1},{"a": "x"}]}"#, #"{"v": [[1],["x"]]}"#, #"{"v": [[[1]]]}"#,
    #"{"v": {"$minKey": 1}}"#, #"{"v": {"$symbol": "x"}}"#, #"{"v": {"$code": "f()","$scope": {"x": 1}}}"#, #"{"v": [{"a": {"b": 1}},{"a": {"c": 1}}]}"#,
    #"{"v": 1"#, #"[1]"#, #"{"v": }"#, #"{"v": 1} x"#, #"{v: 1}"#, #"{"v": "x}"#, "", #"{"v": 1-2}"#, #"{"__op": 1}"#,
  ])
  func whatHasNoFormIsAnErrorOfTheRecord(_ document: String) throws {
    let error = #expect(throws: MillraceError.self) { try extracted([Change(after: document)], ["add.fields": "op"]) }
    #expect(error?.retry == .record)
    #expect(error?.subject == "srv.db.c")
  }

  @Test func otherRecordsPassUnchanged() throws {
    var batch = Sample.batch()
    try made([:]).apply(to: &batch, where: Selection())
    #expect(try delivered(batch, schemas: false) == delivered(Sample.batch(), schemas: false))
  }

  /// Whatever stands there, nothing traps.
  @Test func mutilatedDocumentsAreRefusedOrRead() throws {
    let document = Array(#"{"_id": {"$oid": "65e0c0de65e0c0de65e0c0de"},"a": [1,2.5e3,{"$date": {"$numberLong": "5"}}],"b": {"$binary": "AP8=","$type": "00"},"c": "\u00e9\n","d": {"$regex": "a","$options": ""}}"#.utf8)
    let transform = try made([:])
    var random = SystemRandomNumberGenerator()
    var refused = 0
    for round in 0..<4000 {
      var bytes = document
      if round < document.count {
        bytes.removeLast(round)
      } else {
        for _ in 0..<Int.random(in: 1...3, using: &random) { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32..<127, using: &random) }
      }
      var batch = RecordBatch()
      Change(after: String(decoding: bytes, as: UTF8.self)).append(to: &batch)
      do { try transform.apply(to: &batch, where: Selection()) } catch { refused += 1 }
    }
    #expect(refused > document.count / 2)
  }
}
