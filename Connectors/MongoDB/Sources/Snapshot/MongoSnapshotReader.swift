internal import MillraceCore

/// Reads chunks by `find`, and appends their documents as `r` records.
///
/// A chunk is a stretch of the index on `_id` (`min`, `max`, `hint`): a condition such as `$gt` would find values of one type only. A
/// collection of one chunk is read in its natural order.
final class MongoSnapshotReader: SnapshotReader, @unchecked Sendable {
  // @unchecked: used by one thread, the one that made it.
  private let session: MongoSession
  private let time: UInt64?
  private let fetchSize: Int?
  private let failures: EventFailures
  private let query: @Sendable (Int) -> Query
  private var writer: DocumentWriter
  private var cursor: MongoCursor?
  private var shape: CollectionShape?
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
      var command: BSONDocument = ["find": .text(collection.name)]
      if let filter { command.append("filter", .document(filter)) }
      if points.count > 0 {
        command.append("hint", .document(["_id": .int32(1)]))
        if let least = points.bound(Int(range.lowerBound) - 1) { command.append("min", .document(["_id": least])) }
        if let end = points.bound(Int(range.upperBound) - 1) { command.append("max", .document(["_id": end])) }
      }
      var concern: BSONDocument = ["level": .text("majority")]
      if let time { concern.append("afterClusterTime", .timestamp(time)) }
      command.append("readConcern", .document(concern))
      command.append("noCursorTimeout", .boolean(true))
      return command
    }
  }

  init(
    session: MongoSession, time: UInt64?, fetchSize: Int?, writer: consuming DocumentWriter, failures: EventFailures,
    query: @escaping @Sendable (Int) -> Query
  ) {
    self.session = session
    self.time = time
    self.fetchSize = fetchSize
    self.writer = writer
    self.failures = failures
    self.query = query
  }

  func begin(_ chunk: SnapshotChunk) throws(MillraceError) {
    cursor?.close()
    let query = query(chunk.table)
    shape = query.shape
    do throws(MillraceError) {
      cursor = try MongoCursor(
        query.command(for: chunk.range, after: time), on: query.collection.database, session: session, batchSize: fetchSize, isFind: true)
    } catch {
      throw error.of(query.shape)
    }
  }

  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool {
    guard let cursor, let shape else { return true }
    let now = Clock.nanoseconds()
    do throws(MillraceError) {
      while box.batch.records.count < records, box.batch.byteCount < limit {
        guard let document = try cursor.next() else {
          if !cursor.isOpen { return true }
          // What is there goes on while the server looks for more.
          if !box.batch.records.isEmpty, box.batch.records.count >= records / 2 { return false }
          try cursor.fetch()
          continue
        }
        do throws(MillraceError) {
          try writer.appendRead(document, of: shape, order: .init(commit: time ?? 0, ordinal: ordinal), now: now, &box.batch)
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
