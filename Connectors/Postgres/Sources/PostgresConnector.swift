public import MillraceCore
internal import Synchronization

/// Captures a PostgreSQL database through logical replication (pgoutput), compatible with
/// `io.debezium.connector.postgresql.PostgresConnector`.
///
/// Guarantees: records of one transaction in commit order (Invariant 4); a position is confirmed to the server only when every
/// record at or before it is durable (Invariant 1); an interrupted snapshot goes on where it was (Invariant 8).
public final class PostgresConnector: SignalledConnector {
  private let settings: PostgresSettings
  private let failures: EventFailures
  private let log: Log
  private let runID = ContextHeaders.newRunID()
  private let session = Mutex(Session())
  private let interruption = Interruption()
  /// Takes signals of the program's own while the connector streams.
  public let signals = SignalInbox()

  /// The open connections and what was learned by them.
  private struct Session {
    var control: PostgresConnection?
    var replication: PostgresConnection?
    var registry: TableRegistry?
    var position = PostgresPosition()
    var requests = SnapshotRequests()
    var known: KnownTables?
    var newTables: [String] = []
    var confirmed = ConfirmedPosition()
    var isStreaming = false
    /// Whether an earlier attempt of this run has streamed.
    var returns = false
  }

  /// - Parameters:
  ///   - configuration: the connector's settings; what is wrong with them is reported in it.
  ///   - notified: is called on the connector's threads with each notification, whatever `notification.enabled.channels` says.
  public init(_ configuration: inout Configuration, log: Log, notified: (@Sendable (Notification) -> Void)? = nil) {
    var settings = PostgresSettings(&configuration)
    settings.notifications.handler = notified
    self.settings = settings
    failures = EventFailures(&configuration, log: log)
    self.log = log
  }

  public var partition: [Checkpoint.Entry] { [.init("server", .text(settings.prefix))] }

  /// The connector's own settings: `PostgresOptions.all`.
  public var options: [ConfigurationOption] { PostgresOptions.all }

  // MARK: signals

  /// `signal.*`.
  public var signalSettings: SignalSettings { settings.signals }

  public func write(_ signal: Signal) async throws(MillraceError) {
    let table = try settings.signals.writable()
    try await BlockingThread.run { [settings] () throws(MillraceError) in
      let name = table.split(separator: ".", maxSplits: 1).map { PostgresConnection.quote(identifier: String($0)) }.joined(separator: ".")
      // By the columns' places: their names are the user's.
      _ = try PostgresConnection.control(settings)
        .query("INSERT INTO \(name) VALUES ($1, $2, NULLIF($3, ''))", [signal.id, signal.type, signal.data?.text() ?? ""])
    }
  }

  // MARK: life cycle

  public func check() async -> [Finding] {
    do throws(MillraceError) {
      return try await BlockingThread.run { [self] () throws(MillraceError) in
        let control = try PostgresConnection.control(settings)
        let findings = try PostgresCheck(connection: control, settings: settings).run()
        // `open` goes on with this connection.
        session.withLock { $0.control = control }
        return findings
      }
    } catch {
      return [Finding(key: PostgresCheck.key(of: error), problem: "\(error.message)\(error.serverText.map { " (server: \($0))" } ?? "")", advice: error.advice)]
    }
  }

  public func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning {
    try await BlockingThread.run { [self] () throws(MillraceError) in try openBlocking(checkpoint) }
  }

  public func interrupt() { interruption.request() }

  public func stream(into output: any BatchOutput) async throws(MillraceError) {
    try await BlockingThread.run { [self] () throws(MillraceError) in try streamBlocking(output) }
  }

  public func confirm(_ checkpoint: Checkpoint) {
    guard let stored = try? StoredPosition(checkpoint), stored.snapshot == nil else { return }
    session.withLock { $0.confirmed }.raise(to: stored.position.flushable)
  }

  public func close(isFinal: Bool) async {
    let ended = session.withLock { session in
      let open = session
      session = Session()
      session.returns = open.returns || open.isStreaming
      return open
    }
    guard ended.control != nil || ended.replication != nil else { return }
    do throws(MillraceError) {
      try await BlockingThread.run { [self] () throws(MillraceError) in try closeBlocking(ended, isFinal: isFinal) }
    } catch {
      log.warning("the connection was not closed in order", ("error", "\(error)"))
    }
  }

  private func closeBlocking(_ session: Session, isFinal: Bool) throws(MillraceError) {
    var session = session
    if let replication = session.replication, session.isStreaming {
      if settings.slot.flushMode != .manual {
        try replication.sendCopy(StandbyStatus.message(flushed: session.confirmed.value, now: Clock.nanoseconds()))
      }
      replication.endCopy(seconds: 2)
    }
    session.replication = nil
    // Only at the end of a run that has used it: whoever goes on, or only looked, needs it.
    if isFinal, session.isStreaming, settings.slot.dropsOnStop, let control = session.control {
      try ReplicationSlot(connection: control, settings: settings).drop()
    }
  }

