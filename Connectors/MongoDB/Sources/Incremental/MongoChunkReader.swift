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
      let cursor = try MongoCursor(query.last(notBefore: form.since), on: form.shape.database, session: session, isFind: true)
      defer { cursor.close() }
      guard let document = try cursor.next(), let id = try BSONReader.find("_id", in: document) else { return nil }
      return [MongoChunkReader.text(id)]
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
    var chunk = Reading(done: done?.first ?? nil, limit: limit)
    // The first one is the last of the chunk before.
    try read(query.rows(from: MongoChunkReader.value(done), before: last, limit: limit + (done == nil ? 0 : 1), at: time), shape, &chunk, session)
    let isLast = chunk.count < limit && !chunk.isCut
    if isLast { try read(query.row(last, at: time), shape, &chunk, session) }
    least = time
    return Chunk(boxes: chunk.boxes, rows: chunk.count, lastKey: chunk.last.map { [$0] }, isLast: isLast, view: MongoChunkView(time: time), duration: .now - start)
  }

  /// A chunk under way.
  private struct Reading {
    let done: String?
    let limit: Int
    var boxes = [BatchBox()]
    var count = 0
    var bytes = 0
    var last: String?
    var isCut = false
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
        let key = MongoChunkReader.text(id)
        if key == chunk.done { continue }
        if chunk.boxes[chunk.boxes.count - 1].batch.byteCount > 256 << 10 || chunk.boxes[chunk.boxes.count - 1].batch.records.count >= 2048 { chunk.boxes.append(BatchBox()) }
        let box = chunk.boxes[chunk.boxes.count - 1]
        do throws(MillraceError) {
          try writer.appendRead(document, of: shape, order: .init(commit: 0, ordinal: UInt64(box.batch.records.count)), now: now, &box.batch)
        } catch {
          try failures.leaveOut(error)
        }
        chunk.last = key
        chunk.count += 1
        chunk.bytes += document.count
        if chunk.bytes > MongoChunkReader.mostBytes {
          chunk.isCut = true
          return
        }
      }
      guard cursor.isOpen else { return }
      try cursor.fetch()
    }
  }

  // MARK: keys

  /// A value of `_id`, exactly, as it stands in a checkpoint.
  private static func text(_ id: BSONElement) -> String {
    let document: BSONDocument = ["_id": .raw(id.type, Array(id.value))]
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
      throw error.retry == .retry || MongoChunkReader.isTooOld(error) ? .passing(error) : .lasting(error)
    }
  }

  /// SnapshotTooOld, SnapshotUnavailable, and MigrationConflict of a router: another time will do.
  private static func isTooOld(_ error: MillraceError) -> Bool { ["239", "246", "292"].contains(error.serverCode) }
}
