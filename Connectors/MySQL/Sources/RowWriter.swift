internal import MillraceCore

/// What both phases share: turns a table's decoded columns into records of one batch, with a source block.
struct RowWriter: ~Copyable {
  let name: String
  let source: SourceBlock
  let snapshot: SnapshotMarker?

  private var writer: EnvelopeWriter
  private(set) var shape: TableShape?
  /// The run that the source of each record is copied from; the caller fills in what is the same for an event.
  private(set) var template = 0

  init(contextHeaders: ContextHeaders?, name: String, source: SourceBlock, snapshot: SnapshotMarker?) {
    writer = EnvelopeWriter(contextHeaders: contextHeaders)
    self.name = name
    self.source = source
    self.snapshot = snapshot
  }

  /// Makes `shape` the current one; nil for records that belong to no table. Answers true if the template has to be filled anew.
  @inline(__always)
  mutating func enter(_ shape: TableShape?, _ batch: inout RecordBatch) -> Bool {
    if writer.knows(batch), self.shape === shape { return false }
    return enterSlowly(shape, &batch)
  }

  @inline(never)
  private mutating func enterSlowly(_ shape: TableShape?, _ batch: inout RecordBatch) -> Bool {
    let isNewBatch = !writer.knows(batch)
    if isNewBatch { template = source.appendTemplate(to: &batch, name: name, snapshot: snapshot) }
    self.shape = shape
    let database = batch.text(shape?.database ?? ""), table = shape.map { batch.text($0.tableName) } ?? .null
    batch.slots[template + SourceBlock.Field.db] = database
    batch.slots[template + SourceBlock.Field.table] = table
    return writer.enter(
      shape.map { EnvelopeWriter.Target(topic: $0.topic, key: $0.key, envelope: $0.envelope, keyIdentifier: $0.keyIdentifier) }, &batch)
  }

  /// Appends a source run for one record.
  @inline(__always)
  func appendSource(row: UInt64, _ batch: inout RecordBatch) -> Slot {
    let first = batch.slots.append(copyOf: template, count: SourceBlock.Field.count)
    batch.slots[first + SourceBlock.Field.row] = .integer(Int64(truncatingIfNeeded: row))
    return .structure(first: first, count: SourceBlock.Field.count)
  }

  /// Appends the source run of a schema change, which names its database and tables itself.
  func appendSource(row: UInt64, database: String, table: String?, _ batch: inout RecordBatch) -> Slot {
    let source = appendSource(row: row, &batch)
    let database = batch.text(database), table = table.map { batch.text($0) } ?? .null
    batch.slots[source.offset + SourceBlock.Field.db] = database
    batch.slots[source.offset + SourceBlock.Field.table] = table
    return source
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

  /// Gives the record that was appended last, by whomever, the context headers.
  func giveHeaders(_ batch: inout RecordBatch) { writer.giveHeaders(&batch) }

  /// A header run that begins with `name`, holding a key struct: how a key change points at its other half.
  func appendHeaders(_ name: String, key: Slot, _ batch: inout RecordBatch) -> (first: UInt32, count: UInt32) {
    writer.appendHeaders(name, key: key, &batch)
  }
}

/// Rows of a statement.
extension RowWriter {
  /// Decodes a row of a result; nil where it cannot be decoded and is left out.
  /// - Parameter columns: by result column, the place of the table's column.
  @inline(__always)
  func decode(
    _ row: MySQLRow, _ columns: [Int?], _ shape: TableShape, _ failures: EventFailures, _ batch: inout RecordBatch
  ) throws(MillraceError) -> Slot? {
    let first = batch.slots.append(repeating: .null, count: shape.slotCount)
    do throws(MillraceError) {
      for (place, column) in columns.enumerated() where place < row.count {
        guard let column else { continue }
        if let text = row[place] {
          try shape.place(text: text, column: column, first: first, into: &batch)
        } else {
          shape.fillNull(column: column, first: first, into: &batch)
        }
      }
    } catch {
      try failures.leaveOut(error)
      return nil
    }
    // What the key takes from behind the fields is no part of the row.
    return .structure(first: first, count: shape.fieldCount)
  }

  /// Appends an `r` record.
  @inline(__always)
  func appendRead(
    _ row: Slot, _ shape: TableShape, source: Slot, order: Record.Order, now: Int64, _ batch: inout RecordBatch
  ) {
    let key = appendKey(of: row, shape, &batch)
    let value = appendEnvelope(.read, before: .null, after: row, source: source, now: now, &batch)
    appendRecord(key: key, value: value, order: order, &batch)
  }
}
