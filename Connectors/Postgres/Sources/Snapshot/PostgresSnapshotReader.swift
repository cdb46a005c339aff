internal import MillraceCore

/// Reads tables by `COPY` in ranges of blocks, inside one repeatable-read transaction.
///
/// An interrupted snapshot goes on from the last durable range. Its new transaction sees a later state, which the stream, beginning
/// at the first run's position, sets right: every row changed since is sent again as a change. Rows that an update has moved from
/// a range not yet read into one already read are found by their `xmin` (Invariant 8). A table that was finished is known by name
/// and oid.
final class PostgresSnapshotReader: SnapshotReader, @unchecked Sendable {
  // @unchecked: used by one thread at a time, the coordinator's.
  private let connection: PostgresConnection
  private let captured: [PostgresTable]
  private var shapes: [TableShape] = []
  private let position: PostgresPosition
  private let partition: [Checkpoint.Entry]
  /// Transactions from this one on may have changed rows since the first run began; as `pg_snapshot_xmin` printed it.
  private let firstTransaction: String
  private var writer: RowWriter
  private var row = CopyRowDecoder()
  private let failures: EventFailures

  private var table = 0
  private var nextBlock = 0
  private var endBlock = 0
  /// Whether a COPY is running, and of what.
  private var copying: Range?
  private var isCopying = false
  private var fileNode = ""
  private var catchUp: Int?
  private var ordinal: UInt64 = 0
  /// Bytes since the last wait, and whether the socket had nothing more when last looked at.
  private var received = 0
  private var isDrained = true

  private enum Range { case blocks(until: Int), last, moved }

  /// Blocks of a range: 32 MiB at the usual block size.
  private static let blocksPerRange = 4096

  init(
    connection: PostgresConnection, tables: [PostgresTable], position: PostgresPosition, partition: [Checkpoint.Entry],
    firstTransaction: String, writer: consuming RowWriter, failures: EventFailures
  ) {
    self.failures = failures
    self.connection = connection
    captured = tables
    self.position = position
    self.partition = partition
    self.firstTransaction = firstTransaction
    self.writer = writer
  }

  /// Gives each table its shape; before anything is read.
  func use(_ shape: (PostgresTable) throws(MillraceError) -> TableShape) throws(MillraceError) {
    shapes = try captured.map(shape)
  }

  func tables() throws(MillraceError) -> [Progress.Table] {
    captured.map {
      Progress.Table(
        name: $0.qualifiedName, identity: "\($0.qualifiedName)/\($0.oid)",
        estimate: $0.estimatedRows >= 0 ? UInt64($0.estimatedRows) : nil)
    }
  }

  func begin(table index: Int, after token: String?) throws(MillraceError) {
    table = index
    nextBlock = 0
    catchUp = nil
    copying = nil
    endBlock = 0
    received = 0
    isDrained = true
    guard !captured[index].columns.isEmpty else { return }
    try inspectTable()
    if let token, let place = SnapshotToken(token), place.fileNode == fileNode {
      nextBlock = place.block
      catchUp = place.block
    }
    try startNextRange()
  }

