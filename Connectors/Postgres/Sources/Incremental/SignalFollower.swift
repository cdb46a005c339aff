internal import MillraceCore

/// Does what signals ask for. Used by the thread of the stream.
struct SignalFollower {
  private let inbox: SignalInbox
  private var file: SignalFile?
  private let registry: TableRegistry
  private let log: Log
  let snapshot: IncrementalSnapshot<PostgresChunkReader>

  typealias Moment = IncrementalSnapshot<PostgresChunkReader>.Moment

  init(inbox: SignalInbox, file: SignalFile?, registry: TableRegistry, snapshot: IncrementalSnapshot<PostgresChunkReader>, log: Log) {
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
  mutating func follow(
    _ announced: [TableShape], recent: RecentTransactions, box: BatchBox, now: Int64, order: Record.Order
  ) throws(MillraceError) {
    for signal in (file?.poll(now: now) ?? []) + inbox.take() {
      var moment = Moment(box: box, now: now, order: order)
      try follow(signal, &moment)
    }
    guard snapshot.isActive else { return }
    for shape in announced { snapshot.announced(shape.qualifiedName) { !$0.shape.isEqual(to: shape) } }
    var moment = Moment(box: box, now: now, order: order)
    try snapshot.advance(
      describe: { [registry] table throws(MillraceError) in try SignalFollower.describe(table, registry) },
      hasLatelyStreamed: { recent.hasUnseen(by: $0) }, &moment)
  }

  func delivered(_ chunk: IncrementalSnapshot<PostgresChunkReader>.Due, box: BatchBox, now: Int64, order: Record.Order) {
    var moment = Moment(box: box, now: now, order: order)
    snapshot.delivered(chunk, &moment)
  }

  private func follow(_ signal: Signal, _ moment: inout Moment) throws(MillraceError) {
    let action: SignalAction
    do throws(SignalFault) {
      action = try SignalAction(signal)
    } catch {
      return log.warning("a signal is left out", ("signal", signal.id), ("type", signal.type), ("problem", error.problem))
    }
    switch action {
    case .executeSnapshot(let request):
      if request.isBlocking {
        return log.warning("a signal is left out", ("signal", signal.id), ("problem", "blocking snapshots are not supported yet"))
      }
      log.info("a snapshot is asked for", ("signal", signal.id), ("tables", request.collections.joined(separator: ", ")))
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
    return .form(form, key: key, fields: fields)
  }
}
