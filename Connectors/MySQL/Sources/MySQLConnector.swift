internal import Glibc
public import MillraceCore
internal import Synchronization

/// Captures a MySQL server through its row-based binlog, compatible with `io.debezium.connector.mysql.MySqlConnector`, or a MariaDB,
/// compatible with `io.debezium.connector.mariadb.MariaDbConnector`.
///
/// Guarantees: records of one transaction in the order of the log (Invariant 4); a restart within a transaction goes on with the
/// next row (Invariant 2); an interrupted snapshot goes on where it was (Invariant 8).
public final class MySQLConnector: SignalledConnector {
  /// Takes signals of the program's own while the connector streams.
  public let signals = SignalInbox()
  private let settings: MySQLSettings
  private let failures: EventFailures
  private let log: Log
  private let runID = ContextHeaders.newRunID()
  private let session = Mutex(Session())
  private let interruption = Interruption()

  /// The open connections and what was learned by them.
  private struct Session {
    var control: MySQLConnection?
    var registry: TableRegistry?
    var start: StreamStart?
    var requests = SnapshotRequests()
    /// Captured, and not when the offset was stored.
    var newTables: [String] = []
    /// Whether no position is stored yet.
    var isNew = true
  }

  /// Makes what reads the topic of a schema history, by the settings below a prefix.
  public typealias TopicReaderMaker = (_ configuration: inout Configuration, _ prefix: String) -> any TopicReader

  /// A connector for MySQL.
  /// - Parameters:
  ///   - configuration: the connector's settings; what is wrong with them is reported in it.
  ///   - topics: what reads the topic of a KafkaSchemaHistory that is to be taken over; without it such a topic is a finding.
  ///   - notified: is called on the connector's threads with each notification, whatever `notification.enabled.channels` says.
  public static func mysql(
    _ configuration: inout Configuration, log: Log, topics: TopicReaderMaker? = nil, notified: (@Sendable (Notification) -> Void)? = nil
  ) -> MySQLConnector {
    MySQLConnector(&configuration, .mysql, log: log, topics, notified)
  }

  /// A connector for MariaDB; the parameters are those of `mysql`.
  public static func mariaDB(
    _ configuration: inout Configuration, log: Log, topics: TopicReaderMaker? = nil, notified: (@Sendable (Notification) -> Void)? = nil
  ) -> MySQLConnector {
    MySQLConnector(&configuration, .mariadb, log: log, topics, notified)
  }

  private init(
    _ configuration: inout Configuration, _ flavour: Flavour, log: Log, _ topics: TopicReaderMaker?,
    _ notified: (@Sendable (Notification) -> Void)?
  ) {
    var settings = MySQLSettings(&configuration, flavour, topics: topics)
    settings.notifications.handler = notified
    self.settings = settings
    failures = EventFailures(&configuration, log: log)
    self.log = log
  }

  public var partition: [Checkpoint.Entry] { [.init("server", .text(settings.prefix))] }

  /// The connector's own settings.
  public var options: [ConfigurationOption] { settings.flavour == .mysql ? MySQLOptions.mysql : MySQLOptions.mariadb }

  // MARK: signals

  /// `signal.*`.
  public var signalSettings: SignalSettings { settings.signals }

  public func write(_ signal: Signal) async throws(MillraceError) {
    let table = try settings.signals.writable()
    try await BlockingThread.run { [settings] () throws(MillraceError) in
      let name = table.split(separator: ".", maxSplits: 1).map { MySQLConnection.quote(identifier: String($0)) }.joined(separator: ".")
      let data = signal.data.map { MySQLConnection.quote(literal: $0.text()) } ?? "NULL"
      // By the columns' places: their names are the user's.
      let connection = try MySQLConnection.open(settings.connection)
      try connection.query(
        "INSERT INTO \(name) VALUES (\(MySQLConnection.quote(literal: signal.id)), \(MySQLConnection.quote(literal: signal.type)), \(data))")
      // The server may not do so by itself.
      try connection.query("COMMIT")
    }
  }

  // MARK: life cycle

