@testable import MillraceMySQL

/// Statements of a log: any text, in any mode of either server.
extension FuzzTarget {
  static let statementTargets: [FuzzTarget] = [
    FuzzTarget(
      "ddl",
      [
        "create table t (id int primary key, v varchar(20) default 'x''y' comment \"c\", e enum('a','b,c'), g int as (id + 1) stored, unique u (v(3), e)) charset=utf8",
        "alter table t add column (a int, b text), change a `b``c` bigint after id, drop e, add unique (v), rename to u, convert to charset latin1",
        "rename table t to u, d.u to t", "drop table if exists `t`, d.u", "create /*!80000 unique */ index i on t (v desc, (id + 1)) -- end",
        "create table t2 like t", "create or replace table t (a bit(3) default b'101', b point srid 4326) partition by hash (a) (partition p values in (1))",
        "set statement x = 1 for alter table t alter a set default -1.5", "create database d charset latin1 collate latin1_bin", "truncate t",
      ].map { Array($0.utf8) },
      words: [
        "(", ")", ",", "'", "\"", "`", ";", "/*", "*/", "/*!", "/*M!", "--", "#", "\\", " create table ", " alter table t ", " add ", " drop ", " primary key ",
        " default ", " as (", " after ", " first ", " enum(", " charset ", " not null ", " rename to ", " like ", " select ", "0x", "b'", "99999999999999999999",
      ]
    ) {
      var models = [SchemaModel(.mysql), SchemaModel(.mariadb)]
      for index in models.indices {
        _ = models[index].apply("create table t (id int primary key, v varchar(10), e enum('a'))", StatementContext(database: "d"))
      }
      return { input, choices in
        let index = choices.below(2)
        let mode = [[], .ansiQuotes, .noBackslashEscapes][choices.below(3)] as SQLMode
        let changes = models[index].apply(input, StatementContext(database: "d", mode: mode))
        _ = SchemaChangeEvent.events(changes)
        // The model stays small, and what it holds can be stored and read again.
        if models[index].tableCount > 50 { models[index] = SchemaModel(models[index].dialect) }
        let text = SchemaText.text(models[index])
        var read = SchemaModel(models[index].dialect)
        precondition((try? SchemaText.read(text, into: &read)) != nil, "a stored model is not read")
        precondition(SchemaText.text(read) == text, "a stored model is read as another")
        return !changes.isEmpty && !changes.contains { $0.kind == .doubt }
      }
    },
    FuzzTarget(
      "schema-text", ["millrace-schema\t1\nD\td\tutf8mb4\tutf8mb4_bin\nT\td\tt\tutf8mb4\t\\N\tv\tc\nC\tid\tint\tnua\t11\t\\N\t\\N\t\\N\tl5\t\\N\tINTEGER\t\\N\nM\ta\tb\nP\tid\nK\tu\tu\tid\n"].map { Array($0.utf8) },
      words: ["\t", "\n", "\\N", "\\t", "C\t", "T\t", "D\t", "K\t", "P\t", "M\t", "int", "99999999999999999999"]
    ) {
      { input, _ in
        var model = SchemaModel(.mysql)
        guard (try? SchemaText.read(String(decoding: input, as: UTF8.self), into: &model)) != nil else { return false }
        return !SchemaText.text(model).isEmpty
      }
    },
    FuzzTarget(
      "debezium-history",
      [#"{"source":{"server":"s"},"position":{"file":"b.1","pos":4},"ts_ms":1,"databaseName":"d","ddl":"create table t (a int)","tableChanges":[{"type":"CREATE","id":"\"d\".\"t\"","table":{"defaultCharsetName":"utf8mb4","primaryKeyColumnNames":["a"],"columns":[{"name":"a","jdbcType":4,"typeName":"INT","typeExpression":"INT UNSIGNED","length":11,"position":1,"optional":false,"enumValues":[]}]}}]}"#].map { Array($0.utf8) },
      words: ["\n", "{", "}", "[", "]", "\"", "null", "\\\"", "ENUM", "unknown_type", "\"length\":-1"]
    ) {
      { input, _ in
        guard let history = try? DebeziumHistory(input) else { return false }
        var model = SchemaModel(.mysql)
        history.apply(server: "s", to: &model) { _ in true }
        for record in history.records { for change in record.changes { _ = DebeziumHistory.table(change) } }
        return !history.records.isEmpty
      }
    },
  ]
}
