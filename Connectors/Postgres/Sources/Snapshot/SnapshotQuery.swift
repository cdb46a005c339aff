internal import MillraceCore

/// The statements that read one table.
struct SnapshotQuery: Sendable, Equatable {
  let table: PostgresTable
  /// nil where the table is read at a stretch.
  let layout: TableLayout?
  /// What is copied, without a condition.
  private let whole: String
  private let firstTransaction: String

  /// - Parameters:
  ///   - layout: nil for a table that is read through its name alone.
  ///   - firstTransaction: rows of it and later ones may have moved.
  init(table: PostgresTable, layout: TableLayout?, isolatedFrom firstTransaction: String) {
    self.table = table
    self.layout = layout
    self.firstTransaction = firstTransaction
    let columns = SnapshotQuery.columns(of: table)
    // A plain COPY of the table is the server's fastest way; it cannot take a condition, and refuses a partitioned table.
    whole = table.kind == "r"
      ? "COPY \(table.quotedName) (\(columns)) TO STDOUT" : "COPY (SELECT \(columns) FROM \(table.quotedName)) TO STDOUT"
  }

  /// - Parameters:
  ///   - statement: instead of the table's rows.
  ///   - names: the columns of its result. A column of the table that is not among them is NULL.
  init(table: PostgresTable, override statement: String, columns names: [String]) {
    self.table = table
    layout = nil
    firstTransaction = ""
    let columns = table.columns.map { column in
      let name = PostgresConnection.quote(identifier: column.name)
      return names.contains(column.name) ? "s.\(name)" : "NULL AS \(name)"
    }
    whole = "COPY (SELECT \(columns.joined(separator: ", ")) FROM (\(statement)\n) AS s) TO STDOUT"
  }

  /// Gives the columns of a statement of the user's, and no rows. The line end closes a comment at the statement's end.
  static func probe(_ statement: String) -> String { "SELECT * FROM (\(statement)\n) AS s LIMIT 0" }

  private static func columns(of table: PostgresTable) -> String {
    table.columns.map { PostgresConnection.quote(identifier: $0.name) }.joined(separator: ", ")
  }

  /// The COPY of a chunk.
  func statement(for chunk: SnapshotChunk) -> String {
    guard let layout else { return whole }
    let (leaf, range) = layout.condition(for: chunk.range)
    let moved = "pg_catalog.age(xmin) <= pg_catalog.age(\(PostgresConnection.quote(literal: firstTransaction))::pg_catalog.xid)"
    let condition = (range.isEmpty ? [] : [range]) + (chunk.isCatchUp ? [moved] : [])
    if condition.isEmpty, table.kind == "r" { return whole }
    let rest = condition.isEmpty ? "" : " WHERE \(condition.joined(separator: " AND "))"
    return "COPY (SELECT \(SnapshotQuery.columns(of: table)) FROM ONLY \(layout.leaves[leaf].name)\(rest)) TO STDOUT"
  }

  /// Locks a table, with its partitions, against a change of its form.
  static func lock(_ table: PostgresTable) -> String {
    "LOCK TABLE \(table.kind == "p" ? "" : "ONLY ")\(table.quotedName) IN ACCESS SHARE MODE"
  }
}
