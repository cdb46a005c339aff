/// Tells of a snapshot that the stream waits for: notifications of the type `Initial Snapshot`, also where a signal has asked for it,
/// each with an id of its own (io.debezium.pipeline.notification.InitialSnapshotNotificationService).
struct SnapshotNotes: Sendable {
  private let notifier: Notifier

  /// nil where nobody listens.
  init?(_ notifier: Notifier?) {
    guard let notifier, notifier.isOn else { return nil }
    self.notifier = notifier
  }

  enum Event {
    case started, completed, aborted, skipped
    case begun(table: String, of: [String])
    case scanned(table: String, rows: UInt64, of: [String])
  }

  /// Appends a notification; before the last record where `overtakes`, as Debezium's overtake the record that it holds back.
  func append(_ event: Event, to box: BatchBox, overtakes: Bool = false) {
    let count = box.batch.records.count
    let order = count > 0 ? box.batch.records[count - 1].order : .init(commit: 0, ordinal: 0)
    let (type, data) = SnapshotNotes.form(event)
    notifier.send(type, of: "Initial Snapshot", id: Notifier.newID(), data, now: Clock.nanoseconds(), order: order, to: &box.batch)
    guard overtakes, count > 0, box.batch.records.count == count + 1 else { return }
    let note = box.batch.records[count]
    box.batch.records[count] = box.batch.records[count - 1]
    box.batch.records[count - 1] = note
  }

  private static func form(_ event: Event) -> (type: String, data: [(name: String, value: String)]) {
    switch event {
    case .started: ("STARTED", [])
    case .completed: ("COMPLETED", [])
    case .aborted: ("ABORTED", [])
    case .skipped: ("SKIPPED", [])
    case .begun(let table, let tables):
      ("IN_PROGRESS", [("data_collections", tables.joined(separator: ",")), ("current_collection_in_progress", table)])
    case .scanned(let table, let rows, let tables):
      (
        "TABLE_SCAN_COMPLETED",
        [
          ("data_collections", tables.joined(separator: ",")), ("scanned_collection", table), ("total_rows_scanned", "\(rows)"),
          ("status", TableScanStatus.succeeded.rawValue),
        ]
      )
    }
  }
}
