/// A table as it is defined at one point of the log: by `CREATE TABLE` and what altered it since, or by the server's catalog.
package struct TableDefinition: Equatable, Sendable {
  package var database: String
  package var name: String
  /// In the order of the table, which is that of row events.
  package var columns: [ColumnDefinition]
  /// The columns of the primary key, in its order; empty without one.
  package var primaryKey: [String]
  /// The further indexes, in the order of their definition.
  package var keys: [KeyDefinition]
  /// The charset of columns that name none, as it was written (`utf8` is not made `utf8mb3`).
  package var charset: String?
  package var collation: String?
  /// As it stands between single quotes in the definition, escapes included.
  package var comment: String?
  /// MariaDB: `WITH SYSTEM VERSIONING`.
  package var isVersioned = false

  package init(
    database: String, name: String, columns: [ColumnDefinition] = [], primaryKey: [String] = [], keys: [KeyDefinition] = [],
    charset: String? = nil, comment: String? = nil
  ) {
    self.database = database
    self.name = name
    self.columns = columns
    self.primaryKey = primaryKey
    self.keys = keys
    self.charset = charset
    self.comment = comment
  }

  package var id: TableID { TableID(database, name) }

  /// Column names are compared without regard to case, as the server does.
  package func column(_ name: String) -> Int? {
    columns.firstIndex { $0.name == name } ?? columns.firstIndex { $0.name.isSameName(as: name) }
  }

  /// The columns that identify a row: the primary key, or else the first unique key whose columns are all NOT NULL (Debezium's
  /// choice); empty without either.
  package var identifyingColumns: [String] {
    if !primaryKey.isEmpty { return primaryKey }
    for key in keys where key.isUnique && !key.hasExpressions && !key.columns.isEmpty {
      if key.columns.allSatisfy({ name in column(name).map { !columns[$0].isNullable } ?? false }) { return key.columns }
    }
    return []
  }
}

extension String {
  /// Whether both name the same column or index: without regard to case.
  func isSameName(as other: String) -> Bool {
    self == other || utf8.count == other.utf8.count && lowercased() == other.lowercased()
  }
}
