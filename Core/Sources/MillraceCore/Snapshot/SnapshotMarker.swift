/// The values of `source.snapshot` (io.debezium.connector.SnapshotRecord).
public enum SnapshotMarker: String, Sendable {
  /// The first row of the snapshot.
  case first
  /// The first row of a table other than the first.
  case firstInDataCollection = "first_in_data_collection"
  /// Any other row of a snapshot.
  case `true`
  /// The last row of a table other than the last.
  case lastInDataCollection = "last_in_data_collection"
  /// The last row of the snapshot.
  case last
  /// A row that an incremental snapshot has read.
  case incremental

  /// `snapshot` is the fifth field of every connector's source struct.
  public static let field = 4

  func mark(first box: BatchBox) { mark(0, of: &box.batch) }

  func mark(last box: BatchBox) {
    if !box.batch.records.isEmpty { mark(box.batch.records.count - 1, of: &box.batch) }
  }

  private func mark(_ index: Int, of batch: inout RecordBatch) {
    let envelope = batch.records[index].value
    guard envelope.kind == .structure, envelope.count > Envelope.source else { return }
    let source = batch.field(Envelope.source, of: envelope)
    guard source.kind == .structure, source.count > SnapshotMarker.field else { return }
    let text = batch.text(rawValue)
    batch.slots[source.offset + SnapshotMarker.field] = text
  }
}
