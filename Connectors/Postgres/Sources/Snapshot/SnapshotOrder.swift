internal import MillraceCore

/// The order in which a snapshot reads its tables: that of `table.include.list`'s expressions, within one by name
/// (RelationalSnapshotChangeEventSource), or by their row counts.
struct SnapshotOrder {
  let connection: PostgresConnection
  let settings: PostgresSettings

  func sorted(_ tables: [PostgresTable]) throws(MillraceError) -> [PostgresTable] {
    let named = tables.map { (rank: settings.filter.rank(of: $0), name: Array($0.qualifiedName.utf8), table: $0) }
      .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : $0.name.lexicographicallyPrecedes($1.name) }
      .map(\.table)
    guard settings.snapshot.order != .disabled else { return named }
    var counted: [(index: Int, rows: Double, table: PostgresTable)] = []
    for (index, table) in named.enumerated() { counted.append((index, try rows(of: table), table)) }
    let isAscending = settings.snapshot.order == .ascending
    return counted
      .sorted { $0.rows == $1.rows ? $0.index < $1.index : ($0.rows < $1.rows) == isAscending }
      .map(\.table)
  }

  /// The planner's estimate; where there is none (the table was never analyzed), the rows are counted.
  private func rows(of table: PostgresTable) throws(MillraceError) -> Double {
    if table.estimatedRows >= 0 { return table.estimatedRows }
    let only = table.kind == "p" ? "" : "ONLY "
    return try connection.query("SELECT pg_catalog.count(*) FROM \(only)\(table.quotedName)").first?.first.flatMap { $0 }.flatMap { Double($0) } ?? 0
  }
}
