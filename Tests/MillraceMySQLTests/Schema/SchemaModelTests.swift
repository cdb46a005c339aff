@testable import MillraceMySQL
import Testing

@Suite struct SchemaModelTests {
  private func model(_ dialect: SQLDialect = .mysql, _ statements: String...) -> SchemaModel {
    var model = SchemaModel(dialect)
    model.setDatabase("d", charset: "utf8mb4", collation: "utf8mb4_0900_ai_ci")
    for statement in statements { _ = model.apply(statement, StatementContext(database: "d")) }
    return model
  }

  private func names(_ model: SchemaModel, _ table: String) -> [String]? {
    model.table(TableID("d", table))?.definition.columns.map(\.name)
  }

  @Test("A table is what CREATE TABLE says") func create() throws {
    let model = model(
      .mysql,
      """
      create table `t` (id integer(5) unsigned zerofill not null auto_increment primary key comment 'it''s', -- a comment
        v varchar(20) character set latin1 default 'x''y' /* another, with ) */, e enum('a','b,c','d''e'), d dec(4) not null default -1.5,
        g int as (id + 1) stored, `key` bool default false, unique key u (v(3), e)) default charset=utf8 comment='c'
      """)
    let table = try #require(model.table(TableID("d", "t"))?.definition)
    #expect(table.columns.map(\.name) == ["id", "v", "e", "d", "g", "key"])
    #expect(table.columns.map(\.type) == [.int, .varchar, .enum, .decimal, .int, .tinyint])
    #expect(table.columns[0].writtenType == "INTEGER" && table.columns[0].length == 5 && table.columns[0].isZerofill)
    #expect(!table.columns[0].isNullable && table.columns[0].isAutoIncremented && table.columns[0].comment == "it''s")
    #expect(table.columns[1].charset == "latin1" && table.columns[1].collation == "latin1_swedish_ci")
    #expect(table.columns[1].defaultValue == .literal("x''y"))
    #expect(table.columns[2].members == ["a", "b,c", "d'e"] && table.columns[2].charset == "utf8")
    #expect(table.columns[3].defaultValue == .literal("-1.5") && table.columns[3].length == 4 && table.columns[3].scale == 0)
    #expect(table.columns[4].isGenerated && table.columns[5].defaultValue == .literal("false"))
    #expect(table.primaryKey == ["id"] && table.keys == [KeyDefinition("u", ["v", "e"], isUnique: true)])
    #expect(table.charset == "utf8" && table.comment == "c")
  }

  @Test("ALTER TABLE places columns by their names after the statement") func alter() {
    let model = model(
      .mysql, "create table t (a int, b int, c int, primary key (b), unique (c), unique (c, a))",
      "alter table t change b bb bigint, add x int after bb, add (y int, z int), drop c, change a aa int first, add w int first")
    #expect(names(model, "t") == ["w", "aa", "bb", "x", "y", "z"])
    #expect(model.table(TableID("d", "t"))?.definition.primaryKey == ["bb"])
    #expect(model.table(TableID("d", "t"))?.definition.keys.map(\.columns) == [["aa"]])
  }

  @Test("Tables swap their names in one statement, across databases, too") func rename() {
    var model = model(.mysql, "create table a (x int)", "create table b (y int)")
    let changes = model.apply("RENAME TABLE a TO swap, b TO a, swap TO other.b", StatementContext(database: "d"))
    #expect(names(model, "a") == ["y"])
    #expect(model.table(TableID("other", "b"))?.definition.columns.map(\.name) == ["x"])
    #expect(model.tableCount == 2)
    #expect(changes.map(\.statement) == ["RENAME TABLE a TO swap", "RENAME TABLE b TO a", "RENAME TABLE swap TO other.b"])
    #expect(changes.map(\.table) == [TableID("d", "swap"), TableID("d", "a"), TableID("other", "b")])
    #expect(changes[0].definition == nil && changes[1].definition?.columns.first?.name == "y")
  }

  @Test("What concerns no table changes nothing", arguments: [
    "grant all on *.* to x", "create procedure p() begin create table t (a int); end", "create definer=`r`@`%` trigger t before insert on a for each row set @x = 1",
    "create view t as select 1", "create or replace algorithm=merge view v as select 1", "drop view a", "set @x = 'create table t (a int)'", "flush tables",
    "", "-- create table t (a int)", "/* create table t (a int) */", "create event e on schedule every 1 day do drop table a", "create sequence s",
    "create temporary table t (a int)", "drop temporary table a", "BEGIN", "analyze table a", "💥 ( ' \" `", "create user 'x'@'y' identified by 'z'",
  ]) func irrelevant(_ statement: String) {
    var model = model(.mysql, "create table a (x int)")
    #expect(model.apply(statement, StatementContext(database: "d")) == [])
    #expect(model.tables.map(\.definition.name) == ["a"])
  }

  @Test("A statement about a table that makes no sense puts the table in doubt") func doubt() {
    var model = model(.mysql, "create table a (x int)")
    #expect(model.apply("alter table a add column y some_new_type", StatementContext(database: "d")).map(\.kind) == [.doubt])
    #expect(model.table(TableID("d", "a"))?.isDoubtful == true)
    #expect(model.apply("alter table a change nothing z int", StatementContext(database: "d")).map(\.kind) == [.alterTable, .doubt])
  }

  @Test("A table is found by the bytes of the log") func lookup() {
    let model = model(.mysql, "create table `tä` (x int)")
    let (database, name) = (Array("d".utf8), Array("tä".utf8))
    let found = database.withUnsafeBytes { d in name.withUnsafeBytes { n in model.table(database: d, name: n) } }
    #expect(found === model.table(TableID("d", "tä")) && found != nil)
    #expect(name.withUnsafeBytes { n in model.table(database: n, name: n) } == nil)
  }
}
