internal import MillraceCore

/// Which tables are captured: `schema.include.list` or `.exclude.list`, and `table.include.list` or `.exclude.list`, each anchored
/// and without regard to case; tables are named `schema.table`. Of these,
/// `column.include.list` or `.exclude.list` selects the columns, named `schema.table.column`.
struct TableFilter: Sendable {
  private let schemas: NameFilter?
  private let schemasAreIncluded: Bool
  private let tables: NameFilter?
  private let tablesAreIncluded: Bool
  private let columns: NameFilter?
  private let columnsAreIncluded: Bool
  /// The signal table, which is captured whatever the lists say.
  private let signals: String?

  /// - Parameter signals: nil where there is no signal table.
  init(_ configuration: inout Configuration, signals: SignalSettings? = nil) {
    self.signals = signals?.readsSource == true ? signals?.collection : nil
    (schemas, schemasAreIncluded) = TableFilter.list("schema", &configuration)
    (tables, tablesAreIncluded) = TableFilter.list("table", &configuration)
    (columns, columnsAreIncluded) = TableFilter.list("column", &configuration)
  }

  private static func list(_ kind: String, _ configuration: inout Configuration) -> (NameFilter?, Bool) {
    if let filter = NameFilter("\(kind).include.list", of: &configuration) { return (filter, true) }
    if let filter = NameFilter("\(kind).exclude.list", of: &configuration) { return (filter, false) }
    return (nil, true)
  }

  func captures(schema: String, table: String) -> Bool {
    if schema == "pg_catalog" || schema == "information_schema" || schema.hasPrefix("pg_toast") || schema.hasPrefix("pg_temp_") {
      return false
    }
    if table == "spatial_ref_sys" { return false }  // PostGIS's list of coordinate systems; Debezium leaves it out, too
    if isSignals(schema: schema, table: table) { return true }
    return isListed(schema: schema, table: table)
  }

  func isSignals(schema: String, table: String) -> Bool { signals.map { $0 == "\(schema).\(table)" } ?? false }

  /// Whether the lists name it, so that its rows are part of snapshots, too.
  func isListed(schema: String, table: String) -> Bool {
    if let schemas, schemas.matches(schema) != schemasAreIncluded { return false }
    if let tables, tables.matches("\(schema).\(table)") != tablesAreIncluded { return false }
    return true
  }

  /// The place of a captured table in the order of the snapshot: that of the include list's expression that it matches.
  func rank(of table: PostgresTable) -> Int {
    tablesAreIncluded ? tables?.firstMatch(table.qualifiedName) ?? 0 : 0
  }

  /// Whether a column's value is in the row; key columns are in the key in any case.
  func captures(schema: String, table: String, column: String) -> Bool {
    columns.map { $0.matches("\(schema).\(table).\(column)") == columnsAreIncluded } ?? true
  }

  /// Patterns of the include lists that match nothing, with the pattern that was probably meant.
  func unmatched(schemas schemaNames: [String], tables tableNames: [String]) -> [(key: String, pattern: String, meant: String?)] {
    var found: [(key: String, pattern: String, meant: String?)] = []
    if let schemas, schemasAreIncluded {
      found += schemas.unmatchedPatterns(in: schemaNames).map { ("schema.include.list", $0.pattern, $0.meant) }
    }
    if let tables, tablesAreIncluded {
      found += tables.unmatchedPatterns(in: tableNames).map { ("table.include.list", $0.pattern, $0.meant) }
    }
    return found
  }
}