  // MARK: opening

  private func openBlocking(_ checkpoint: Checkpoint?) throws(MillraceError) -> Beginning {
    let control: PostgresConnection
    if let open = session.withLock({ $0.control }) {
      control = open
    } else {
      control = try .control(settings)
    }
    control.interruption = interruption
    let stored: StoredPosition? = if let checkpoint { try StoredPosition(checkpoint) } else { nil }
    if let stored, stored.isForeign {
      log.info(
        "going on from an offset of Debezium's: some changes can come once more",
        ("lsn", PostgresLSN.text(stored.position.lastChange)), ("lsn_commit", stored.position.lastCommitEnd.map(PostgresLSN.text) ?? "none"))
    }
    var tables = try CatalogReader(connection: control, filter: settings.filter).capturedTables()
    var decision: SnapshotDecision
    var position = PostgresPosition()
    var replication: PostgresConnection?
    var exportedSnapshot: String?
    if settings.snapshot.rules.streams {
      let connection = try PostgresConnection.replication(settings, interruption: interruption)
      replication = connection
      (decision, position, exportedSnapshot) = try StreamStart(
        control: control, replication: connection, settings: settings, log: log, returns: session.withLock { $0.returns }
      ).open(for: tables, resuming: stored)
    } else {
      do {
        decision = try SnapshotDecision.made(settings.snapshot.rules, StoredPosition.state(stored), hasSlot: false, loss: nil)
      } catch {
        throw error.error(settings)
      }
    }
    var source: PostgresSnapshotSource?
    var progress = SnapshotProgress()
    if decision.rows != .none {
      let resumed = decision.rows == .rest ? stored?.snapshot : nil
      progress = resumed?.progress ?? progress
      (source, tables) = try openSnapshot(
        control, tables, &position, exported: exportedSnapshot, firstTransaction: resumed?.firstTransaction)
    }
    let (known, newTables) = known(among: tables, decision.rows == .none ? stored : nil)
    source?.attachment = known?.attachment
    let registry = try TableRegistry(connection: control, settings: settings, tables: tables, failures: failures, log: log)
    try source?.use { table throws(MillraceError) in try registry.shape(of: table) }
    // From here on the pipeline stops us by its channel.
    control.interruption = nil
    replication?.interruption = nil
    session.withLock {
      $0.control = control
      $0.replication = replication
      $0.registry = registry
      $0.position = position
      $0.requests = stored?.requests ?? SnapshotRequests()
      $0.known = known
      $0.newTables = newTables
      $0.confirmed = ConfirmedPosition()
      $0.isStreaming = false
    }
    return Beginning(
      snapshot: source, progress: progress, streams: settings.snapshot.rules.streams, snapshotDelay: settings.snapshot.delay,
      streamingDelay: settings.snapshot.streamingDelay, notifier: Notifier(settings.notifications, name: settings.prefix, log: log))
  }

  /// The captured tables, where new ones are looked for, and those of them that were not captured when the offset was stored.
  /// - Parameter stored: nil where a snapshot reads all of them.
  private func known(among tables: [PostgresTable], _ stored: StoredPosition?) -> (KnownTables?, new: [String]) {
    guard settings.incremental.readsNewTables else { return (nil, []) }
    let names = tables.filter { settings.readsRows(of: $0) }.map(\.qualifiedName)
    return (KnownTables(names), stored?.known?.missing(of: names) ?? [])
  }

  private func openSnapshot(
    _ control: PostgresConnection, _ known: [PostgresTable], _ position: inout PostgresPosition, exported: String?,
    firstTransaction: String?
  ) throws(MillraceError) -> (PostgresSnapshotSource, [PostgresTable]) {
    let settings = settings
    let transaction = try SnapshotTransaction(on: control, exported: exported, settings: settings.snapshot) { () throws(MillraceError) in
      try PostgresConnection.control(settings)
    }
    try transaction.lock(known.filter { settings.readsRows(of: $0) })
    let (point, oldest) = try PostgresPosition.point(of: control)
    if position.start == 0 { position.start = point.start }
    position.transactionID = point.transactionID
    position.timestamp = point.timestamp
    // As the snapshot sees them: creating a slot can wait for long, and tables may have come meanwhile.
    let tables = try CatalogReader(connection: control, filter: settings.filter).capturedTables()
    if exported != nil, settings.publicationMode == .filtered, Set(tables.map(\.oid)) != Set(known.map(\.oid)) {
      throw MillraceError(
        code: "postgres.tables.changed", component: "postgres", retry: .retry,
        message: "tables were created or dropped while the slot was made", advice: "wait: the next attempt publishes them")
    }
    let readable = try settings.snapshot.sorted(tables.filter { settings.readsRows(of: $0) }, filter: settings.filter, on: control).map { table in
      var table = table
      // The stream does not carry generated columns; both phases give the same row.
      table.columns.removeAll(where: \.isGenerated)
      return table
    }
    let first = firstTransaction ?? oldest
    let source = PostgresSnapshotSource(
      transaction: transaction, tables: readable, settings: settings.snapshot, place: SnapshotPlace(point: position),
      firstTransaction: first, failures: failures, writer: { [self] in rowWriter(snapshot: .true) }
    ) { [position, partition] progress in
      position.checkpoint(
        partition: partition, snapshot: SnapshotState(progress: progress, firstTransaction: first, streams: settings.snapshot.rules.streams))
    }
    if source.readers > 1 { try transaction.export() }
    return (source, tables)
  }

