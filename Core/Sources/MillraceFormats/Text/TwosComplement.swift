/// A whole number as Java's `BigInteger.toByteArray` has it: big-endian two's complement, as short as can be.
enum TwosComplement {
  static func bytes(_ value: Int64) -> [UInt8] {
    let count = count(value)
    return (0..<count).map { UInt8(truncatingIfNeeded: value >> Int64((count - 1 - $0) * 8)) }
  }

  /// How many bytes it takes: 1 to 8.
  @inline(__always) static func count(_ value: Int64) -> Int {
    let significant = 65 - (value < 0 ? ~value : value).leadingZeroBitCount
    return max(1, (significant + 7) >> 3)
  }
}
