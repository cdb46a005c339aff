internal import MillraceCore

/// Reads chunks on a session of its own, each at one cluster time (`readConcern: snapshot`, MongoDB 5): where the stream is, so that the
/// chunk may follow at once, or where the server is, if it keeps nothing so old.
final class MongoChunkReader: ChunkReader, @unchecked Sendable {
  // @unchecked: used by one thread.
  struct Form: Sendable {
    let shape: CollectionShape
    /// The cluster time of the last event that came before changes of the collection were noted: chunks have seen it.
    let since: UInt64
  }

  private let connection: ConnectionSettings
  private let place: StreamPlace
  private let failures: EventFailures
  private var writer: DocumentWriter
  private var session: MongoSession?
  /// Of the chunk before: a later one sees what it has seen.
  private var least: UInt64 = 0

  init(connection: ConnectionSettings, place: StreamPlace, failures: EventFailures, writer: consuming DocumentWriter) {
    self.connection = connection
    self.place = place
    self.failures = failures
    self.writer = writer
  }

  func disconnect() { session = nil }

  func lastKey(of table: IncrementalProgress.Table, _ form: Form) throws(ChunkFailure) -> [String?]? {
    let query = try query(table, form)
    return try withFailures { session throws(MillraceError) in
      try id(query.last(notBefore: form.since), form.shape, session).map { [MongoChunkReader.text($0)] }
    }
  }

  func read(_ table: IncrementalProgress.Table, _ form: Form, limit: Int) throws(ChunkFailure) -> Chunk<MongoChunkView> {
    let query = try query(table, form)
    guard let last = MongoChunkReader.value(table.last) else { throw .lasting(MongoChunkReader.damaged) }
    return try withFailures { session throws(MillraceError) in
      let time = max(place.time, form.since, least)
      do throws(MillraceError) {
        if time > 0 { return try rows(query, table.done, last, form.shape, limit, at: time, session) }
      } catch {
        guard MongoChunkReader.isTooOld(error) else { throw error }
      }
      // The stream is far behind, or knows no time yet: the chunk waits for it.
      let now = try session.run(["ping": .int32(1)], on: "admin").timestamp("operationTime") ?? 0
      return try rows(query, table.done, last, form.shape, limit, at: max(time, now), session)
    }
  }

  private func rows(
    _ query: ChunkQuery, _ done: [String?]?, _ last: BSONDocument.Value, _ shape: CollectionShape, _ limit: Int, at time: UInt64, _ session: MongoSession
  ) throws(MillraceError) -> Chunk<MongoChunkView> {
    let start = ContinuousClock.now
    let first = MongoChunkReader.value(done)
    // A condition that few documents meet must not make the server look through so many that what it looks at becomes too old.
    let end = query.filter == nil ? nil : try id(query.end(from: first, before: last, count: limit * MongoChunkReader.stretch, at: time), shape, session)
    var chunk = Reading(done: first, limit: limit)
    // The first one is the last of the chunk before.
    try read(query.rows(from: first, before: end ?? last, limit: limit + (first == nil ? 0 : 1), at: time), shape, &chunk, session)
    let isReadOut = chunk.count < limit && !chunk.isCut
    if isReadOut { try read(query.row(end ?? last, at: time), shape, &chunk, session) }
    least = time
    let lastKey = isReadOut && end != nil ? end.map { MongoChunkReader.text($0) } : chunk.lastKey
    return Chunk(
      boxes: chunk.boxes, rows: chunk.count, lastKey: lastKey.map { [$0] }, isLast: isReadOut && end == nil, view: MongoChunkView(time: time),
      duration: .now - start)
  }

  /// Documents that are looked at for each that a chunk may have, where a condition chooses among them.
  private static let stretch = 100

  /// A chunk under way.
  private struct Reading {
    /// The `_id` that may come first and was delivered before; nil behind the first document.
    var done: BSONDocument.Value?
    let limit: Int
    var boxes = [BatchBox()]
    var count = 0
    var bytes = 0
    /// The type and the bytes of the last `_id`.
    var last: (type: BSONType, bytes: [UInt8])?
    var isCut = false

    /// Whether `id` is that of a document that was delivered before.
    mutating func passes(over id: BSONElement) -> Bool {
      guard case .raw(let type, let bytes)? = done else { return false }
      done = nil
      return id.type == type && id.value.elementsEqual(bytes)
    }