  private func rowWriter(snapshot: SnapshotMarker?) -> RowWriter {
    RowWriter(
      contextHeaders: settings.contextHeaders
        ? ContextHeaders(logicalName: settings.prefix, connector: "postgresql", runID: runID) : nil,
      name: settings.prefix, database: settings.database, snapshot: snapshot)
  }

  // MARK: streaming

  private func streamBlocking(_ output: any BatchOutput) throws(MillraceError) {
    let current = session.withLock { $0 }
    guard let replication = current.replication, let registry = current.registry else { return }
    guard let control = current.control else { return }
    let position = current.position
    // A look at the catalog must not keep the stream from answering the server for long.
    control.limit = .seconds(30)
    try control.query("SET lock_timeout = '10s'")
    // The server sends whole transactions that committed behind this LSN; the decoder drops what was delivered.
    let publication = PostgresConnection.quote(replicationLiteral: PostgresConnection.quote(identifier: settings.publication))
    var options = ["proto_version '1'", "publication_names \(publication)"]
    if replication.version.sendsMessages { options.append("messages 'true'") }
    options += settings.slot.streamParameters.map { "\($0.name) \(PostgresConnection.quote(replicationLiteral: $0.value))" }
    let command =
      "START_REPLICATION SLOT \(PostgresConnection.quote(identifier: settings.slot.name)) LOGICAL \(PostgresLSN.text(position.flushable)) (\(options.joined(separator: ", ")))"
    do throws(MillraceError) {
      try SlotRetry(settings: settings, log: log, isStopping: { output.isStopping }).run { () throws(MillraceError) in
        try replication.startReplication(command)
      }
    } catch {
      if output.isStopping { return }
      throw error
    }
    session.withLock { $0.isStreaming = true }
    log.info("streaming", ("slot", settings.slot.name), ("from", PostgresLSN.text(position.flushable)))
    let notifier = Notifier(settings.notifications, name: settings.prefix, log: log)
    let snapshot = IncrementalSnapshot(
      settings.incremental, resuming: current.requests.incremental, notifier: notifier, log: log
    ) { [settings, failures] in
      PostgresChunkReader(settings: settings, failures: failures, writer: self.rowWriter(snapshot: .incremental))
    }
    let decoder = ChangeDecoder(
      writer: rowWriter(snapshot: nil),
      messages: MessageRecords(
        topic: settings.prefix + ".message", binaries: settings.types.binaries, prefixes: settings.messagePrefixes),
      tombstones: settings.tombstones, skipped: SkippedOperations(settings.skipped), skipsUnchanged: settings.skipsUnchanged,
      transactions: settings.transactionMetadata ? TransactionMetadata(topic: settings.naming.transaction) : nil,
      failures: failures, watches: snapshot.watches,
      signals: settings.signals.readsSource ? settings.signals.collection.map { SignalTable(name: $0, inbox: signals, log: log) } : nil,
      resuming: position,
      reselection: Reselection(settings.reselections, connection: control, log: log),
      lookup: { message throws(MillraceError) in try registry.shape(for: message) })
    let settings = settings
    var stream = ReplicationStream(
      connection: replication, output: output, partition: partition, statusInterval: settings.statusInterval,
      confirmed: settings.slot.flushMode == .manual ? nil : current.confirmed,
      xmin: settings.slot.xminInterval.map { SlotXmin(slot: ReplicationSlot(connection: control, settings: settings), interval: $0) },
      decoder: decoder,
      heartbeat: Heartbeat(settings.heartbeat, topic: settings.naming.heartbeat, name: settings.prefix),
      heartbeatQuery: settings.heartbeat.query.map {
        HeartbeatQuery($0, log: log) { () throws(MillraceError) in
          let connection = try PostgresConnection.control(settings)
          // The user's statement runs as in any other session.
          try connection.query("RESET row_security")
          return connection
        }
      },
      signals: SignalFollower(
        SignalledSnapshots(
          settings.signals, inbox: signals, incremental: snapshot, requests: current.requests, newTables: current.newTables, log: log),
        registry: registry, known: current.known, log: log),
      requested: RequestedSnapshot(
        settings: settings, failures: failures, notifier: notifier, makeWriter: { [self] in rowWriter(snapshot: .true) }))
    try stream.run()
  }
}
