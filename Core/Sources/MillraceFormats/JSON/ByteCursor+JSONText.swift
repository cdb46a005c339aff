internal import MillraceCore

extension ByteCursor {
  /// What one byte of text can become at most (`\u0001`).
  static var growth: Int { 6 }

  /// Writes text as Jackson escapes it: `\"`, `\\`, `\b`, `\t`, `\n`, `\f`, `\r`, other controls as `\u00XX`, characters beyond
  /// the basic plane as a surrogate pair, everything else as it is. Room for `6 × count + 16`; reads up to 15
  /// bytes more.
  ///
  /// Sixteen bytes at a time are copied and examined; inside a block only the bytes that need more are looked at.
  @inline(__always) mutating func json(_ source: UnsafeRawPointer, count: Int) {
    var from = source
    let end = source + count
    while from < end {
      let first = UInt64(littleEndian: from.loadUnaligned(as: UInt64.self))
      let second = UInt64(littleEndian: from.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      let marks = Self.special(first)
      let more = Self.special(second)
      let left = end - from
      if marks | more == 0 {
        put(words: first, second, count: min(left, 16))
        from += 16
        continue
      }
      let done = word(from, left, first, marks)
      from += done
      if done == 8, left > 8 { from += word(from, left &- 8, second, more) }
    }
  }

  /// Writes eight bytes, or `left` if that is less; answers how many bytes were taken, which a character that reaches into the
  /// next word makes more than eight.
  @inline(__always) private mutating func word(_ source: UnsafeRawPointer, _ left: Int, _ word: UInt64, _ marks: UInt64) -> Int {
    let length = min(left, 8)
    // What lies behind the end means nothing.
    var special = marks & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- length &* 8))
    var done = 0
    while special != 0 {
      let clean = special.trailingZeroBitCount &>> 3
      put(word: word &>> UInt64(truncatingIfNeeded: done &* 8), count: clean &- done)
      let byte = UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: clean &* 8))
      if byte == 0x22 || byte == 0x5C {
        put(word: UInt64(byte) &<< 8 | 0x5C, count: 2)
        done = clean &+ 1
        special &= special &- 1
      } else {
        done = clean &+ escape(source + clean, byte, left: left &- clean)
        special &= done >= 8 ? 0 : UInt64.max &<< UInt64(truncatingIfNeeded: done &* 8)
      }
    }
    if done < length {
      put(word: word &>> UInt64(truncatingIfNeeded: done &* 8), count: length &- done)
      done = length
    }
    return done
  }

  /// The top bit of each byte that cannot be copied as it is: quote, backslash, controls, and what begins a character of four
  /// bytes. No byte disturbs its neighbour, because no sum leaves its byte.
  @inline(__always) private static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7F)
    let isOther = ((low ^ (ones &* 0x22)) &+ (ones &* 0x7F)) & ((low ^ (ones &* 0x5C)) &+ (ones &* 0x7F)) & (low &+ (ones &* 0x60))
    return (~(isOther | word) | ((low &+ (ones &* 0x10)) & word)) & (ones &* 0x80)
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
