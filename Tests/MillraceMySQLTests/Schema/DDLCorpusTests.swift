import Foundation
import MillraceCore
@testable import MillraceMySQL
import Testing

/// Plays statements on real servers and holds the model to what `information_schema` says after each of them.
@Suite(.serialized, .enabled(if: TestServer.areGiven)) struct DDLCorpusTests {
  @Test("After each statement of the corpus the model equals information_schema", arguments: TestServer.allCases)
  func corpus(_ server: TestServer) throws {
    let path = String(#filePath).split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Fixtures/ddl-corpus.sql"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    let statements = lines.compactMap { line -> String? in
      var line = line
      if line.hasPrefix("@") {
        guard line.hasPrefix(server == .mysql ? "@mysql " : "@mariadb "), let blank = line.firstIndex(of: " ") else { return nil }
        line = line[line.index(after: blank)...]
      }
      return String(line).replacing("⏎", with: "\n")
    }
    #expect(statements.count > 450)
    var play = try DDLPlay(server)
    for statement in statements {
      for difference in try play.run(statement) { Issue.record("\(statement)\n\(difference)") }
    }
    for difference in try play.compare() { Issue.record("at the end\n\(difference)") }
    try play.end()
  }

  @Test("Random ALTER TABLEs leave the model as the server's", arguments: TestServer.allCases)
  func drift(_ server: TestServer) throws {
    var play = try DDLPlay(server)
    var alterations = RandomAlterations(seed: 20_261_125)
    for difference in try play.run(alterations.creation) { Issue.record("\(alterations.creation)\n\(difference)") }
    var accepted = 0
    for _ in 0..<250 {
      let statement = alterations.next(try play.columns("ddl_corpus", "drift"))
      let differences = try play.run(statement)
      // What makes no sense on this table the server refuses.
      if differences.first?.hasPrefix("the server refuses") == true { continue }
      accepted += 1
      for difference in differences { Issue.record("\(statement)\n\(difference)") }
    }
    #expect(accepted > 120)
    try play.end()
  }
}

/// ALTER TABLE statements for one table, the same ones for the same seed.
struct RandomAlterations {
  private var state: UInt64
  private var count = 0

  init(seed: UInt64) { state = seed }

  let creation = "create table drift (id int primary key, a varchar(10), b int unsigned, c text, d datetime(3), e enum('x','y'))"

  /// Knuth's multiplier for LCGs; the high bits are good enough here.
  private mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  private mutating func one<T>(of list: [T]) -> T { list[below(list.count)] }

  private mutating func type() -> String {
    one(of: [
      "int", "bigint unsigned", "tinyint(1)", "varchar(20)", "varchar(5) charset latin1", "char(3) collate utf8mb4_bin", "text", "text charset latin1",
      "decimal(10,3)", "double", "date", "datetime(3)", "timestamp null", "bit(3)", "json", "blob", "varbinary(10)", "enum('a','b')", "set('p','q')",
      "year", "int not null default 5", "varchar(8) not null default 'x'", "float", "mediumtext", "time(2)", "binary(4)", "int default 7 comment 'c'",
    ])
  }

  private mutating func place(_ columns: [String]) -> String { one(of: ["", "", "", " first", " after `\(one(of: columns))`"]) }

  mutating func next(_ columns: [String]) -> String {
    var parts: [String] = []
    for _ in 0...below(3) {
      count += 1
      let column = one(of: columns)
      switch below(14) {
      case 0...3: parts.append("add column `n\(count)` \(type())\(place(columns))")
      case 4, 5: parts.append("modify `\(column)` \(type())\(place(columns))")
      case 6, 7: parts.append("change `\(column)` `r\(count)` \(type())\(place(columns))")
      case 8: if columns.count > 5 { parts.append("drop column `\(column)`") }
      case 9: parts.append("rename column `\(column)` to `m\(count)`")
      case 10: parts.append("add unique (`\(column)`)")
      case 11: parts.append("drop index `\(column)`")
      case 12: parts.append(one(of: ["convert to character set latin1", "convert to character set utf8mb4", "default charset latin1", "charset utf8mb4", "drop primary key"]))
      default: parts.append("add (`p\(count)` \(type()), `q\(count)` \(type()))")
      }
    }
    return parts.isEmpty ? "alter table drift comment 'x'" : "alter table drift \(parts.joined(separator: ", "))"
  }
}

/// A model beside a server, in databases whose names begin with `ddl_corpus`.
struct DDLPlay {
  let connection: MySQLConnection
  let reader: CatalogReader
  let dialect: SQLDialect
  var model: SchemaModel
  private var log: LoggedStatements
  private var context = StatementContext()

  init(_ server: TestServer) throws {
    connection = try server.connect()
    dialect = server.dialect(connection)
    reader = CatalogReader(connection, dialect)
    model = SchemaModel(dialect)
    try Self.dropAll(connection)
    log = try LoggedStatements(connection)
    try readSettings()
    _ = try run("create database ddl_corpus character set utf8mb4")
    try connection.query("use ddl_corpus")
  }

  private static func dropAll(_ connection: MySQLConnection) throws {
    for name in ["ddl_corpus", "ddl_corpus_2", "ddl_corpus_3"] { try connection.query("drop database if exists \(name)") }
  }

