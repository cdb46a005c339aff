public import MillraceCore
internal import Synchronization

/// Captures a MongoDB deployment through a change stream, compatible with `io.debezium.connector.mongodb.MongoDbConnector`.
///
/// Guarantees: records in the order of the stream (Invariant 4); a stored position never passes over an event, because each has its
/// own resume token, and the operations of a transaction have, too; an interrupted snapshot goes on where it was (Invariant 8).
public final class MongoDBConnector: SignalledConnector {
  private let settings: MongoDBSettings
  private let failures: EventFailures
  private let log: Log
  private let runID = ContextHeaders.newRunID()
  private let open = Mutex(Open())
  private let interruption = Interruption()
  /// Takes signals of the program's own while the connector streams.
  public let signals = SignalInbox()

  /// The open session and what was learned by it. Sendable because the phases that use it run one after the other.
  private struct Open: @unchecked Sendable {
    var session: MongoSession?
    var stream: MongoCursor?
    var registry: CollectionRegistry?
    var position = MongoPosition()
    var hasPosition = false
    var requests = SnapshotRequests()
    /// Captured, and not when the offset was stored.
    var newTables: [String] = []
    /// Where an earlier attempt of this run has begun, as long as nothing is stored.
    var begun: BSONDocument?
  }

  /// - Parameters:
  ///   - configuration: the connector's settings; what is wrong with them is reported in it.
  ///   - notified: is called on the connector's threads with each notification, whatever `notification.enabled.channels` says.
  public init(_ configuration: inout Configuration, log: Log, notified: (@Sendable (Notification) -> Void)? = nil) {
    var settings = MongoDBSettings(&configuration)
    settings.notifications.handler = notified
    self.settings = settings
    failures = EventFailures(&configuration, log: log)
    self.log = log
  }

  public var partition: [Checkpoint.Entry] { [.init("server_id", .text(settings.prefix))] }

  /// The connector's own settings: `MongoDBOptions.all`.
  public var options: [ConfigurationOption] { MongoDBOptions.all }

  // MARK: signals

  /// `signal.*`.
  public var signalSettings: SignalSettings { settings.signals }

  public func write(_ signal: Signal) async throws(MillraceError) {
    let namespace = try settings.signals.writable()
    // The settings have made sure of the form.
    guard let collection = SignalCollection(namespace: namespace, inbox: signals, log: log) else { return }
    try await BlockingThread.run { [settings] () throws(MillraceError) in try collection.write(signal, to: MongoSession(settings.connection)) }
  }

  // MARK: life cycle

  public func check() async -> [Finding] { await check(resuming: nil) }

  public func check(resuming checkpoint: Checkpoint?) async -> [Finding] {
    do throws(MillraceError) {
      return try await BlockingThread.run { [self] () throws(MillraceError) in
        let session = try MongoSession(settings.connection)
        let stored: StoredPosition? = if let checkpoint { try StoredPosition(checkpoint) } else { nil }
        return try MongoDBCheck(session: session, settings: settings, stored: stored).run()
      }
    } catch {
      return [Finding(key: MongoDBCheck.key(of: error), problem: "\(error.message)\(error.serverText.map { " (server: \($0))" } ?? "")", advice: error.advice)]
    }
  }

  public func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning {
    try await BlockingThread.run { [self] () throws(MillraceError) in try openBlocking(checkpoint) }
  }

  public func interrupt() { interruption.request() }

  public func stream(into output: any BatchOutput) async throws(MillraceError) {
    try await BlockingThread.run { [self] () throws(MillraceError) in try streamBlocking(output) }
  }

  /// The server keeps its log by size and time, whatever is confirmed.
  public func confirm(_ checkpoint: Checkpoint) {}

  public func close(isFinal: Bool) async {
    let ended = open.withLock { open in
      let ended = open
      open = Open()
      open.begun = ended.begun
      return ended
    }
    guard ended.session != nil else { return }
    _ = try? await BlockingThread.run { () throws(MillraceError) in ended.stream?.close() }
  }

  // MARK: opening

  private func openBlocking(_ checkpoint: Checkpoint?) throws(MillraceError) -> Beginning {
    // A server that has gone without a word is noticed after a minute: the stream is asked every half second.
    let session = try MongoSession(settings.connection, silence: 60_000)
    session.isCalledOff = { [interruption] in interruption.isRequested }
    let stored: StoredPosition? = if let checkpoint { try StoredPosition(checkpoint) } else { nil }
    if let stored, stored.isForeign { log.info("going on from an offset of Debezium's") }
    let start = try StreamStart(session: session, settings: settings, log: log).open(resuming: stored, begun: open.withLock { $0.begun })
    let registry = CollectionRegistry(settings)
    var source: (any SnapshotSource)?
    if start.rows != .none {
      source = try openSnapshot(start, registry, session)
      // A cursor that is not read for long is given up by the server: the stream gets a fresh one.
      start.cursor?.close()
    }
    let newTables = start.isStored && start.rows == .none ? try newTables(stored, session) : []
    // From here on the pipeline stops us by its channel.
    session.isCalledOff = { false }
    open.withLock {
      $0.session = session
      $0.stream = start.rows == .none ? start.cursor : nil
      $0.registry = registry
      $0.position = start.position
      $0.hasPosition = start.isStored
      $0.requests = start.isStored ? stored?.requests ?? SnapshotRequests() : SnapshotRequests()
      $0.requests.captures = settings.captures
      $0.newTables = newTables
      $0.begun = start.position.token
    }
    // The server keeps no position for us: what a run has begun with is stored before its first record.
    let first = start.isStored || !settings.snapshot.rules.streams || start.position.token == nil
      ? nil : start.position.checkpoint(partition: partition, snapshot: start.rows == .none ? nil : SnapshotState(), requests: SnapshotRequests(captures: settings.captures))
    return Beginning(
      snapshot: source, progress: start.rows == .rest ? stored?.snapshot?.progress ?? SnapshotProgress() : SnapshotProgress(),
      streams: settings.snapshot.rules.streams, position: first, snapshotDelay: settings.snapshot.delay, streamingDelay: settings.snapshot.streamingDelay,
      notifier: notifier)
  }

