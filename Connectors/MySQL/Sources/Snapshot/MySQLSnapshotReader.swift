internal import MillraceCore

/// Reads chunks by SELECT, as their rows arrive, and appends them as `r` records.
final class MySQLSnapshotReader: SnapshotReader, @unchecked Sendable {
  // @unchecked: used by one thread, the one that made it.
  private let connection: MySQLConnection
  private let position: MySQLPosition
  private let failures: EventFailures
  private let read: @Sendable (Int) -> (SnapshotQuery?, TableShape)
  private var writer: RowWriter

  private var shape: TableShape?
  private var columns: [Int?] = []
  private var rows: MySQLRows?
  private var ordinal: UInt64 = 0

  /// - Parameter read: how a table is read, and its shape.
  init(
    connection: MySQLConnection, position: MySQLPosition, writer: consuming RowWriter, failures: EventFailures,
    read: @escaping @Sendable (Int) -> (SnapshotQuery?, TableShape)
  ) {
    self.connection = connection
    self.position = position
    self.writer = writer
    self.failures = failures
    self.read = read
  }

  func begin(_ chunk: SnapshotChunk) throws(MillraceError) {
    let (query, shape) = read(chunk.table)
    guard let query else {
      // A chunk that nothing was planned for must not count as read.
      throw MillraceError(
        code: "mysql.snapshot.unplanned", component: "mysql", retry: .stop, message: "a table is to be read that was not planned",
        advice: "report this as a bug; nothing of it counts as read")
    }
    self.shape = shape
    columns = query.columns
    rows = nil
    rows = try connection.stream(query.statement(for: chunk))
  }

  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool {
    guard let rows, let shape else { return true }
    if writer.enter(shape, &box.batch) { writer.fill(position, &box.batch) }
    let now = Clock.nanoseconds()
    while box.batch.records.count < records, box.batch.byteCount < limit {
      guard let row = try rows.next() else {
        self.rows = nil
        return true
      }
      try append(row, shape, now, to: &box.batch)
    }
    return false
  }

  @inline(__always)
  private func append(_ row: MySQLRow, _ shape: TableShape, _ now: Int64, to batch: inout RecordBatch) throws(MillraceError) {
    let first = batch.slots.append(repeating: .null, count: shape.slotCount)
    do throws(MillraceError) {
      for (place, column) in columns.enumerated() where place < row.count {
        guard let column else { continue }
        if let text = row[place] {
          try shape.place(text: text, column: column, first: first, into: &batch)
        } else {
          shape.fillNull(column: column, first: first, into: &batch)
        }
      }
    } catch {
      return try failures.leaveOut(error)
    }
    // What the key takes from behind the fields is no part of the row.
    let after = Slot.structure(first: first, count: shape.fieldCount)
    let key = writer.appendKey(of: after, shape, &batch)
    let source = writer.appendSource(row: 0, &batch)
    let value = writer.appendEnvelope(.read, before: .null, after: after, source: source, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: .init(commit: 0, ordinal: ordinal), &batch)
    ordinal &+= 1
  }

  func finish() {
    if rows != nil {
      // Nobody wants the rest.
      connection.abandon()
      rows = nil
    }
    _ = try? connection.query("ROLLBACK")
  }
}
