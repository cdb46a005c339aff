internal import MillraceCore

/// Reads chunks on a connection of its own, each in a repeatable-read transaction whose snapshot it tells.
final class PostgresChunkReader: ChunkReader, @unchecked Sendable {
  // @unchecked: used by one thread.
  struct Form: Sendable {
    /// Without the columns that the stream does not carry.
    let table: PostgresTable
    let shape: TableShape
  }

  private let settings: PostgresSettings
  private let failures: EventFailures
  private var writer: RowWriter
  private var row = CopyRowDecoder()
  private var connection: PostgresConnection?
  /// The line of the row that was read last.
  private var line: [UInt8] = []

  init(settings: PostgresSettings, failures: EventFailures, writer: consuming RowWriter) {
    self.settings = settings
    self.failures = failures
    self.writer = writer
  }

  func disconnect() { connection = nil }

  func lastKey(of table: IncrementalProgress.Table, _ form: Form) throws(ChunkFailure) -> [String?]? {
    try withFailures { connection throws(MillraceError) in
      let rows = try connection.query(ChunkQuery(form.table, table).last)
      return rows.first.map { Array($0) }
    }
  }

  func read(_ table: IncrementalProgress.Table, _ form: Form, limit: Int) throws(ChunkFailure) -> Chunk<PostgresChunkView> {
    let start = ContinuousClock.now
    var isSame = true
    let chunk: Chunk<PostgresChunkView>? = try withFailures { connection throws(MillraceError) in
      try connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
      do throws(MillraceError) {
        let view = try view(connection)
        isSame = try CatalogReader(connection: connection, filter: settings.filter).table(oid: form.table.oid)
          .map { isUnchanged($0, form.table) } ?? false
        let chunk = isSame ? try rows(table, form, view, limit, since: start, on: connection) : nil
        if self.connection != nil { try connection.query("COMMIT") }
        return chunk
      } catch {
        // Its transaction is of no use any more.
        _ = try? connection.query("ROLLBACK")
        throw error
      }
    }
    guard let chunk else { throw .changed }
    return chunk
  }

  /// What matters for a row and its key.
  private func isUnchanged(_ now: PostgresTable, _ then: PostgresTable) -> Bool {
    now.schema == then.schema && now.name == then.name && now.key == then.key && now.columns.filter { !$0.isGenerated } == then.columns
  }

  private func view(_ connection: PostgresConnection) throws(MillraceError) -> PostgresChunkView {
    let rows = try connection.query(
      """
      SELECT pg_catalog.pg_current_snapshot()::text, pg_catalog.pg_current_wal_insert_lsn() - '0/0', \
      pg_catalog.current_setting('wal_block_size')
      """)
    guard let row = rows.first, row.count == 3, let snapshot = row[0], let end = row[1].flatMap({ UInt64($0) }),
      let view = PostgresChunkView(snapshot: snapshot, end: end, pageSize: row[2].flatMap { UInt64($0) } ?? 8192)
    else {
      throw MillraceError(
        code: "postgres.protocol", component: "postgres", retry: .stop, message: "the server's snapshot cannot be read",
        advice: "report this with the server's version")
    }
    return view
  }

  private func rows(
    _ table: IncrementalProgress.Table, _ form: Form, _ view: PostgresChunkView, _ limit: Int, since start: ContinuousClock.Instant,
    on connection: PostgresConnection
  ) throws(MillraceError) -> Chunk<PostgresChunkView> {
    let query = ChunkQuery(form.table, table), last = table.last ?? []
    try connection.startCopyOut(query.rows(after: table.done, upTo: last, limit: limit))
    var boxes = [BatchBox()], count = 0, bytes = 0, isCut = false
    let now = Clock.nanoseconds()
    copying: while true {
      // Rows of a megabyte each must not add up to a gigabyte; the next chunk goes on behind what is here.
      if bytes > PostgresChunkReader.mostBytes, table.surrogateKey == nil {
        isCut = true
        connection.cancel()
        disconnect()
        break
      }
      if boxes[boxes.count - 1].batch.byteCount > 256 << 10 || boxes[boxes.count - 1].batch.records.count >= 2048 { boxes.append(BatchBox()) }
      let box = boxes[boxes.count - 1]
      let state = try connection.copyMessage { line throws(MillraceError) in
        try append(line, form.shape, now, to: &box.batch)
        count += 1
        bytes += line.count
      }
      switch state {
      case .row: break
      case .nothing:
        SocketPacing.wait(on: connection, afterReceiving: 1, pause: 0, milliseconds: 1000)
        try connection.consumeInput()
      case .end: break copying
      }
    }
    let key = count == 0 ? nil : key(query.places)
    return Chunk(
      boxes: boxes, rows: count, lastKey: key, isLast: !isCut && (count < limit || key == last), view: view, duration: .now - start)
  }

  private static var mostBytes: Int { 16 << 20 }

  private func append(_ line: UnsafeRawBufferPointer, _ shape: TableShape, _ now: Int64, to batch: inout RecordBatch) throws(MillraceError) {
    self.line.removeAll(keepingCapacity: true)
    self.line.append(contentsOf: line)
    _ = writer.enter(shape, &batch)
    let after: Slot
    do throws(MillraceError) {
      after = try row.decode(line, shape, into: &batch)
    } catch {
      return try failures.leaveOut(error)
    }
    let key = writer.appendKey(of: after, shape, &batch)
    // One source block for the box, which is stamped when the chunk's turn has come.
    let source = batch.records.isEmpty
      ? writer.appendSource(lastCommit: nil, lsn: 0, &batch) : batch.field(Envelope.source, of: batch.records[0].value)
    let value = writer.appendEnvelope(.read, before: .null, after: after, source: source, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: .init(commit: 0, ordinal: UInt64(batch.records.count)), &batch)
  }

  /// The key's values in the line that was read last.
  private func key(_ places: [Int]) -> [String?] {
    let values = CopyRowDecoder.values(line)
    return places.map { $0 < values.count ? values[$0] : nil }
  }

  /// Runs `body` on the connection, which is made where there is none; sorts what goes wrong.
  private func withFailures<R>(_ body: (PostgresConnection) throws(MillraceError) -> R) throws(ChunkFailure) -> R {
    do throws(MillraceError) {
      if let connection { return try body(connection) }
      let made = try PostgresConnection.control(settings)
      connection = made
      return try body(made)
    } catch {
      switch error.serverCode {
      case "42P01", "3F000": throw .gone
      case "42703": throw .changed
      default: break
      }
      throw error.retry == .retry ? .passing(error) : .lasting(error)
    }
  }
}
