internal import MillraceCore
internal import Synchronization

/// The records of the schema-change topic that a snapshot begins with.
final class SnapshotSchemaChanges: SnapshotPreamble {
  private let records: SchemaChangeRecords
  private let place: SnapshotPlace
  private struct State: Sendable {
    var events: ArraySlice<SchemaChangeEvent>
    var ordinal: UInt64 = 0
  }
  private let state: Mutex<State>
  private let makeWriter: @Sendable () -> RowWriter

  init(
    _ events: [SchemaChangeEvent], records: SchemaChangeRecords, place: SnapshotPlace, writer: @escaping @Sendable () -> RowWriter
  ) {
    self.records = records
    self.place = place
    state = Mutex(State(events: events[...]))
    makeWriter = writer
  }

  func fill(_ batch: inout RecordBatch, limit: Int, records most: Int) throws(MillraceError) -> Bool {
    var writer = makeWriter()
    _ = writer.enter(nil, &batch)
    writer.fill(place, &batch)
    let now = Clock.nanoseconds()
    SourceBlock.set(time: now, at: writer.template, of: &batch)
    return state.withLock { state in
      while let event = state.events.first {
        if batch.records.count >= most || batch.byteCount >= limit { return false }
        let source = writer.appendSource(row: 0, &batch)
        let database = batch.text(event.database), table = event.sourceTable.map { batch.text($0) } ?? .null
        batch.slots[source.offset + SourceBlock.Field.db] = database
        batch.slots[source.offset + SourceBlock.Field.table] = table
        records.append(event, source: source, time: now / 1_000_000, order: place.order ?? .init(commit: 0, ordinal: state.ordinal), to: &batch)
        writer.giveHeaders(&batch)
        state.ordinal += 1
        state.events.removeFirst()
      }
      return true
    }
  }
}
