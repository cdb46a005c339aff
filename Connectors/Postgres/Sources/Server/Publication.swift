internal import MillraceCore

/// The publication: looks at it, creates and alters it as Debezium does (io.debezium.connector.postgresql's initPublication).
struct Publication {
  let connection: PostgresConnection
  let settings: PostgresSettings

  enum Change {
    case none, created
  }

  private var name: String { PostgresConnection.quote(identifier: settings.publication) }

  func exists() throws(MillraceError) -> Bool {
    try !connection.query("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = $1", [settings.publication]).isEmpty
  }

  /// The tables of the publication as `schema.table`.
  func tables() throws(MillraceError) -> Set<String> {
    let rows = try connection.query(
      "SELECT schemaname || '.' || tablename FROM pg_catalog.pg_publication_tables WHERE pubname = $1", [settings.publication])
    return Set(rows.compactMap { $0[0] })
  }

  /// Creates or alters it as `publication.autocreate.mode` says.
  func prepare(for captured: [PostgresTable]) throws(MillraceError) -> Change {
    let exists = try exists()
    let options = settings.publishViaRoot ? " WITH (publish_via_partition_root = true)" : ""
    let publishable = captured.filter { !$0.isUnlogged }.map(\.quotedName).joined(separator: ", ")
    switch settings.publicationMode {
    case .disabled:
      if exists { return .none }
      throw missing("publication.autocreate.mode is disabled and")
    case .allTables:
      if exists { return .none }
      try connection.query("CREATE PUBLICATION \(name) FOR ALL TABLES\(options)")
      return .created
    case .noTables:
      if exists { return .none }
      try connection.query("CREATE PUBLICATION \(name)\(options)")
      return .created
    case .filtered:
      guard !publishable.isEmpty else {
        throw MillraceError(
          code: "postgres.publication.empty", component: "postgres", retry: .stop,
          message: "publication.autocreate.mode is filtered and no table matches the include lists",
          advice: "correct table.include.list, or create the tables first")
      }
      if exists {
        let wanted = Set(captured.filter { !$0.isUnlogged }.map(\.qualifiedName))
        if try tables() != wanted { try connection.query("ALTER PUBLICATION \(name) SET TABLE \(publishable)") }
        return .none
      }
      try connection.query("CREATE PUBLICATION \(name) FOR TABLE \(publishable)\(options)")
      return .created
    }
  }

  func drop() {
    // Only ours, created a moment ago; an error here must not hide the one that led to it.
    _ = try? connection.query("DROP PUBLICATION IF EXISTS \(name)")
  }

  private func missing(_ why: String) -> MillraceError {
    MillraceError(
      code: "postgres.publication.missing", component: "postgres", retry: .stop, message: "\(why) the publication does not exist",
      advice: "run: CREATE PUBLICATION \(name) FOR TABLE …, or choose another publication.autocreate.mode",
      subject: settings.publication)
  }
}
