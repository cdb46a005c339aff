internal import MillraceCore

/// Reads table definitions from the server.
struct TableReader {
  let connection: MySQLConnection

  /// The names of all tables, views and temporary ones left out.
  func names() throws(MillraceError) -> [TableID] {
    try connection.query(
      "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_schema, table_name"
    ).compactMap { row in row[0].flatMap { database in row[1].map { TableID(database, $0) } } }
  }

  /// A table as it is now; nil where there is none.
  func table(_ id: TableID, _ dialect: SQLDialect) throws(MillraceError) -> TableDefinition? {
    let statement: String
    do throws(MillraceError) {
      let rows = try connection.query(
        "SHOW CREATE TABLE \(MySQLConnection.quote(identifier: id.database)).\(MySQLConnection.quote(identifier: id.table))")
      guard let row = rows.first, row.count > 1, let text = row[1] else { return nil }
      statement = text
    } catch {
      // ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE
      if error.serverCode == "1049" || error.serverCode == "1146" { return nil }
      throw error
    }
    var model = SchemaModel(dialect)
    _ = model.apply(statement, StatementContext(database: id.database))
    return model.table(id)?.definition
  }
}
