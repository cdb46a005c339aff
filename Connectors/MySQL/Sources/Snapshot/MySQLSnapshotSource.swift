internal import MillraceCore
internal import Synchronization

/// The rows of the captured tables, as transactions of the beginning see them, read by ranges of the primary key.
///
/// An interrupted snapshot goes on from the chunks that are durable. Its new transactions see a later state, which the stream, beginning
/// at the first run's position, sets right: every row changed since is sent again as a change, with all its columns, also one whose key
/// an update has moved from a chunk not yet read into one already read. Where the log does not carry whole rows
/// (`binlog_row_image`), chunks are therefore not recorded: such a table begins again (Invariant 8).
final class MySQLSnapshotSource: SnapshotSource, Sendable {
  /// A table with what is needed to read it.
  struct Table: Sendable {
    let definition: TableDefinition
    let shape: TableShape
    /// The server's estimate.
    let rows: UInt64?

    var name: String { "\(definition.id)" }
  }

  private let connections: SnapshotConnections
  private let captured: [Table]
  private let settings: SnapshotSettings
  private let place: SnapshotPlace
  private let recordsChunks: Bool
  private let makeWriter: @Sendable () -> RowWriter
  private let makeCheckpoint: @Sendable (SnapshotProgress) -> Checkpoint
  private let preamble: Mutex<(any SnapshotPreamble)?>
  private let failures: EventFailures
  private let state: Mutex<State>

  private struct State {
    /// Of the tables that were planned.
    var queries: [Int: SnapshotQuery] = [:]
    var free: [MySQLConnection]
  }

  /// Rows of a chunk at most, and at least where a table is cut up for several readers.
  private static let rowsPerChunk: UInt64 = 250_000
  private static let fewestRows: UInt64 = 1000

  /// - Parameters:
  ///   - place: where the stream begins: that of the first run.
  ///   - recordsChunks: whether the log carries whole rows.
  ///   - preamble: the records that describe the tables.
  init(
    connections: SnapshotConnections, tables: [Table], settings: SnapshotSettings, place: SnapshotPlace, recordsChunks: Bool,
    preamble: (any SnapshotPreamble)?, failures: EventFailures, writer: @escaping @Sendable () -> RowWriter,
    checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) {
    self.connections = connections
    captured = tables
    self.settings = settings
    self.place = place
    self.recordsChunks = recordsChunks
    self.preamble = Mutex(preamble)
    self.failures = failures
    makeWriter = writer
    makeCheckpoint = checkpoint
    state = Mutex(State(free: connections.readers.reversed()))
  }

  var readers: Int { min(settings.readers(ofTables: captured.count), connections.readers.count) }
  var isReadByTable: Bool { settings.isByTable }
  /// Those of a snapshot that a signal has asked for say that they belong to the stream.
  var preambleMarking: SnapshotMarking { SnapshotMarking(source: place.order == nil ? SchemaChangeRecords.source : .max, marksTables: false) }

  func tables() throws(MillraceError) -> [Progress.Table] {
    captured.map { Progress.Table(name: $0.name, identity: $0.name, estimate: $0.rows) }
  }

