internal import MillraceCore

/// What a stream needs beside readable tables: the slot, the publication, replica identities.
extension PostgresCheck {
  private var quotedUser: String { PostgresConnection.quote(identifier: settings.user) }

  // MARK: server

  func checkStandby(_ findings: inout [Finding]) {
    if connection.version.decodesOnStandby {
      findings.append(
        Finding(
          .warning, key: "database.hostname", problem: "is a standby: publication and replica identities have to be made on its primary",
          advice: "there run: ALTER SYSTEM SET wal_level = 'logical', and CREATE PUBLICATION …; here: ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf();"))
    } else {
      findings.append(
        Finding(
          key: "database.hostname", problem: "is a standby, and PostgreSQL \(connection.version) does not decode there",
          advice: "write the primary's name, or upgrade to PostgreSQL 16 or later"))
    }
  }

  // MARK: slot

  func checkSlot(_ findings: inout [Finding]) throws(MillraceError) {
    let slot = ReplicationSlot(connection: connection, settings: settings)
    let name = settings.slot.name
    if settings.slot.isFailover, try !slot.canFailOver() {
      findings.append(
        Finding(.warning, key: "slot.failover", problem: "takes a primary of PostgreSQL 17 or later: the slot will be a plain one", advice: "upgrade, or leave slot.failover out"))
    }
    if settings.slot.streamParameters.contains(where: { $0.name == "origin" }), !connection.version.filtersOrigins {
      findings.append(
        Finding(key: "slot.stream.params", problem: "has origin, which PostgreSQL \(connection.version) does not know", advice: "upgrade to PostgreSQL 16 or later, or leave it out"))
    }
    guard let state = try slot.settled() else { return }
    let key = "slot.name"
    let drop = "SELECT pg_drop_replication_slot('\(name)');"
    if state.plugin != "pgoutput" {
      findings.append(
        Finding(key: key, problem: "\"\(name)\" is a slot of the plugin \(state.plugin)", advice: "choose another slot.name, or run: \(drop)"))
    } else if state.database != settings.database {
      findings.append(
        Finding(key: key, problem: "\"\(name)\" is a slot of the database \(state.database)", advice: "choose another slot.name"))
    } else if let loss = state.loss {
      findings.append(
        Finding(key: key, problem: "\"\(name)\" is lost: \(loss)", advice: "remove the stored offset, and run: \(drop)"))
    } else if state.isActive {
      // A start waits for the client before it to let go.
      let waits = settings.slot.retries > 0
      findings.append(
        Finding(
          waits ? .warning : .error, key: key,
          problem: "\"\(name)\" is in use by process \(state.activeProcess ?? "?") of the server"
            + (waits ? "; a start tries \(settings.slot.retries) times again, every \(settings.slot.retryDelay)" : ""),
          advice: "stop the other client (SELECT pg_terminate_backend(\(state.activeProcess ?? "pid"));), or choose another slot.name"))
    } else if settings.slot.isFailover, connection.version.hasFailoverSlots, !state.isFailover {
      findings.append(
        Finding(
          .warning, key: "slot.failover", problem: "is true, but \"\(name)\" was made without it",
          advice: "on a replication connection (psql \"… replication=database\") run: ALTER_REPLICATION_SLOT \(name) (FAILOVER true);"))
    }
  }

  // MARK: publication

  func checkPublication(_ captured: [PostgresTable], _ findings: inout [Finding]) throws(MillraceError) {
    let publication = Publication(connection: connection, settings: settings)
    let published = captured.filter { $0.kind == "r" && !$0.isUnlogged }
    guard let state = try publication.state() else {
      try checkAbsentPublication(published, &findings)
      return
    }
    let key = "publication.name"
    let name = PostgresConnection.quote(identifier: settings.publication)
    if settings.publicationMode == .filtered {
      if state.isForAllTables {
        findings.append(
          Finding(key: key, problem: "\"\(settings.publication)\" is for all tables, which publication.autocreate.mode=filtered cannot narrow", advice: "run: DROP PUBLICATION \(name); or choose another publication.name, or publication.autocreate.mode=all_tables"))
      }
    } else {
      let tables = try publication.tables()
      for table in published where !tables.contains(table.oid) && !(state.viaRoot && table.isPartition) {
        findings.append(
          Finding(.warning, key: "table \(table.qualifiedName)", problem: "is not in the publication \"\(settings.publication)\": its changes will not come", advice: "run: ALTER PUBLICATION \(name) ADD TABLE \(table.quotedName);"))
      }
      if settings.publishViaRoot, !state.viaRoot {
        findings.append(
          Finding(.warning, key: "publish.via.partition.root", problem: "is true, but \"\(settings.publication)\" publishes partitions", advice: "run: ALTER PUBLICATION \(name) SET (publish_via_partition_root = true);"))
      }
    }
    checkOperations(state, name, publication.wantedOperations != nil, &findings)
  }

