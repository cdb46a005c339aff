extension RecordBatch {
  /// Whether two slots of this batch hold the same value: kinds, numbers and bytes. NaN equals NaN, as in Java's `equals`.
  /// Allocates nothing.
  public borrowing func holdsSame(_ a: Slot, _ b: Slot) -> Bool {
    guard a.kind == b.kind else { return false }
    switch a.kind {
    case .null, .unavailable: return true
    case .boolean, .integer: return a.bits == b.bits
    case .float: return a.bits == b.bits || (a.float.isNaN && b.float.isNaN)
    case .text, .bytes:
      guard a.length == b.length else { return false }
      if a.bits == b.bits { return true }
      return arena.withBytes { bytes in
        bytes[a.offset..<(a.offset + a.count)].elementsEqual(bytes[b.offset..<(b.offset + b.count)])
      }
    case .structure, .array: return a.length == b.length && holdsSame(first: a.offset, b.offset, count: a.count)
    case .map: return a.length == b.length && holdsSame(first: a.offset, b.offset, count: 2 * a.count)
    }
  }

  /// The same for two runs of slots.
  public borrowing func holdsSame(first a: Int, _ b: Int, count: Int) -> Bool {
    for index in 0..<count where !holdsSame(slots[a + index], slots[b + index]) { return false }
    return true
  }
}
