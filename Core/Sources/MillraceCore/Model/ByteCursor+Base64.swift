extension ByteCursor {
  /// Writes `count` bytes as base64 (RFC 4648, with padding); room for `count / 3 * 4 + 8`.
  package mutating func base64(_ source: UnsafeRawPointer, count: Int) {
    var at = 0
    // Twelve bytes become sixteen characters; the last load reaches one byte further.
    while at + 13 <= count {
      var words = SIMD4<UInt32>()
      for lane in 0..<4 { words[lane] = UInt32(bigEndian: source.loadUnaligned(fromByteOffset: at + lane * 3, as: UInt32.self)) >> 8 }
      let text = unsafeBitCast(Self.characters(words), to: SIMD2<UInt64>.self)
      put(words: text[0], text[1], count: 16)
      at += 12
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

  /// The characters of four times 24 bits, by the same distances as `sextet`.
  @inline(__always) private static func characters(_ words: SIMD4<UInt32>) -> SIMD16<Int8> {
    let sextets = (words &>> 18) & 63 | ((words &>> 12) & 63) &<< 8 | ((words &>> 6) & 63) &<< 16 | (words & 63) &<< 24
    let values = unsafeBitCast(sextets, to: SIMD16<Int8>.self)
    var characters = values &+ 65
    characters.replace(with: values &+ 71, where: values .> 25)
    characters.replace(with: values &- 4, where: values .> 51)
    characters.replace(with: 43, where: values .== 62)
    characters.replace(with: 47, where: values .== 63)
    return characters
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
