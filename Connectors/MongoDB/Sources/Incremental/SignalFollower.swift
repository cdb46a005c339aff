internal import MillraceCore

/// Does what signals ask for, with the collections of a MongoDB. Used by the thread of the stream.
struct SignalFollower {
  private var asked: SignalledSnapshots<MongoChunkReader>
  private let settings: MongoDBSettings
  private let registry: CollectionRegistry
  private let log: Log
  private let isStopping: @Sendable () -> Bool
  /// Where the stream is, for those who read chunks.
  let place: StreamPlace

  var snapshot: IncrementalSnapshot<MongoChunkReader> { asked.incremental }

  /// - Parameter isStopping: whether nobody waits for an answer of the server's any more.
  init(
    _ asked: SignalledSnapshots<MongoChunkReader>, settings: MongoDBSettings, registry: CollectionRegistry, place: StreamPlace, log: Log,
    isStopping: @escaping @Sendable () -> Bool
  ) {
    self.asked = asked
    self.settings = settings
    self.registry = registry
    self.place = place
    self.log = log
    self.isStopping = isStopping
  }

  /// Follows the signals that have come, and goes on with the snapshot that is under way.
  /// - Parameters:
  ///   - latest: the cluster time of the last event.
  ///   - box: the box at hand; notifications go into it.
  ///   - latency: how far the stream is behind, ms.
  /// - Returns: whether there is something new for the checkpoint.
  mutating func follow(latest: UInt64, box: BatchBox, now: Int64, order: Record.Order, latency: UInt64) throws(MillraceError) -> Bool {
    let before = snapshot.progress.tables.count
    let isAsked = try asked.follow(place: "\(order.commit)", find: find, box: box, now: now, order: order)
    guard snapshot.isActive else { return isAsked }
    var moment = IncrementalSnapshot<MongoChunkReader>.Moment(box: box, now: now, order: order, latency: latency)
    try snapshot.advance(
      describe: { [registry, log] table throws(MillraceError) in SignalFollower.describe(table, registry, since: latest, log) },
      hasLatelyStreamed: { _ in false }, &moment)
    return isAsked || snapshot.progress.tables.count != before
  }

  func delivered(_ chunk: IncrementalSnapshot<MongoChunkReader>.Due, last: BatchBox, now: Int64, order: Record.Order) {
    asked.delivered(chunk, last: last, now: now, order: order)
  }

  /// The snapshot that the stream has to wait for now.
  var blocking: BlockingRequests.Request? { asked.blocking.all.first }

  /// What the next checkpoint says.
  var requests: SnapshotRequests { asked.requests }

  /// The collections of the snapshot that the stream waits for next.
  func shapes(of request: BlockingRequests.Request) throws(MillraceError) -> [CollectionShape] {
    try request.names(log, find: find).compactMap { name in
      Namespace(name).flatMap { registry.shape(database: $0.database, collection: $0.collection) }
    }
  }

  /// The stream has waited for the snapshot. False when the pipeline stops.
  mutating func ended(_ request: BlockingRequests.Request, _ outcome: BlockingSnapshot.Outcome) -> Bool { asked.ended(request, outcome) }

  /// Captured collections, looked up once. A session of its own asks, because the stream may be fetching ahead.
  private var find: IncrementalSnapshot<MongoChunkReader>.Find {
    var known: [String]?
    return { [settings, isStopping] pattern throws(MillraceError) in
      guard let pattern = try? NamePattern(pattern) else { return [] }
      if known == nil {
        let session = try MongoSession(settings.connection)
        session.isCalledOff = isStopping
        known = try CollectionCatalog(session: session).collections(in: settings.capture.scope)
          .filter { !$0.isView && settings.filter.captures(database: $0.database, collection: $0.name) }.map(\.namespace).sorted()
      }
      return (known ?? []).filter { pattern.matches($0) }
    }
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
