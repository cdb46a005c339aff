public import MillraceCore

/// Debezium's `io.debezium.transforms.EnforceRecordSize`: cuts long texts and binary data of changes that are too large.
public enum EnforceRecordSize {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("max.bytes", .integer(1...Int(Int32.max)), required: true, "How large a record may be, by Debezium's estimate."),
    .init("compression.ratio", default: "1.0", "What the estimate is multiplied by, for what is smaller or larger once it is serialised."),
    .init("min.field.size", .integer(0...Int(Int32.max)), default: "25000", "Fields up to this size are never cut."),
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let largest = Int(configuration.required("max.bytes", "give a number of bytes").trimmed) ?? .max
    let text = configuration.string("compression.ratio") ?? "1.0"
    let ratio = Double(text.trimmed) ?? 0
    if !(ratio > 0 && ratio <= 1000) {
      configuration.report(
        Finding(key: "compression.ratio", problem: "\"\(text)\" is no positive number up to 1000", advice: "write 1.0, its default, or another number"))
    }
    let smallest = Int((configuration.string("min.field.size") ?? "25000").trimmed) ?? 25_000
    return SchemaTransform(RecordSizeWork(largest: largest, ratio: ratio, smallest: smallest))
  }
}

struct RecordSizeWork: SchemaWork {
  let name = "EnforceRecordSize"
  var side: RecordSide { .value }
  let largest: Int
  let ratio: Double
  let smallest: Int

  /// Position and partition of a record count 100 bytes for each of their entries in the reference: one of the partition, and the
  /// five that PostgreSQL's connector keeps in a change's offset, or the six of a row's of the snapshot.
  private static let position = 100 + 500

  struct Plan: Sendable {
    let schema: Schema
    let before: Int?
    let after: Int?
    /// Where the source block says whether the record is the snapshot's.
    let source: Int?
    let snapshot: Int?
  }

  func plan(for schema: Schema) -> Plan? {
    guard case .structure = schema.kind else { return nil }
    let source = schema.index(of: "source")
    return Plan(
      schema: schema, before: schema.index(of: "before"), after: schema.index(of: "after"), source: source,
      snapshot: source.flatMap { schema.fields[$0].schema.index(of: "snapshot") })
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Plan { plan }

  func apply(_ plan: Plan, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    let record = batch.records[index]
    var size = RecordSizeWork.position + Int(record.headerCount) * 100 + 8 + batch.topics[Int(record.topic)].utf8.count
    if let source = plan.source, let snapshot = plan.snapshot {
      let block = batch.field(source, of: slot)
      if block.kind == .structure, batch.field(snapshot, of: block).kind == .text { size += 100 }
    }
    if record.keySchema != Record.noSchema { size += RecordSizeWork.size(record.key, batch.schemas[Int(record.keySchema)], batch) }
    size += RecordSizeWork.size(slot, plan.schema, batch)
    let weighed = Int((Double(size) * ratio).rounded(.up))
    if weighed <= largest { return }
    let before = total(plan.before, slot, plan.schema, batch), after = total(plan.after, slot, plan.schema, batch)
    guard before + after > 0 else { return }
    let excess = Double(weighed - largest)
    let envelope = batch.copy(slot)
    for (place, bytes) in [(plan.before, before), (plan.after, after)] where bytes > 0 {
      guard let place else { continue }
      let share = (Double(bytes) / Double(before + after) * excess).rounded(.up)
      cut(place, bytes, share, envelope, plan.schema, &batch)
    }
    batch.records[index].value = envelope
  }

  /// The size of the fields of a row that can be cut, in UTF-16 units and bytes.
  private func total(_ place: Int?, _ slot: Slot, _ schema: Schema, _ batch: borrowing RecordBatch) -> Int {
    guard let place else { return 0 }
    let row = batch.field(place, of: slot)
    guard row.kind == .structure else { return 0 }
    var sum = 0
    for (index, field) in schema.fields[place].schema.fields.enumerated() { sum += RecordSizeWork.length(batch.field(index, of: row), field.schema, over: smallest, batch) }
    return sum
  }

  /// 0 for what is not cut.
  private static func length(_ slot: Slot, _ schema: Schema, over smallest: Int, _ batch: borrowing RecordBatch) -> Int {
    var length = 0
    if slot.kind == .text {
      if slot.count <= smallest { return 0 }
      length = batch.arena.withBytes(at: slot.offset, length: slot.count) { text in
        // A character of four bytes is two units.
        text.reduce(0) { $0 + ($1 & 0xc0 == 0x80 ? 0 : $1 >= 0xf0 ? 2 : 1) }
      }
    } else if slot.kind == .bytes, !schema.isDecimal {
      length = slot.count
    }
    return length > smallest ? length : 0
  }

  private func cut(_ place: Int, _ total: Int, _ excess: Double, _ envelope: Slot, _ schema: Schema, _ batch: inout RecordBatch) {
    let row = batch.copy(batch.field(place, of: envelope))
    batch.slots[envelope.offset + place] = row
    for (index, field) in schema.fields[place].schema.fields.enumerated() {
      var slot = batch.field(index, of: row)
      let length = RecordSizeWork.length(slot, field.schema, over: smallest, batch)
      if length == 0 { continue }
      let removed = Int((Double(length) / Double(total) * excess).rounded(.up))
      let kept = max(0, length - removed)
      slot.length = UInt32(slot.kind == .bytes ? kept : RecordSizeWork.bytes(of: slot, units: kept, batch))
      batch.slots[row.offset + index] = slot
    }
  }

  /// How many bytes the first units of a text are; a character is not cut in two.
  private static func bytes(of slot: Slot, units: Int, _ batch: borrowing RecordBatch) -> Int {
    batch.arena.withBytes(at: slot.offset, length: slot.count) { text in
      var rest = units, at = 0
      while at < text.count {
        let width = text[at] >= 0xf0 ? 2 : 1
        if rest < width { break }
        rest -= width
        at += 1
        while at < text.count, text[at] & 0xc0 == 0x80 { at += 1 }
      }
      return at
    }
  }

  /// io.debezium.util.ApproximateStructSizeCalculator.
  private static func size(_ slot: Slot, _ schema: Schema, _ batch: borrowing RecordBatch) -> Int {
    switch schema.kind {
    case .boolean, .int8, .int16, .int32, .int64, .float32, .float64: return 24
    case .string: return slot.kind == .text ? 56 + slot.count : 0
    case .bytes:
      switch slot.kind {
      case .bytes: return 24 + slot.count
      case .integer: return 24 + max(1, (64 - (slot.integer < 0 ? ~slot.integer : slot.integer).leadingZeroBitCount) / 8 + 1)
      default: return 0
      }
    case .structure(let fields):
      guard slot.kind == .structure else { return 0 }
      var sum = 56
      for (index, field) in fields.enumerated() { sum += 8 + size(batch.field(index, of: slot), field.schema, batch) }
      return sum
    case .array(let element):
      guard slot.kind == .array else { return 0 }
      var sum = 64
      for index in 0..<slot.count { sum += 8 + size(batch.slots[slot.offset + index], element, batch) }
      return sum
    case .map(let key, let value):
      guard slot.kind == .map else { return 0 }
      var sum = 88
      for index in 0..<slot.count {
        sum += 16 + size(batch.slots[slot.offset + 2 * index], key, batch) + size(batch.slots[slot.offset + 2 * index + 1], value, batch)
      }
      return sum
    }
  }
}
