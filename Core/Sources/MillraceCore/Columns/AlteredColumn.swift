/// A column whose values are masked or cut on their way into the row. The key has them as they are (as the reference does), in a
/// slot of its own.
package struct AlteredColumn: Sendable, Equatable {
  private let change: ValueChange
  /// The slot of the row's run.
  private let field: Int
  /// Whether its values are texts, so that the placeholder is one and is altered too; that of bytes stays whole.
  private let isText: Bool
  /// What stands for NULL in a required field.
  private let zero: Value?
  private let placeholder: [UInt8]
  /// The slot of the run where the key finds the plain value.
  package var keySlot: Int?

  package init(change: ValueChange, field: Int, isText: Bool, zero: Value?, placeholder: [UInt8]) {
    self.change = change
    self.field = field
    self.isText = isText
    self.zero = zero
    self.placeholder = placeholder
  }

  /// Writes a decoded value into the run from `first`, altered.
  package func place(_ value: Slot, first: Int, into batch: inout RecordBatch) {
    if let keySlot { batch.slots[first &+ keySlot] = value }
    let slot = value.isNull && !change.hidesNull ? value : change.apply(to: value, of: &batch)
    batch.slots[first &+ field] = slot
  }

  package func placeNull(first: Int, into batch: inout RecordBatch) {
    place(zero.map { batch.slot($0) } ?? .null, first: first, into: &batch)
  }

  package func markUnavailable(first: Int, into batch: inout RecordBatch) {
    batch.slots[first &+ field] = .unavailable
    if let keySlot { batch.slots[first &+ keySlot] = .unavailable }
  }

  /// Replaces what is still marked unavailable by the altered placeholder.
  package func settle(first: Int, in batch: inout RecordBatch) {
    guard isText, batch.slots[first &+ field].kind == .unavailable else { return }
    let text = placeholder.withUnsafeBytes { batch.text($0) }
    let slot = change.apply(to: text, of: &batch)
    batch.slots[first &+ field] = slot
  }
}
