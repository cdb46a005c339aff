@testable import MillraceMySQL
import Testing

@Suite struct SchemaTextTests {
  private func model() -> SchemaModel {
    var model = SchemaModel(.mysql)
    let context = StatementContext(database: "d")
    for statement in [
      "create database d charset latin1",
      """
      create table `t	\\n` (id serial, `b\\\\c` enum('x', 'y''z', "q\\'r") default 'x' comment 'a\\tb', n int(5) zerofill not null default -1, g int as (1) invisible,
        bi bit(4) default b'101', h varbinary(3) default x'4142', ts timestamp default now() on update now(), p point srid 4326, d decimal(5,2) default null,
        primary key (n, id), unique u ((n + 1)), key (d)) comment 'tab	'
      """,
      "create table bool (b bool, v national varchar(3))",
    ] { _ = model.apply(statement, context) }
    model.doubt(TableID("d", "bool"))
    return model
  }

  @Test("A model comes back from its text") func roundTrip() throws {
    let model = model()
    var read = SchemaModel(.mysql)
    try SchemaText.read(SchemaText.text(model), into: &read)
    #expect(read.databases == model.databases)
    #expect(read.tables.map(\.definition) == model.tables.map(\.definition))
    #expect(read.tables.map(\.isDoubtful) == [true, false])
    #expect(SchemaText.text(read) == SchemaText.text(model))
  }

  @Test("Damage is an error, at whatever place") func damage() {
    let text = SchemaText.text(model())
    for length in stride(from: 0, to: text.utf8.count - 1, by: 7) {
      let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
      if cut.hasSuffix("\n") { continue }   // a whole line less is a smaller model; the offset file around it would be cut, too
      var model = SchemaModel(.mysql)
      #expect(throws: HistoryDamage.self) { try SchemaText.read(cut, into: &model) }
    }
    for wrong in ["X\ta\n", "C\ta\tint\t\t\\N\t\\N\t\\N\t\\N\t\t\\N\t\\N\t\\N\n", "T\ta\n", "D\ta\\x\tb\tc\n", "P\ta\n", "M\ta\n"] {
      var model = SchemaModel(.mysql)
      #expect(throws: HistoryDamage.self) { try SchemaText.read("millrace-schema\t1\n" + wrong, into: &model) }
    }
  }

  @Test("Ten thousand tables are kept and read") func many() throws {
    var model = SchemaModel(.mysql)
    let columns = (0..<20).map { "column_\($0) varchar(100) not null default 'x'" }.joined(separator: ", ")
    _ = model.apply("create table d.t (id bigint primary key, \(columns))", StatementContext())
    var table = try #require(model.table(TableID("d", "t"))?.definition)
    for number in 0..<9_999 {
      table.name = "table_\(number)"
      model.set(table)
    }
    let clock = ContinuousClock()
    let began = clock.now
    let text = SchemaText.text(model)
    let written = clock.now
    var read = SchemaModel(.mysql)
    try SchemaText.read(text, into: &read)
    print("10,000 tables of 21 columns: \(text.utf8.count) bytes, written in \(written - began), read in \(clock.now - written)")
    #expect(read.tableCount == 10_000)
  }
}
