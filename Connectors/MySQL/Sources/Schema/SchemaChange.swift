/// One effect of a statement, in the order in which it has them. `RENAME TABLE a TO b, c TO d` has two.
package struct SchemaChange: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case createTable, alterTable, renameTable, dropTable, truncateTable
    case createIndex, dropIndex
    case createDatabase, alterDatabase, dropDatabase
    /// `USE`, which only a schema history holds.
    case use
    /// A statement about the table was not understood, or does not fit what is known of it: ask the server before a row of it is read.
    case doubt
  }

  package var kind: Kind
  /// The database that the statement is about: of the table where there is one, else the named or default one.
  package var database: String
  /// The table by its name after the statement. Nil for databases, and where the statement had no effect (`IF NOT EXISTS`).
  package var table: TableID?
  /// Its name before the statement, where it is another.
  package var previous: TableID?
  /// The table after the statement; nil where it is gone, or where nothing is known of it.
  package var definition: TableDefinition?
  /// The part of the statement that has this effect; for all but lists of tables it is the whole.
  package var statement: String
  /// Tables that are gone with their database.
  package var tables: [TableID] = []
}
