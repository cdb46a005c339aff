import Foundation
import MillraceCore
@testable import MillraceMySQL
import Testing

/// Holds our records to those that Debezium wrote for the same statements (Tests/Fixtures/schema-changes.jsonl, of the golden case
/// `mysql-schema-changes`, variant `comments`).
@Suite struct SchemaChangeRecordsTests {
  private static let source = Schema(.structure([.init("table", .optionalString)]))

  private func fixture(_ name: String) throws -> String {
    let folder = String(#filePath).split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Fixtures/"
    return try String(contentsOfFile: folder + name, encoding: .utf8)
  }

  /// Where we differ, and why: Debezium's text, ours.
  private static let deviations: [(statement: String, theirs: String, ours: String)] =
    ["create table created", "rename table created"].flatMap { statement in
      [
        // ASCII and UNICODE are charsets, BYTE makes binary columns.
        (statement, #""charsetName":"utf8mb4","length":9"#, #""charsetName":"latin1","length":9"#),
        (statement, #""charsetName":"utf8mb4","length":null,"scale":null,"position":20"#, #""charsetName":null,"length":1,"scale":null,"position":20"#),
        (statement, #""charsetName":"utf8mb4","length":8"#, #""charsetName":"ucs2","length":8"#),
      ]
    }
    // Debezium forgets the comment of a table that is altered or copied.
    + ["create table like_it", "alter table numbers add", "alter table numbers modify f"].map {
      ($0, #"}],"comment":null}}]"#, #"}],"comment":"numbers of every kind"}}]"#)
    }
    + ["alter table texts convert", "alter table texts default", "alter table texts add", "rename table texts2"].map {
      ($0, #"}],"comment":null}}]"#, #"}],"comment":"texts: it''s \"quoted\""}}]"#)
    }
    // It overlooks DEFAULT CHARACTER SET where something follows.
    + ["alter table texts default", "alter table texts add", "rename table texts2"].flatMap { statement in
      [
        (statement, #""defaultCharsetName":"latin1""#, #""defaultCharsetName":"utf8mb4""#),
        (statement, #""charsetName":"latin1","length":20"#, #""charsetName":"utf8mb4","length":20"#),
        (statement, #""charsetName":"latin1","length":3,"scale":null,"position":27"#, #""charsetName":"utf8mb4","length":3,"scale":null,"position":27"#),
      ]
    }
    // An index that is dropped identifies no row any more.
    + [("alter table shapes add index", #""primaryKeyColumnNames":["g"]"#, #""primaryKeyColumnNames":[]"#)]

  private func recorded() throws -> [JSONValue] {
    try fixture("schema-changes.jsonl").split(separator: "\n").compactMap { line in
      var line = String(line)
      for deviation in Self.deviations where line.contains("\"ddl\":\"\(deviation.statement)") {
        line = line.replacing(deviation.theirs, with: deviation.ours)
      }
      let value = try JSONValue(parsing: line)["value"]
      return value?["ddl"] == nil ? nil : value
    }
  }

  /// What a record says behind its source block and time, as Debezium's JSON would.
  private func written(_ event: SchemaChangeEvent) -> [Value] {
    var batch = RecordBatch()
    let records = SchemaChangeRecords(topic: "srv", connector: "mysql", source: Self.source, includesComments: true)
    let source = batch.slots.append(repeating: .null, count: 1)
    records.append(event, source: .structure(first: source, count: 1), time: 0, order: .init(commit: 0, ordinal: 0), to: &batch)
    guard case .structure(let fields) = batch.value(batch.records[0].value) else { return [] }
    return Array(fields.dropFirst(2))
  }

  private func value(_ json: JSONValue) -> Value {
    switch json {
    case .null: .null
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let text), .string(let text): .text(text)
    case .array(let elements): .array(elements.map(value))
    case .object(let members): .structure(members.map { value($0.value) })
    }
  }

  private func fields(_ json: JSONValue) -> [Value] {
    ["databaseName", "schemaName", "ddl", "tableChanges"].map { json[$0].map(value) ?? .null }
  }

  @Test("Records of the stream are Debezium's") func stream() throws {
    let recorded = try recorded()
    var model = SchemaModel(SQLDialect(isMariaDB: false, version: 90704))
    var context = StatementContext(database: "golden_mysql_schema_changes")
    context.serverCollation = "utf8mb4_0900_ai_ci"
    // The snapshot's own records make the schema that the stream begins with.
    let snapshot = recorded.prefix { $0["source"]?["snapshot"]?.string != "false" }
    for record in snapshot {
      _ = model.apply(record["ddl"]?.string ?? "", StatementContext(database: record["databaseName"]?.string))
    }
    var events: [SchemaChangeEvent] = []
    for statement in try fixture("schema-changes.sql").split(separator: ";\n").flatMap({ $0.split(separator: "; create") }) {
      var statement = String(statement).trimmingCharacters(in: .whitespacesAndNewlines)
      if statement.hasPrefix("table a2") { statement = "create " + statement }
      // The client leaves out comments, and the server writes what a query makes.
      if statement.hasPrefix("/*") { statement = "create /*! unique */ index iy on shapes (i)" }
      if statement.hasPrefix("create table selected") {
        statement = "CREATE TABLE `selected` (\n  `id` int NOT NULL,\n  `v` varchar(10) CHARACTER SET latin1 DEFAULT NULL\n) START TRANSACTION"
      }
      events += SchemaChangeEvent.events(model.apply(statement, context))
    }
    let theirs = recorded.dropFirst(snapshot.count)
    #expect(events.count == theirs.count)
    for (event, their) in zip(events, theirs) {
      #expect(event.sourceTable == their["source"]?["table"]?.string, "\(event.ddl)")
      #expect(written(event) == fields(their), "\(event.ddl)")
    }
  }

  @Test("Records of the snapshot are Debezium's") func snapshot() throws {
    let recorded = try recorded().prefix { $0["source"]?["snapshot"]?.string != "false" }
    let dialect = SQLDialect(isMariaDB: false, version: 90704)
    let tables = recorded.compactMap { record -> (definition: TableDefinition, statement: String)? in
      guard let ddl = record["ddl"]?.string, ddl.hasPrefix("CREATE TABLE"), let name = record["source"]?["table"]?.string else { return nil }
      return CatalogReader.table(TableID(record["databaseName"]?.string ?? "", name), statement: ddl, dialect).map { ($0, ddl) }
    }
    let events = SchemaChangeEvent.snapshot(
      serverCharset: "utf8mb4", serverCollation: "utf8mb4_0900_ai_ci",
      databases: [
        ("golden_mysql_schema_changes", "utf8mb4", "utf8mb4_0900_ai_ci"), ("golden_mysql_schema_changes_2", "latin1", "latin1_swedish_ci"),
      ], tables: tables)
    #expect(events.count == recorded.count && tables.count == 5)
    for (event, their) in zip(events, recorded) {
      #expect(event.sourceTable == their["source"]?["table"]?.string, "\(event.ddl)")
      #expect(written(event) == fields(their), "\(event.ddl)")
    }
  }

  @Test("Names stand in the order of Java's hash set") func order() {
    let ids = ["texts3", "created2"].map { TableID("golden_mysql_schema_changes", $0) }
    #expect(SchemaChangeEvent.joined(ids) == "created2,texts3")
    #expect(SchemaChangeEvent.joined(ids + ids) == "created2,texts3")
  }
}