  public func check() async -> [Finding] {
    do throws(MillraceError) {
      return try await BlockingThread.run { [self] () throws(MillraceError) in
        let control = try MySQLConnection.open(settings.connection)
        let findings = try MySQLCheck(connection: control, settings: settings).run()
        // `open` goes on with this connection.
        session.withLock { $0.control = control }
        return findings
      }
    } catch {
      return [Finding(key: MySQLCheck.key(of: error, settings), problem: "\(error.message)\(error.serverText.map { " (server: \($0))" } ?? "")", advice: error.advice)]
    }
  }

  public func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning {
    try await BlockingThread.run { [self] () throws(MillraceError) in try openBlocking(checkpoint) }
  }

  public func interrupt() { interruption.request() }

  public func stream(into output: any BatchOutput) async throws(MillraceError) {
    try await BlockingThread.run { [self] () throws(MillraceError) in try streamBlocking(output) }
  }

  /// The server keeps its log by age: there is nobody to tell.
  public func confirm(_ checkpoint: Checkpoint) {}

  public func close(isFinal: Bool) async {
    let ended = session.withLock { session in
      let open = session
      session = Session()
      return open
    }
    guard ended.control != nil else { return }
    _ = try? await BlockingThread.run { () throws(MillraceError) in _ = ended }
  }
}

// MARK: opening

extension MySQLConnector {
  private func openBlocking(_ checkpoint: Checkpoint?) throws(MillraceError) -> Beginning {
    var control: MySQLConnection
    if let open = session.withLock({ $0.control }) {
      control = open
    } else {
      control = try .open(settings.connection)
    }
    control.interruption = interruption
    let stored: StoredPosition? = if let checkpoint { try StoredPosition(checkpoint) } else { nil }
    if let stored, stored.isForeign {
      log.info("going on from an offset of Debezium's", ("from", "\(stored.position.place)"), ("gtids", "\(stored.position.gtids)"))
    }
    var server = try StreamStart.serverLog(control)
    var start: StreamStart?, loss: StreamStart.Loss?
    if let stored { (start, loss) = StreamStart.made(stored.position, isForeign: stored.isForeign, server, settings.gtids) }
    if let stored, loss != nil, let other = elsewhere(than: control.host, stored) {
      log.warning("going on from another server of the list", ("server", "\(other.connection.host.name):\(other.connection.host.port)"), ("because", loss.map { "\($0)" } ?? ""))
      (control, server, start, loss) = (other.connection, other.log, other.start, nil)
      control.interruption = interruption
    }
    if case .diverged(let lacking)? = loss, try StreamStart.isReplicating(control) { throw StreamStart.behind(lacking, control.host.name) }
    let decision: SnapshotDecision
    do {
      decision = try SnapshotDecision.made(settings.snapshot.rules, StoredPosition.state(stored), isLost: loss != nil)
    } catch {
      throw error.error(settings, loss)
    }
    if decision.start == .snapshot, let loss {
      log.warning("the stored position cannot be gone on from: beginning anew", ("reason", "\(loss)"))
    }
    let opening = SnapshotOpening(settings: settings.at(control.host), choices: settings.snapshot, failures: failures, log: log)
    var connections: SnapshotConnections?, captured: [TableID]?
    if decision.rows != .none { captured = try opening.captured(control) }
    if captured != nil || decision.start == .snapshot && settings.includesSchemaChanges {
      connections = try opening.connections(captured, hasGTIDs: server.hasGTIDs)
    }
    if decision.start == .snapshot { start = .made(at: connections?.position ?? server.end, hasGTIDs: server.hasGTIDs, settings.gtids) }
    let registry = try makeRegistry(control, stored, isNew: decision.start != .storedPosition)
    var source: MySQLSnapshotSource?, progress = SnapshotProgress()
    if let connections {
      let isResumed = decision.rows == .rest
      // Without rows there is nothing to go on with: definitions alone are told from the beginning, or not at all.
      progress.isComplete = captured == nil
      if isResumed { progress = stored?.snapshot?.progress ?? progress }
      // The stream goes on with the tables as they were at the first run's position; what is read now is as it is now.
      let present = isResumed ? try makeRegistry(control, nil, isNew: true) : registry
      let position = isResumed ? stored?.position ?? connections.position : connections.position
      source = try opening.source(
        connections, captured ?? [], registry: present, place: SnapshotPlace(position: position),
        preamble: opening.preamble(
          connections, registry: present, records: changeRecords, place: SnapshotPlace(position: connections.position),
          writer: { [self] in rowWriter(snapshot: .true) }),
        writer: { [self] in rowWriter(snapshot: .true) },
        checkpoint: { [partition, settings, tables = registry.tables] in
          position.checkpoint(
            partition: partition, snapshot: SnapshotState(progress: $0, streams: settings.snapshot.rules.streams),
            requests: SnapshotRequests(captures: settings.captures), tables: tables)
        })
    }
    let newTables = decision.start == .storedPosition && decision.rows == .none ? try newTables(stored, opening.captured(control), registry) : []
    // From here on the pipeline stops us by its channel.
    control.interruption = nil
    session.withLock {
      $0.control = control
      $0.registry = registry
      $0.start = start
      $0.requests = decision.start == .storedPosition ? stored?.requests ?? SnapshotRequests() : SnapshotRequests()
      $0.requests.captures = settings.captures
      $0.newTables = newTables
      $0.isNew = decision.start == .snapshot
    }
    // The server keeps no position for us: where a new snapshot begins is stored before its first record. Where only definitions are told,
    // the position comes with them: stored before, it would say that they had been.
    var first: Checkpoint?
    if decision.start == .snapshot, settings.snapshot.rules.streams {
      if let source { first = captured == nil ? nil : source.checkpoint(progress) } else {
        first = start.map { registry.checkpoint($0.position, partition: partition, requests: SnapshotRequests(captures: settings.captures)) }
      }
    }
    return Beginning(
      snapshot: source, progress: progress, streams: settings.snapshot.rules.streams, position: first, snapshotDelay: settings.snapshot.delay,
      streamingDelay: settings.snapshot.streamingDelay, notifier: notifier)
  }