  /// What the publication leaves out, but the configuration wants.
  private func checkOperations(_ state: Publication.State, _ name: String, _ isPushedDown: Bool, _ findings: inout [Finding]) {
    if settings.publicationMode == .filtered, isPushedDown { return }
    let wanted = [("c", "insert"), ("u", "update"), ("d", "delete"), ("t", "truncate")]
      .filter { !settings.skipped.contains($0.0) }.map(\.1)
    let absent = wanted.filter { !state.operations.contains($0) }
    if absent.isEmpty { return }
    let all = ["insert", "update", "delete", "truncate"].filter { state.operations.contains($0) || wanted.contains($0) }
    findings.append(
      Finding(
        .warning, key: "publication.name", problem: "\"\(settings.publication)\" does not publish \(absent.joined(separator: ", ")): such changes will not come",
        advice: "run: ALTER PUBLICATION \(name) SET (publish = '\(all.joined(separator: ", "))'); or name them in skipped.operations"))
  }

  private func checkAbsentPublication(_ published: [PostgresTable], _ findings: inout [Finding]) throws(MillraceError) {
    let key = "publication.name"
    let name = PostgresConnection.quote(identifier: settings.publication)
    let problem = "\"\(settings.publication)\" does not exist"
    let rights =
      try connection.query(
        """
        SELECT r.rolsuper, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
        FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
        """
      ).first ?? []
    let isSuper = rights.first == "t"
    switch settings.publicationMode {
    case .disabled:
      findings.append(
        Finding(key: key, problem: "\(problem), and publication.autocreate.mode is disabled", advice: "run: CREATE PUBLICATION \(name) FOR TABLE \(published.first?.quotedName ?? "…");"))
    case .allTables where !isSuper:
      findings.append(
        Finding(key: key, problem: "\(problem), and only a superuser may create one for all tables", advice: "as a superuser run: CREATE PUBLICATION \(name) FOR ALL TABLES; or set publication.autocreate.mode=filtered"))
    case .filtered where !isSuper, .noTables where !isSuper:
      if rights.count > 1, rights[1] != "t" {
        findings.append(
          Finding(key: key, problem: "\(problem), and \"\(settings.user)\" may not create it", advice: "run: GRANT CREATE ON DATABASE \(PostgresConnection.quote(identifier: settings.database)) TO \(quotedUser);"))
      }
      if settings.publicationMode == .filtered {
        for table in try foreign(published) {
          findings.append(
            Finding(key: "table \(table.qualifiedName)", problem: "is not owned by \"\(settings.user)\", who therefore cannot publish it", advice: "create the publication as the owner, or run: ALTER TABLE \(table.quotedName) OWNER TO \(quotedUser);"))
        }
      }
    default: break
    }
  }

  /// Those that belong to a role that the user is not a member of.
  private func foreign(_ tables: [PostgresTable]) throws(MillraceError) -> [PostgresTable] {
    let rows = try connection.query(
      """
      SELECT c.oid FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::oid[]) \
      AND NOT pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE')
      """, ["{\(tables.map { "\($0.oid)" }.joined(separator: ","))}"])
    let oids = Set(rows.compactMap { $0.first.flatMap { $0 }.flatMap { UInt32($0) } })
    return tables.filter { oids.contains($0.oid) }
  }

  // MARK: replica identities

  func checkReplicaIdentities(_ captured: [PostgresTable], _ findings: inout [Finding]) throws(MillraceError) {
    let key = "replica.identity.autoset.values"
    let due: [ReplicaIdentities.Change]
    do throws(MillraceError) {
      due = try ReplicaIdentities(connection: connection, settings: settings).changes(for: captured)
    } catch {
      guard error.code == "postgres.replica-identity" else { throw error }
      findings.append(Finding(key: key, problem: "has more than one expression that matches \(error.subject ?? "a table")", advice: error.advice))
      return
    }
    for table in try foreign(due.map(\.table)) {
      findings.append(
        Finding(key: "table \(table.qualifiedName)", problem: "is not owned by \"\(settings.user)\", who therefore cannot set its replica identity", advice: "leave it out of \(key), or run: ALTER TABLE \(table.quotedName) OWNER TO \(quotedUser);"))
    }
    for change in due {
      guard case .index(let index) = change.identity else { continue }
      let rows = try connection.query(
        """
        SELECT 1 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
        WHERE i.indrelid = $1::oid AND c.relname = $2 AND i.indisunique AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL \
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid \
        AND a.attnum = ANY (i.indkey::smallint[]) AND NOT a.attnotnull)
        """, ["\(change.table.oid)", index])
      if rows.isEmpty {
        findings.append(
          Finding(key: key, problem: "names the index \"\(index)\", which \(change.table.qualifiedName) does not have, or which is not unique over NOT NULL columns", advice: "name a unique index over NOT NULL columns, or write FULL"))
      }
    }
  }
}
