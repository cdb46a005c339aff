internal import MillraceCore

/// The publication: looks at it, creates and alters it as Debezium does
/// (io.debezium.connector.postgresql.connection.PostgresReplicationConnection, initPublication).
struct Publication {
  let connection: PostgresConnection
  let settings: PostgresSettings

  enum Change {
    case none, created
  }

  /// As the catalog has it.
  struct State {
    var isForAllTables: Bool
    /// `insert`, `update`, `delete`, `truncate`, as far as they are published.
    var operations: Set<String>
    var viaRoot: Bool
  }

  private var name: String { PostgresConnection.quote(identifier: settings.publication) }

  func state() throws(MillraceError) -> State? {
    let rows = try connection.query(
      """
      SELECT puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, \
      \(connection.version.publishesPartitionRoots ? "pubviaroot" : "false") \
      FROM pg_catalog.pg_publication WHERE pubname = $1
      """, [settings.publication])
    guard let row = rows.first, row.count == 6 else { return nil }
    let operations = zip(["insert", "update", "delete", "truncate"], row[1...4]).filter { $0.1 == "t" }.map(\.0)
    return State(isForAllTables: row[0] == "t", operations: Set(operations), viaRoot: row[5] == "t")
  }

  /// The tables whose changes come: partitions in the place of their root, or the root in theirs.
  func tables() throws(MillraceError) -> Set<UInt32> {
    let rows = try connection.query(
      """
      SELECT (pg_catalog.quote_ident(schemaname) || '.' || pg_catalog.quote_ident(tablename))::pg_catalog.regclass::pg_catalog.oid \
      FROM pg_catalog.pg_publication_tables WHERE pubname = $1
      """, [settings.publication])
    return Publication.oids(rows)
  }

  /// The tables that were named to it.
  private func members() throws(MillraceError) -> Set<UInt32> {
    let rows = try connection.query(
      """
      SELECT r.prrelid FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid \
      WHERE p.pubname = $1
      """, [settings.publication])
    return Publication.oids(rows)
  }

  private static func oids(_ rows: [[String?]]) -> Set<UInt32> {
    Set(rows.compactMap { row in row.first.flatMap { $0 }.flatMap { UInt32($0) } })
  }

  /// What `skipped.operations` lets through; nil where the setting is not given, and the publication may publish what it likes.
  var wantedOperations: [String]? {
    if settings.unpublished.isEmpty { return nil }
    return [("c", "insert"), ("u", "update"), ("d", "delete"), ("t", "truncate")]
      .filter { !settings.unpublished.contains($0.0) }.map(\.1)
  }

  /// ` WITH (…)` of a new publication.
  private var options: String {
    var options: [String] = []
    if settings.publishViaRoot { options.append("publish_via_partition_root = true") }
    if let wantedOperations { options.append("publish = '\(wantedOperations.joined(separator: ", "))'") }
    return options.isEmpty ? "" : " WITH (\(options.joined(separator: ", ")))"
  }

  /// Creates or alters it as `publication.autocreate.mode` says.
  func prepare(for captured: [PostgresTable]) throws(MillraceError) -> Change {
    let state = try state()
    // The log does not have the changes of an unlogged table.
    let publishable = captured.filter { !$0.isUnlogged }
    let list = publishable.map(\.quotedName).joined(separator: ", ")
    guard let state else {
      let statement: String
      switch settings.publicationMode {
      case .disabled: throw missing("publication.autocreate.mode is disabled and")
      case .allTables: statement = "CREATE PUBLICATION \(name) FOR ALL TABLES\(options)"
      case .noTables: statement = "CREATE PUBLICATION \(name)\(options)"
      case .filtered:
        if publishable.isEmpty { throw empty }
        statement = "CREATE PUBLICATION \(name) FOR TABLE \(list)\(options)"
      }
      try execute(statement)
      return .created
    }
    guard settings.publicationMode == .filtered else { return .none }
    if state.isForAllTables { throw forAllTables }
    if publishable.isEmpty { throw empty }
    if try members() != Set(publishable.map(\.oid)) {
      try alter("SET TABLE \(list)")
    }
    // Statements of their own: Debezium writes them into one, which no server understands.
    if let wantedOperations, Set(wantedOperations) != state.operations {
      try alter("SET (publish = '\(wantedOperations.joined(separator: ", "))')")
    }
    if settings.publishViaRoot, !state.viaRoot { try alter("SET (publish_via_partition_root = true)") }
    return .none
  }

  /// A table that others have locked is not waited for without end, because all who come later would wait behind us.
  private func execute(_ statement: String) throws(MillraceError) {
    try connection.query("SET lock_timeout = '10s'")
    do throws(MillraceError) {
      try connection.query(statement)
    } catch {
      // Taken back before the caller goes on with the connection.
      _ = try? connection.query("RESET lock_timeout")
      // A standby takes no statement that writes.
      guard error.serverCode == "25006" else { throw error }
      throw missing("the server is a standby, which cannot create it, and")
    }
    try connection.query("RESET lock_timeout")
  }

  private func alter(_ clause: String) throws(MillraceError) { try execute("ALTER PUBLICATION \(name) \(clause)") }

  func drop() {
    // Only ours, created a moment ago; an error here must not hide the one that led to it.
    _ = try? connection.query("DROP PUBLICATION IF EXISTS \(name)")
  }

  // MARK: errors

  private func missing(_ why: String) -> MillraceError {
    MillraceError(
      code: "postgres.publication.missing", component: "postgres", retry: .stop, message: "\(why) the publication does not exist",
      advice: "run: CREATE PUBLICATION \(name) FOR TABLE …, or choose another publication.autocreate.mode",
      subject: settings.publication)
  }

  private var empty: MillraceError {
    MillraceError(
      code: "postgres.publication.empty", component: "postgres", retry: .stop,
      message: "publication.autocreate.mode is filtered and no table matches the include lists",
      advice: "correct table.include.list, or create the tables first")
  }

  private var forAllTables: MillraceError {
    MillraceError(
      code: "postgres.publication.all-tables", component: "postgres", retry: .stop,
      message: "the publication is for all tables, and publication.autocreate.mode is filtered",
      advice: "run: DROP PUBLICATION \(name), choose another publication.name, or set publication.autocreate.mode=all_tables",
      subject: settings.publication)
  }
}
