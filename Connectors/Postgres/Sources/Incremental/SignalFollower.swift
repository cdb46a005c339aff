internal import MillraceCore

/// Does what signals ask for. Used by the thread of the stream.
struct SignalFollower {
  private let inbox: SignalInbox
  private var file: SignalFile?
  private let registry: TableRegistry
  private let log: Log
  let snapshot: IncrementalSnapshot<PostgresChunkReader>
  /// The snapshots that the stream has to wait for.
  private(set) var blocking: BlockingRequests
  /// The tables that are captured; nil where new ones are not looked for.
  private(set) var known: KnownTables?
  private var newTables: [String]

  typealias Moment = IncrementalSnapshot<PostgresChunkReader>.Moment

  init(
    inbox: SignalInbox, file: SignalFile?, registry: TableRegistry, snapshot: IncrementalSnapshot<PostgresChunkReader>,
    blocking: BlockingRequests = BlockingRequests(), known: KnownTables? = nil, newTables: [String] = [], log: Log
  ) {
    self.known = known
    self.newTables = newTables
    self.blocking = blocking
    self.inbox = inbox
    self.file = file
    self.registry = registry
    self.snapshot = snapshot
    self.log = log
  }

  /// Follows the signals that have come, and goes on with the snapshot that is under way.
  /// - Parameters:
  ///   - announced: shapes of tables that the stream has brought since.
  ///   - box: the box at hand; notifications go into it.
  ///   - latency: how far the stream is behind, ms.
  mutating func follow(
    _ announced: [TableShape], recent: RecentTransactions, box: BatchBox, now: Int64, order: Record.Order, latency: UInt64
  ) throws(MillraceError) {
    if !newTables.isEmpty {
      var moment = Moment(box: box, now: now, order: order)
      snapshot.begin(newTables: newTables, &moment)
      newTables = []
    }
    if known != nil { for shape in announced { known?.insert(shape.qualifiedName) } }
    for signal in (file?.poll(now: now) ?? []) + inbox.take() {
      var moment = Moment(box: box, now: now, order: order)
      try follow(signal, &moment)
    }
    guard snapshot.isActive else { return }
    for shape in announced { snapshot.announced(shape.qualifiedName) { !$0.shape.isEqual(to: shape) } }
    var moment = Moment(box: box, now: now, order: order, latency: latency)
    try snapshot.advance(
      describe: { [registry] table throws(MillraceError) in try SignalFollower.describe(table, registry) },
      hasLatelyStreamed: { recent.hasUnseen(by: $0) }, &moment)
  }

  func delivered(_ chunk: IncrementalSnapshot<PostgresChunkReader>.Due, box: BatchBox, now: Int64, order: Record.Order) {
    var moment = Moment(box: box, now: now, order: order)
    snapshot.delivered(chunk, &moment)
  }

  /// The tables of the snapshot that the stream waits for next, in order.
  func forms(of request: BlockingRequests.Request) throws(MillraceError) -> [PostgresChunkReader.Form] {
    var names: [String] = [], forms: [PostgresChunkReader.Form] = []
    for pattern in request.collections {
      let found = try registry.names(matching: pattern)
      if found.isEmpty { log.warning("no captured table has this name", ("signal", request.id), ("table", pattern)) }
      for name in found where !names.contains(name) {
        names.append(name)
        if let form = try registry.form(of: name) { forms.append(form) }
      }
    }
    return forms
  }

  /// The snapshot that the stream has waited for is over.
  mutating func ended(_ request: BlockingRequests.Request, _ error: MillraceError?) {
    if let error {
      log.error("a blocking snapshot ends, because its rows cannot be read", ("signal", request.id), ("error", "\(error)"))
    } else {
      log.info("a blocking snapshot is complete", ("signal", request.id))
    }
    var whole = SnapshotProgress()
    whole.isComplete = true
    blocking = blocking.after(whole)
  }

  private mutating func follow(_ signal: Signal, _ moment: inout Moment) throws(MillraceError) {
    let action: SignalAction
    do throws(SignalFault) {
      action = try SignalAction(signal)
    } catch {
      return log.warning("a signal is left out", ("signal", signal.id), ("type", signal.type), ("problem", error.problem))
    }
    switch action {
    case .executeSnapshot(let request):
      log.info(
        "a snapshot is asked for", ("signal", signal.id), ("tables", request.collections.joined(separator: ", ")),
        ("type", request.isBlocking ? "blocking" : "incremental"))
      if request.isBlocking { return blocking.append(request) }
      try snapshot.begin(request, find: { [registry] pattern throws(MillraceError) in try registry.names(matching: pattern) }, &moment)
    case .stopSnapshot(let patterns): snapshot.stop(patterns, id: signal.id, &moment)
    case .pauseSnapshot: snapshot.pause(&moment)
    case .resumeSnapshot: snapshot.resume(&moment)
    case .log(let message): log.info(message.replacing("{}", with: "\(moment.order.commit)"), ("signal", signal.id))
    case .watermark: break
    }
  }

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
