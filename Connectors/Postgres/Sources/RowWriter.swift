internal import MillraceCore

/// What both phases share: turns a table's decoded columns into records of one batch, with a source block.
struct RowWriter: ~Copyable {
  let name: String
  let database: String
  let snapshot: SnapshotMarker?

  private var writer: EnvelopeWriter
  private(set) var shape: TableShape?
  private(set) var template = 0
  private var schemaText = Slot.null
  private var tableText = Slot.null

  init(contextHeaders: ContextHeaders?, name: String, database: String, snapshot: SnapshotMarker?) {
    writer = EnvelopeWriter(contextHeaders: contextHeaders)
    self.name = name
    self.database = database
    self.snapshot = snapshot
  }

  /// Makes `shape` the current one. Answers true if the batch is a new one, so that the template has to be filled.
  @inline(__always)
  mutating func enter(_ shape: TableShape?, _ batch: inout RecordBatch) -> Bool {
    if writer.knows(batch), self.shape === shape { return false }
    return enterSlowly(shape, &batch)
  }

  @inline(never)
  private mutating func enterSlowly(_ shape: TableShape?, _ batch: inout RecordBatch) -> Bool {
    let isNewBatch = !writer.knows(batch)
    if isNewBatch { template = SourceBlock.appendTemplate(to: &batch, name: name, database: database, snapshot: snapshot) }
    self.shape = shape
    schemaText = batch.text(shape?.schemaName ?? "")
    tableText = batch.text(shape?.tableName ?? "")
    return writer.enter(
      shape.map { EnvelopeWriter.Target(topic: $0.topic, key: $0.key, envelope: $0.envelope, keyIdentifier: $0.keyIdentifier) }, &batch)
  }

  /// Appends a source run for one record; the caller has filled the template's times and transaction.
  @inline(__always)
  func appendSource(lastCommit: UInt64?, lsn: UInt64, _ batch: inout RecordBatch) -> Slot {
    let first = batch.slots.append(copyOf: template, count: SourceBlock.Field.count)
    SourceBlock.set(lastCommit: lastCommit, lsn: lsn, at: first, of: &batch)
    batch.slots[first + SourceBlock.Field.schema] = schemaText
    batch.slots[first + SourceBlock.Field.table] = tableText
    return .structure(first: first, count: SourceBlock.Field.count)
  }

  /// Appends an envelope. `now` is the time of reading, ns since 1970.
  @inline(__always)
  func appendEnvelope(
    _ operation: EnvelopeWriter.Operation, before: Slot, after: Slot, source: Slot, transaction: Slot = .null, now: Int64,
    _ batch: inout RecordBatch
  ) -> Slot {
    writer.appendEnvelope(operation, before: before, after: after, source: source, transaction: transaction, now: now, &batch)
  }

  /// The key struct of a row of the current table, or null for a table without key.
  @inline(__always)
  func appendKey(of row: Slot, _ shape: TableShape, _ batch: inout RecordBatch) -> Slot {
    writer.appendKey(of: row, shape.keyFields, &batch)
  }

  /// Appends a record of the current table.
  @inline(__always)
  func appendRecord(key: Slot, value: Slot, order: Record.Order, _ batch: inout RecordBatch) {
    writer.appendRecord(key: key, value: value, order: order, &batch)
  }

  @inline(__always)
  func appendRecord(
    key: Slot, value: Slot, order: Record.Order, headers: (first: UInt32, count: UInt32), _ batch: inout RecordBatch
  ) {
    writer.appendRecord(key: key, value: value, order: order, headers: headers, &batch)
  }

  /// A header run that begins with `name`, holding a key struct: how a key change points at its other half.
  func appendHeaders(_ name: String, key: Slot, _ batch: inout RecordBatch) -> (first: UInt32, count: UInt32) {
    writer.appendHeaders(name, key: key, &batch)
  }
}
