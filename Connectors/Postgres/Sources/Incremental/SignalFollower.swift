internal import MillraceCore

/// Does what signals ask for, with the tables of a PostgreSQL. Used by the thread of the stream.
struct SignalFollower {
  private var asked: SignalledSnapshots<PostgresChunkReader>
  private let registry: TableRegistry
  private let log: Log
  /// The tables that are captured; nil where new ones are not looked for.
  private(set) var known: KnownTables?

  var snapshot: IncrementalSnapshot<PostgresChunkReader> { asked.incremental }
  /// The snapshot that the stream has to wait for now.
  var blocking: BlockingRequests.Request? { asked.blocking.all.first }

  /// What the next checkpoint says.
  var requests: SnapshotRequests { asked.requests }

  init(_ asked: SignalledSnapshots<PostgresChunkReader>, registry: TableRegistry, known: KnownTables? = nil, log: Log) {
    self.asked = asked
    self.log = log
    self.registry = registry
    self.known = known
  }

  /// Follows the signals that have come, and goes on with the snapshot that is under way.
  /// - Parameters:
  ///   - announced: shapes of tables that the stream has brought since.
  ///   - box: the box at hand; notifications go into it.
  ///   - latency: how far the stream is behind, ms.
  /// - Returns: whether there is something new for the checkpoint.
  mutating func follow(
    _ announced: [TableShape], recent: RecentTransactions, box: BatchBox, now: Int64, order: Record.Order, latency: UInt64
  ) throws(MillraceError) -> Bool {
    let before = snapshot.progress.tables.count
    if known != nil { for shape in announced { known?.insert(shape.qualifiedName) } }
    let isAsked = try asked.follow(place: "\(order.commit)", find: find, box: box, now: now, order: order)
    guard snapshot.isActive else { return isAsked }
    for shape in announced { snapshot.announced(shape.qualifiedName) { !$0.shape.isEqual(to: shape) } }
    var moment = IncrementalSnapshot<PostgresChunkReader>.Moment(box: box, now: now, order: order, latency: latency)
    try snapshot.advance(
      describe: { [registry] table throws(MillraceError) in try SignalFollower.describe(table, registry) },
      hasLatelyStreamed: { recent.hasUnseen(by: $0) }, &moment)
    return isAsked || snapshot.progress.tables.count != before
  }

  private var find: IncrementalSnapshot<PostgresChunkReader>.Find {
    { [registry] pattern throws(MillraceError) in try registry.names(matching: pattern) }
  }

  func delivered(_ chunk: IncrementalSnapshot<PostgresChunkReader>.Due, last: BatchBox, now: Int64, order: Record.Order) {
    asked.delivered(chunk, last: last, now: now, order: order)
  }

  /// The tables of the snapshot that the stream waits for next, in order.
  func forms(of request: BlockingRequests.Request) throws(MillraceError) -> [PostgresChunkReader.Form] {
    var forms: [PostgresChunkReader.Form] = []
    for name in try request.names(log, find: find) {
      if let form = try registry.form(of: name) { forms.append(form) }
    }
    return forms
  }

  /// The stream has waited for the snapshot. False when the pipeline stops.
  mutating func ended(_ request: BlockingRequests.Request, _ outcome: BlockingSnapshot.Outcome) -> Bool { asked.ended(request, outcome) }

  private static func describe(
    _ table: IncrementalProgress.Table, _ registry: TableRegistry
  ) throws(MillraceError) -> IncrementalSnapshot<PostgresChunkReader>.Description {
    guard let form = try registry.form(of: table.name) else { return .unknown }
    let key = table.surrogateKey.map { [$0] } ?? form.table.key
    guard !key.isEmpty, key.allSatisfy({ name in form.table.columns.contains { $0.name == name } }) else { return .noKey }
    // Rows are told apart by the records' key, or else by what orders them.
    let fields = form.shape.keyFields.isEmpty
      ? key.compactMap { name in form.shape.row.fields.firstIndex { $0.name == name } } : form.shape.keyFields
    let rows = form.table.estimatedRows
    return .form(form, key: key, fields: fields, estimate: rows >= 0 ? UInt64(min(rows, 1e18)) : nil)
  }
}
