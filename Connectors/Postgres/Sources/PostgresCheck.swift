internal import MillraceCore

/// Proves all that a run needs, changes nothing, and tells for each lack the statement that mends it.
struct PostgresCheck {
  let connection: PostgresConnection
  let settings: PostgresSettings

  /// The setting that a connection error is about.
  static func key(of error: MillraceError) -> String {
    switch error.code {
    case "postgres.connect.password": "database.password"
    case "postgres.connect.user", "postgres.connect.privilege", "postgres.connect.replication", "postgres.connect.hba": "database.user"
    case "postgres.connect.database": "database.dbname"
    case "postgres.connect.tls": "database.sslmode"
    default: "database.hostname"
    }
  }

  func run() throws(MillraceError) -> [Finding] {
    var findings: [Finding] = []
    let streams = settings.snapshot.rules.streams
    try checkServer(streams, &findings)
    let all = try CatalogReader(connection: connection, filter: settings.filter).allTables()
    let captured = all.filter { settings.filter.captures(schema: $0.schema, table: $0.name) }
    checkPatterns(all, captured, &findings)
    findings += settings.snapshot.unmatched(captured)
    checkTables(captured, streams, &findings)
    checkLimit(captured, &findings)
    let described = try CatalogReader(connection: connection, filter: settings.filter).described(captured)
    try checkStatements(described, &findings)
    let rules = TableRuleCheck(rules: settings.rules, filter: settings.filter, streams: streams)
    findings += described.flatMap { rules.findings(for: $0) }
    if streams {
      checkKeys(described, &findings)
      try checkIdentityIndexes(captured, &findings)
      try checkSlot(&findings)
      try checkPublication(captured, &findings)
    }
    return findings
  }

  // MARK: server and role

  private func checkServer(_ streams: Bool, _ findings: inout [Finding]) throws(MillraceError) {
    if connection.serverVersion < 100_000 {
      findings.append(
        Finding(key: "server version", problem: "\(connection.parameter("server_version") ?? "") has no pgoutput", advice: "upgrade to PostgreSQL 13 or later"))
    }
    let row =
      try connection.query(
        """
        SELECT pg_catalog.current_setting('wal_level'), pg_catalog.current_setting('max_replication_slots')::int, \
        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots), \
        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1), \
        pg_catalog.current_setting('max_wal_senders')::int, \
        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication), \
        (SELECT rolreplication OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user), \
        pg_catalog.pg_encoding_to_char(d.encoding) FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
        """, [settings.slot]
      ).first ?? []
    guard row.count == 8 else { return }
    if row[7] != "UTF8" {
      findings.append(
        Finding(.warning, key: "database encoding", problem: "is \(row[7] ?? "")", advice: "the server converts to UTF8; characters without an equivalent stop the stream"))
    }
    guard streams else { return }
    if row[0] != "logical" {
      findings.append(
        Finding(key: "wal_level", problem: "is \(row[0] ?? ""), which does not carry logical changes", advice: "run: ALTER SYSTEM SET wal_level = 'logical'; and restart the server"))
    }
    if let most = row[1].flatMap({ Int($0) }), let used = row[2].flatMap({ Int($0) }), row[3] == "0", used >= most {
      findings.append(
        Finding(key: "max_replication_slots", problem: "is \(most), and all slots are taken", advice: "drop an unused slot with pg_drop_replication_slot, or run: ALTER SYSTEM SET max_replication_slots = \(most + 5); and restart the server"))
    }
    if let most = row[4].flatMap({ Int($0) }), let used = row[5].flatMap({ Int($0) }), used >= most {
      findings.append(
        Finding(key: "max_wal_senders", problem: "is \(most), and all senders are in use", advice: "run: ALTER SYSTEM SET max_wal_senders = \(most + 5); and restart the server"))
    }
    if row[6] != "t" {
      findings.append(
        Finding(key: "database.user", problem: "\"\(settings.user)\" may not start replication", advice: "run: ALTER ROLE \(PostgresConnection.quote(identifier: settings.user)) REPLICATION;"))
    }
  }

  // MARK: tables

  private func checkPatterns(_ all: [PostgresTable], _ captured: [PostgresTable], _ findings: inout [Finding]) {
    let schemas = Set(all.map(\.schema)).sorted()
    for (key, pattern, meant) in settings.filter.unmatched(schemas: schemas, tables: all.map(\.qualifiedName)) {
      findings.append(
        Finding(
          .warning, key: key, problem: "has the pattern \"\(pattern)\", which matches nothing in the database",
          advice: meant.map { "patterns are regular expressions over the whole name: you probably mean \($0)" }
            ?? "patterns are regular expressions over the whole name, schema.table; correct it, or create the table"))
    }
    if captured.isEmpty {
      findings.append(
        Finding(.warning, key: "table.include.list", problem: "selects no table: nothing will be captured", advice: "correct the include and exclude lists, or create the tables"))
    }
  }

