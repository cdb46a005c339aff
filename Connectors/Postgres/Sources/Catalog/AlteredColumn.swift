internal import MillraceCore

/// A column whose values are masked or cut on their way into the row. The key has them as they are (as the reference does), in a
/// slot of its own.
struct AlteredColumn: Sendable, Equatable {
  let codec: ColumnCodec
  let change: ValueChange
  /// The slot of the row's run.
  let field: Int
  /// Whether its values are texts, so that the placeholder is one and is altered too; that of bytes stays whole.
  let isText: Bool
  /// What stands for NULL in a required field.
  let zero: Value?
  let placeholder: [UInt8]
  /// The slot of the run where the key finds the plain value.
  var keySlot: Int?

  func place(_ text: UnsafeRawBufferPointer, first: Int, into batch: inout RecordBatch) throws(DecodingFailure) {
    put(try codec.decode(text, into: &batch), first, &batch)
  }

  func placeNull(first: Int, into batch: inout RecordBatch) {
    put(zero.map { batch.slot($0) } ?? .null, first, &batch)
  }

  func markUnavailable(first: Int, into batch: inout RecordBatch) {
    batch.slots[first &+ field] = .unavailable
    if let keySlot { batch.slots[first &+ keySlot] = .unavailable }
  }

  func settle(first: Int, in batch: inout RecordBatch) {
    guard isText, batch.slots[first &+ field].kind == .unavailable else { return }
    let text = placeholder.withUnsafeBytes { batch.text($0) }
    let slot = change.apply(to: text, of: &batch)
    batch.slots[first &+ field] = slot
  }

  private func put(_ value: Slot, _ first: Int, _ batch: inout RecordBatch) {
    if let keySlot { batch.slots[first &+ keySlot] = value }
    let slot = value.isNull && !change.hidesNull ? value : change.apply(to: value, of: &batch)
    batch.slots[first &+ field] = slot
  }
}
