/// Base64 with padding (RFC 4648, sections 4 and 5) out of bytes that are computed one by one.
package enum Base64 {
  /// Writes `count` bytes as text; answers its length, `(count + 2) / 3 * 4`, for which the caller has made room.
  package static func write(
    count: Int, urlSafe: Bool, to memory: UnsafeMutableRawBufferPointer, _ byte: (Int) -> UInt8
  ) -> Int {
    let last: (UInt8, UInt8) = urlSafe ? (UInt8(ascii: "-"), UInt8(ascii: "_")) : (UInt8(ascii: "+"), UInt8(ascii: "/"))
    var from = 0
    var to = 0
    while from < count {
      let left = count &- from
      let bits =
        UInt32(byte(from)) << 16 | (left > 1 ? UInt32(byte(from &+ 1)) << 8 : 0) | (left > 2 ? UInt32(byte(from &+ 2)) : 0)
      memory[to] = character(bits >> 18, last)
      memory[to &+ 1] = character(bits >> 12, last)
      memory[to &+ 2] = left > 1 ? character(bits >> 6, last) : UInt8(ascii: "=")
      memory[to &+ 3] = left > 2 ? character(bits, last) : UInt8(ascii: "=")
      from &+= 3
      to &+= 4
    }
    return to
  }

  @inline(__always) private static func character(_ bits: UInt32, _ last: (UInt8, UInt8)) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: bits & 63)
    switch value {
    case 0..<26: return value &+ 65
    case 26..<52: return value &+ 71
    case 52..<62: return value &- 4
    case 62: return last.0
    default: return last.1
    }
  }
}
