/// Turns the values of rows into records of one batch: envelopes, keys, headers. Knows where in the batch the topic, the schemas and
/// the headers of the current table are, so that a run of records of one table looks nothing up. A connector adds its source block.
package struct EnvelopeWriter: ~Copyable {
  /// What a table's records have in common.
  package struct Target: Sendable {
    package let topic: String
    /// nil for a table without key.
    package let key: Schema?
    package let envelope: Schema
    /// What the key's last field says, where several tables share a topic.
    package let keyIdentifier: String?

    package init(topic: String, key: Schema?, envelope: Schema, keyIdentifier: String?) {
      self.topic = topic
      self.key = key
      self.envelope = envelope
      self.keyIdentifier = keyIdentifier
    }
  }

  /// Of an envelope.
  package enum Operation: Sendable { case create, update, delete, read, truncate }

  @usableFromInline let contextHeaders: ContextHeaders?
  @usableFromInline var generation: UInt64 = 0
  @usableFromInline var topic: UInt32 = 0
  @usableFromInline var keyIdentifier = Slot.null
  @usableFromInline var keySchema: UInt32 = .max
  @usableFromInline var envelopeSchema: UInt32 = 0
  @usableFromInline var headers: (first: UInt32, count: UInt32) = (0, 0)
  @usableFromInline var create = Slot.null
  @usableFromInline var update = Slot.null
  @usableFromInline var delete = Slot.null
  @usableFromInline var read = Slot.null
  @usableFromInline var truncate = Slot.null

  package init(contextHeaders: ContextHeaders?) { self.contextHeaders = contextHeaders }

  /// Whether `enter` has been called for this fill of the batch.
  @inlinable package borrowing func knows(_ batch: borrowing RecordBatch) -> Bool { generation == batch.generation }

  /// Makes `target` the current one; nil where records have topic and schemas of their own. Answers true if the batch is a new one.
  package mutating func enter(_ target: Target?, _ batch: inout RecordBatch) -> Bool {
    let isNewBatch = generation != batch.generation
    generation = batch.generation
    if isNewBatch {
      headers = contextHeaders?.append(to: &batch) ?? (0, 0)
      create = batch.text("c")
      update = batch.text("u")
      delete = batch.text("d")
      read = batch.text("r")
      truncate = batch.text("t")
    }
    if let target {
      topic = batch.intern(topic: target.topic)
      keyIdentifier = target.keyIdentifier.map { batch.text($0) } ?? .null
      keySchema = target.key.map { batch.intern(schema: $0) } ?? Record.noSchema
      envelopeSchema = batch.intern(schema: target.envelope)
    }
    return isNewBatch
  }

  /// Appends an envelope. `now` is the time of reading, ns since 1970.
  @inlinable package func appendEnvelope(
    _ operation: Operation, before: Slot, after: Slot, source: Slot, transaction: Slot = .null, now: Int64, _ batch: inout RecordBatch
  ) -> Slot {
    let first = batch.slots.append(repeating: .null, count: Envelope.fieldCount)
    batch.slots[first + Envelope.before] = before
    batch.slots[first + Envelope.after] = after
    batch.slots[first + Envelope.source] = source
    batch.slots[first + Envelope.transaction] = transaction
    let text =
      switch operation {
      case .create: create
      case .update: update
      case .delete: delete
      case .read: read
      case .truncate: truncate
      }
    batch.slots[first + Envelope.op] = text
    batch.slots[first + Envelope.tsMs] = .integer(now / 1_000_000)
    batch.slots[first + Envelope.tsUs] = .integer(now / 1000)
    batch.slots[first + Envelope.tsNs] = .integer(now)
    return .structure(first: first, count: Envelope.fieldCount)
  }

  /// The key struct of a row of the current table, or null for a table without key.
  /// - Parameter fields: slots of the row's run, in the key's order.
  @inlinable package func appendKey(of row: Slot, _ fields: [Int], _ batch: inout RecordBatch) -> Slot {
    let count = fields.count
    let size = keyIdentifier.isNull ? count : count &+ 1
    if size == 0 { return .null }
    let first = batch.slots.append(repeating: keyIdentifier, count: size)
    for index in 0..<count {
      let slot = batch.slots[row.offset &+ fields[index]]
      batch.slots[first &+ index] = slot
    }
    return .structure(first: first, count: size)
  }

  /// Appends a record of the current table.
  @inlinable package func appendRecord(key: Slot, value: Slot, order: Record.Order, _ batch: inout RecordBatch) {
    appendRecord(key: key, value: value, order: order, headers: headers, &batch)
  }

  /// Appends a record of the current table with headers of its own.
  @inlinable package func appendRecord(
    key: Slot, value: Slot, order: Record.Order, headers: (first: UInt32, count: UInt32), _ batch: inout RecordBatch
  ) {
    batch.records.append(
      Record(
        topic: topic, keySchema: key.isNull ? Record.noSchema : keySchema, key: key,
        valueSchema: value.isNull ? Record.noSchema : envelopeSchema, value: value, firstHeader: headers.first,
        headerCount: headers.count, order: order))
  }

  /// Appends a record of any topic, with the context headers: a schema change, for example.
  package func appendRecord(
    topic: String, key: Slot, keySchema: Schema, value: Slot, valueSchema: Schema, order: Record.Order, _ batch: inout RecordBatch
  ) {
    batch.records.append(
      Record(
        topic: batch.intern(topic: topic), keySchema: batch.intern(schema: keySchema), key: key,
        valueSchema: batch.intern(schema: valueSchema), value: value, firstHeader: headers.first, headerCount: headers.count, order: order))
  }

  /// A header run that begins with `name`, holding a key struct: how a key change points at its other half.
  package func appendHeaders(_ name: String, key: Slot, _ batch: inout RecordBatch) -> (first: UInt32, count: UInt32) {
    let header = Header(name: batch.intern(headerName: name), schema: keySchema, value: key)
    if let contextHeaders { return contextHeaders.append(to: &batch, behind: header) }
    let first = UInt32(batch.headers.count)
    batch.headers.append(header)
    return (first, 1)
  }
}
