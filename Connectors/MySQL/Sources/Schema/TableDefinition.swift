/// A table as it is defined at one point of the log: by `CREATE TABLE` and what altered it since, or by `information_schema`.
package struct TableDefinition: Equatable, Sendable {
  package var database: String
  package var name: String
  /// In the order of the table, which is that of row events.
  package var columns: [ColumnDefinition]
  /// The columns of the primary key, in its order; empty without one.
  package var primaryKey: [String]
  /// Unique keys in the order of their definition; Debezium takes the first whose columns are all NOT NULL for a key where there is no primary one.
  package var uniqueKeys: [[String]]
  /// The charset of columns that name none.
  package var charset: String?
  package var comment: String?

  package init(
    database: String, name: String, columns: [ColumnDefinition] = [], primaryKey: [String] = [], uniqueKeys: [[String]] = [],
    charset: String? = nil, comment: String? = nil
  ) {
    self.database = database
    self.name = name
    self.columns = columns
    self.primaryKey = primaryKey
    self.uniqueKeys = uniqueKeys
    self.charset = charset
    self.comment = comment
  }
}
