import MillraceCore

/// A converter for tests: numbers in decimal, texts as they are or as JSON strings, no schema known.
final class PlainConverter: Converter {
  let form: ConvertedForm
  init(_ form: ConvertedForm) { self.form = form }

  func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    switch slot.kind {
    case .null: return false
    case .integer: output.append(decimal: slot.integer)
    case .text:
      if case .json = form { output.append(jsonText: batch.string(slot)) } else { output.append(batch.string(slot)) }
    case .bytes: batch.arena.withBytes(at: slot.offset, length: slot.count) { output.append($0) }
    default:
      throw MillraceError(code: "test.kind", component: "test", retry: .record, message: "no such kind", advice: "none")
    }
    return true
  }
}

extension RecordConverters {
  static func plain(key: ConvertedForm = .json, value: ConvertedForm = .json, header: ConvertedForm = .text) -> RecordConverters {
    RecordConverters(key: PlainConverter(key), value: PlainConverter(value), header: PlainConverter(header))
  }
}

extension RecordBatch {
  mutating func add(
    _ topic: String, key: Value, value: Value, headers: [(String, Value)] = [], partition: Int32 = -1
  ) {
    let first = self.headers.count
    for (name, value) in headers {
      let slot = slot(value)
      self.headers.append(Header(name: intern(headerName: name), schema: Record.noSchema, value: slot))
    }
    let keySlot = slot(key)
    let valueSlot = slot(value)
    var record = Record(
      topic: intern(topic: topic), keySchema: Record.noSchema, key: keySlot, valueSchema: Record.noSchema, value: valueSlot,
      firstHeader: UInt32(first), headerCount: UInt32(headers.count),
      order: Record.Order(commit: 0, ordinal: UInt64(records.count)))
    record.partition = partition
    records.append(record)
  }
}

