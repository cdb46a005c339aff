internal import MillraceCore

/// A table as the server's catalog describes it.
struct PostgresTable: Sendable, Equatable {
  struct Column: Sendable, Equatable {
    var name: String
    var type: UInt32
    var modifier: Int32
    var notNull: Bool
    /// As `pg_get_expr` prints it.
    var defaultExpression: String?
    var isGenerated = false
  }

  enum ReplicaIdentity: String, Sendable {
    case `default` = "d"
    case nothing = "n"
    case full = "f"
    case index = "i"
  }

  var oid: UInt32
  var schema: String
  var name: String
  /// pg_class.relkind: `r` table, `p` partitioned table.
  var kind: String
  var replicaIdentity: ReplicaIdentity
  var isUnlogged: Bool
  var estimatedRows: Double
  /// Whether row-level security hides rows from us.
  var hidesRows = false
  var isReadable: Bool
  var isPartition = false
  var columns: [Column] = []
  /// Column names in the order of the primary key, or else of the first unique index.
  var key: [String] = []
  var keyIsPrimary = false

  var qualifiedName: String { "\(schema).\(name)" }
  var quotedName: String {
    PostgresConnection.quote(identifier: schema) + "." + PostgresConnection.quote(identifier: name)
  }
}
