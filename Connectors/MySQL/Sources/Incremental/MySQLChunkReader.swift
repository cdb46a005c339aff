internal import MillraceCore

/// Reads chunks on a connection of its own, each in a consistent snapshot whose place in the log it tells.
final class MySQLChunkReader: ChunkReader, @unchecked Sendable {
  // @unchecked: used by one thread.
  struct Form: Sendable {
    /// As the stream knows the table.
    let definition: TableDefinition
    let shape: TableShape
    /// The columns that order the chunks.
    let key: [KeyColumn]
    let beginning: TableBeginning
  }

  private let parameters: ConnectionParameters
  private let server: String
  private let dialect: SQLDialect
  private let numbers: GTIDNumbers
  private let failures: EventFailures
  private var writer: RowWriter
  private var connection: ChunkConnection?
  /// The beginning that the last chunk was read since, and what that chunk contained.
  private var begun: UInt64?
  private var floor = GTIDSet()
  /// The key's texts in the row that was read last, one after the other, and where each ends; -1: NULL.
  private var key: [UInt8] = []
  private var ends: [Int] = []

  /// - Parameter server: who the stream's server says it is.
  init(
    parameters: ConnectionParameters, server: String, dialect: SQLDialect, numbers: GTIDNumbers, failures: EventFailures,
    writer: consuming RowWriter
  ) {
    self.parameters = parameters
    self.server = server
    self.dialect = dialect
    self.numbers = numbers
    self.failures = failures
    self.writer = writer
  }

  func disconnect() { connection = nil }

  func lastKey(of table: IncrementalProgress.Table, _ form: Form) throws(ChunkFailure) -> [String?]? {
    try transaction(form) { open throws(MillraceError) in
      try open.connection.query("START TRANSACTION READ ONLY")
      try self.requireUnchanged(form, open.connection)
      let query = ChunkQuery(SnapshotQuery(form.definition, shape: form.shape, range: nil), key: form.key, table)
      return try open.connection.query(query.last).first
    }
  }

  func read(_ table: IncrementalProgress.Table, _ form: Form, limit: Int) throws(ChunkFailure) -> Chunk<MySQLChunkView> {
    let start = ContinuousClock.now
    return try transaction(form) { open throws(MillraceError) in
      let isFirst = self.begun != form.beginning.number
      let view = try open.begin(form.definition.id, since: form.beginning, isFirst: isFirst, floor: &self.floor, numbers: self.numbers)
      try self.requireUnchanged(form, open.connection)
      let chunk = try self.rows(table, form, view, limit, since: start, on: open.connection)
      self.begun = form.beginning.number
      return chunk
    }
  }

  private func rows(
    _ table: IncrementalProgress.Table, _ form: Form, _ view: MySQLChunkView, _ limit: Int, since start: ContinuousClock.Instant,
    on connection: MySQLConnection
  ) throws(MillraceError) -> Chunk<MySQLChunkView> {
    let selection = SnapshotQuery(form.definition, shape: form.shape, range: nil)
    let query = ChunkQuery(selection, key: form.key, table)
    var last = table.last ?? [], rest: Int? = limit, isLast = false
    if let statement = query.bound(after: table.done, upTo: last, limit: limit) {
      rest = nil
      if let bound = try connection.query(statement).first { last = bound } else { isLast = true }
    }
    let rows = try connection.stream(query.rows(after: table.done, upTo: last, limit: rest))
    var boxes = [BatchBox()], count = 0, bytes = 0, isCut = false
    let now = Clock.nanoseconds()
    while let row = try rows.next() {
      if boxes[boxes.count - 1].batch.byteCount > 256 << 10 || boxes[boxes.count - 1].batch.records.count >= 2048 {
        bytes += boxes[boxes.count - 1].batch.byteCount
        boxes.append(BatchBox())
      }
      // Rows of a megabyte each must not add up to a gigabyte; the next chunk goes on behind what is here.
      if bytes > MySQLChunkReader.mostBytes, table.surrogateKey == nil {
        isCut = true
        break
      }
      try append(row, selection.columns, form.shape, now, to: &boxes[boxes.count - 1].batch)
      keepKey(of: row, behind: selection.columns.count)
      count += 1
    }
    if isCut {
      connection.abandon()
      disconnect()
    }
    let key = count == 0 ? nil : keptKey
    return Chunk(
      boxes: boxes, rows: count, lastKey: key,
      isLast: !isCut && (isLast || key == table.last || rest.map { count < $0 } ?? (count == 0)), view: view, duration: .now - start)
  }

