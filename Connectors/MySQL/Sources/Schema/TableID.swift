/// The name of a table with that of its database, as the server stores both.
package struct TableID: Hashable, Comparable, Sendable {
  package var database: String
  package var table: String

  package init(_ database: String, _ table: String) {
    self.database = database
    self.table = table
  }

  package static func < (a: TableID, b: TableID) -> Bool {
    a.database == b.database ? a.table < b.table : a.database < b.database
  }
}

extension TableID: CustomStringConvertible {
  package var description: String { "\(database).\(table)" }
}