  /// Those of `tables` that were not captured when the offset was stored.
  private func newTables(_ stored: StoredPosition?, _ tables: [TableID], _ registry: TableRegistry) throws(MillraceError) -> [String] {
    guard let now = settings.captures, let then = stored?.requests.captures, then != now else { return [] }
    var configuration = then.configuration
    let filter = TableFilter(&configuration), choices = SnapshotChoices(&configuration)
    var names: [String] = []
    for id in tables where !(filter.captures(database: id.database, table: id.table) && choices.reads("\(id)")) {
      let wasKept = settings.history.keeps(
        id, isCaptured: { filter.captures(database: $0.database, table: $0.table) }, isCapturedDatabase: { filter.captures(database: $0) })
      // One that would have been known is younger than the offset: all its rows come as changes.
      if wasKept, registry.model.table(id) == nil { continue }
      try registry.learn(id)
      names.append("\(id)")
    }
    return names
  }

  /// The first of the other servers in the list that can go on from a position, by its GTIDs: files are each server's own.
  private func elsewhere(
    than host: DatabaseHost, _ stored: StoredPosition
  ) -> (connection: MySQLConnection, log: StreamStart.ServerLog, start: StreamStart)? {
    for other in settings.connection.hosts where other != host {
      guard let connection = try? MySQLConnection.open(settings.at(other).connection), let log = try? StreamStart.serverLog(connection),
        let start = StreamStart.made(stored.position, isForeign: stored.isForeign, log, settings.gtids).start, case .behind = start.dump
      else { continue }
      return (connection, log, start)
    }
    return nil
  }

  /// What is known of the tables at the position where the stream begins: as it was stored, or else as the server has them now.
  private func makeRegistry(_ control: MySQLConnection, _ stored: StoredPosition?, isNew: Bool) throws(MillraceError) -> TableRegistry {
    let lowers = try control.query("SELECT @@GLOBAL.lower_case_table_names").first?.first.flatMap { $0 } ?? "0"
    let dialect = SQLDialect(isMariaDB: control.version.isMariaDB, version: control.version.number, lowersTableNames: lowers != "0")
    var model = SchemaModel(dialect)
    if !isNew, let stored, !settings.snapshot.rebuildsHistory, try restore(stored, &model) {
      log.info("table definitions restored", ("tables", "\(model.tableCount)"))
    } else {
      let reader = CatalogReader(control, dialect), filter = settings.filter
      for database in try reader.databases(wanted: filter.captures(database:)) { model.setDatabase(database.name, charset: database.charset, collation: database.collation) }
      let databases = model.databases.keys.filter { settings.history.onlyCapturedDatabases ? filter.captures(database: $0) : true }.sorted()
      for table in try reader.tables(of: databases)
      where settings.history.keeps(table.id, isCaptured: { filter.captures(database: $0.database, table: $0.table) }, isCapturedDatabase: { filter.captures(database: $0) }) {
        model.set(table)
      }
    }
    var collations: [Int: String] = [:]
    for row in try control.query("SELECT ID, COLLATION_NAME FROM information_schema.COLLATIONS") {
      if let number = row[0].flatMap({ Int($0) }), let name = row[1] { collations[number] = name }
    }
    return TableRegistry(connection: control, settings: settings, model: model, collations: collations, failures: failures, log: log)
  }

