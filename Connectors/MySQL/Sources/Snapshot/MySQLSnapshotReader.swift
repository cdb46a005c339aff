internal import MillraceCore

/// Reads chunks by SELECT, as their rows arrive, and appends them as `r` records.
final class MySQLSnapshotReader: SnapshotReader, @unchecked Sendable {
  // @unchecked: used by one thread, the one that made it.
  private let connection: MySQLConnection
  private let place: SnapshotPlace
  private let failures: EventFailures
  private let read: @Sendable (Int) -> (SnapshotQuery?, TableShape)
  private var writer: RowWriter

  private var shape: TableShape?
  private var columns: [Int?] = []
  private var rows: MySQLRows?
  private var ordinal: UInt64 = 0

  /// - Parameter read: how a table is read, and its shape.
  init(
    connection: MySQLConnection, place: SnapshotPlace, writer: consuming RowWriter, failures: EventFailures,
    read: @escaping @Sendable (Int) -> (SnapshotQuery?, TableShape)
  ) {
    self.connection = connection
    self.place = place
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
    if writer.enter(shape, &box.batch) { writer.fill(place, &box.batch) }
    let now = Clock.nanoseconds()
    while box.batch.records.count < records, box.batch.byteCount < limit {
      guard let row = try rows.next() else {
        self.rows = nil
        return true
      }
      guard let after = try writer.decode(row, columns, shape, failures, &box.batch) else { continue }
      let source = writer.appendSource(row: 0, &box.batch)
      writer.appendRead(after, shape, source: source, order: place.order ?? .init(commit: 0, ordinal: ordinal), now: now, &box.batch)
      ordinal &+= 1
    }
    return false
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
