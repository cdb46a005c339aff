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
  /// - Parameter isBrief: sources that do not mark tables do not list them either, nor tell their rows, as Debezium's.
  func append(_ event: Event, to box: BatchBox, overtakes: Bool = false, isBrief: Bool = false) {
    let count = box.batch.records.count
    let order = count > 0 ? box.batch.records[count - 1].order : .init(commit: 0, ordinal: 0)
    let (type, data) = SnapshotNotes.form(event, isBrief)
    notifier.send(type, of: "Initial Snapshot", id: Notifier.newID(), data, now: Clock.nanoseconds(), order: order, to: &box.batch)
    guard overtakes, count > 0, box.batch.records.count == count + 1 else { return }
    let note = box.batch.records[count]
    box.batch.records[count] = box.batch.records[count - 1]
    box.batch.records[count - 1] = note
  }

  private static func form(_ event: Event, _ isBrief: Bool) -> (type: String, data: [(name: String, value: String)]) {
    func list(_ tables: [String]) -> [(name: String, value: String)] { isBrief ? [] : [("data_collections", tables.joined(separator: ","))] }
    switch event {
    case .started: return ("STARTED", [])
    case .completed: return ("COMPLETED", [])
    case .aborted: return ("ABORTED", [])
    case .skipped: return ("SKIPPED", [])
    case .begun(let table, let tables):
      return ("IN_PROGRESS", list(tables) + [("current_collection_in_progress", table)])
    case .scanned(let table, let rows, let tables):
      return (
        "TABLE_SCAN_COMPLETED",
        list(tables) + [("scanned_collection", table)] + (isBrief ? [] : [("total_rows_scanned", "\(rows)")])
          + [("status", TableScanStatus.succeeded.rawValue)]
      )
    }
  }
}
