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
    case "postgres.connect.tls", "postgres.connect.tls.absent": "database.sslmode"
    case "postgres.connect.tls.root": "database.sslrootcert"
    case "postgres.connect.tls.key": "database.sslkey"
    case "postgres.connect.tls.certificate": "database.sslcert"
    case "postgres.initial-statement": "database.initial.statements"
    case "postgres.timeout": "database.query.timeout.ms"
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
      // Who publishes neither updates nor deletes has no need to tell rows apart.
      if !settings.unpublished.isSuperset(of: ["u", "d"]) { checkKeys(described, &findings) }
      try checkIdentityIndexes(captured, &findings)
      try checkReplicaIdentities(captured, &findings)
      try checkSlot(&findings)
      try checkPublication(captured, &findings)
    }
    return findings
  }

  // MARK: server and role

  private func checkServer(_ streams: Bool, _ findings: inout [Finding]) throws(MillraceError) {
    let version = connection.version
    if !version.hasPublications {
      findings.append(
        Finding(key: "server version", problem: "\(connection.parameter("server_version") ?? "") has no pgoutput", advice: "upgrade to PostgreSQL 13 or later"))
      return
    }
    if version < .oldestTested {
      findings.append(
        Finding(.warning, key: "server version", problem: "\(version) is older than what Millrace is tested with", advice: "upgrade to PostgreSQL \(ServerVersion.oldestTested) or later"))
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
        pg_catalog.pg_encoding_to_char(d.encoding), pg_catalog.pg_is_in_recovery(), \
        (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size') FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
        """, [settings.slot.name]
      ).first ?? []
    guard row.count == 10 else { return }
    if row[7] != "UTF8" {
      findings.append(
        Finding(.warning, key: "database encoding", problem: "is \(row[7] ?? "")", advice: row[7] == "SQL_ASCII"
            ? "the server converts nothing: text that is not UTF-8 is damaged or stops the run; move the data into a database with ENCODING 'UTF8'"
            : "the server converts to UTF8; characters without an equivalent stop the stream"))
    }
    guard streams else { return }
    if row[8] == "t" { checkStandby(&findings) }
    // In MB; -1: no limit.
    if let kept = row[9].flatMap({ Int($0) }), kept >= 0, kept < 1024 {
      findings.append(
        Finding(.warning, key: "max_slot_wal_keep_size", problem: "is \(kept) MB: a slot that is further behind is lost, and with it the changes since", advice: "run: ALTER SYSTEM SET max_slot_wal_keep_size = '10GB'; SELECT pg_reload_conf();"))
    }
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
      if !table.isReadable, settings.snapshot.rules.rows != .never, settings.readsRows(of: table) {
        findings.append(
          Finding(
            key: "table \(table.qualifiedName)", problem: "cannot be read by \"\(settings.user)\"",
            advice: "run: GRANT USAGE ON SCHEMA \(PostgresConnection.quote(identifier: table.schema)) TO \(PostgresConnection.quote(identifier: settings.user)); GRANT SELECT ON \(table.quotedName) TO \(PostgresConnection.quote(identifier: settings.user));"))
      }
      if table.hidesRows, settings.snapshot.rules.rows != .never, settings.readsRows(of: table) {
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
}
