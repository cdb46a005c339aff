/// Runs an initial snapshot: tables in order, chunk by chunk, with the markers of `source.snapshot` and a checkpoint after
/// each chunk, so that an interrupted run goes on where it was (Invariant 8).
///
/// The last record of a table is known only when the table has ended, so one box is always held back until it is known
/// whether its last record is the last of its table, or of all.
struct SnapshotCoordinator {
  let reader: any SnapshotReader
  let output: any BatchOutput
  let report: @Sendable (Progress.Table?, _ done: Int, _ total: Int) -> Void
  private var progress: SnapshotProgress
  private var held: BatchBox?

  init(
    reader: any SnapshotReader, output: any BatchOutput, resuming progress: SnapshotProgress,
    report: @escaping @Sendable (Progress.Table?, Int, Int) -> Void
  ) {
    self.reader = reader
    self.output = output
    self.progress = progress
    self.report = report
  }

  /// Reads everything. Answers false if the pipeline stopped before the end.
  mutating func run() throws(MillraceError) -> Bool {
    defer { reader.finish() }
    let tables = try reader.tables()
    var finished = Set(progress.done)
    let first = tables.first?.name
    for (index, table) in tables.enumerated() where !finished.contains(table.identity) {
      guard try read(table, index: index, isFirst: table.name == first, total: tables.count, done: finished.count) else {
        return false
      }
      finished.insert(table.identity)
    }
    report(nil, finished.count, tables.count)
    progress.isComplete = true
    progress.current = nil
    progress.token = nil
    let last = held ?? output.take()
    held = nil
    SnapshotMarker.last.mark(last: last)
    last.checkpoint = reader.checkpoint(progress)
    return output.put(last)
  }

  private mutating func read(
    _ table: Progress.Table, index: Int, isFirst: Bool, total: Int, done: Int
  ) throws(MillraceError) -> Bool {
    var shown = table
    shown.rows = 0
    report(shown, done, total)
    let token = progress.current == table.identity ? progress.token : nil
    if token == nil {
      progress.current = table.identity
      progress.token = nil
    }
    try reader.begin(table: index, after: token)
    var isBeginning = token == nil
    while true {
      if output.isStopping { return false }
      let box = output.take()
      let state = try reader.fill(box, limit: output.batchBytes, records: output.batchRecords)
      if box.batch.records.isEmpty {
        output.discard(box)
      } else {
        if isBeginning {
          (isFirst ? SnapshotMarker.first : .firstInDataCollection).mark(first: box)
          isBeginning = false
        }
        shown.rows += UInt64(box.batch.records.count)
        report(shown, done, total)
        if let held, !output.put(held) { return false }
        held = box
      }
      switch state {
      case .more: break
      case .endOfChunk(let token):
        progress.token = token
        held?.checkpoint = reader.checkpoint(progress)
      case .endOfTable:
        progress.done.append(table.identity)
        progress.current = nil
        progress.token = nil
        // The very first record stays `first`, also where it is the only one of its table.
        if shown.rows > (isFirst && token == nil ? 1 : 0), let held { SnapshotMarker.lastInDataCollection.mark(last: held) }
        held?.checkpoint = reader.checkpoint(progress)
        return true
      }
    }
  }
}

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