  func end() throws {
    try connection.query("set foreign_key_checks = 0")
    try Self.dropAll(connection)
  }

  private mutating func readSettings() throws {
    let collation = dialect.isMariaDB ? "null" : "@@default_collation_for_utf8mb4"
    let row = try connection.query("select @@sql_mode + 0, @@collation_server, @@explicit_defaults_for_timestamp, \(collation), @@sql_mode")[0]
    context.mode = []
    if row[4]?.contains("ANSI_QUOTES") == true { context.mode.insert(.ansiQuotes) }
    if row[4]?.contains("NO_BACKSLASH_ESCAPES") == true { context.mode.insert(.noBackslashEscapes) }
    if row[4]?.contains("REAL_AS_FLOAT") == true { context.mode.insert(.realAsFloat) }
    context.serverCollation = row[1]
    context.explicitDefaultsForTimestamp = row[2] == "1"
    context.utf8mb4Collation = row[3]
  }

  /// Runs a statement, applies what the log has of it, and answers how the model differs from the server; it is then as the server says.
  mutating func run(_ statement: String) throws -> [String] {
    do { try connection.query(statement) } catch {
      return ["the server refuses: \(error.serverText ?? "\(error)")"]
    }
    if statement.lowercased().hasPrefix("set ") { try readSettings() }
    var touched: Set<TableID> = []
    for logged in try log.next() {
      context.database = logged.database
      for change in model.apply(logged.text, context) {
        touched.formUnion([change.table, change.previous].compactMap(\.self))
        touched.formUnion(change.tables)
      }
    }
    return try compare(touched)
  }

  /// The columns that the model knows of a table.
  func columns(_ database: String, _ table: String) throws -> [String] {
    model.table(TableID(database, table))?.definition.columns.map(\.name) ?? []
  }

  /// Compares the names of all, and what is known of those that were touched, or of all.
  mutating func compare(_ touched: Set<TableID>? = nil) throws -> [String] {
    let databases = try reader.databases().filter { $0.name.hasPrefix("ddl_corpus") }
    let known = model.databases.keys.filter { $0.hasPrefix("ddl_corpus") }.sorted()
    if known != databases.map(\.name).sorted() { return ["databases \(known)"] }
    var differences: [String] = []
    for database in databases {
      let ours = model.databases[database.name]
      if ours?.charset.map({ CharacterSet.canonical($0) }) != database.charset || ours?.collation?.lowercased() != database.collation {
        differences.append("database \(database): \(String(describing: ours))")
        model.setDatabase(database.name, charset: database.charset, collation: database.collation)
      }
    }
    let ours = model.tables.filter { $0.definition.database.hasPrefix("ddl_corpus") }
    let names = Set(
      try connection.query(
        """
        select table_schema, table_name from information_schema.tables where left(table_schema, 10) = 'ddl_corpus'
        and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
        """
      ).map { TableID($0[0] ?? "", $0[1] ?? "") })
    let missing = names.filter { model.table($0) == nil }
    var theirs: [TableDefinition] = []
    if let touched {
      for id in touched.union(missing).intersection(names) { if let table = try reader.catalogTable(id) { theirs.append(table) } }
    } else {
      theirs = try reader.tables(of: databases.map(\.name))
    }
    for table in ours where !names.contains(table.definition.id) {
      differences.append("the model has \(table.definition.id)")
      model.remove(table.definition.id)
    }
    for table in theirs {
      guard let known = model.table(table.id) else {
        differences.append("the model lacks \(table.id)")
        model.set(table)
        continue
      }
      if known.isDoubtful { differences.append("\(table.id) is doubtful") }
      let (mine, its) = (known.definition.canonical(dialect), table.canonical(dialect))
      if mine != its {
        differences.append(Self.difference(mine, its))
        model.set(table)
      } else if known.isDoubtful {
        model.set(table)
      }
    }
    return differences
  }

  private static func difference(_ mine: TableDefinition, _ its: TableDefinition) -> String {
    var lines: [String] = ["\(its.id):"]
    for (ours, theirs) in zip(mine.columns, its.columns) where ours != theirs { lines.append("  ours   \(ours)\n  theirs \(theirs)") }
    if mine.columns.count != its.columns.count { lines.append("  columns \(mine.columns.map(\.name)), theirs \(its.columns.map(\.name))") }
    if mine.primaryKey != its.primaryKey { lines.append("  primary key \(mine.primaryKey), theirs \(its.primaryKey)") }
    if mine.keys != its.keys { lines.append("  keys \(mine.keys), theirs \(its.keys)") }
    if mine.collation != its.collation || mine.charset != its.charset {
      lines.append("  charset \(mine.charset ?? "-") \(mine.collation ?? "-"), theirs \(its.charset ?? "-") \(its.collation ?? "-")")
    }
    if mine.comment != its.comment { lines.append("  comment \(mine.comment ?? "-"), theirs \(its.comment ?? "-")") }
    if mine.isVersioned != its.isVersioned { lines.append("  versioned \(mine.isVersioned)") }
    return lines.joined(separator: "\n")
  }
}
