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

  func mark(first box: BatchBox, _ marking: SnapshotMarking) { mark(0, of: &box.batch, marking) }

  func mark(last box: BatchBox, _ marking: SnapshotMarking) {
    if !box.batch.records.isEmpty { mark(box.batch.records.count - 1, of: &box.batch, marking) }
  }

  private func mark(_ index: Int, of batch: inout RecordBatch, _ marking: SnapshotMarking) {
    if self != .last, !marking.marksTables { return }
    let envelope = batch.records[index].value
    guard envelope.kind == .structure, envelope.count > marking.source else { return }
    let source = batch.field(marking.source, of: envelope)
    guard source.kind == .structure, source.count > SnapshotMarker.field else { return }
    let text = batch.text(rawValue)
    batch.slots[source.offset + SnapshotMarker.field] = text
  }
}

/// Which records of a snapshot are marked, and where the marker stands.
public struct SnapshotMarking: Sendable {
  /// Index of the source block in the envelope.
  public let source: Int
  /// Whether the ends of tables are marked, and not only the snapshot's last record.
  public let marksTables: Bool

  /// Another envelope than `Envelope`.
  public init(source: Int, marksTables: Bool) {
    self.source = source
    self.marksTables = marksTables
  }

  /// Of all sources with `Envelope`.
  public static let standard = SnapshotMarking(source: Envelope.source, marksTables: true)
}
