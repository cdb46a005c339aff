/// Changes the value of a column as an alteration has it, in a batch, without allocating.
public struct ValueChange: Sendable, Equatable {
  private let action: ColumnAlteration.Action
  private let cutsBytes: Bool
  /// The most characters of a hash.
  private let maximum: Int

  init(_ action: ColumnAlteration.Action, cutsBytes: Bool, maximum: Int = .max) {
    self.action = action
    self.cutsBytes = cutsBytes
    self.maximum = maximum
  }

  /// Whether NULL becomes something else, and a value that the log did not carry, too: both then look like every other value.
  public var hidesNull: Bool {
    if case .stars = action { true } else { false }
  }

  /// The changed value of `slot`; its text or bytes must lie in the batch's arena.
  public func apply(to slot: Slot, of batch: inout RecordBatch) -> Slot {
    switch action {
    case .stars(let count):
      let start = batch.arena.count
      batch.arena.append(repeating: UInt8(ascii: "*"), count: count)
      return .text(offset: start, length: count)
    case .truncation(let length): return truncated(slot, to: length, batch)
    case .hash(let algorithm, let salt, let isSerialized):
      return slot.kind == .text ? hash(slot, algorithm, salt, isSerialized, &batch) : slot
    }
  }

  /// Cuts after so many UTF-16 units, as Java counts characters, but never inside a character.
  private func truncated(_ slot: Slot, to length: Int, _ batch: borrowing RecordBatch) -> Slot {
    switch slot.kind {
    case .bytes: return cutsBytes && slot.count > length ? .bytes(offset: slot.offset, length: length) : slot
    // No text has more units than bytes.
    case .text where slot.count > length:
      let end = batch.arena.withBytes(at: slot.offset, length: slot.count) { bytes in
        var units = 0
        var index = 0
        while index < bytes.count {
          let lead = bytes[index]
          let size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
          units &+= size == 4 ? 2 : 1
          if units > length { break }
          index &+= size
        }
        return min(index, bytes.count)
      }
      return .text(offset: slot.offset, length: end)
    default: return slot
    }
  }

  private func hash(
    _ slot: Slot, _ algorithm: HashAlgorithm, _ salt: [UInt8], _ isSerialized: Bool, _ batch: inout RecordBatch
  ) -> Slot {
    let start = batch.arena.count
    batch.arena.append(salt)
    if isSerialized {
      batch.arena.append(javaStringAt: slot.offset, length: slot.count)
    } else {
      batch.arena.append(copyOf: slot.offset, length: slot.count)
    }
    let length = min(algorithm.size * 2, maximum)
    withUnsafeTemporaryAllocation(byteCount: HashAlgorithm.maximumSize, alignment: 8) { digest in
      batch.arena.withBytes(at: start, length: batch.arena.count - start) { algorithm.digest($0, to: digest) }
      batch.arena.truncate(to: start)
      for index in 0..<length {
        let digit = index.isMultiple(of: 2) ? digest[index / 2] >> 4 : digest[index / 2] & 0xF
        batch.arena.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
    return .text(offset: start, length: length)
  }
}