    mutating func count(_ id: BSONElement, _ bytes: Int) {
      if last == nil { last = (id.type, []) }
      last?.type = id.type
      last?.bytes.removeAll(keepingCapacity: true)
      last?.bytes.append(contentsOf: id.value)
      count += 1
      self.bytes += bytes
    }

    var lastKey: String? { last.map { MongoChunkReader.text(.raw($0.type, $0.bytes)) } }
  }

  /// Documents of a megabyte each must not add up to a gigabyte; the next chunk goes on behind what is here.
  private static var mostBytes: Int { 16 << 20 }

  private func read(_ command: BSONDocument, _ shape: CollectionShape, _ chunk: inout Reading, _ session: MongoSession) throws(MillraceError) {
    let cursor = try MongoCursor(command, on: shape.database, session: session, isFind: true)
    defer { cursor.close() }
    let now = Clock.nanoseconds()
    while true {
      while let document = try cursor.next() {
        guard let id = try BSONReader.find("_id", in: document) else { throw BSONReader.malformed("has no _id") }
        if chunk.passes(over: id) { continue }
        if chunk.boxes[chunk.boxes.count - 1].batch.byteCount > 256 << 10 || chunk.boxes[chunk.boxes.count - 1].batch.records.count >= 2048 { chunk.boxes.append(BatchBox()) }
        let box = chunk.boxes[chunk.boxes.count - 1]
        do throws(MillraceError) {
          try writer.appendRead(document, of: shape, order: .init(commit: 0, ordinal: UInt64(box.batch.records.count)), now: now, &box.batch)
        } catch {
          try failures.leaveOut(error)
        }
        chunk.count(id, document.count)
        if chunk.bytes > MongoChunkReader.mostBytes {
          chunk.isCut = true
          return
        }
      }
      guard cursor.isOpen else { return }
      try cursor.fetch()
    }
  }

  /// The `_id` of the one document that a command finds.
  private func id(_ command: BSONDocument, _ shape: CollectionShape, _ session: MongoSession) throws(MillraceError) -> BSONDocument.Value? {
    let cursor = try MongoCursor(command, on: shape.database, session: session, isFind: true)
    defer { cursor.close() }
    guard let document = try cursor.next(), let id = try BSONReader.find("_id", in: document) else { return nil }
    return .raw(id.type, Array(id.value))
  }

  // MARK: keys

  /// A value of `_id`, exactly, as it stands in a checkpoint.
  private static func text(_ id: BSONDocument.Value) -> String {
    let document: BSONDocument = ["_id": id]
    return document.base64
  }

  private static func value(_ key: [String?]?) -> BSONDocument.Value? {
    guard let text = key?.first ?? nil, let document = BSONDocument(base64: text) else { return nil }
    let values = try? document.withElements { element throws(MillraceError) -> BSONDocument.Value? in .raw(element.type, Array(element.value)) }
    return values?.first
  }

  // MARK: failures

  private func query(_ table: IncrementalProgress.Table, _ form: Form) throws(ChunkFailure) -> ChunkQuery {
    guard let condition = table.condition else { return ChunkQuery(collection: form.shape.name, filter: nil) }
    do throws(MillraceError) {
      return ChunkQuery(collection: form.shape.name, filter: try BSONDocument(condition: condition, of: form.shape.namespace))
    } catch {
      throw .lasting(error)
    }
  }

  private static var damaged: MillraceError { StoredPosition.damaged("a key of its incremental snapshot cannot be read") }

  /// Runs `body` on the session, which is made where there is none.
  private func withFailures<R>(_ body: (MongoSession) throws(MillraceError) -> R) throws(ChunkFailure) -> R {
    do throws(MillraceError) {
      if let session { return try body(session) }
      let made = try MongoSession(connection)
      session = made
      return try body(made)
    } catch {
      throw error.retry == .retry || MongoChunkReader.isTooOld(error) || MongoChunkReader.isTooNew(error) ? .passing(error) : .lasting(error)
    }
  }

  /// SnapshotTooOld and SnapshotUnavailable: another time will do. The latter is said of capped collections, too, which have no such reads.
  static func isTooOld(_ error: MillraceError) -> Bool {
    error.serverCode == "239" || error.serverCode == "246" && error.serverText?.contains("capped") != true
  }

  /// InvalidOptions, where the member that answers has not come so far yet.
  static func isTooNew(_ error: MillraceError) -> Bool {
    error.serverCode == "72" && error.serverText?.contains("greater than the current clusterTime") == true
  }
}
