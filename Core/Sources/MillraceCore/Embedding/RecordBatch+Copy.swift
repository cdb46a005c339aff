extension RecordBatch {
  /// Copies what `slot` names, with everything below it, into `other`; answers its slot there.
  borrowing func copy(_ slot: Slot, into other: inout RecordBatch) -> Slot {
    switch slot.kind {
    case .null, .unavailable, .boolean, .integer, .float: return slot
    case .text: return arena.withBytes(at: slot.offset, length: slot.count) { other.text($0) }
    case .bytes: return arena.withBytes(at: slot.offset, length: slot.count) { other.bytes($0) }
    case .structure: return .structure(first: copyRun(slot.offset, slot.count, into: &other), count: slot.count)
    case .array: return .array(first: copyRun(slot.offset, slot.count, into: &other), count: slot.count)
    case .map: return .map(first: copyRun(slot.offset, slot.count * 2, into: &other), count: slot.count)
    }
  }

  private borrowing func copyRun(_ first: Int, _ count: Int, into other: inout RecordBatch) -> Int {
    let start = other.slots.append(repeating: .null, count: count)
    for index in 0..<count {
      let copied = copy(slots[first + index], into: &other)
      other.slots[start + index] = copied
    }
    return start
  }
}

extension BatchBox {
  /// Room for one record or row, not for a stream of them.
  convenience init(bytes: Int, slots: Int) { self.init(RecordBatch(bytes: bytes, slots: slots)) }

  /// A batch that holds a copy of one record of another.
  convenience init(copying record: Record, of batch: borrowing RecordBatch) {
    self.init(bytes: 512, slots: 64)
    var copy = record
    copy.topic = self.batch.intern(topic: batch.topics[Int(record.topic)])
    copy.key = batch.copy(record.key, into: &self.batch)
    copy.keySchema = Self.schema(record.keySchema, of: batch, in: &self.batch)
    copy.value = batch.copy(record.value, into: &self.batch)
    copy.valueSchema = Self.schema(record.valueSchema, of: batch, in: &self.batch)
    copy.firstHeader = 0
    for index in 0..<Int(record.headerCount) {
      let header = batch.headers[Int(record.firstHeader) + index]
      let name = self.batch.intern(headerName: batch.headerNames[Int(header.name)])
      let schema = Self.schema(header.schema, of: batch, in: &self.batch)
      let value = batch.copy(header.value, into: &self.batch)
      self.batch.headers.append(Header(name: name, schema: schema, value: value))
    }
    self.batch.records.append(copy)
  }

  private static func schema(_ index: UInt32, of batch: borrowing RecordBatch, in other: inout RecordBatch) -> UInt32 {
    index == Record.noSchema ? index : other.intern(schema: batch.schemas[Int(index)])
  }
}
