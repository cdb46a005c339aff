internal import MillraceCore
internal import Synchronization

/// The documents of the captured collections, read while they change: what changes meanwhile is in the stream, which begins before.
/// So it is with a snapshot that was interrupted, and `_id` never changes: chunks that are done need not be looked at again.
final class MongoSnapshotSource: SnapshotSource, Sendable {
  private let collections: [CollectionCatalog.Entry]
  private let shapes: [CollectionShape]
  private let settings: MongoDBSettings
  /// By the collections' full names.
  private let filters: [String: BSONDocument]
  private let time: UInt64?
  private let order: Record.Order?
  private let makeCheckpoint: @Sendable (SnapshotProgress) -> Checkpoint
  private let makeWriter: @Sendable () -> DocumentWriter
  private let failures: EventFailures
  private let state: Mutex<State>

  /// `@unchecked`: the session is used under the lock.
  private struct State: @unchecked Sendable {
    var session: MongoSession?
    var points: [Int: SplitPoints] = [:]
    var counts: [Int] = []
  }

  /// - Parameters:
  ///   - time: the cluster time at which the stream begins or stands: what is read has all up to it.
  ///   - order: that of the stream's last record; nil: the documents come before the stream.
  init(
    collections: [(entry: CollectionCatalog.Entry, shape: CollectionShape)], settings: MongoDBSettings, filters: [String: BSONDocument],
    time: UInt64?, order: Record.Order? = nil, failures: EventFailures, writer: @escaping @Sendable () -> DocumentWriter,
    checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) {
    self.collections = collections.map(\.entry)
    shapes = collections.map(\.shape)
    self.settings = settings
    self.filters = filters
    self.time = time
    self.order = order
    self.failures = failures
    makeCheckpoint = checkpoint
    makeWriter = writer
    state = Mutex(State())
  }

  var readers: Int { settings.snapshot.threads }
  var isReadByTable: Bool { false }
  let marking = SnapshotMarking(source: DocumentEnvelope.source, marksTables: false)

  func tables() throws(MillraceError) -> [Progress.Table] {
    let session = try makeSession()
    var counts: [Int] = []
    for collection in collections {
      counts.append(Int(clamping: try session.run(["count": .text(collection.name)], on: collection.database).integer("n") ?? 0))
    }
    state.withLock {
      $0.session = session
      $0.counts = counts
    }
    return zip(collections, counts).map {
      Progress.Table(name: $0.namespace, identity: "\($0.namespace)/\($0.identity ?? "")", estimate: UInt64($1))
    }
  }

  func plan(table index: Int, after part: SnapshotProgress.Part?) throws(MillraceError) -> SnapshotPlan {
    let collection = collections[index]
    let known = part.flatMap { SplitPoints(layout: $0.layout) }
    let points = try state.withLock { (state: inout State) throws(MillraceError) -> SplitPoints in
      guard let session = state.session, index < state.counts.count else { return SplitPoints() }
      let points =
        if let known { known } else { try CollectionSplitter(session: session, readers: readers).points(collection, documents: state.counts[index]) }
      state.points[index] = points
      return points
    }
    if points.count == 0 { return .whole }
    let done = known == nil ? ChunkRanges() : part?.ranges ?? ChunkRanges()
    return SnapshotPlan(
      layout: points.layout, step: 1, isRecorded: true, isResumed: !done.isEmpty, stretches: done.gaps(in: 0..<points.chunks).map { .init($0) })
  }

  func makeReader() throws(MillraceError) -> any SnapshotReader {
    MongoSnapshotReader(
      session: try makeSession(), time: time, order: order, fetchSize: settings.snapshot.fetchSize, writer: makeWriter(), failures: failures,
      query: { [self] index in
        let collection = collections[index]
        return MongoSnapshotReader.Query(
          collection: collection, shape: shapes[index], filter: filters[collection.namespace],
          points: state.withLock { $0.points[index] } ?? SplitPoints())
      })
  }

  private func makeSession() throws(MillraceError) -> MongoSession { try MongoSession(settings.connection) }

  func checkpoint(_ progress: SnapshotProgress) -> Checkpoint { makeCheckpoint(progress) }

  func finish() {
    state.withLock { $0.session = nil }
  }
}

extension MongoPosition {
  /// The cluster time up to which the stream's events are left out, and the snapshot must have all: that of the event that the resume
  /// token stands behind, or one before that in the token itself, which begins with it (hexadecimal digits behind a byte for its type).
  var clusterTime: UInt64? {
    if let time { return time }
    guard let data = try? token?.text("_data"), data.hasPrefix("82"), data.utf8.count >= 18 else { return nil }
    return UInt64(data.dropFirst(2).prefix(16), radix: 16).map { $0 &- 1 }
  }
}
