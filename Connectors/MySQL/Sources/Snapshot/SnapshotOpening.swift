internal import MillraceCore

/// Takes a snapshot's connections and makes its source.
struct SnapshotOpening {
  let settings: MySQLSettings
  /// How the tables are read.
  let choices: SnapshotSettings
  let failures: EventFailures
  let log: Log

  /// Opens the transactions that the rows are read in.
  /// - Parameters:
  ///   - tables: the names of those to read; nil where only definitions are told, for which nothing is locked.
  ///   - hasGTIDs: whether transactions are told apart by GTIDs, so that a place in the log need not be exact.
  func connections(_ wanted: [TableID]?, hasGTIDs: Bool) throws(MillraceError) -> SnapshotConnections {
    let tables = wanted ?? []
    let guardian = try MySQLConnection.open(settings.connection)
    let stillness = wanted == nil ? .nothing : stillness(isMariaDB: guardian.version.isMariaDB, hasGTIDs: hasGTIDs)
    let connections = try SnapshotConnections(
      guardian: guardian, readers: choices.readers(ofTables: tables.count), captured: tables, settings: choices, stillness: stillness
    ) { () throws(MillraceError) in try MySQLConnection.open(settings.connection) }
    log.info(
      "snapshot", ("at", "\(connections.position.place)"), ("gtids", "\(connections.position.gtids)"), ("tables", "\(tables.count)"),
      ("readers", "\(connections.readers.count)"), ("held still", "\(stillness)"))
    return connections
  }

  /// MariaDB knows the place of a consistent snapshot, and GTIDs make it harmless that the place is a little too early.
  private func stillness(isMariaDB: Bool, hasGTIDs: Bool) -> SnapshotConnections.Stillness {
    switch choices.locking {
    case nil: isMariaDB || hasGTIDs ? .definitions : .writes
    case .minimal, .custom: .writes
    case .extended: .writesToTheEnd
    case .minimalPercona, .minimalPerconaNoTableLocks: .backup
    case .some(.none): .nothing
    }
  }

  /// The source of the rows.
  /// - Parameters:
  ///   - registry: the tables as they are now, which is how they are read.
  ///   - place: where the stream begins: that of the first run.
  ///   - preamble: the records that describe the tables.
  ///   - checkpoint: by the snapshot's progress.
  func source(
    _ connections: SnapshotConnections, _ wanted: [TableID], registry: TableRegistry, place: SnapshotPlace, preamble: (any SnapshotPreamble)?,
    writer: @escaping @Sendable () -> RowWriter, checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) throws(MillraceError) -> MySQLSnapshotSource {
    let settings = settings
    let rows = try estimates(connections.guardian)
    var tables: [TableDefinition] = []
    for id in wanted {
      if let definition = registry.model.table(id)?.definition { tables.append(definition) }
    }
    tables = choices.sorted(
      tables, rank: { settings.filter.rank(database: $0.database, table: $0.name) }, rows: rows.mapValues { Double($0) })
    var described: [MySQLSnapshotSource.Table] = []
    for definition in tables {
      guard let shape = try registry.shape(named: definition.id) else { continue }
      described.append(.init(definition: definition, shape: shape, rows: rows[definition.id]))
    }
    let image = try connections.guardian.query("SELECT @@GLOBAL.binlog_row_image").first?.first.flatMap { $0 }
    return MySQLSnapshotSource(
      connections: connections, tables: described, settings: choices, place: place, recordsChunks: image?.uppercased() == "FULL",
      preamble: preamble, failures: failures, writer: writer, checkpoint: checkpoint)
  }

  private func estimates(_ connection: MySQLConnection) throws(MillraceError) -> [TableID: UInt64] {
    var rows: [TableID: UInt64] = [:]
    for row in try connection.query("SELECT table_schema, table_name, table_rows FROM information_schema.tables WHERE table_rows IS NOT NULL") {
      if row.count == 3, let database = row[0], let table = row[1], let count = row[2].flatMap({ UInt64($0) }) { rows[TableID(database, table)] = count }
    }
    return rows
  }

  /// What a snapshot tells of the tables before their rows; nil where nothing is to be told.
  /// - Parameters:
  ///   - wanted: the tables that a signal has asked for; nil: all, their databases and the server.
  ///   - records: how it is told.
  func preamble(
    _ connections: SnapshotConnections, of wanted: [TableID]? = nil, registry: TableRegistry, records: SchemaChangeRecords, place: SnapshotPlace,
    writer: @escaping @Sendable () -> RowWriter
  ) throws(MillraceError) -> (any SnapshotPreamble)? {
    guard settings.includesSchemaChanges else { return nil }
    let connection = connections.guardian, filter = settings.filter
    if let wanted {
      let reader = CatalogReader(connection, registry.model.dialect)
      var tables: [(definition: TableDefinition, statement: String)] = []
      for id in wanted { if let read = try reader.table(id) { tables.append(read) } }
      return SnapshotSchemaChanges(SchemaChangeEvent.requested(tables), records: records, place: place, writer: writer)
    }
    let server = try connection.query("SELECT @@GLOBAL.character_set_server, @@GLOBAL.collation_server").first ?? []
    let reader = CatalogReader(connection, registry.model.dialect)
    var tables: [(definition: TableDefinition, statement: String)] = []
    // Those of all databases, unless the history is to keep captured ones only.
    for id in registry.model.tables.map(\.definition.id)
    where settings.history.keeps(
      id, isCaptured: { filter.captures(database: $0.database, table: $0.table) }, isCapturedDatabase: { filter.captures(database: $0) })
    {
      if let read = try reader.table(id) { tables.append(read) }
    }
    let names = Set(tables.map(\.definition.database)).sorted()
    let databases = names.map { name in
      let known = registry.model.databases[name]
      return (name: name, charset: known?.charset ?? "", collation: known?.collation ?? "")
    }
    let events = SchemaChangeEvent.snapshot(
      serverCharset: server.first.flatMap { $0 } ?? "", serverCollation: server.count > 1 ? server[1] ?? "" : "", databases: databases,
      tables: tables)
    return SnapshotSchemaChanges(events, records: records, place: place, writer: writer)
  }
}

extension SnapshotOpening {
  /// The names of the captured tables whose rows are read.
  func captured(_ connection: MySQLConnection) throws(MillraceError) -> [TableID] {
    let filter = settings.filter
    return try connection.query(
      "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_schema, table_name"
    ).compactMap { row in row[0].flatMap { database in row[1].map { TableID(database, $0) } } }
      .filter { filter.captures(database: $0.database, table: $0.table) && choices.reads($0) }
  }
}
