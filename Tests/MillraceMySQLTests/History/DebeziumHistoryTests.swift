import Foundation
import MillraceCore
@testable import MillraceMySQL
import Testing

/// Reads a history that Debezium 3.6.3 wrote (FileSchemaHistory) for the golden case `mysql-schema-changes`.
@Suite struct DebeziumHistoryTests {
  private func bytes() throws -> [UInt8] {
    let path = String(#filePath).split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Fixtures/debezium-history.jsonl"
    return Array(try String(contentsOfFile: path, encoding: .utf8).utf8)
  }

  private func model(server: String = "srv", upTo position: Int64 = .max) throws -> SchemaModel {
    var model = SchemaModel(SQLDialect(isMariaDB: false, version: 90704))
    try DebeziumHistory(try bytes()).apply(server: server, to: &model) { ($0["pos"]?.integer ?? 0) <= position }
    return model
  }

  @Test("A whole history gives the tables as they were") func whole() throws {
    let model = try model()
    #expect(
      model.tables.map(\.definition.name) == [
        "created2", "like_it", "more2", "numbers", "quoted `name", "selected", "shapes", "texts3", "times", "wide",
      ])
    #expect(model.tables.allSatisfy { !$0.isDoubtful })
    let texts = try #require(model.table(TableID("golden_mysql_schema_changes", "texts3"))?.definition)
    #expect(texts.columns.count == 27 && texts.columns.last?.name == "aa")
    #expect(model.table(TableID("golden_mysql_schema_changes", "numbers"))?.definition.primaryKey == ["f", "id"])
  }

  @Test("What came after the offset is left for the stream") func cut() throws {
    let model = try model(upTo: 304_738)
    #expect(model.tables.map(\.definition.name) == ["numbers", "shapes", "texts", "times", "other"])
    #expect(model.databases["golden_mysql_schema_changes_2"]?.charset == "latin1")
  }

  @Test("Another connector's records in the same file count for nothing") func other() throws {
    #expect(try model(server: "another").tableCount == 0)
  }

  @Test("What Debezium noted of a table is taken where its statement is not understood") func fallback() throws {
    let line = #"{"source":{"server":"s"},"position":{"file":"b.1","pos":4},"databaseName":"d","ddl":"create table t (a some_type)","tableChanges":[{"type":"CREATE","id":"\"d\".\"t\"","table":{"defaultCharsetName":"latin1","primaryKeyColumnNames":["a"],"columns":[{"name":"a","typeName":"INT UNSIGNED","typeExpression":"INT UNSIGNED","length":5,"optional":false},{"name":"e","typeExpression":"ENUM","charsetName":"latin1","length":1,"enumValues":["'x'","'y''z'"]},{"name":"n","typeExpression":"DECIMAL","length":5,"scale":2}]}}]}"#
    var model = SchemaModel(.mysql)
    try DebeziumHistory(Array(line.utf8)).apply(server: "s", to: &model) { _ in true }
    let table = try #require(model.table(TableID("d", "t"))?.definition)
    #expect(table.columns.map(\.type) == [.int, .enum, .decimal] && table.columns[0].isUnsigned && table.columns[0].length == 5)
    #expect(table.columns[1].members == ["x", "y'z"] && table.columns[2].scale == 2 && table.primaryKey == ["a"])
  }

  @Test("Damage is an error that names the line") func damage() throws {
    #expect(throws: HistoryDamage.self) { try DebeziumHistory(Array("{}\n".utf8)) }
    #expect(throws: HistoryDamage.self) { try DebeziumHistory(Array(try bytes().dropLast(20))) }
  }
}
