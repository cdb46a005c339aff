internal import MillraceCore

/// The commands that read a collection in the order of its `_id`, all types among them.
///
/// A chunk is a stretch of the index on `_id`. It begins with the document that was the last of the chunk before, which is left out by
/// the reader, and ends before the last one of all, which is asked for apart.
struct ChunkQuery {
  let collection: String
  let filter: BSONDocument?

  /// The last `_id` that there is at `time` or later.
  func last(notBefore time: UInt64) -> BSONDocument {
    var command = command(filter: nil)
    command.append("sort", .document(["_id": .int32(-1)]))
    command.append("projection", .document(["_id": .int32(1)]))
    command.append("limit", .int32(1))
    var concern: BSONDocument = ["level": .text("majority")]
    if time > 0 { concern.append("afterClusterTime", .timestamp(time)) }
    command.append("readConcern", .document(concern))
    return command
  }

  /// The documents from `first` on and before `last`, as they were at `time`.
  func rows(from first: BSONDocument.Value?, before last: BSONDocument.Value, limit: Int, at time: UInt64) -> BSONDocument {
    var command = command(filter: filter)
    if let first { command.append("min", .document(["_id": first])) }
    command.append("max", .document(["_id": last]))
    command.append("limit", .int32(Int32(clamping: limit)))
    command.append("readConcern", ChunkQuery.concern(time))
    return command
  }

  /// The `_id` that stands `count` places behind `first`, before `last`, whatever the filter says.
  func end(from first: BSONDocument.Value?, before last: BSONDocument.Value, count: Int, at time: UInt64) -> BSONDocument {
    var command = command(filter: nil)
    if let first { command.append("min", .document(["_id": first])) }
    command.append("max", .document(["_id": last]))
    command.append("projection", .document(["_id": .int32(1)]))
    command.append("skip", .int64(Int64(count)))
    command.append("limit", .int32(1))
    command.append("readConcern", ChunkQuery.concern(time))
    return command
  }

  /// The document of that `_id`, as it was at `time`.
  func row(_ id: BSONDocument.Value, at time: UInt64) -> BSONDocument {
    let own: BSONDocument = ["_id": .document(["$eq": id])]
    var command = command(filter: filter.map { ["$and": .array([.document(own), .document($0)])] } ?? own)
    command.append("readConcern", ChunkQuery.concern(time))
    return command
  }

  private func command(filter: BSONDocument?) -> BSONDocument {
    var command: BSONDocument = ["find": .text(collection)]
    if let filter { command.append("filter", .document(filter)) }
    command.append("hint", .document(["_id": .int32(1)]))
    return command
  }

  private static func concern(_ time: UInt64) -> BSONDocument.Value {
    .document(["level": .text("snapshot"), "atClusterTime": .timestamp(time)])
  }
}