  private static var mostBytes: Int { 16 << 20 }

  private func append(
    _ row: MySQLRow, _ columns: [Int?], _ shape: TableShape, _ now: Int64, to batch: inout RecordBatch
  ) throws(MillraceError) {
    _ = writer.enter(shape, &batch)
    guard let after = try writer.decode(row, columns, shape, failures, &batch) else { return }
    // One source block for the box, which is stamped when the chunk's turn has come.
    let source = batch.records.isEmpty ? writer.appendSource(row: 0, &batch) : batch.field(Envelope.source, of: batch.records[0].value)
    writer.appendRead(after, shape, source: source, order: .init(commit: 0, ordinal: UInt64(batch.records.count)), now: now, &batch)
  }

  private func keepKey(of row: MySQLRow, behind first: Int) {
    key.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    for column in first..<row.count {
      if let text = row[column] {
        key.append(contentsOf: text)
        ends.append(key.count)
      } else {
        ends.append(-1)
      }
    }
  }

  private var keptKey: [String?] {
    var start = 0
    return ends.map { end in
      guard end >= 0 else { return nil }
      defer { start = end }
      return String(decoding: key[start..<end], as: UTF8.self)
    }
  }

  // MARK: transactions

  /// Whoever has looked at a table in a transaction finds it unchanged until its end.
  private func requireUnchanged(_ form: Form, _ connection: MySQLConnection) throws(MillraceError) {
    try connection.query("SELECT 1 FROM \(form.definition.id.quoted) LIMIT 0")
    guard let now = try CatalogReader(connection, dialect).table(form.definition.id)?.definition, now.hasSameRows(as: form.definition) else {
      throw ChunkConnection.failure("the table was altered, and the stream has not come to that yet", "wait")
    }
  }

  /// Runs `body` on the connection, which is made where there is none, and ends the transaction that it begins; sorts what goes wrong.
  private func transaction<R>(_ form: Form, _ body: (ChunkConnection) throws(MillraceError) -> R) throws(ChunkFailure) -> R {
    do throws(MillraceError) {
      let open: ChunkConnection
      if let connection { open = connection } else { open = try ChunkConnection(try .open(parameters), server: server) }
      connection = open
      do throws(MillraceError) {
        let result = try body(open)
        if connection != nil { try open.connection.query("COMMIT") }
        return result
      } catch {
        // Its transaction is of no use any more, and the connection may not be.
        if (try? open.connection.query("ROLLBACK")) == nil { disconnect() }
        throw error
      }
    } catch {
      switch error.serverCode {
      // No such table, or database.
      case "1146", "1049": throw .gone
      // The table was altered after the snapshot was taken.
      case "1412": throw .changed
      default: throw error.retry == .retry ? .passing(error) : .lasting(error)
      }
    }
  }
}

extension TableDefinition {
  /// Whether the values of a row, and the rows' order, are read in the same way.
  func hasSameRows(as other: TableDefinition) -> Bool {
    columns.count == other.columns.count && identifyingColumns.elementsEqual(other.identifyingColumns) { $0.isSameName(as: $1) }
      && zip(columns, other.columns).allSatisfy { $0.hasSameValues(as: $1) }
  }
}

extension ColumnDefinition {
  fileprivate func hasSameValues(as other: ColumnDefinition) -> Bool {
    guard name.isSameName(as: other.name), type == other.type, members == other.members,
      (isUnsigned || isZerofill) == (other.isUnsigned || other.isZerofill)
    else { return false }
    switch type {
    case .decimal: return (length ?? 10) == (other.length ?? 10) && (scale ?? 0) == (other.scale ?? 0)
    case .bit, .binary: return (length ?? 1) == (other.length ?? 1)
    case .time, .datetime, .timestamp: return (length ?? 0) == (other.length ?? 0)
    default: return true
    }
  }
}
