internal import MillraceCore

/// Reads tables from the server as they are now: in bulk from `information_schema`, or one by one from `SHOW CREATE TABLE`, which is exact
/// about what was written (order of keys, comments) and is the text of a snapshot's schema-change records.
struct CatalogReader {
  let connection: MySQLConnection
  let dialect: SQLDialect

  init(_ connection: MySQLConnection, _ dialect: SQLDialect) {
    self.connection = connection
    self.dialect = dialect
  }

  /// The server's databases with their charsets; those of the server itself are left out where they are not `wanted`.
  func databases(wanted: (String) -> Bool = { _ in false }) throws(MillraceError) -> [(name: String, charset: String?, collation: String?)] {
    let rows = try connection.query(
      "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME")
    return rows.compactMap { row in
      guard let name = row[0], !Self.isOfServer(name) || wanted(name) else { return nil }
      return (name, row[1], row[2])
    }
  }

  /// Databases that a connector captures with `table.ignore.builtin=false` only.
  static func isOfServer(_ database: String) -> Bool {
    ["mysql", "information_schema", "performance_schema", "sys"].contains(database.lowercased())
  }

  /// All tables of these databases in three statements, however many there are. Views and sequences are none.
  func tables(of databases: [String]) throws(MillraceError) -> [TableDefinition] {
    guard !databases.isEmpty else { return [] }
    let list = databases.map(MySQLConnection.quote(literal:)).joined(separator: ", ")
    return try read("TABLE_SCHEMA IN (\(list))")
  }

  /// One table from `information_schema`; nil where there is none.
  func catalogTable(_ id: TableID) throws(MillraceError) -> TableDefinition? {
    let database = MySQLConnection.quote(literal: id.database)
    return try read("TABLE_SCHEMA = \(database) AND TABLE_NAME = \(MySQLConnection.quote(literal: id.table))").first
  }

  /// The statement that makes a table; nil where there is none, or it is a view.
  func statement(_ id: TableID) throws(MillraceError) -> String? {
    let name = MySQLConnection.quote(identifier: id.database) + "." + MySQLConnection.quote(identifier: id.table)
    do throws(MillraceError) {
      let rows = try connection.query("SHOW CREATE TABLE \(name)")
      guard let row = rows.first, row.count == 2, let text = row[1] else { return nil }
      return text
    } catch {
      if error.serverCode == "1146" || error.serverCode == "1049" { return nil }
      throw error
    }
  }

  /// A table by its statement, and the statement; nil where there is no such table.
  func table(_ id: TableID) throws(MillraceError) -> (definition: TableDefinition, statement: String)? {
    guard let statement = try statement(id), let table = Self.table(id, statement: statement, dialect) else { return nil }
    return (table, statement)
  }

  /// A table from the text of `SHOW CREATE TABLE`, which names the charset wherever it matters; nil where it is none.
  static func table(_ id: TableID, statement: String, _ dialect: SQLDialect) -> TableDefinition? {
    var model = SchemaModel(dialect)
    _ = model.apply(statement, StatementContext(database: id.database))
    return model.tables.first?.definition
  }

  // MARK: information_schema

  private func read(_ condition: String) throws(MillraceError) -> [TableDefinition] {
    var tables: [TableID: TableDefinition] = [:]
    let rows = try connection.query(
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_COLLATION, TABLE_COMMENT, TABLE_TYPE FROM information_schema.TABLES
      WHERE \(condition) AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
      """)
    for row in rows {
      guard let database = row[0], let name = row[1] else { continue }
      var table = TableDefinition(database: database, name: name)
      table.collation = row[2]
      table.charset = row[2].flatMap { CharacterSet.of(collation: $0) }
      if let comment = row[3], !comment.isEmpty { table.comment = Self.escaped(comment) }
      table.isVersioned = row[4] == "SYSTEM VERSIONED"
      tables[table.id] = table
    }
    try readColumns(condition, &tables)
    try readKeys(condition, &tables)
    for (id, table) in tables where table.columns.contains(where: \.defaultValue.isBinary) { tables[id] = try withBinaryDefaults(table) }
    return tables.values.sorted { $0.id < $1.id }
  }

  /// The catalog cuts a binary default at its first zero byte; the statement has it whole.
  private func withBinaryDefaults(_ table: TableDefinition) throws(MillraceError) -> TableDefinition {
    guard let stated = try self.table(table.id)?.definition else { return table }
    var table = table
    for index in table.columns.indices where table.columns[index].defaultValue.isBinary {
      guard let column = stated.columns.first(where: { $0.name == table.columns[index].name }) else { continue }
      table.columns[index].defaultValue = column.defaultValue
    }
    return table
  }

  private func readColumns(_ condition: String, _ tables: inout [TableID: TableDefinition]) throws(MillraceError) {
    let srid = !dialect.isMariaDB && dialect.version >= 80000 ? "SRS_ID" : "NULL"
    let rows = try connection.stream(
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA,
      COLUMN_COMMENT, \(srid) FROM information_schema.COLUMNS WHERE \(condition) ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
      """)
    var id = TableID("", "")
    var columns: [ColumnDefinition] = []
    func text(_ row: MySQLRow, _ column: Int) -> String? { row[column].map { String(decoding: $0, as: UTF8.self) } }
    while let row = try rows.next() {
      let next = TableID(text(row, 0) ?? "", text(row, 1) ?? "")
      if next != id {
        tables[id]?.columns = columns
        columns = []
        id = next
      }
      if tables[next] == nil { continue }
      let facts = CatalogColumn(
        name: text(row, 2) ?? "", type: text(row, 3) ?? "", isNullable: text(row, 4) == "YES", defaultText: text(row, 5),
        charset: text(row, 6), collation: text(row, 7), extra: text(row, 8) ?? "", comment: text(row, 9) ?? "", srid: text(row, 10))
      guard let column = facts.definition(dialect) else {
        throw MillraceError(
          code: "mysql.schema.type", component: "mysql", retry: .stop, message: "the type of a column is not known",
          advice: "leave the table out with table.exclude.list, and report the type", subject: "\(next).\(facts.name)")
      }
      columns.append(column)
    }
    tables[id]?.columns = columns
  }

  private func readKeys(_ condition: String, _ tables: inout [TableID: TableDefinition]) throws(MillraceError) {
    let rows = try connection.stream(
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS
      WHERE \(condition) ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
      """)
    func text(_ row: MySQLRow, _ column: Int) -> String? { row[column].map { String(decoding: $0, as: UTF8.self) } }
    while let row = try rows.next() {
      let id = TableID(text(row, 0) ?? "", text(row, 1) ?? "")
      guard let name = text(row, 2), tables[id] != nil else { continue }
      let column = text(row, 4)
      if name == "PRIMARY" {
        if let column { tables[id]?.primaryKey.append(column) }
        continue
      }
      if tables[id]?.keys.last?.name != name { tables[id]?.keys.append(KeyDefinition(name, [], isUnique: text(row, 3) == "0")) }
      guard let last = tables[id]?.keys.indices.last else { continue }
      if let column { tables[id]?.keys[last].columns.append(column) } else { tables[id]?.keys[last].hasExpressions = true }
    }
  }

  /// As SHOW CREATE TABLE writes it between quotes.
  static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("'", with: "''").replacing("\n", with: "\\n").replacing("\r", with: "\\r")
      .replacing("\0", with: "\\0")
  }
}
