internal import MillraceCore

/// The publication and the replication slot: looks at them and creates them as Debezium does.
struct ServerObjects {
  let connection: PostgresConnection
  let settings: PostgresSettings

  // MARK: slot

  struct Slot: Equatable {
    var plugin: String
    var database: String
    var isActive: Bool
    var activeProcess: String?
    /// nil: the slot never confirmed anything.
    var confirmed: UInt64?
    var isLost: Bool
  }

  func slot() throws(MillraceError) -> Slot? {
    // wal_status came with version 13.
    let lost = connection.serverVersion >= 130_000 ? "wal_status = 'lost'" : "false"
    let rows = try connection.query(
      """
      SELECT plugin, database, active, active_pid, confirmed_flush_lsn - '0/0', \(lost) \
      FROM pg_catalog.pg_replication_slots WHERE slot_name = $1
      """, [settings.slot])
    guard let row = rows.first else { return nil }
    return Slot(
      plugin: row[0] ?? "", database: row[1] ?? "", isActive: row[2] == "t", activeProcess: row[3],
      confirmed: row[4].flatMap { UInt64($0) }, isLost: row[5] == "t")
  }

  /// As `slot`, but gives a client that has just died time to be noticed by the server.
  func settledSlot() throws(MillraceError) -> Slot? {
    var slot = try slot()
    for _ in 0..<40 where slot?.isActive == true {
      BlockingThread.sleep(milliseconds: 50)
      slot = try self.slot()
    }
    return slot
  }

  // MARK: publication

  enum PublicationChange {
    case none, created
  }

  func publicationExists() throws(MillraceError) -> Bool {
    try !connection.query("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = $1", [settings.publication]).isEmpty
  }

  /// The tables of the publication as `schema.table`.
  func publishedTables() throws(MillraceError) -> Set<String> {
    let rows = try connection.query(
      "SELECT schemaname || '.' || tablename FROM pg_catalog.pg_publication_tables WHERE pubname = $1", [settings.publication])
    return Set(rows.compactMap { $0[0] })
  }

  /// Creates or alters the publication as `publication.autocreate.mode` says.
  func preparePublication(_ captured: [PostgresTable]) throws(MillraceError) -> PublicationChange {
    let name = PostgresConnection.quote(identifier: settings.publication)
    let exists = try publicationExists()
    let options = settings.publishViaRoot ? " WITH (publish_via_partition_root = true)" : ""
    let publishable = captured.filter { !$0.isUnlogged }.map(\.quotedName).joined(separator: ", ")
    switch settings.publicationMode {
    case .disabled:
      if exists { return .none }
      throw ServerObjects.missing(settings.publication, "publication.autocreate.mode is disabled and")
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
        if try publishedTables() != wanted { try connection.query("ALTER PUBLICATION \(name) SET TABLE \(publishable)") }
        return .none
      }
      try connection.query("CREATE PUBLICATION \(name) FOR TABLE \(publishable)\(options)")
      return .created
    }
  }

  func dropPublication() {
    // Only ours, created a moment ago; an error here must not hide the one that led to it.
    _ = try? connection.query("DROP PUBLICATION IF EXISTS \(PostgresConnection.quote(identifier: settings.publication))")
  }

  private static func missing(_ name: String, _ why: String) -> MillraceError {
    MillraceError(
      code: "postgres.publication.missing", component: "postgres", retry: .stop, message: "\(why) the publication does not exist",
      advice: "run: CREATE PUBLICATION \(PostgresConnection.quote(identifier: name)) FOR TABLE …, or choose another publication.autocreate.mode",
      subject: name)
  }
}
