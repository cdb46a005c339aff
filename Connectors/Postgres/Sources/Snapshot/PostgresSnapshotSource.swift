internal import MillraceCore
internal import Synchronization

/// The rows of the captured tables at one point in time, as a repeatable-read transaction sees them. Other readers import its
/// snapshot (`SET TRANSACTION SNAPSHOT`).
///
/// An interrupted snapshot goes on from the chunks that are durable. Its new transaction sees a later state, which the stream, beginning
/// at the first run's position, sets right: every row changed since is sent again as a change. Rows that an update has moved from
/// a chunk not yet read into one already read are found by their `xmin` (Invariant 8).
final class PostgresSnapshotSource: SnapshotSource, Sendable {
  private let transaction: SnapshotTransaction
  private let captured: [PostgresTable]
  private let settings: SnapshotSettings
  private let place: SnapshotPlace
  /// Transactions from this one on may have changed rows since the first run began; as `pg_snapshot_xmin` printed it.
  private let firstTransaction: String
  private let makeCheckpoint: @Sendable (SnapshotProgress) -> Checkpoint
  private let makeWriter: @Sendable () -> RowWriter
  private let failures: EventFailures
  private let state = Mutex(State())

  private struct State {
    var shapes: [TableShape] = []
    /// Of the tables that were planned.
    var queries: [Int: SnapshotQuery] = [:]
    var attachment: CheckpointAttachment?
  }

  /// Blocks of a chunk at most: 32 MiB at the usual block size.
  private static let blocksPerChunk: UInt64 = 4096
  /// And at least, where a table is cut up for several readers.
  private static let fewestBlocks: UInt64 = 64

  init(
    transaction: SnapshotTransaction, tables: [PostgresTable], settings: SnapshotSettings, place: SnapshotPlace,
    firstTransaction: String, failures: EventFailures, writer: @escaping @Sendable () -> RowWriter,
    checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) {
    self.transaction = transaction
    captured = tables
    self.settings = settings
    self.place = place
    self.firstTransaction = firstTransaction
    makeCheckpoint = checkpoint
    makeWriter = writer
    self.failures = failures
  }

  /// Gives each table its shape; before anything is read.
  func use(_ shape: (PostgresTable) throws(MillraceError) -> TableShape) throws(MillraceError) { use(try captured.map(shape)) }

  /// The shapes of the tables, in their order.
  func use(_ shapes: [TableShape]) { state.withLock { $0.shapes = shapes } }

  var readers: Int { settings.readers(ofTables: captured.count) }
  var isReadByTable: Bool { settings.isByTable }

  func tables() throws(MillraceError) -> [Progress.Table] {
    captured.map {
      Progress.Table(
        name: $0.qualifiedName, identity: "\($0.qualifiedName)/\($0.oid)",
        estimate: $0.estimatedRows >= 0 ? UInt64($0.estimatedRows) : nil)
    }
  }

  func plan(table index: Int, after part: SnapshotProgress.Part?) throws(MillraceError) -> SnapshotPlan {
    let table = captured[index]
    guard !table.columns.isEmpty else { return .empty }
    try transaction.begin(table)
    let query: SnapshotQuery
    if let statement = settings.overrides[table.qualifiedName] {
      query = SnapshotQuery(table: table, override: statement, columns: try transaction.columns(of: statement))
    } else {
      query = SnapshotQuery(
        table: table, layout: try transaction.layout(of: table, key: key(of: index)), isolatedFrom: firstTransaction)
    }
    state.withLock { $0.queries[index] = query }
    guard let layout = query.layout else { return .whole }
    let done = part.map { layout.agrees(with: $0.layout) ? $0.ranges : ChunkRanges() } ?? ChunkRanges()
    return SnapshotPlan(
      layout: layout.text, step: step(of: table, layout), isRecorded: true, isResumed: !done.isEmpty,
      stretches: layout.stretches(after: done).map { .init($0.range, end: $0.end, isCatchUp: $0.isCatchUp) })
  }

  /// The fields of the records' key.
  private func key(of index: Int) -> [String] {
    guard let schema = state.withLock({ index < $0.shapes.count ? $0.shapes[index].key : nil }),
      case .structure(let fields) = schema.kind
    else { return [] }
    return fields.map(\.name)
  }

  private func step(of table: PostgresTable, _ layout: TableLayout) -> UInt64 {
    // Before version 14 a condition on ctid means a scan of the whole table, so a leaf is one chunk.
    guard transaction.scansRanges else { return 1 << 32 }
    let chunks = settings.isByTable ? 1 : settings.chunks(of: table)
    guard chunks > 1 else { return PostgresSnapshotSource.blocksPerChunk }
    let blocks = layout.leaves.reduce(0) { $0 + $1.blocks }
    let share = (blocks + UInt64(chunks) - 1) / UInt64(chunks)
    return min(max(share, PostgresSnapshotSource.fewestBlocks), PostgresSnapshotSource.blocksPerChunk)
  }

  func makeReader() throws(MillraceError) -> any SnapshotReader {
    let connection = try transaction.reader(isOnlyOne: readers == 1)
    return PostgresSnapshotReader(
      connection: connection, isOwner: connection !== transaction.connection, place: place, writer: makeWriter(),
      failures: failures,
      read: { [self] index in state.withLock { ($0.queries[index], index < $0.shapes.count ? $0.shapes[index] : nil) } })
  }

  func checkpoint(_ progress: SnapshotProgress) -> Checkpoint {
    var checkpoint = makeCheckpoint(progress)
    if let attachment { checkpoint.attachment = attachment }
    return checkpoint
  }

  /// What goes with each checkpoint.
  var attachment: CheckpointAttachment? {
    get { state.withLock { $0.attachment } }
    set { state.withLock { $0.attachment = newValue } }
  }

  func finish() { transaction.finish() }
}
