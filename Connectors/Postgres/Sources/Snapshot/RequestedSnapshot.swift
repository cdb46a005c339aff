internal import MillraceCore

/// Opens the snapshots that signals ask for while the stream waits.
struct RequestedSnapshot: Sendable {
  let settings: PostgresSettings
  let failures: EventFailures
  let notifier: Notifier
  let makeWriter: @Sendable () -> RowWriter

  /// Begins to read, on connections of its own. Only the signal's conditions count, not the statements of the configuration.
  /// - Parameters:
  ///   - forms: the tables.
  ///   - position: the stream's; the rows have its place, and the time of the snapshot.
  ///   - order: that of the stream's last record.
  ///   - checkpoint: by the snapshot's progress.
  func begin(
    _ request: BlockingRequests.Request, _ forms: [PostgresChunkReader.Form], at position: PostgresPosition, order: Record.Order,
    into output: any BatchOutput, checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) -> BlockingSnapshot {
    var progress = SnapshotProgress()
    progress.done = request.done
    return BlockingSnapshot(into: output, resuming: progress, notifier: notifier) { () throws(MillraceError) in
      try source(request, forms, position, order, checkpoint)
    }
  }

  private func source(
    _ request: BlockingRequests.Request, _ forms: [PostgresChunkReader.Form], _ position: PostgresPosition, _ order: Record.Order,
    _ checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) throws(MillraceError) -> PostgresSnapshotSource {
    var statements: [String: String] = [:]
    for form in forms { statements[form.table.qualifiedName] = request.statement(for: form.table.qualifiedName) }
    let choices = settings.snapshot.reading(by: statements)
    let transaction = try SnapshotTransaction(on: .control(settings), exported: nil, settings: choices) { [settings] () throws(MillraceError) in
      try PostgresConnection.control(settings)
    }
    let shapes = Dictionary(forms.map { ($0.table.oid, $0.shape) }, uniquingKeysWith: { first, _ in first })
    try transaction.lock(forms.map(\.table))
    let tables = try choices.sorted(forms.map(\.table), filter: settings.filter, on: transaction.connection)
    let (now, first) = try PostgresPosition.point(of: transaction.connection)
    var point = position
    point.start = position.lastChange
    point.timestamp = now.timestamp
    let source = PostgresSnapshotSource(
      transaction: transaction, tables: tables, settings: choices,
      place: SnapshotPlace(point: point, lastCommit: position.lastCommitEnd, order: order), firstTransaction: first, failures: failures,
      writer: makeWriter, checkpoint: checkpoint)
    source.use(tables.compactMap { shapes[$0.oid] })
    if source.readers > 1 { try transaction.export() }
    return source
  }
}
