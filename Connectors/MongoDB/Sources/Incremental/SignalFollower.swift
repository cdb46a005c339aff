internal import MillraceCore

/// Does what signals ask for. Used by the thread of the stream.
struct SignalFollower {
  private let inbox: SignalInbox
  private var file: SignalFile?
  private let settings: MongoDBSettings
  private let registry: CollectionRegistry
  private let log: Log
  let snapshot: IncrementalSnapshot<MongoChunkReader>
  /// Where the stream is, for those who read chunks.
  let place: StreamPlace

  typealias Moment = IncrementalSnapshot<MongoChunkReader>.Moment

  init(
    inbox: SignalInbox, settings: MongoDBSettings, registry: CollectionRegistry, snapshot: IncrementalSnapshot<MongoChunkReader>,
    place: StreamPlace, log: Log
  ) {
    self.inbox = inbox
    file = settings.signals.file.map { SignalFile(path: $0, interval: settings.signals.pollInterval, log: log) }
    self.settings = settings
    self.registry = registry
    self.snapshot = snapshot
    self.place = place
    self.log = log
  }

  /// Follows the signals that have come, and goes on with the snapshot that is under way.
  /// - Parameters:
  ///   - latest: the cluster time of the last event.
  ///   - box: the box at hand; notifications go into it.
  ///   - latency: how far the stream is behind, ms.
  mutating func follow(latest: UInt64, box: BatchBox, now: Int64, order: Record.Order, latency: UInt64) throws(MillraceError) {
    for signal in (file?.poll(now: now) ?? []) + inbox.take() {
      var moment = Moment(box: box, now: now, order: order)
      try follow(signal, &moment)
    }
    guard snapshot.isActive else { return }
    var moment = Moment(box: box, now: now, order: order, latency: latency)
    try snapshot.advance(
      describe: { [registry, log] table throws(MillraceError) in SignalFollower.describe(table, registry, since: latest, log) },
      hasLatelyStreamed: { _ in false }, &moment)
  }

  func delivered(_ chunk: IncrementalSnapshot<MongoChunkReader>.Due, box: BatchBox, now: Int64, order: Record.Order) {
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
      log.info("a snapshot is asked for", ("signal", signal.id), ("collections", request.collections.joined(separator: ", ")))
      try snapshot.begin(request, find: { pattern throws(MillraceError) in try names(matching: pattern) }, &moment)
    case .stopSnapshot(let patterns): snapshot.stop(patterns, id: signal.id, &moment)
    case .pauseSnapshot: snapshot.pause(&moment)
    case .resumeSnapshot: snapshot.resume(&moment)
    case .log(let message): log.info(message.replacing("{}", with: "\(moment.order.commit)"), ("signal", signal.id))
    case .watermark: break
    }
  }

  /// Captured collections. A session of its own asks, because the stream may be fetching ahead.
  private func names(matching pattern: String) throws(MillraceError) -> [String] {
    guard let pattern = try? NamePattern(pattern) else { return [] }
    return try CollectionCatalog(session: MongoSession(settings.connection)).collections(in: settings.capture.scope)
      .filter { !$0.isView && settings.filter.captures(database: $0.database, collection: $0.name) && pattern.matches($0.namespace) }
      .map(\.namespace).sorted()
  }

  private static func describe(
    _ table: IncrementalProgress.Table, _ registry: CollectionRegistry, since latest: UInt64, _ log: Log
  ) -> IncrementalSnapshot<MongoChunkReader>.Description {
    guard let name = Namespace(table.name), let shape = registry.shape(database: name.database, collection: name.collection) else { return .unknown }
    if table.surrogateKey != nil, table.last == nil {
      log.warning("a signal's surrogate-key has no effect: _id orders the documents of every collection", ("collection", table.name))
    }
    return .form(MongoChunkReader.Form(shape: shape, since: latest), key: ["_id"], fields: [0], isInKey: true)
  }
}
