internal import MillraceCore

/// Reads chunks by `find`, and appends their documents as `r` records.
///
/// A chunk is a stretch of the index on `_id` (`min`, `max`, `hint`): a condition such as `$gt` would find values of one type only. Its
/// end is left out, also where none is given: then it is MaxKey, which may be a value, too, and is looked for apart. A collection of
/// one chunk is read in its natural order.
final class MongoSnapshotReader: SnapshotReader, @unchecked Sendable {
  // @unchecked: used by one thread, the one that made it.
  private let session: MongoSession
  private let time: UInt64?
  /// That of all records; nil: they are told apart by their number.
  private let order: Record.Order?
  private let fetchSize: Int?
  private let failures: EventFailures
  private let query: @Sendable (Int) -> Query
  private var writer: DocumentWriter
  private var cursor: MongoCursor?
  private var shape: CollectionShape?
  /// What is read when the cursor has ended.
  private var next: (query: Query, command: BSONDocument)?
  private var ordinal: UInt64 = 0

  /// How a collection is read.
  struct Query: Sendable {
    let collection: CollectionCatalog.Entry
    let shape: CollectionShape
    let filter: BSONDocument?
    let points: SplitPoints

    /// - Parameter time: the cluster time at which the stream begins: a member that is behind it would leave out what has changed
    ///   between. Only what a majority has is read: the rest may be rolled back, and the stream would never tell.
    func command(for range: Range<UInt64>, after time: UInt64?) -> BSONDocument {
      var command = command(after: time, filter)
      if points.count > 0 {
        command.append("hint", .document(["_id": .int32(1)]))
        if let least = points.bound(Int(range.lowerBound) - 1) { command.append("min", .document(["_id": least])) }
        if let end = points.bound(Int(range.upperBound) - 1) { command.append("max", .document(["_id": end])) }
      }
      return command
    }

    /// For the document whose `_id` is MaxKey, behind the last chunk; nil for the others.
    func command(behind range: Range<UInt64>, after time: UInt64?) -> BSONDocument? {
      guard points.count > 0, range.upperBound == points.chunks else { return nil }
      let last: BSONDocument = ["_id": .raw(.maxKey, [])]
      return command(after: time, filter.map { ["$and": .array([.document(last), .document($0)])] } ?? last)
    }

    private func command(after time: UInt64?, _ filter: BSONDocument?) -> BSONDocument {
      var command: BSONDocument = ["find": .text(collection.name)]
      if let filter { command.append("filter", .document(filter)) }
      var concern: BSONDocument = ["level": .text("majority")]
      if let time { concern.append("afterClusterTime", .timestamp(time)) }
      command.append("readConcern", .document(concern))
      command.append("noCursorTimeout", .boolean(true))
      return command
    }
  }

  init(
    session: MongoSession, time: UInt64?, order: Record.Order?, fetchSize: Int?, writer: consuming DocumentWriter, failures: EventFailures,
    query: @escaping @Sendable (Int) -> Query
  ) {
    self.session = session
    self.time = time
    self.order = order
    self.fetchSize = fetchSize
    self.writer = writer
    self.failures = failures
    self.query = query
  }

  func begin(_ chunk: SnapshotChunk) throws(MillraceError) {
    cursor?.close()
    let query = query(chunk.table)
    shape = query.shape
    next = query.command(behind: chunk.range, after: time).map { (query, $0) }
    do throws(MillraceError) { try open(query, query.command(for: chunk.range, after: time)) } catch { throw error.of(query.shape) }
  }

  private func open(_ query: Query, _ command: BSONDocument) throws(MillraceError) {
    cursor = try MongoCursor(command, on: query.collection.database, session: session, batchSize: fetchSize, isFind: true, fetchesAhead: true)
  }

  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool {
    guard let shape else { return true }
    let now = Clock.nanoseconds()
    do throws(MillraceError) {
      while box.batch.records.count < records, box.batch.byteCount < limit {
        guard let cursor else { return true }
        guard let document = try cursor.next() else {
          if !cursor.isOpen {
            guard let last = next else { return true }
            next = nil
            try open(last.query, last.command)
            continue
          }
          // What is there goes on while the server looks for more.
          if !box.batch.records.isEmpty, box.batch.records.count >= records / 2 { return false }
          try cursor.fetch()
          continue
        }
        do throws(MillraceError) {
          try writer.appendRead(document, of: shape, order: order ?? .init(commit: time ?? 0, ordinal: ordinal), now: now, &box.batch)
          ordinal &+= 1
        } catch {
          try failures.leaveOut(error)
        }
      }
    } catch {
      throw error.of(shape)
    }
    return false
  }

  func finish() {
    cursor?.close()
    cursor = nil
  }
}
