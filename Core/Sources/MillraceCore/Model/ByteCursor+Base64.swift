extension ByteCursor {
  /// Writes `count` bytes as base64 (RFC 4648, with padding); room for `count / 3 * 4 + 8`.
  package mutating func base64(_ source: UnsafeRawPointer, count: Int) {
    var at = 0
    // Six bytes become eight characters; the load reaches two bytes further.
    while at + 8 <= count {
      put(word: Self.characters(UInt64(bigEndian: source.loadUnaligned(fromByteOffset: at, as: UInt64.self)) >> 16).bigEndian)
      at += 6
    }
    while at + 3 <= count {
      let a = UInt32(source.load(fromByteOffset: at, as: UInt8.self))
      let b = UInt32(source.load(fromByteOffset: at + 1, as: UInt8.self))
      let c = UInt32(source.load(fromByteOffset: at + 2, as: UInt8.self))
      sextets(a << 16 | b << 8 | c, 4)
      at += 3
    }
    switch count - at {
    case 1:
      sextets(UInt32(source.load(fromByteOffset: at, as: UInt8.self)) << 16, 2)
      put(UInt8(ascii: "="))
      put(UInt8(ascii: "="))
    case 2:
      let a = UInt32(source.load(fromByteOffset: at, as: UInt8.self))
      let b = UInt32(source.load(fromByteOffset: at + 1, as: UInt8.self))
      sextets(a << 16 | b << 8, 3)
      put(UInt8(ascii: "="))
    default: break
    }
  }

  /// Writes a number's shortest big-endian two's complement as base64: Connect's Decimal. Room for 16.
  @inline(__always) package mutating func base64(unscaled value: Int64) {
    let significant = 65 - (value < 0 ? ~value : value).leadingZeroBitCount
    let count = max(1, (significant + 7) >> 3)
    var rest = UInt64(bitPattern: value) << UInt64(64 - count * 8)
    var left = count
    while left >= 3 {
      sextets(UInt32(truncatingIfNeeded: rest >> 40), 4)
      rest <<= 24
      left -= 3
    }
    if left == 0 { return }
    sextets(UInt32(truncatingIfNeeded: rest >> 40), left + 1)
    put(UInt8(ascii: "="))
    if left == 1 { put(UInt8(ascii: "=")) }
  }

  /// The first `count` of the four characters for 24 bits.
  @inline(__always) private mutating func sextets(_ bits: UInt32, _ count: Int) {
    let a = Self.sextet(bits >> 18), b = Self.sextet(bits >> 12), c = Self.sextet(bits >> 6), d = Self.sextet(bits)
    put(UInt8(truncatingIfNeeded: a))
    put(UInt8(truncatingIfNeeded: b))
    if count > 2 { put(UInt8(truncatingIfNeeded: c)) }
    if count > 3 { put(UInt8(truncatingIfNeeded: d)) }
  }

  /// The eight characters of 48 bits, the first in the highest byte: the bits are spread by halves, then all bytes go the distances of
  /// `sextet` at once.
  @inline(__always) private static func characters(_ bits: UInt64) -> UInt64 {
    var values = (bits >> 24) << 32 | bits & 0xFF_FFFF
    values = (values & 0x00FF_F000_00FF_F000) << 4 | values & 0x0000_0FFF_0000_0FFF
    values = (values & 0x0FC0_0FC0_0FC0_0FC0) << 2 | values & 0x003F_003F_003F_003F
    // 1 in each byte whose value is at least `bound`.
    func atLeast(_ bound: UInt64) -> UInt64 { ((values &+ (128 &- bound) &* 0x0101_0101_0101_0101) >> 7) & 0x0101_0101_0101_0101 }
    return values &+ 65 &* 0x0101_0101_0101_0101 &+ 6 &* atLeast(26) &- 75 &* atLeast(52) &- 15 &* atLeast(62) &+ 3 &* atLeast(63)
  }

  /// The character of six bits, without a table: A-Z, a-z, 0-9, + and / are ranges at different distances.
  @inline(__always) private static func sextet(_ bits: UInt32) -> UInt32 {
    let value = bits & 63
    var character = value &+ 65
    if value > 25 { character = value &+ 71 }
    if value > 51 { character = value &- 4 }
    if value == 62 { character = 43 }
    if value == 63 { character = 47 }
    return character
  }
}

extension ByteArena {
  /// Appends bytes of another place as base64 (RFC 4648, section 4, with padding).
  package mutating func append(base64 bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    var cursor = cursor(reserving: bytes.count / 3 * 4 + 8)
    cursor.base64(start, count: bytes.count)
    finish(cursor)
  }
}