  /// Puts into `model` what was stored with the position, or what Debezium's history says; false where there is neither.
  private func restore(_ stored: StoredPosition, _ model: inout SchemaModel) throws(MillraceError) -> Bool {
    if let text = stored.tables {
      do throws(HistoryDamage) { try SchemaText.read(text, into: &model) } catch { throw StoredPosition.damaged("its list of tables \(error.problem)") }
      return true
    }
    return stored.isForeign ? try HistoryTakeover(history: settings.history, server: settings.prefix).apply(stored.position, to: &model) : false
  }

  private var notifier: Notifier { Notifier(settings.notifications, name: settings.prefix, log: log) }

  private func rowWriter(snapshot: SnapshotMarker?) -> RowWriter {
    RowWriter(
      contextHeaders: settings.contextHeaders
        ? ContextHeaders(logicalName: settings.prefix, connector: settings.flavour.rawValue, runID: runID) : nil,
      name: settings.prefix, source: settings.source, snapshot: snapshot)
  }

  // MARK: streaming

  private func streamBlocking(_ output: any BatchOutput) throws(MillraceError) {
    let current = session.withLock { $0 }
    guard let registry = current.registry, let start = current.start, let control = current.control else {
      throw MillraceError(
        code: "mysql.not-open", component: "mysql", retry: .stop, message: "a stream was asked for without a place to begin at",
        advice: "report this as a bug of the connector")
    }
    // A look at a table's definition must not keep the stream for long.
    control.limit = .seconds(30)
    var parameters = settings.at(control.host).connection
    parameters.initialStatements = []
    let reader = try MySQLConnection.open(parameters)
    let isChecksummed = try DumpCommand.prepare(
      start.dump, heartbeat: settings.serverHeartbeat, writeTimeout: settings.writeTimeout, on: reader)
    let server = try ChunkConnection.identity(of: reader)
    let mode = reader.version.isMariaDB ? nil : try reader.query("SELECT @@GLOBAL.gtid_mode").first?.first.flatMap { $0 }
    try DumpCommand.send(start.dump, serverID: settings.serverID, annotates: settings.includesQuery, on: reader)
    log.info("streaming", ("from", "\(start.dump)"), ("server", "\(reader.version)"))
    let rules = settings.gtids, dialect = registry.model.dialect
    var options = BinlogDecoder.Options()
    options.tombstones = settings.tombstones
    options.skipped = SkippedOperations(settings.skipped)
    options.skipsUnchanged = settings.skipsUnchanged
    options.includesQuery = settings.includesQuery
    options.hasCommitTimes = mode == "ON"
    if rules.areGiven, rules.filtersRows { options.leavesOut = { !rules.takes($0) } }
    let tables = BinlogDecoder.Tables(
      shape: { map throws(MillraceError) in try registry.shape(for: map) },
      apply: { query throws(MillraceError) in try registry.apply(query) },
      named: { id throws(MillraceError) in try registry.shape(named: id) },
      rolledBack: { [log] place in
        log.warning(
          "a transaction was rolled back after XA PREPARE: its rows were in the log with the preparation and have been delivered, if their tables are captured",
          ("position", "\(place)"), ("advice", "take the rows anew with an incremental snapshot if the consumer must not have them"))
      })
    let local = settings.at(reader.host)
    parameters = local.connection
    let requested = RequestedSnapshot(
      settings: local, server: server, failures: failures, notifier: notifier, log: log,
      makeRegistry: { [self] connection throws(MillraceError) in try makeRegistry(connection, nil, isNew: true) },
      records: changeRecords, makeWriter: { [self] in rowWriter(snapshot: $0) })
    let numbers = GTIDNumbers()
    let snapshot = IncrementalSnapshot(
      settings.incremental, resuming: current.requests.incremental, notifier: notifier, log: log
    ) { [self, parameters] in
      MySQLChunkReader(
        parameters: parameters, server: server, dialect: dialect, numbers: numbers, failures: failures, writer: rowWriter(snapshot: .incremental))
    }
    let decoder = BinlogDecoder(
      writer: rowWriter(snapshot: nil), options: options, failures: failures, changes: settings.includesSchemaChanges ? changeRecords : nil,
      watching: .init(
        watches: snapshot.watches, numbers: mode == "ON" ? numbers : nil,
        signals: settings.signals.readsSource ? settings.signals.collection.map { SignalTable(name: $0, inbox: signals, log: log) } : nil),
      transactions: settings.transactionMetadata ? TransactionMetadata(topic: settings.naming.transaction) : nil,
      resuming: start.position, isForeign: start.isForeign, isChecksummed: isChecksummed, tables: tables)
    var stream = BinlogStream(
      socket: BinlogSocket(reader), output: output, partition: partition, serverHeartbeat: settings.serverHeartbeat, isNew: current.isNew, schema: registry,
      decoder: decoder, heartbeat: Heartbeat(settings.heartbeat, topic: settings.naming.heartbeat, name: settings.prefix),
      heartbeatQuery: heartbeatQuery(),
      signals: SignalFollower(
        SignalledSnapshots(settings.signals, inbox: signals, incremental: snapshot, requests: current.requests, newTables: current.newTables,
          ownTypes: settings.flavour == .mysql ? [TableSignal.type, PositionSignal.type] : [TableSignal.type], log: log),
        registry: registry, rules: rules),
      requested: requested)
    // The server would learn only from its next heartbeat that nobody listens, and keep the files that it reads.
    defer { _ = try? control.query("KILL \(reader.threadID)") }
    try stream.run()
  }

