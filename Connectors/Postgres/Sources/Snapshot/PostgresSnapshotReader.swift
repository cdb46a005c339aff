internal import MillraceCore

/// Reads chunks by `COPY … TO STDOUT`, and appends their rows as `r` records.
final class PostgresSnapshotReader: SnapshotReader, @unchecked Sendable {
  // @unchecked: used by one thread, the one that made it.
  private let connection: PostgresConnection
  /// Whether it has a transaction of its own, which takes a lock of its own and ends with it.
  private let isOwner: Bool
  private let place: SnapshotPlace
  private let failures: EventFailures
  private let read: @Sendable (Int) -> (SnapshotQuery?, TableShape?)
  private var writer: RowWriter
  private var row = CopyRowDecoder()

  private var shape: TableShape?
  private var table: Int?
  private var isCopying = false
  private var ordinal: UInt64 = 0
  /// Bytes since the last wait, and whether the socket had nothing more when last looked at.
  private var received = 0
  private var isDrained = true

  /// - Parameter read: how a table is read, and its shape.
  init(
    connection: PostgresConnection, isOwner: Bool, place: SnapshotPlace, writer: consuming RowWriter, failures: EventFailures,
    read: @escaping @Sendable (Int) -> (SnapshotQuery?, TableShape?)
  ) {
    self.connection = connection
    self.isOwner = isOwner
    self.place = place
    self.writer = writer
    self.failures = failures
    self.read = read
  }

  func begin(_ chunk: SnapshotChunk) throws(MillraceError) {
    received = 0
    isDrained = true
    guard case (let query?, let shape?) = read(chunk.table) else {
      // A chunk that nothing was planned for must not count as read.
      throw MillraceError(
        code: "postgres.snapshot.unplanned", component: "postgres", retry: .stop, message: "a table is to be read that was not planned",
        advice: "report this as a bug; nothing of it counts as read")
    }
    self.shape = shape
    do throws(MillraceError) {
      // The planning transaction has the lock already: whoever waits in between waits for us, so waiting would be a deadlock that
      // the server cannot see.
      if isOwner, table != chunk.table { try connection.query("\(SnapshotQuery.lock(query.table)) NOWAIT") }
      try connection.startCopyOut(query.statement(for: chunk))
    } catch {
      throw PostgresFailure.changed(error, table: query.table.qualifiedName)
    }
    table = chunk.table
    isCopying = true
  }

  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool {
    guard isCopying, let shape else { return true }
    if writer.enter(shape, &box.batch) {
      SourceBlock.set(time: place.point.timestamp, at: writer.template, of: &box.batch)
      box.batch.slots[writer.template + SourceBlock.Field.txId] = .integer(Int64(place.point.transactionID))
    }
    let now = Clock.nanoseconds()
    while box.batch.records.count < records, box.batch.byteCount < limit {
      let state = try connection.copyMessage { line throws(MillraceError) in
        received &+= line.count
        try append(line, shape, now, to: &box.batch)
      }
      switch state {
      case .row: isDrained = false
      case .nothing:
        // Looked and nothing whole is there: wait, and look again.
        // Where nothing has come since the wait before, the coordinator gets a chance to see whether it should stop.
        let isStill = isDrained && received == 0
        if isDrained {
          SocketPacing.wait(on: connection, afterReceiving: received, pause: 1000, milliseconds: 1000)
          received = 0
        }
        try connection.consumeInput()
        isDrained = true
        if isStill { return false }
      case .end:
        isCopying = false
        return true
      }
    }
    return false
  }

  @inline(__always)
  private func append(
    _ line: UnsafeRawBufferPointer, _ shape: TableShape, _ now: Int64, to batch: inout RecordBatch
  ) throws(MillraceError) {
    let after: Slot
    do throws(MillraceError) {
      after = try row.decode(line, shape, into: &batch)
    } catch {
      return try failures.leaveOut(error)
    }
    let key = writer.appendKey(of: after, shape, &batch)
    let source = writer.appendSource(lastCommit: place.lastCommit, lsn: place.point.start, &batch)
    let value = writer.appendEnvelope(.read, before: .null, after: after, source: source, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: place.order ?? .init(commit: place.point.start &- 1, ordinal: ordinal), &batch)
    ordinal &+= 1
  }

  func finish() {
    if isCopying { connection.cancel() }
    if isOwner { _ = try? connection.query("ROLLBACK") }
  }
}
