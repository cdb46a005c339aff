import MillraceCore
import MillraceFormats
import MillraceTransforms
import Testing

/// What the reference's release 3.6.3 made of the same changes: an insert with nulls, an update, a delete with its tombstone and
/// a truncation of a table with `id`, `x`, `n` (default 5) and `d` (a decimal).
@Suite struct UnwrapTests {
  @Test func deletesBecomeNullWithTheRowsSchemaByDefault() throws {
    let result = try unwrapped([:])
    #expect(result.map(\.value) == [Expected.insert, Expected.update, "null"])
    #expect(result.map(\.key) == [#"{"id":2}"#, #"{"id":1}"#, #"{"id":1}"#])
    let schemas = try unwrapped([:], schemas: true)
    #expect(schemas[0].value == #"{"schema":"# + Expected.schema(optional: false) + #","payload":"# + Expected.insert + "}")
    #expect(schemas[2].value == #"{"schema":"# + Expected.schema(optional: true) + #","payload":null}"#)
  }

  @Test func rewritingMarksRowsAndPutsDefaultsInThePlaceOfNull() throws {
    let result = try unwrapped(["delete.tombstone.handling.mode": "rewrite"])
    #expect(
      result.map(\.value) == [
        #"{"id":2,"x":"topic_b","n":5,"d":null,"__deleted":"false"}"#, #"{"id":1,"x":"c","n":5,"d":"AJY=","__deleted":"false"}"#,
        #"{"id":1,"x":"c","n":5,"d":"AJY=","__deleted":"true"}"#,
      ])
    let schemas = try unwrapped(["delete.tombstone.handling.mode": "rewrite"], schemas: true)
    let deleted = #",{"type":"string","optional":true,"field":"__deleted"}"#
    #expect(schemas[2].value?.hasPrefix(#"{"schema":"# + Expected.schema(optional: false, more: deleted)) == true)
    let keeping = try unwrapped(["delete.tombstone.handling.mode": "rewrite", "replace.null.with.default": "false"])
    #expect(keeping[0].value == #"{"id":2,"x":"topic_b","n":null,"d":null,"__deleted":"false"}"#)
  }

  @Test func addedFieldsAndHeadersAreTakenFromTheEnvelope() throws {
    let result = try unwrapped(
      [
        "delete.tombstone.handling.mode": "rewrite-with-tombstone",
        "add.fields": "op,table,source.ts_ms,before.x,f:newName,lsn:newLsn,transaction.id,nosuch,snapshot",
        "add.headers": "op,source.db,before.d,transaction.total_order",
      ], schemas: true)
    #expect(result.count == 4)
    let added =
      #",{"type":"string","optional":true,"field":"__deleted"},{"type":"string","optional":true,"field":"__op"},"#
      + #"{"type":"string","optional":true,"field":"__table"},{"type":"int64","optional":true,"field":"__source_ts_ms"},"#
      + #"{"type":"string","optional":true,"field":"__before_x"},{"type":"int64","optional":true,"field":"__newLsn"},"#
      + #"{"type":"string","optional":true,"field":"__transaction_id"},"#
      + #"{"type":"string","optional":true,"name":"io.debezium.data.Enum","version":1,"parameters":{"allowed":"true,false"},"#
      + #""field":"__snapshot"}"#
    let schema = Expected.schema(optional: false, more: added)
    let tail = #""__source_ts_ms":7,"__before_x":"#
    #expect(
      result[0].value == #"{"schema":"# + schema + #","payload":{"id":2,"x":"topic_b","n":5,"d":null,"__deleted":"false","__op":"c","#
        + #""__table":"t","# + tail + #"null,"__newLsn":99,"__transaction_id":"2149:911515472","__snapshot":null}}"#)
    #expect(result[0].headers == ["__op=c", "__source_db=formats", "__before_d", "__transaction_total_order=1"])
    #expect(
      result[1].value?.hasSuffix(
        #""__deleted":"false","__op":"u","__table":"t","# + tail + #""a","__newLsn":99,"__transaction_id":null,"__snapshot":null}}"#)
        == true)
    #expect(result[1].headers == ["__op=u", "__source_db=formats", "__before_d=1.50", "__transaction_total_order"])
    #expect(
      result[2].value?.hasSuffix(
        #""__deleted":"true","__op":"d","__table":"t","# + tail + #""c","__newLsn":99,"__transaction_id":null,"__snapshot":null}}"#)
        == true)
    // The tombstone shares the headers of its delete and gets its own.
    #expect(result[3].value == nil)
    #expect(result[3].headers == result[2].headers + ["__op=d"])
  }

  @Test func deletesBecomeTombstones() throws {
    let result = try unwrapped(
      ["delete.tombstone.handling.mode": "delete-to-tombstone", "add.headers": "op", "add.headers.prefix": "h."], schemas: true)
    #expect(result.count == 3)
    #expect(result[2].value == nil)
    #expect(result.map(\.headers) == [["h.op=c"], ["h.op=u"], ["h.op=d"]])
  }

  @Test func deletesAreDropped() throws {
    let result = try unwrapped(["delete.tombstone.handling.mode": "drop", "add.fields": "op,ts_ms:when", "add.fields.prefix": ""])
    #expect(
      result.map(\.value) == [
        #"{"id":2,"x":"topic_b","n":null,"d":null,"op":"c","when":5}"#, #"{"id":1,"x":"c","n":null,"d":"AJY=","op":"u","when":5}"#,
      ])
  }

  @Test func recordsGoToTheTopicThatAFieldNames() throws {
    let result = try unwrapped(["route.by.field": "x"])
    #expect(result.map(\.topic) == ["topic_b", "c", "c"])
    let error = #expect(throws: MillraceError.self) { try unwrapped(["route.by.field": "nosuch"]) }
    #expect(error?.code == "transform.route.field")
  }

  @Test func aParentThatNoEnvelopeHasIsAnError() {
    let error = #expect(throws: MillraceError.self) { try unwrapped(["add.fields": "foo.bar"]) }
    #expect(error?.code == "transform.field.unknown")
  }

  @Test func withoutAddedFieldsNothingIsCopied() throws {
    var batch = Sample.batch()
    let slots = batch.slots.count, bytes = batch.arena.count
    let after = batch.field(Envelope.after, of: batch.records[0].value)
    try transform([:]).apply(to: &batch, where: Selection())
    let value = batch.records[0].value
    let slotsNow = batch.slots.count, bytesNow = batch.arena.count
    #expect(slotsNow == slots && bytesNow == bytes)
    #expect(value.bits == after.bits && value.kind == .structure)
  }

  @Test func theSameSchemaObjectComesOutOfEveryBatch() throws {
    let transform = try transform(["add.fields": "op"])
    var first = Sample.batch(), second = Sample.batch()
    try transform.apply(to: &first, where: Selection())
    try transform.apply(to: &second, where: Selection())
    let one = first.schemas[Int(first.records[0].valueSchema)], other = second.schemas[Int(second.records[0].valueSchema)]
    #expect(one === other)
  }

  @Test func otherRecordsPassUnchanged() throws {
    var batch = RecordBatch()
    let heartbeat = Schema(.structure([Schema.Field("ts_ms", .int64)]), name: "io.debezium.connector.common.Heartbeat")
    Sample.append(&batch, topic: "h", key: .null, nil, value: .structure([.integer(1)]), heartbeat)
    try transform(["delete.tombstone.handling.mode": "rewrite", "add.headers": "op"]).apply(to: &batch, where: Selection())
    let result = try delivered(batch, schemas: false)
    #expect(result.map(\.value) == [#"{"ts_ms":1}"#])
    #expect(result.map(\.headers) == [[]])
  }

  @Test func fieldsThatAHeaderListsAreDropped() throws {
    let names = Schema(.array(.string))
    for (options, expected, key) in [
      ([:], #"{"id":2,"x":"topic_b","d":null}"#, #"{"id":2}"#),
      (["drop.fields.keep.schema.compatible": "false"], #"{"x":"topic_b","d":null}"#, #"{"id":2}"#),
      (["drop.fields.keep.schema.compatible": "false", "drop.fields.from.key": "true"], #"{"x":"topic_b","d":null}"#, "{}"),
    ] {
      var batch = Sample.batch()
      let value = batch.slot(.array([.text("n"), .text("id")]))
      batch.headers.append(
        Header(name: batch.intern(headerName: "drop"), schema: batch.intern(schema: names), value: value))
      batch.records[0].headerCount = 1
      try transform(options.merging(["drop.fields.header.name": "drop"]) { a, _ in a }).apply(to: &batch, where: Selection())
      let result = try delivered(batch, schemas: false)
      #expect(result[0].value == expected)
      #expect(result[0].key == key)
      #expect(result[1].value == Expected.update)
    }
  }

  @Test func mistakesAreFindings() {
    var configuration = Configuration([
      "delete.tombstone.handling.mode": "keep", "add.fields": "a:b:c,op,op,x.,", "add.headers": ":x", "drop.fields.from.key": "x",
    ])
    _ = ExtractNewRecordState(&configuration)
    #expect(
      configuration.findings.map(\.key) == [
        "delete.tombstone.handling.mode", "add.fields", "add.fields", "add.fields", "add.headers", "drop.fields.from.key",
      ])
  }
}

enum Expected {
  static let insert = #"{"id":2,"x":"topic_b","n":null,"d":null}"#
  static let update = #"{"id":1,"x":"c","n":null,"d":"AJY="}"#

  static func schema(optional: Bool, more: String = "") -> String {
    #"{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"},{"type":"string","optional":false,"field":"x"},"#
      + #"{"type":"int32","optional":true,"default":5,"field":"n"},{"type":"bytes","optional":true,"#
      + #""name":"org.apache.kafka.connect.data.Decimal","version":1,"#
      + #""parameters":{"scale":"2","connect.decimal.precision":"10"},"field":"d"}"# + more
      + #"],"optional":\#(optional),"name":"srv.public.t.Value"}"#
  }
}