  func fillPreamble(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool {
    try preamble.withLock { (preamble: inout sending (any SnapshotPreamble)?) throws(MillraceError) -> Bool in
      guard let work = preamble else { return true }
      let hasEnded = try work.fill(&box.batch, limit: limit, records: records)
      if hasEnded { preamble = nil }
      return hasEnded
    }
  }

  func plan(table index: Int, after part: SnapshotProgress.Part?) throws(MillraceError) -> SnapshotPlan {
    let table = captured[index]
    if let statement = settings.overrides[table.name] {
      let names = try connections.guardian.stream("SELECT * FROM (\(statement)) AS millrace LIMIT 0").names
      state.withLock { $0.queries[index] = SnapshotQuery(table.definition, statement: statement, names: names) }
      return .whole
    }
    let range = KeyRange(table.definition)
    let bounds = try range.flatMap { range throws(MillraceError) in try self.bounds(range, of: table) }
    state.withLock { $0.queries[index] = SnapshotQuery(table.definition, shape: table.shape, range: bounds == nil ? nil : range) }
    guard let range, let bounds else { return .whole }
    let whole = UInt64(0)..<UInt64.max
    let done = part.map { $0.layout == range.layout ? $0.ranges : ChunkRanges() } ?? ChunkRanges()
    // Behind the largest value known nothing is left but what has come since.
    let end = bounds.upperBound == .max ? UInt64.max : bounds.upperBound + 1
    return SnapshotPlan(
      layout: range.layout, step: step(of: table, bounds), isRecorded: recordsChunks, isResumed: !done.isEmpty,
      stretches: done.gaps(in: whole).flatMap { gap in MySQLSnapshotSource.stretches(gap, from: bounds.lowerBound, to: end) })
  }

  /// What of a gap is before the smallest value is one chunk, which should be empty; what is behind the largest belongs to the last one.
  static func stretches(_ gap: Range<UInt64>, from low: UInt64, to end: UInt64) -> [SnapshotPlan.Stretch] {
    var stretches: [SnapshotPlan.Stretch] = []
    if gap.lowerBound < low {
      stretches.append(SnapshotPlan.Stretch(gap.lowerBound..<min(gap.upperBound, low), end: gap.lowerBound + 1))
    }
    if gap.upperBound > low {
      let start = max(gap.lowerBound, low)
      stretches.append(SnapshotPlan.Stretch(start..<gap.upperBound, end: min(max(end, start + 1), gap.upperBound)))
    }
    return stretches
  }

  /// The smallest and the largest unit; nil for a table that is small enough to be read at a stretch, or empty.
  private func bounds(_ range: KeyRange, of table: Table) throws(MillraceError) -> ClosedRange<UInt64>? {
    guard let rows = table.rows, rows > MySQLSnapshotSource.fewestRows || settings.threads > 1 else { return nil }
    let name = MySQLConnection.quote(identifier: range.column)
    let row = try connections.guardian.query("SELECT MIN(\(name)), MAX(\(name)) FROM \(table.definition.id.quoted)").first
    guard let row, row.count == 2, let low = row[0].flatMap({ range.unit($0) }), let high = row[1].flatMap({ range.unit($0) }), low <= high
    else { return nil }
    return low...high
  }

  private func step(of table: Table, _ bounds: ClosedRange<UInt64>) -> UInt64 {
    let rows = max(table.rows ?? 1, 1)
    let chunks = UInt64(settings.isByTable ? 1 : settings.chunks(of: table.name))
    let perChunk = chunks > 1 ? min(max(rows / chunks, MySQLSnapshotSource.fewestRows), MySQLSnapshotSource.rowsPerChunk) : MySQLSnapshotSource.rowsPerChunk
    let count = max(1, (rows + perChunk - 1) / perChunk)
    return max(1, (bounds.upperBound - bounds.lowerBound) / count)
  }

  func makeReader() throws(MillraceError) -> any SnapshotReader {
    guard let connection = state.withLock({ $0.free.popLast() }) else {
      throw MillraceError(
        code: "mysql.snapshot.readers", component: "mysql", retry: .stop, message: "there are more readers than connections",
        advice: "report this as a bug; nothing was read")
    }
    return MySQLSnapshotReader(
      connection: connection, place: place, writer: makeWriter(), failures: failures,
      read: { [self] index in (state.withLock { $0.queries[index] }, captured[index].shape) })
  }

  func checkpoint(_ progress: SnapshotProgress) -> Checkpoint { makeCheckpoint(progress) }

  func finish() { connections.finish() }
}

/// Writes what comes before the first row.
protocol SnapshotPreamble: Sendable {
  /// Appends records until the batch holds `limit` bytes or `records` records or nothing is left; answers whether that is so.
  func fill(_ batch: inout RecordBatch, limit: Int, records: Int) throws(MillraceError) -> Bool
}
