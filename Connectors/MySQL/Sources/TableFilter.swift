internal import MillraceCore

/// Which tables are captured: `database.include.list` or `.exclude.list`, and `table.include.list` or `.exclude.list`, each anchored
/// and without regard to case; tables are named `database.table`. Of these, `column.include.list` or `.exclude.list` selects the
/// columns, named `database.table.column`.
struct TableFilter: Sendable {
  private let databases: NameFilter?
  private let databasesAreIncluded: Bool
  private let tables: NameFilter?
  private let tablesAreIncluded: Bool
  private let columns: NameFilter?
  private let columnsAreIncluded: Bool
  private let ignoresBuiltin: Bool
  /// The signal table, whose changes are read whatever the lists say.
  private let signals: String?

  /// - Parameter signals: nil where there is no signal table.
  init(_ configuration: inout Configuration, signals: SignalSettings? = nil) {
    self.signals = signals?.readsSource == true ? signals?.collection : nil
    (databases, databasesAreIncluded) = TableFilter.list("database", &configuration)
    (tables, tablesAreIncluded) = TableFilter.list("table", &configuration)
    (columns, columnsAreIncluded) = TableFilter.list("column", &configuration)
    ignoresBuiltin = configuration.boolean("table.ignore.builtin", default: true)
  }

  private static func list(_ kind: String, _ configuration: inout Configuration) -> (NameFilter?, Bool) {
    if let filter = NameFilter("\(kind).include.list", of: &configuration) { return (filter, true) }
    if let filter = NameFilter("\(kind).exclude.list", of: &configuration) { return (filter, false) }
    return (nil, true)
  }

  /// The settings that choose tables whose rows are read.
  static let keys = [
    "database.include.list", "database.exclude.list", "table.include.list", "table.exclude.list", "table.ignore.builtin",
    "snapshot.include.collection.list",
  ]

  /// The server's own databases.
  static let builtin: Set<String> = ["mysql", "performance_schema", "sys", "information_schema"]

  func captures(database: String) -> Bool {
    if ignoresBuiltin, TableFilter.builtin.contains(database.lowercased()) { return false }
    return databases.map { $0.matches(database) == databasesAreIncluded } ?? true
  }

  func captures(database: String, table: String) -> Bool {
    guard captures(database: database) else { return false }
    return tables.map { $0.matches("\(database).\(table)") == tablesAreIncluded } ?? true
  }

  func isSignals(_ table: TableID) -> Bool { signals.map { $0 == "\(table)" } ?? false }

  /// The place of a captured table in the order of the snapshot: that of the include list's expression that it matches.
  func rank(database: String, table: String) -> Int {
    tablesAreIncluded ? tables?.firstMatch("\(database).\(table)") ?? 0 : 0
  }

  /// Whether a column's value is in the row; key columns are in the key in any case.
  func captures(database: String, table: String, column: String) -> Bool {
    columns.map { $0.matches("\(database).\(table).\(column)") == columnsAreIncluded } ?? true
  }

  /// Patterns of the include lists that match nothing, with the pattern that was probably meant.
  func unmatched(databases databaseNames: [String], tables tableNames: [String]) -> [(key: String, pattern: String, meant: String?)] {
    var found: [(key: String, pattern: String, meant: String?)] = []
    if let databases, databasesAreIncluded {
      found += databases.unmatchedPatterns(in: databaseNames).map { ("database.include.list", $0.pattern, $0.meant) }
    }
    if let tables, tablesAreIncluded {
      found += tables.unmatchedPatterns(in: tableNames).map { ("table.include.list", $0.pattern, $0.meant) }
    }
    return found
  }
}
