/// Which server wrote a statement, so far as it decides what the statement means.
package struct SQLDialect: Hashable, Sendable {
  package var isMariaDB: Bool
  /// Major × 10000 + minor × 100 + patch, the form of versioned comments: 80403, 101106.
  package var version: Int
  /// `lower_case_table_names` is 1 or 2: table and database names are compared in lower case.
  package var lowersTableNames = false

  package init(isMariaDB: Bool, version: Int, lowersTableNames: Bool = false) {
    self.isMariaDB = isMariaDB
    self.version = version
    self.lowersTableNames = lowersTableNames
  }

  package static let mysql = SQLDialect(isMariaDB: false, version: 80400)
  package static let mariadb = SQLDialect(isMariaDB: true, version: 101100)

  /// Whether the display width of integers is no part of the type any more.
  var hidesIntegerWidth: Bool { !isMariaDB && version >= 80019 }
}

/// The modes of `sql_mode` that change how a statement is read; the numbers are those of the log (`Q_SQL_MODE_CODE`).
package struct SQLMode: OptionSet, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static let realAsFloat = SQLMode(rawValue: 1)
  package static let ansiQuotes = SQLMode(rawValue: 4)
  package static let noBackslashEscapes = SQLMode(rawValue: 1 << 20)
}

/// What the session that ran a statement had set, as the QUERY event of the log states it.
package struct StatementContext: Sendable {
  /// The default database; nil where there was none.
  package var database: String?
  package var mode: SQLMode = []
  /// What a new database gets that states no charset; nil where the event does not say.
  package var serverCollation: String?
  package var explicitDefaultsForTimestamp = true
  /// MySQL 8: `default_collation_for_utf8mb4`; nil for the server's own.
  package var utf8mb4Collation: String?

  package init(database: String? = nil, mode: SQLMode = []) {
    self.database = database
    self.mode = mode
  }
}
