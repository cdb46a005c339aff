import MillraceCore
import MillraceFormats
import Testing

@testable import MillraceTransforms

/// What the golden cases of Debezium's transforms cannot show: mistakes in settings, records that are refused, headers without value.
@Suite struct DebeziumTransformTests {
  private func findings(_ options: [String: String], _ make: (inout Configuration) -> any Transform) -> [String] {
    var configuration = Configuration(options)
    _ = make(&configuration)
    return configuration.findings.map(\.key)
  }

  @Test func whatCannotBeDoneIsFoundBeforeTheStart() {
    let router: (inout Configuration) -> any Transform = { EventRouter.transform(&$0, log: .none) }
    #expect(findings([:], router) == [])
    #expect(findings(["table.fields.additional.placement": "a:nowhere,b,c:header:x:y,d:header"], router) == Array(repeating: "table.fields.additional.placement", count: 3))
    #expect(findings(["table.fields.additional.placement": "payload:envelope,a:envelope:x,b:envelope:x"], router).count == 2)
    #expect(findings(["table.op.invalid.behavior": "ignore"], router) == ["table.op.invalid.behavior"])
    #expect(findings(["route.topic.regex": "("], router) == ["route.topic.regex"])
    #expect(findings(["route.topic.regex": "(.*)", "route.topic.replacement": "${routedByValue}"], router) == ["route.topic.replacement"])
    #expect(findings(["topic.regex": "a"]) { LogicalTableRouter(&$0) } == ["topic.replacement"])
    #expect(findings(["topic.regex": "a", "topic.replacement": "b", "key.field.regex": "c"]) { LogicalTableRouter(&$0) } == ["key.field.replacement"])
    #expect(findings([:]) { ExtractChangedRecordState.transform(&$0) } == ["header.changed.name"])
    #expect(findings(["headers": "a,b", "fields": "x", "operation": "move"]) { HeaderToValue.transform(&$0) } == ["fields"])
    #expect(findings(["headers": "a b", "fields": "x", "operation": "move"]) { HeaderToValue.transform(&$0) } == ["headers"])
    #expect(findings([:]) { PartitionRouting.transform(&$0) } == ["partition.payload.fields", "partition.topic.num"])
    #expect(findings(["converted.timezone": "Nowhere/Land"]) { TimezoneConverter.transform(&$0) } == ["converted.timezone"])
    #expect(findings(["converted.timezone": "../../etc/passwd"]) { TimezoneConverter.transform(&$0) } == ["converted.timezone"])
    #expect(findings(["converted.timezone": "+19:00"]) { TimezoneConverter.transform(&$0) } == ["converted.timezone"])
    #expect(findings(["converted.timezone": "UTC", "include.list": "t"]) { TimezoneConverter.transform(&$0) } == ["include.list"])
    #expect(findings(["converted.timezone": "UTC", "include.list": "a:b", "exclude.list": "a:c"]) { TimezoneConverter.transform(&$0) } == ["exclude.list"])
    #expect(findings(["schema.change.event.exclude.list": "DROP_TABLE"]) { SchemaChangeEventFilter.transform(&$0) } == ["schema.change.event.exclude.list"])
    #expect(findings(["srids": "4326,x"]) { SwapGeometryCoordinates.transform(&$0) } == ["srids"])
    for ratio in ["0", "1e300", "nan", "inf", "x"] {
      #expect(findings(["max.bytes": "100", "compression.ratio": ratio]) { EnforceRecordSize.transform(&$0) } == ["compression.ratio"])
    }
  }

  private func applied(_ options: [String: String], _ batch: inout RecordBatch, _ make: (inout Configuration) -> any Transform) throws -> MillraceError? {
    var configuration = Configuration(options)
    let transform = make(&configuration)
    try #require(configuration.findings.isEmpty, "\(configuration.findings)")
    do throws(MillraceError) {
      try transform.apply(to: &batch, where: Selection())
      return nil
    } catch {
      return error
    }
  }

  private func refused(_ options: [String: String], _ make: (inout Configuration) -> any Transform) throws -> MillraceError? {
    var batch = Sample.batch()
    return try applied(options, &batch, make)
  }

