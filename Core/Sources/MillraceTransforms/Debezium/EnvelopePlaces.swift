internal import MillraceCore

/// Where the members of an envelope stand, for transforms that read them by name.
struct EnvelopePlaces: Sendable {
  let op: Int
  /// nil where the source has no image of the row before.
  let before: Int?
  let after: Int
  let source: Int?

  /// - Returns: nil for what is no envelope (io.debezium.transforms.SmtManager.isValidEnvelope).
  init?(_ schema: Schema) {
    guard Envelope.isEnvelope(schema), let op = schema.index(of: "op"), let after = schema.index(of: "after") else { return nil }
    self.op = op
    self.after = after
    before = schema.index(of: "before")
    source = schema.index(of: "source")
  }
}

extension RecordBatch {
  /// The one letter of an operation; 0 for what is none.
  borrowing func letter(_ slot: Slot) -> UInt8 {
    guard slot.kind == .text, slot.count == 1 else { return 0 }
    return arena.withBytes(at: slot.offset, length: 1) { $0[0] }
  }

  /// A field as Connect's `Struct.get` answers it: with its default in the place of null.
  mutating func field(_ index: Int, of row: Slot, orElse fallback: Value?) -> Slot {
    let slot = field(index, of: row)
    if slot.isNull, let fallback { return self.slot(fallback) }
    return slot
  }

  /// A copy of a run of slots under the same schema, for what a transform changes: slots that are there are never overwritten,
  /// because a record at fault is put back as it was.
  mutating func copy(_ structure: Slot) -> Slot {
    .structure(first: slots.append(copyOf: structure.offset, count: structure.count), count: structure.count)
  }
}