  /// Locks the table against being rewritten, and looks at its file. A file that is younger than the snapshot is empty to it
  /// (PostgreSQL documentation, "Caveats" of the chapter on concurrency control): then only a new snapshot helps.
  private func inspectTable() throws(MillraceError) {
    let table = captured[table]
    let lock = "LOCK TABLE \(table.kind == "p" ? "" : "ONLY ")\(table.quotedName) IN ACCESS SHARE MODE"
    do throws(MillraceError) { try connection.query(lock) } catch { throw PostgresFailure.changed(error, table: table.qualifiedName) }
    let row =
      try connection.query(
        """
        SELECT pg_catalog.pg_relation_filenode(c.oid), c.relfilenode, \
        pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint \
        FROM pg_catalog.pg_class c WHERE c.oid = \(table.oid)
        """
      ).first ?? []
    guard row.count == 3, table.kind == "r" else { return }
    fileNode = row[0] ?? ""
    if row[0] != row[1] {
      throw MillraceError(
        code: "postgres.snapshot.rewritten", component: "postgres", retry: .retry,
        message: "the table was rewritten (ALTER TABLE, TRUNCATE, VACUUM FULL) after the snapshot was taken",
        advice: "wait: the next attempt takes a later snapshot", subject: table.qualifiedName)
    }
    // Before version 14 a condition on ctid means a whole scan, so the table is one range.
    if connection.serverVersion >= 140_000 { endBlock = row[2].flatMap { Int($0) } ?? 0 }
  }

  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> ChunkState {
    let shape = shapes[table]
    if writer.enter(shape, &box.batch) {
      SourceBlock.set(time: position.timestamp, at: writer.template, of: &box.batch)
      box.batch.slots[writer.template + SourceBlock.Field.txId] = .integer(Int64(position.transactionID))
    }
    guard !captured[table].columns.isEmpty else { return .endOfTable }
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
        if isStill { return .more }
      case .end:
        isCopying = false
        return try endRange()
      }
    }
    return .more
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
    let source = writer.appendSource(lastCommit: nil, lsn: position.start, &batch)
    let value = writer.appendEnvelope(.read, before: .null, after: after, source: source, now: now, &batch)
    // Below every commit of the stream.
    writer.appendRecord(key: key, value: value, order: .init(commit: position.start &- 1, ordinal: ordinal), &batch)
    ordinal &+= 1
  }

  func checkpoint(_ progress: SnapshotProgress) -> Checkpoint {
    position.checkpoint(partition: partition, snapshot: progress, firstTransaction: firstTransaction)
  }

  func finish() {
    if isCopying { connection.cancel() }
    // The transaction only read; the connection is closed with its owner.
    _ = try? connection.query("ROLLBACK")
  }

  // MARK: ranges

  private func endRange() throws(MillraceError) -> ChunkState {
    switch copying {
    case .blocks(let until):
      nextBlock = until
    case .last, nil:
      if catchUp == nil { return .endOfTable }
      nextBlock = endBlock
    case .moved:
      return .endOfTable
    }
    try startNextRange()
    return .endOfChunk(token: SnapshotToken(fileNode: fileNode, block: nextBlock).text)
  }

  private func startNextRange() throws(MillraceError) {
    var condition = ""
    if nextBlock < endBlock || copying == nil {
      let until = nextBlock + PostgresSnapshotReader.blocksPerRange
      let from = nextBlock > 0 ? "ctid >= '(\(nextBlock),0)'" : nil
      if until < endBlock {
        copying = .blocks(until: until)
        condition = " WHERE " + [from, "ctid < '(\(until),0)'"].compactMap { $0 }.joined(separator: " AND ")
      } else {
        copying = .last
        condition = from.map { " WHERE \($0)" } ?? ""
      }
    } else if let done = catchUp {
      copying = .moved
      condition = " WHERE ctid < '(\(done),0)' AND pg_catalog.age(xmin) <= pg_catalog.age('\(firstTransaction)'::xid)"
    }
    let columns = captured[table].columns.map { PostgresConnection.quote(identifier: $0.name) }.joined(separator: ", ")
    let only = captured[table].kind == "p" ? "" : "ONLY "
    // A plain COPY of the table is the server's fastest way; it cannot take a condition.
    let sql =
      condition.isEmpty && captured[table].kind == "r"
      ? "COPY \(captured[table].quotedName) (\(columns)) TO STDOUT"
      : "COPY (SELECT \(columns) FROM \(only)\(captured[table].quotedName)\(condition)) TO STDOUT"
    do throws(MillraceError) {
      try connection.startCopyOut(sql)
    } catch {
      throw PostgresFailure.changed(error, table: captured[table].qualifiedName)
    }
    isCopying = true
  }
}

/// How far a table's snapshot is: all blocks below `block` of this file are done. A rewritten table (VACUUM FULL, TRUNCATE) has
/// another file and is read anew.
struct SnapshotToken: Equatable {
  let fileNode: String
  let block: Int

  init(fileNode: String, block: Int) {
    self.fileNode = fileNode
    self.block = block
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let block = UInt32(parts[1]).map({ Int($0) }) else { return nil }
    self.init(fileNode: String(parts[0]), block: block)
  }

  var text: String { "\(fileNode)/\(block)" }
}