  @Test func aRecordThatIsRefusedIsNamedByTransformTopicAndPlace() throws {
    let error = try #require(try refused([:]) { EventRouter.transform(&$0, log: .none) })
    #expect(error.code == "transform.EventRouter.field" && error.component == "EventRouter" && error.retry == .record)
    #expect(error.subject == "srv.public.t" && error.position == "1/0")
    let columns = ["table.field.event.id": "id", "table.field.event.key": "id", "table.field.event.payload": "x", "route.by.field": "x"]
    let fatal = columns.merging(["table.op.invalid.behavior": "fatal"]) { $1 }
    #expect(try refused(fatal) { EventRouter.transform(&$0, log: .none) }?.code == "transform.EventRouter.update")
    #expect(try refused(columns.merging(["table.field.event.timestamp": "id"]) { $1 }) { EventRouter.transform(&$0, log: .none) }?.code == "transform.EventRouter.type")
    #expect(try refused(columns.merging(["route.by.field": "id"]) { $1 }) { EventRouter.transform(&$0, log: .none) }?.code == "transform.EventRouter.type")
    // A truncation has no row.
    #expect(try refused(columns) { EventRouter.transform(&$0, log: .none) }?.code == "transform.EventRouter.after")
    #expect(try refused([:]) { ExtractSchemaToNewRecord.transform(&$0) }?.code == "transform.ExtractSchemaToNewRecord.type")
    let before = ["partition.payload.fields": "before.id", "partition.topic.num": "3"]
    #expect(try refused(before) { PartitionRouting.transform(&$0) }?.code == "transform.PartitionRouting.null")
    let source = ["partition.payload.fields": "source", "partition.topic.num": "3"]
    #expect(try refused(source) { PartitionRouting.transform(&$0) }?.code == "transform.PartitionRouting.type")
  }

  @Test func anUpdateOfTheOutboxIsToldInTheLog() throws {
    let lines = Lines()
    var batch = Sample.batch()
    batch.records[4].isDropped = true
    let columns = [
      "table.field.event.id": "id", "table.field.event.key": "id", "table.field.event.payload": "x", "route.by.field": "x",
      "table.fields.additional.placement": "n:header",
    ]
    let error = try applied(columns, &batch) { EventRouter.transform(&$0, log: Log { level, message, _ in lines.append("\(level) \(message)") }) }
    #expect(error == nil)
    #expect(lines.all == ["warning an update of the outbox table is left out"])
    let got = try delivered(batch, schemas: false)
    #expect(got == [Delivered(topic: "outbox.event.topic_b", key: "2", value: "\"topic_b\"", headers: ["id=2", "n=5"])])
    #expect(batch.records[0].timestamp == 5)
  }

  @Test func schemaChangesAreChosenByTheirType() throws {
    let change = Schema(.structure([Schema.Field("type", .string), Schema.Field("id", .string)]))
    let schema = Schema(
      .structure([Schema.Field("ddl", .optionalString), Schema.Field("tableChanges", Schema(.array(change), optional: true))]),
      name: "io.debezium.connector.mysql.SchemaChangeValue")
    func kept(_ excluded: String) throws -> [String] {
      var batch = RecordBatch()
      for (ddl, changes) in [("none", Value.null), ("database", .array([])), ("create", .array([.structure([.text("CREATE"), .text("a")])])), ("drop", .array([.structure([.text("DROP"), .text("a")])]))] {
        Sample.append(&batch, topic: "srv", key: .null, nil, value: .structure([.text(ddl), changes]), schema)
      }
      #expect(try applied(["schema.change.event.exclude.list": excluded], &batch) { SchemaChangeEventFilter.transform(&$0) } == nil)
      return (0..<batch.records.count).filter { !batch.records[$0].isDropped }.map { batch.string(batch.field(0, of: batch.records[$0].value)) }
    }
    #expect(try kept("TRUNCATE") == ["database", "create", "drop"])
    #expect(try kept("DROP,DATABASE") == ["create"])
  }

