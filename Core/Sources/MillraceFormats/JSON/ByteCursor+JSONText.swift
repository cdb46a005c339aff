internal import MillraceCore

extension ByteCursor {
  /// What one byte of text can become at most (`\u0001`).
  static var growth: Int { 6 }

  /// Writes text as Jackson escapes it: `\"`, `\\`, `\b`, `\t`, `\n`, `\f`, `\r`, other controls as `\u00XX`, characters beyond
  /// the basic plane as a surrogate pair, everything else as it is. Room for `6 × count + 16`; reads up to 7 bytes more.
  ///
  /// Eight bytes at a time are copied and examined in one word; only the first byte that needs more is looked at.
  @inline(__always) mutating func json(_ source: UnsafeRawPointer, count: Int) {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var from = source
    let end = source + count
    while from < end {
      let word = UInt64(littleEndian: from.loadUnaligned(as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let slash = word ^ (ones &* 0x5C)
      // A borrow can only mark bytes above a true one, so the lowest mark is always true.
      let marked =
        ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash)
        | (word & word << 1 & word << 2 & word << 3)
      let special = marked & tops
      let left = end - from
      if special == 0 {
        put(word: word, count: min(left, 8))
        from += 8
        continue
      }
      let clean = special.trailingZeroBitCount >> 3
      if clean >= left { return put(word: word, count: left) }
      put(word: word, count: clean)
      from += clean
      let byte = UInt8(truncatingIfNeeded: word >> UInt64(clean &* 8))
      if byte == 0x22 || byte == 0x5C {
        put(word: UInt64(byte) << 8 | 0x5C, count: 2)
        from += 1
      } else {
        from += escape(from, byte, left: left &- clean)
      }
    }
  }

  /// Writes a control character or a character of four bytes; answers how many bytes it took.
  @inline(never) private mutating func escape(_ source: UnsafeRawPointer, _ byte: UInt8, left: Int) -> Int {
    if byte < 0x20 {
      let short: UInt8 =
        switch byte {
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0A: UInt8(ascii: "n")
        case 0x0C: UInt8(ascii: "f")
        case 0x0D: UInt8(ascii: "r")
        default: 0
        }
      if short != 0 { put(word: UInt64(short) << 8 | 0x5C, count: 2) } else { unit(UInt32(byte)) }
      return 1
    }
    let b = left > 3 ? source.load(fromByteOffset: 1, as: UInt8.self) : 0
    let c = left > 3 ? source.load(fromByteOffset: 2, as: UInt8.self) : 0
    let d = left > 3 ? source.load(fromByteOffset: 3, as: UInt8.self) : 0
    guard b & 0xC0 == 0x80, c & 0xC0 == 0x80, d & 0xC0 == 0x80 else {
      // Not UTF-8: passed on as it is.
      put(byte)
      return 1
    }
    let scalar = UInt32(byte & 7) << 18 | UInt32(b & 63) << 12 | UInt32(c & 63) << 6 | UInt32(d & 63)
    guard scalar >= 0x10000, scalar <= 0x10FFFF else {
      put(byte)
      return 1
    }
    unit(0xD800 + (scalar - 0x10000) >> 10)
    unit(0xDC00 + (scalar - 0x10000) & 0x3FF)
    return 4
  }

  /// `\uXXXX`.
  private mutating func unit(_ value: UInt32) {
    put(UInt8(ascii: "\\"))
    put(UInt8(ascii: "u"))
    for shift: UInt32 in [12, 8, 4, 0] {
      let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
      put(digit < 10 ? digit + 48 : digit + 55)
    }
  }
}
