internal import MillraceCore

/// The members of an ENUM or SET in one run of bytes, so that a value is copied out of it.
final class MemberTexts: Sendable {
  private let bytes: [UInt8]
  /// Where each begins, and the end of the last.
  private let starts: [Int]

  init(_ members: [String]) {
    var bytes: [UInt8] = [], starts = [0]
    for member in members {
      bytes += member.utf8
      starts.append(bytes.count)
    }
    self.bytes = bytes
    self.starts = starts
  }

  /// The member of a number that begins with 1; 0 is the empty text that stands for a value that is none of them. One that the table's
  /// known definition lacks is null, as the reference has it.
  func member(_ number: UInt64, into batch: inout RecordBatch) -> Slot {
    if number == 0 { return .text(offset: batch.arena.count, length: 0) }
    guard number < UInt64(starts.count) else { return .null }
    let index = Int(number) &- 1
    return bytes.withUnsafeBytes { batch.text(UnsafeRawBufferPointer(rebasing: $0[starts[index]..<starts[index &+ 1]])) }
  }

  /// The members whose bits are set, with commas between.
  func set(_ bits: UInt64, into batch: inout RecordBatch) -> Slot {
    let at = batch.arena.count
    var rest = bits
    bytes.withUnsafeBytes { bytes in
      while rest != 0 {
        let index = rest.trailingZeroBitCount
        rest &= rest &- 1
        if batch.arena.count > at { batch.arena.append(UInt8(ascii: ",")) }
        guard index &+ 1 < starts.count else { continue }
        batch.arena.append(UnsafeRawBufferPointer(rebasing: bytes[starts[index]..<starts[index &+ 1]]))
      }
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }
}
