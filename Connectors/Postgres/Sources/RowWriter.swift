internal import MillraceCore

/// What both phases share: turns a table's decoded columns into records of one batch. Knows where in the batch the topic, the
/// schemas and the headers of the current table are, so that a run of records of one table looks nothing up.
struct RowWriter: ~Copyable {
  let contextHeaders: ContextHeaders?
  let name: String
  let database: String
  let snapshot: SnapshotMarker?

  private(set) var shape: TableShape?
  private var generation: UInt64 = 0
  private(set) var template = 0
  private var schemaText = Slot.null
  private var tableText = Slot.null
  private var keyIdentifier = Slot.null
  private var topic: UInt32 = 0
  private var keySchema = Record.noSchema
  private var envelopeSchema: UInt32 = 0
  private var headers: (first: UInt32, count: UInt32) = (0, 0)
  private var operations = (create: Slot.null, update: Slot.null, delete: Slot.null, read: Slot.null, truncate: Slot.null)

  init(contextHeaders: ContextHeaders?, name: String, database: String, snapshot: SnapshotMarker?) {
    self.contextHeaders = contextHeaders
    self.name = name
    self.database = database
    self.snapshot = snapshot
  }

  enum Operation { case create, update, delete, read, truncate }

  /// Makes `shape` the current one. Answers true if the batch is a new one, so that the template has to be filled.
  @inline(__always)
  mutating func enter(_ shape: TableShape?, _ batch: inout RecordBatch) -> Bool {
    if generation == batch.generation, self.shape === shape { return false }
    return enterSlowly(shape, &batch)
  }

  @inline(never)
  private mutating func enterSlowly(_ shape: TableShape?, _ batch: inout RecordBatch) -> Bool {
    let isNewBatch = generation != batch.generation
    generation = batch.generation
    if isNewBatch {
      template = SourceBlock.appendTemplate(to: &batch, name: name, database: database, snapshot: snapshot)
      headers = contextHeaders?.append(to: &batch) ?? (0, 0)
      operations = (batch.text("c"), batch.text("u"), batch.text("d"), batch.text("r"), batch.text("t"))
    }
    self.shape = shape
    schemaText = batch.text(shape?.schemaName ?? "")
    tableText = batch.text(shape?.tableName ?? "")
    if let shape {
      topic = batch.intern(topic: shape.topic)
      keyIdentifier = shape.keyIdentifier.map { batch.text($0) } ?? .null
      keySchema = shape.key.map { batch.intern(schema: $0) } ?? Record.noSchema
      envelopeSchema = batch.intern(schema: shape.envelope)
    }
    return isNewBatch
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
    _ operation: Operation, before: Slot, after: Slot, source: Slot, transaction: Slot = .null, now: Int64,
    _ batch: inout RecordBatch
  ) -> Slot {
    let first = batch.slots.append(repeating: .null, count: Envelope.fieldCount)
    batch.slots[first + Envelope.before] = before
    batch.slots[first + Envelope.after] = after
    batch.slots[first + Envelope.source] = source
    batch.slots[first + Envelope.transaction] = transaction
    let text =
      switch operation {
      case .create: operations.create
      case .update: operations.update
      case .delete: operations.delete
      case .read: operations.read
      case .truncate: operations.truncate
      }
    batch.slots[first + Envelope.op] = text
    batch.slots[first + Envelope.tsMs] = .integer(now / 1_000_000)
    batch.slots[first + Envelope.tsUs] = .integer(now / 1000)
    batch.slots[first + Envelope.tsNs] = .integer(now)
    return .structure(first: first, count: Envelope.fieldCount)
  }

  /// The key struct of a row of the current table, or null for a table without key.
  @inline(__always)
  func appendKey(of row: Slot, _ shape: TableShape, _ batch: inout RecordBatch) -> Slot {
    let count = shape.keyFields.count
    let size = keyIdentifier.isNull ? count : count &+ 1
    if size == 0 { return .null }
    let first = batch.slots.append(repeating: keyIdentifier, count: size)
    for index in 0..<count {
      let slot = batch.slots[row.offset &+ shape.keyFields[index]]
      batch.slots[first &+ index] = slot
    }
    return .structure(first: first, count: size)
  }

  /// Appends a record of the current table.
  @inline(__always)
  func appendRecord(key: Slot, value: Slot, order: Record.Order, _ batch: inout RecordBatch) {
    appendRecord(key: key, value: value, order: order, headers: headers, &batch)
  }

  @inline(__always)
  func appendRecord(
    key: Slot, value: Slot, order: Record.Order, headers: (first: UInt32, count: UInt32), _ batch: inout RecordBatch
  ) {
    batch.records.append(
      Record(
        topic: topic, keySchema: key.isNull ? Record.noSchema : keySchema, key: key,
        valueSchema: value.isNull ? Record.noSchema : envelopeSchema, value: value, firstHeader: headers.first,
        headerCount: headers.count, order: order))
  }

  /// A header run that begins with `name`, holding a key struct: how a key change points at its other half.
  func appendHeaders(_ name: String, key: Slot, _ batch: inout RecordBatch) -> (first: UInt32, count: UInt32) {
    let header = Header(name: batch.intern(headerName: name), schema: keySchema, value: key)
    if let contextHeaders { return contextHeaders.append(to: &batch, behind: header) }
    let first = UInt32(batch.headers.count)
    batch.headers.append(header)
    return (first, 1)
  }
}
