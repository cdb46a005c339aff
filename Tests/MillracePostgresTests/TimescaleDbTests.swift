import MillraceCore
import Testing

@testable import MillracePostgres

struct TimescaleDbTests {
  private final class Catalog: TimescaleCatalog {
    var hypertables: [TableName: TableName] = [:]
    var aggregates: [TableName: TableName] = [:]
    var failure: MillraceError?
    var asked = 0

    func hypertable(of chunk: TableName) throws(MillraceError) -> TableName? {
      asked += 1
      if let failure { throw failure }
      return hypertables[chunk]
    }

    func aggregate(of hypertable: TableName) -> TableName? { aggregates[hypertable] }
  }

  private static let row = Schema(.structure([Schema.Field("id", .int32)]), optional: true, name: "srv._timescaledb_internal.c.Value")
  private static let envelope = Envelope.schema(topic: "srv._timescaledb_internal.c", row: row, source: SourceBlock.schema)

  /// One record for each table, in one schema, as a router before it leaves them.
  private func batch(_ tables: [(schema: String, table: String)]) -> RecordBatch {
    var batch = RecordBatch()
    let schema = batch.intern(schema: Self.envelope)
    for (name, table) in tables {
      let source = SourceBlock.appendTemplate(to: &batch, name: "srv", database: "d", snapshot: nil)
      let (nameSlot, tableSlot) = (batch.text(name), batch.text(table))
      batch.slots[source + SourceBlock.Field.schema] = nameSlot
      batch.slots[source + SourceBlock.Field.table] = tableSlot
      let value = batch.slots.append(repeating: .null, count: Self.envelope.fields.count)
      batch.slots[value + Envelope.source] = .structure(first: source, count: SourceBlock.Field.count)
      batch.records.append(
        Record(
          topic: batch.intern(topic: "srv.\(name).\(table)"), keySchema: Record.noSchema, key: .null, valueSchema: schema,
          value: .structure(first: value, count: Self.envelope.fields.count), firstHeader: 0, headerCount: 0,
          order: .init(commit: 1, ordinal: 0)))
    }
    return batch
  }

  private func transform(_ settings: [String: String] = [:], _ catalog: Catalog) -> TimescaleDb {
    var configuration = Configuration(settings)
    return TimescaleDb(&configuration, catalog: catalog, log: .none)
  }

  private func table(_ index: Int, of batch: borrowing RecordBatch) -> String {
    let source = batch.field(Envelope.source, of: batch.records[index].value)
    return batch.string(batch.field(SourceBlock.Field.schema, of: source)) + "." + batch.string(batch.field(SourceBlock.Field.table, of: source))
  }

  private func headers(_ index: Int, of batch: borrowing RecordBatch) -> [String] {
    let record = batch.records[index]
    return (Int(record.firstHeader)..<Int(record.firstHeader + record.headerCount)).map {
      batch.headerNames[Int(batch.headers[$0].name)] + "=" + batch.string(batch.headers[$0].value)
    }
  }

  @Test func chunksBecomeTheirHypertableOrAggregate() throws {
    let catalog = Catalog()
    catalog.hypertables = [
      TableName(schema: "_timescaledb_internal", table: "c1"): TableName(schema: "public", table: "readings"),
      TableName(schema: "_timescaledb_internal", table: "c2"): TableName(schema: "_timescaledb_internal", table: "m2"),
    ]
    catalog.aggregates = [TableName(schema: "_timescaledb_internal", table: "m2"): TableName(schema: "public", table: "daily")]
    var batch = batch([
      ("_timescaledb_internal", "c1"), ("_timescaledb_internal", "c1"), ("public", "plain"), ("_timescaledb_internal", "c2"), ("_timescaledb_internal", "gone"),
    ])
    try transform([:], catalog).apply(to: &batch, where: Selection())
    let topics = (0..<5).map { batch.topics[Int(batch.records[$0].topic)] }
    #expect(
      topics == [
        "timescaledb.public.readings", "timescaledb.public.readings", "srv.public.plain", "timescaledb.public.daily", "srv._timescaledb_internal.gone",
      ])
    #expect((0..<5).map { table($0, of: batch) } == ["public.readings", "public.readings", "public.plain", "public.daily", "_timescaledb_internal.gone"])
    let chunk = ["__debezium_timescaledb_chunk_table=c1", "__debezium_timescaledb_chunk_schema=_timescaledb_internal"]
    #expect(headers(1, of: batch) == chunk && headers(2, of: batch).isEmpty && headers(4, of: batch).isEmpty)
    #expect(headers(3, of: batch).suffix(2) == ["__debezium_timescaledb_hypertable_table=m2", "__debezium_timescaledb_hypertable_schema=_timescaledb_internal"])
    #expect(catalog.asked == 3, "each table of a batch is asked for once, and only those of the schemas that are listed")
  }

  @Test func bothRecordsOfAChangedKeyGoToTheHypertable() throws {
    let catalog = Catalog()
    catalog.hypertables = [TableName(schema: "_timescaledb_internal", table: "c"): TableName(schema: "public", table: "t")]
    var batch = batch([("_timescaledb_internal", "c"), ("_timescaledb_internal", "c")])
    // One source block for both.
    batch.slots[batch.records[1].value.offset + Envelope.source] = batch.field(Envelope.source, of: batch.records[0].value)
    try transform([:], catalog).apply(to: &batch, where: Selection())
    #expect((0..<2).map { table($0, of: batch) } == ["public.t", "public.t"])
    #expect((0..<2).map { batch.topics[Int(batch.records[$0].topic)] } == ["timescaledb.public.t", "timescaledb.public.t"])
  }

  @Test func schemasAndTopicsAreThoseOfTheSettings() throws {
    let catalog = Catalog()
    catalog.hypertables = [TableName(schema: "b", table: "c"): TableName(schema: "x", table: "y")]
    var batch = batch([("b", "c"), ("_timescaledb_internal", "c")])
    try transform(["schema.list": "a, b", "target.topic.prefix": "t"], catalog).apply(to: &batch, where: Selection())
    #expect(batch.topics[Int(batch.records[0].topic)] == "t.x.y")
    #expect(batch.topics[Int(batch.records[1].topic)] == "srv._timescaledb_internal.c")
  }

  @Test func aCatalogThatCannotBeReadNamesTheTopicAndLeavesTheRecord() {
    let catalog = Catalog()
    catalog.failure = MillraceError(code: "postgres.lost", component: "postgres", retry: .retry, message: "m", advice: "a")
    var batch = batch([("_timescaledb_internal", "c")])
    let error = #expect(throws: MillraceError.self) { try transform([:], catalog).apply(to: &batch, where: Selection()) }
    #expect(error?.component == "TimescaleDb" && error?.subject == "srv._timescaledb_internal.c" && error?.retry == .retry)
    #expect(table(0, of: batch) == "_timescaledb_internal.c")
  }

  @Test func theConnectionIsCheckedBeforeTheStart() {
    var configuration = Configuration(["database.port": "none"])
    _ = TimescaleDb(&configuration, log: .none)
    #expect(Set(configuration.findings.map(\.key)) == ["database.hostname", "database.port", "database.user", "database.dbname"])
  }
}