  private var changeRecords: SchemaChangeRecords {
    SchemaChangeRecords(
      topic: settings.prefix, connector: settings.flavour.rawValue, source: settings.source.schema, includesComments: settings.includesComments)
  }

  private func heartbeatQuery() -> HeartbeatQuery? {
    let parameters = settings.connection
    return settings.heartbeat.query.map {
      HeartbeatQuery($0, log: log) { () throws(MillraceError) in try MySQLConnection.open(parameters) }
    }
  }
}

extension MySQLConnection: StatementConnection {
  func run(_ sql: String) throws(MillraceError) { try query(sql) }
  func cancel() { abandon() }
}

extension StoredPosition {
  /// What the decision about a run goes by.
  static func state(_ stored: StoredPosition?) -> SnapshotDecision.Stored {
    guard let stored else { return .nothing }
    return stored.snapshot == nil ? .whole(streamed: stored.streams) : .unfinished(streamed: stored.streams)
  }
}

extension SnapshotDecision.Refusal {
  /// What the operator is told.
  func error(_ settings: MySQLSettings, _ loss: StreamStart.Loss?) -> MillraceError {
    func error(_ code: String, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(code: "mysql.\(code)", component: "mysql", retry: .stop, message: message, advice: advice)
    }
    switch self {
    case .lost:
      switch loss {
      case .diverged(let transactions)?:
        return error(
          "log.diverged", "the server lacks transactions that were delivered: \(transactions)",
          "name a server that has them, or set snapshot.mode=when_needed, or remove the stored offset to begin with a new snapshot")
      case .purged(let what)?:
        return error(
          "log.lost", "the server no longer has what the stored position needs of its binlog: \(what)",
          "set snapshot.mode=when_needed, or remove the stored offset to begin with a new snapshot; keep logs longer with binlog_expire_logs_seconds")
      case nil: return error("log.lost", "the server no longer has the binlog of the stored position", "remove the stored offset to begin with a new snapshot")
      }
    case .unfinished:
      return error("snapshot.unfinished", "the stored snapshot is not complete, and snapshot.mode reads no rows", "set snapshot.mode=initial to go on with it, or remove the stored offset")
    case .noPosition:
      return error("offset.missing", "there is no stored offset, and snapshot.mode does not begin without one", "restore the offset, or choose another snapshot.mode")
    }
  }
}
