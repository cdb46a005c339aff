/// The values of `source.snapshot` (io.debezium.connector.SnapshotRecord).
public enum SnapshotMarker: String, Sendable {
  case first
  case firstInDataCollection = "first_in_data_collection"
  case `true`
  case lastInDataCollection = "last_in_data_collection"
  case last

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