  private func checkTables(_ captured: [PostgresTable], _ streams: Bool, _ findings: inout [Finding]) {
    for table in captured {
      if !table.isReadable, settings.snapshot.rules.rows != .never, settings.snapshot.reads(table) {
        findings.append(
          Finding(
            key: "table \(table.qualifiedName)", problem: "cannot be read by \"\(settings.user)\"",
            advice: "run: GRANT USAGE ON SCHEMA \(PostgresConnection.quote(identifier: table.schema)) TO \(PostgresConnection.quote(identifier: settings.user)); GRANT SELECT ON \(table.quotedName) TO \(PostgresConnection.quote(identifier: settings.user));"))
      }
      if table.hidesRows, settings.snapshot.rules.rows != .never, settings.snapshot.reads(table) {
        findings.append(
          Finding(
            key: "table \(table.qualifiedName)", problem: "has row-level security that hides rows from \"\(settings.user)\"",
            advice: "run: ALTER ROLE \(PostgresConnection.quote(identifier: settings.user)) BYPASSRLS;"))
      }
      if streams, table.isUnlogged {
        findings.append(
          Finding(.warning, key: "table \(table.qualifiedName)", problem: "is unlogged: its changes are not in the log", advice: "run: ALTER TABLE \(table.quotedName) SET LOGGED;"))
      }
    }
  }

  /// Statements of the user's for the snapshot: whether the server takes them, and whether the key is in their result.
  private func checkStatements(_ described: [PostgresTable], _ findings: inout [Finding]) throws(MillraceError) {
    guard settings.snapshot.rules.rows != .never else { return }
    for table in described {
      guard let statement = settings.snapshot.overrides[table.qualifiedName] else { continue }
      let key = "snapshot.select.statement.overrides.\(table.qualifiedName)"
      do throws(MillraceError) {
        let names = try connection.columnNames(SnapshotQuery.probe(statement))
        let missing = table.key.filter { !names.contains($0) }
        if !missing.isEmpty {
          findings.append(
            Finding(key: key, problem: "leaves out the key column \(missing.joined(separator: ", "))", advice: "select it, too: records without it cannot be told apart"))
        }
      } catch {
        if error.retry == .retry { throw error }
        findings.append(
          Finding(key: key, problem: "is refused by the server: \(error.serverText ?? error.message)", advice: "write one SELECT statement that \"\(settings.user)\" may run"))
      }
    }
  }

  private func checkLimit(_ captured: [PostgresTable], _ findings: inout [Finding]) {
    let (most, isError) = settings.mostTables
    guard most > 0, captured.count > most else { return }
    findings.append(
      Finding(isError ? .error : .warning, key: "guardrail.collections.max", problem: "is \(most), and \(captured.count) tables would be captured", advice: "narrow table.include.list, or raise the limit"))
  }

  private func checkKeys(_ described: [PostgresTable], _ findings: inout [Finding]) {
    for table in described where table.kind == "r" && !table.isUnlogged {
      let hasIdentity = table.replicaIdentity == .full || table.replicaIdentity == .index
        || (table.replicaIdentity == .default && table.keyIsPrimary)
      if !hasIdentity {
        findings.append(
          Finding(
            .warning, key: "table \(table.qualifiedName)",
            problem: table.replicaIdentity == .nothing
              ? "has replica identity NOTHING: the server refuses updates and deletes once the table is published"
              : "has neither primary key nor replica identity: the server refuses updates and deletes once the table is published",
            advice: "add a primary key, or run: ALTER TABLE \(table.quotedName) REPLICA IDENTITY FULL;"))
      }
    }
  }

