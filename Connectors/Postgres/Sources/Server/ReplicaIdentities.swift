internal import MillraceCore

/// Gives the captured tables the replica identities of `replica.identity.autoset.values`.
struct ReplicaIdentities {
  let connection: PostgresConnection
  let settings: PostgresSettings

  struct Change {
    let table: PostgresTable
    let identity: ReplicaIdentityRules.Identity
    var statement: String { "ALTER TABLE \(table.quotedName) REPLICA IDENTITY \(identity.clause)" }
  }

  /// The statements that are due.
  /// - Throws: `postgres.replica-identity` where two expressions match one table.
  func changes(for captured: [PostgresTable]) throws(MillraceError) -> [Change] {
    if settings.replicaIdentities.isEmpty { return [] }
    var indexes: [UInt32: String]?
    var changes: [Change] = []
    for table in captured {
      let wanted = settings.replicaIdentities.identities(for: table)
      guard let identity = wanted.first else { continue }
      guard wanted.count == 1 else {
        throw MillraceError(
          code: "postgres.replica-identity", component: "postgres", retry: .stop,
          message: "replica.identity.autoset.values has \(wanted.count) expressions that match one table",
          advice: "narrow the expressions", subject: table.qualifiedName)
      }
      let isDue: Bool
      switch identity {
      case .default: isDue = table.replicaIdentity != .default
      case .full: isDue = table.replicaIdentity != .full
      case .nothing: isDue = table.replicaIdentity != .nothing
      case .index(let name):
        let known: [UInt32: String]
        if let indexes { known = indexes } else { known = try identityIndexes() }
        indexes = known
        isDue = table.replicaIdentity != .index || known[table.oid] != name
      }
      if isDue { changes.append(Change(table: table, identity: identity)) }
    }
    return changes
  }

  private func identityIndexes() throws(MillraceError) -> [UInt32: String] {
    let rows = try connection.query(
      """
      SELECT i.indrelid, c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
      WHERE i.indisreplident
      """)
    return Dictionary(
      rows.compactMap { row in row[0].flatMap { UInt32($0) }.map { ($0, row[1] ?? "") } }, uniquingKeysWith: { first, _ in first })
  }

  /// Makes the changes that are due. A table that others use is not waited for without end, because all who come later would
  /// have to wait behind us.
  func apply(to captured: [PostgresTable], log: Log) throws(MillraceError) {
    let changes = try changes(for: captured)
    if changes.isEmpty { return }
    try connection.query("SET lock_timeout = '10s'")
    for change in changes {
      try connection.query(change.statement)
      log.info("replica identity set", ("table", change.table.qualifiedName), ("identity", change.identity.clause))
    }
    try connection.query("RESET lock_timeout")
  }
}
