internal import MillraceCore

/// Opens the snapshots that signals ask for while the stream waits.
struct RequestedSnapshot: Sendable {
  /// With the stream's server as the only one.
  let settings: MySQLSettings
  /// The identity of that server.
  let server: String
  let failures: EventFailures
  let notifier: Notifier
  let log: Log
  /// What a server's tables look like now.
  let makeRegistry: @Sendable (MySQLConnection) throws(MillraceError) -> TableRegistry
  /// How the tables are told of.
  let records: SchemaChangeRecords
  let makeWriter: @Sendable (SnapshotMarker?) -> RowWriter

  /// Begins to read, on connections of its own. Only the signal's statements count, not those of the configuration.
  /// - Parameters:
  ///   - beginning: what the stream has delivered: the rows are not older.
  ///   - place: where the stream is.
  ///   - checkpoint: by the snapshot's progress.
  func begin(
    _ request: BlockingRequests.Request, since beginning: TableBeginning, at place: SnapshotPlace, into output: any BatchOutput,
    checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) -> BlockingSnapshot {
    var progress = SnapshotProgress()
    progress.done = request.done
    return BlockingSnapshot(into: output, resuming: progress, notifier: notifier) { () throws(MillraceError) in
      try source(request, beginning, place, checkpoint)
    }
  }

  /// Why the server cannot go on from a position; nil where it can.
  func loss(of position: MySQLPosition) throws(MillraceError) -> StreamStart.Loss? {
    StreamStart.made(position, isForeign: false, try StreamStart.serverLog(try .open(settings.connection)), settings.gtids).loss
  }

  private func source(
    _ request: BlockingRequests.Request, _ beginning: TableBeginning, _ place: SnapshotPlace,
    _ checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) throws(MillraceError) -> MySQLSnapshotSource {
    let connection = try ChunkConnection(.open(settings.connection), server: server)
    try connection.wait(for: beginning)
    let registry = try makeRegistry(connection.connection)
    var tables: [TableID] = [], statements: [String: String] = [:]
    for name in try request.names(log, find: { pattern throws(MillraceError) in try registry.names(matching: pattern) }) {
      guard let id = try registry.captured(named: name)?.definition.id else { continue }
      tables.append(id)
      statements[name] = request.statement(for: name)
    }
    tables.sort()
    let opening = SnapshotOpening(settings: settings, choices: settings.snapshot.reading(by: statements), failures: failures, log: log)
    let connections = try opening.connections(tables, hasGTIDs: connection.knowledge == .gtids)
    return try opening.source(
      connections, tables, registry: registry, place: place,
      preamble: opening.preamble(connections, of: tables, registry: registry, records: records, place: place, writer: { makeWriter(nil) }),
      writer: { makeWriter(.true) }, checkpoint: checkpoint)
  }
}
