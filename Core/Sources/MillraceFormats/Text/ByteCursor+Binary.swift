internal import MillraceCore

extension ByteCursor {
  /// Writes an unsigned number, seven bits to a byte, the lowest first: at most 10 bytes.
  @inline(__always) mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      put(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    put(UInt8(truncatingIfNeeded: rest))
  }

  /// Writes a number of either sign, small ones in few bytes: at most 10 bytes.
  @inline(__always) mutating func zigzag(_ value: Int64) {
    varint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// Writes the lowest `count` bytes of a number, the highest of them first; room for 8.
  @inline(__always) mutating func put(bigEndian value: Int64, count: Int) {
    let shifted = UInt64(bitPattern: value) << UInt64((8 &- count) &* 8)
    put(word: shifted.byteSwapped, count: count)
  }

  /// Writes a whole number as Connect's Decimal, behind its length as Avro has it: at most 9 bytes, room for 16.
  @inline(__always) mutating func unscaled(_ value: Int64) {
    let count = TwosComplement.count(value)
    zigzag(Int64(count))
    put(bigEndian: value, count: count)
  }
}