  /// An index as replica identity that leaves key columns out: the log then does not tell the key of a deleted row.
  private func checkIdentityIndexes(_ captured: [PostgresTable], _ findings: inout [Finding]) throws(MillraceError) {
    let oids = "{\(captured.filter { $0.replicaIdentity == .index }.map { "\($0.oid)" }.joined(separator: ","))}"
    guard oids != "{}" else { return }
    let rows = try connection.query(
      """
      SELECT r.indrelid FROM pg_catalog.pg_index r JOIN pg_catalog.pg_index p ON p.indrelid = r.indrelid AND p.indisprimary \
      WHERE r.indisreplident AND r.indrelid = ANY ($1::oid[]) AND NOT p.indkey::smallint[] <@ r.indkey::smallint[]
      """, [oids])
    let found = Set(rows.compactMap { $0.first.flatMap { $0 }.flatMap { UInt32($0) } })
    for table in captured where found.contains(table.oid) {
      findings.append(
        Finding(
          .warning, key: "table \(table.qualifiedName)",
          problem: "has an index as replica identity that leaves out its primary key: a delete will not tell which key is gone",
          advice: "run: ALTER TABLE \(table.quotedName) REPLICA IDENTITY DEFAULT;"))
    }
  }

  // MARK: slot and publication

  private func checkSlot(_ findings: inout [Finding]) throws(MillraceError) {
    guard let slot = try ReplicationSlot(connection: connection, settings: settings).settled() else { return }
    let key = "slot.name"
    if slot.plugin != "pgoutput" {
      findings.append(
        Finding(key: key, problem: "\"\(settings.slot)\" is a slot of the plugin \(slot.plugin)", advice: "choose another slot.name, or run: SELECT pg_drop_replication_slot('\(settings.slot)');"))
    } else if slot.database != settings.database {
      findings.append(
        Finding(key: key, problem: "\"\(settings.slot)\" is a slot of the database \(slot.database)", advice: "choose another slot.name"))
    } else if slot.isActive {
      findings.append(
        Finding(key: key, problem: "\"\(settings.slot)\" is in use by process \(slot.activeProcess ?? "?") of the server", advice: "stop the other client (SELECT pg_terminate_backend(\(slot.activeProcess ?? "pid"));), or choose another slot.name"))
    }
  }

  private func checkPublication(_ captured: [PostgresTable], _ findings: inout [Finding]) throws(MillraceError) {
    let publication = Publication(connection: connection, settings: settings)
    let key = "publication.name"
    let name = PostgresConnection.quote(identifier: settings.publication)
    let role = PostgresConnection.quote(identifier: settings.user)
    let published = captured.filter { $0.kind == "r" && !$0.isUnlogged }
    let rights =
      try connection.query(
        """
        SELECT r.rolsuper, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), \
        (SELECT pg_catalog.string_agg(c.oid::text, ',') FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::oid[]) \
        AND NOT pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE')) \
        FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
        """, ["{\(published.map { "\($0.oid)" }.joined(separator: ","))}"]
      ).first ?? []
    let isSuper = rights.first == "t"
    guard try publication.exists() else {
      switch settings.publicationMode {
      case .disabled:
        findings.append(
          Finding(key: key, problem: "\"\(settings.publication)\" does not exist, and publication.autocreate.mode is disabled", advice: "run: CREATE PUBLICATION \(name) FOR TABLE \(published.first?.quotedName ?? "…");"))
      case .allTables where !isSuper:
        findings.append(
          Finding(key: key, problem: "\"\(settings.publication)\" does not exist, and only a superuser may create one for all tables", advice: "as a superuser run: CREATE PUBLICATION \(name) FOR ALL TABLES; or set publication.autocreate.mode=filtered"))
      case .filtered where !isSuper, .noTables where !isSuper:
        if rights.count > 1, rights[1] != "t" {
          findings.append(
            Finding(key: key, problem: "\"\(settings.publication)\" does not exist, and \"\(settings.user)\" may not create it", advice: "run: GRANT CREATE ON DATABASE \(PostgresConnection.quote(identifier: settings.database)) TO \(role);"))
        }
        if settings.publicationMode == .filtered, let foreign = rights.count > 2 ? rights[2] : nil {
          let oids = Set(foreign.split(separator: ",").compactMap { UInt32($0) })
          for table in published where oids.contains(table.oid) {
            findings.append(
              Finding(key: "table \(table.qualifiedName)", problem: "is not owned by \"\(settings.user)\", who therefore cannot publish it", advice: "create the publication as the owner, or run: ALTER TABLE \(table.quotedName) OWNER TO \(role);"))
          }
        }
      default: break
      }
      return
    }
    if settings.publicationMode == .filtered { return }
    let tables = try publication.tables()
    for table in published where !tables.contains(table.qualifiedName) {
      findings.append(
        Finding(.warning, key: "table \(table.qualifiedName)", problem: "is not in the publication \"\(settings.publication)\": its changes will not come", advice: "run: ALTER PUBLICATION \(name) ADD TABLE \(table.quotedName);"))
    }
  }
}