  @Test(arguments: ["__dbz__physicalTableIdentifier", LogicalTableRouter.newerField])
  func theKeyOfALogicalTableSaysWhichTopicItWas(_ field: String) throws {
    var batch = Sample.batch()
    let settings = ["topic.regex": #"srv\.public\.(.*)"#, "topic.replacement": "all"]
    #expect(try applied(settings, &batch) { LogicalTableRouter(&$0, field: field) } == nil)
    let record = batch.records[0], key = batch.schemas[Int(record.keySchema)]
    #expect(batch.topics[Int(record.topic)] == "all")
    #expect(key.fields.last?.name == field && key.name == "all.Key")
    #expect(batch.string(batch.field(key.fields.count - 1, of: record.key)) == "srv.public.t")
  }

  @Test func rowsOfTheSnapshotBecomeInserts() throws {
    var batch = RecordBatch()
    let row = Value.structure([.integer(1), .text("a"), .null, .null])
    let source = Value.structure([.integer(7), .null, .text("formats"), .text("t"), .integer(99)])
    for op in ["r", "u"] {
      Sample.append(&batch, topic: "srv.public.t", key: .null, nil, value: .structure([.null, row, source, .null, .text(op), .integer(5), .null, .null]), Sample.envelope)
    }
    let original = batch.records[0].value
    #expect(try applied([:], &batch) { _ in ReadToInsertEvent.transform() } == nil)
    #expect((0..<2).map { batch.string(batch.field(4, of: batch.records[$0].value)) } == ["c", "u"])
    // A record that fails later is put back as it was.
    #expect(batch.string(batch.field(4, of: original)) == "r")
  }

  @Test func longValuesOfALargeRecordAreCutInProportion() throws {
    let row = Schema(.structure([Schema.Field("a", .string), Schema.Field("b", .bytes), Schema.Field("c", .string)]), optional: true, name: "r")
    let envelope = Envelope.schema(topic: "srv.t", row: row, source: Sample.source)
    func cut(to most: Int, ratio: String = "1.0") throws -> [Int] {
      var batch = RecordBatch()
      let value = Value.structure([.text(String(repeating: "a", count: 3000)), .bytes(Array(repeating: 7, count: 1000)), .text("short")])
      let source = Value.structure([.integer(7), .null, .text("formats"), .text("t"), .integer(99)])
      Sample.append(&batch, topic: "srv.t", key: .null, nil, value: .structure([.null, value, source, .null, .text("c"), .integer(5), .null, .null]), envelope)
      #expect(try applied(["max.bytes": "\(most)", "min.field.size": "10", "compression.ratio": ratio], &batch) { EnforceRecordSize.transform(&$0) } == nil)
      let after = batch.field(1, of: batch.records[0].value)
      return (0..<3).map { batch.field($0, of: after).count }
    }
    let whole = 600 + 8 + 5 + (56 + 8 * 8 + 57 + 3 * 24) + (56 + 3 * 8 + 3056 + 1024 + 61) + (56 + 5 * 8 + 2 * 24 + 63 + 57)
    #expect(try cut(to: whole) == [3000, 1000, 5])
    #expect(try cut(to: whole - 1) == [2999, 999, 5])
    #expect(try cut(to: whole - 400) == [2700, 900, 5])
    #expect(try cut(to: 100) == [0, 0, 5])
    #expect(try cut(to: 2 * whole - 400, ratio: "2.0") == [2700, 900, 5])
  }

  @Test func hashesAreJavas() {
    var batch = RecordBatch()
    func code(_ value: Value, _ schema: Schema) -> Int32? { JavaHash.code(batch.slot(value), schema, in: batch) }
    #expect(code(.text("hello"), .string) == 99_162_322)
    #expect(code(.text("😀"), .string) == 1_772_899)
    #expect(code(.integer(-1), .int64) == 0)
    #expect(code(.integer(4_294_967_296), .int64) == 1)
    #expect(code(.boolean(true), .boolean) == 1231)
    #expect(code(.float(1.5), .float64) == 1_073_217_536)
    #expect(code(.structure([]), Schema(.structure([]))) == nil)
    let decimal = Schema(.bytes, name: "org.apache.kafka.connect.data.Decimal", parameters: [.init("scale", "2")])
    // The same number, inline and as bytes.
    #expect(code(.integer(-12345), decimal) == code(.bytes([0xcf, 0xc7]), decimal))
    #expect(code(.integer(9_007_199_254_740_993), decimal) == code(.bytes([0, 0x20, 0, 0, 0, 0, 0, 1]), decimal))
    #expect(code(.integer(-9_007_199_254_740_993), decimal) == code(.bytes([0xdf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), decimal))
  }
}

private final class Lines: @unchecked Sendable {
  private(set) var all: [String] = []
  func append(_ line: String) { all.append(line) }
}
