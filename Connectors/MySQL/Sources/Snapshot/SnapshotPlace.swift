internal import MillraceCore

/// Where the rows of a snapshot stand among the changes.
struct SnapshotPlace: Sendable {
  /// Where the stream begins, or stands; its time is that of the snapshot.
  var position: MySQLPosition
  /// The event that the stream has read last; nil before the stream.
  var stamp: SourceBlock.Stamp?
  /// That of the record before; nil: before every change.
  var order: Record.Order?
}

extension RowWriter {
  /// Fills in where in the log a snapshot is taken.
  func fill(_ place: SnapshotPlace, _ batch: inout RecordBatch) {
    SourceBlock.set(time: place.position.timestamp * 1000, at: template, of: &batch)
    if let stamp = place.stamp { return SourceBlock.set(stamp, at: template, of: &batch) }
    let file = batch.text(place.position.place.file)
    batch.slots[template + SourceBlock.Field.file] = file
    batch.slots[template + SourceBlock.Field.position] = .integer(Int64(bitPattern: place.position.place.position))
  }
}