  /// Captured collections that were not captured when the offset was stored.
  private func newTables(_ stored: StoredPosition?, _ session: MongoSession) throws(MillraceError) -> [String] {
    guard let now = settings.captures, let then = stored?.requests.captures, then != now else { return [] }
    var configuration = then.configuration
    let filter = CollectionFilter(&configuration), snapshot = SnapshotSettings(&configuration)
    return try SnapshotList(session: session, settings: settings, log: log).collections { entry in
      settings.snapshot.includes(entry.namespace)
        && !(filter.captures(database: entry.database, collection: entry.name) && snapshot.includes(entry.namespace))
    }.map(\.namespace)
  }

  private func openSnapshot(
    _ start: StreamStart.Decision, _ registry: CollectionRegistry, _ session: MongoSession
  ) throws(MillraceError) -> any SnapshotSource {
    let entries = try SnapshotList(session: session, settings: settings, log: log).collections { settings.snapshot.includes($0.namespace) }
    let collections = entries.compactMap { entry in
      registry.shape(database: entry.database, collection: entry.name).map { (entry: entry, shape: $0) }
    }
    return MongoSnapshotSource(
      collections: collections, settings: settings, filters: settings.snapshot.overrides, time: start.position.clusterTime, failures: failures,
      writer: { [self] in writer(.true) },
      checkpoint: { [partition, position = start.position, requests = SnapshotRequests(captures: settings.captures)] in position.checkpoint(partition: partition, snapshot: SnapshotState(progress: $0), requests: requests) })
  }

  private var notifier: Notifier { Notifier(settings.notifications, name: settings.prefix, log: log) }

  private func writer(_ marker: SnapshotMarker?) -> DocumentWriter {
    DocumentWriter(
      contextHeaders: settings.contextHeaders ? ContextHeaders(logicalName: settings.prefix, connector: "mongodb", runID: runID) : nil,
      name: settings.prefix, marker: marker, document: settings.json.document)
  }

  // MARK: streaming

  private func streamBlocking(_ output: any BatchOutput) throws(MillraceError) {
    let current = open.withLock { $0 }
    guard let session = current.session, let registry = current.registry else { return }
    session.isCalledOff = { output.isStopping }
    defer { session.isCalledOff = { false } }
    let cursor: MongoCursor
    do throws(MillraceError) {
      if let stream = current.stream {
        cursor = stream
      } else {
        cursor = try StreamStart(session: session, settings: settings, log: log).cursor(current.position.token.map { .after($0) } ?? .now)
      }
    } catch {
      if output.isStopping { return }
      throw error
    }
    defer { cursor.close() }
    log.info("streaming", ("from", current.position.token == nil ? "now" : "the stored resume token"))
    let place = StreamPlace()
    let snapshot = IncrementalSnapshot(
      settings.incremental, resuming: current.requests.incremental, notifier: notifier, log: log
    ) { [self] in
      MongoChunkReader(connection: settings.connection, place: place, failures: failures, writer: writer(.incremental))
    }
    let decoder = EventDecoder(
      writer: writer(nil), changes: settings.json.changes, tombstones: settings.tombstones, skipped: settings.skipped,
      transactions: settings.transactionMetadata ? TransactionMetadata(topic: settings.naming.transaction) : nil, failures: failures,
      watches: snapshot.watches,
      signals: settings.signals.readsSource ? settings.signals.collection.flatMap { SignalCollection(namespace: $0, inbox: signals, log: log) } : nil,
      resuming: current.position, lookup: { registry.shape(database: $0, collection: $1) })
    var reader = ChangeStreamReader(
      cursor: cursor, output: output, partition: partition, awaitTime: settings.capture.awaitTime, decoder: decoder,
      heartbeat: Heartbeat(settings.heartbeat, topic: settings.naming.heartbeat, name: settings.prefix), hasPosition: current.hasPosition,
      signals: SignalFollower(
        SignalledSnapshots(settings.signals, inbox: signals, incremental: snapshot, requests: current.requests, newTables: current.newTables, log: log), settings: settings,
        registry: registry, place: place, log: log, isStopping: { output.isStopping }),
      requested: RequestedSnapshot(
        settings: settings, failures: failures, notifier: notifier, log: log, makeWriter: { [self] in writer(.true) }))
    do throws(MillraceError) {
      try reader.run()
    } catch {
      if output.isStopping { return }
      var error = error
      // The next attempt finds that out at its start, and takes a new snapshot.
      if error.code == "mongodb.history.lost", settings.snapshot.rules.mendsLoss { error.retry = .retry }
      throw error
    }
  }
}
