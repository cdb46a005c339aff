internal import MillraceCore

extension ByteCursor {
  /// What one byte of text can become at most (`\u0001`).
  static var growth: Int { 6 }

  /// Writes text as Jackson escapes it: `\"`, `\\`, `\b`, `\t`, `\n`, `\f`, `\r`, other controls as `\u00XX`, characters beyond
  /// the basic plane as a surrogate pair, everything else as it is. Room for `6 × count + 16`; reads up to 31
  /// bytes more.
  ///
  /// Sixteen bytes at a time are copied and examined; inside a block only the bytes that need more are looked at.
  @inline(__always) mutating func json(_ source: UnsafeRawPointer, count: Int) {
    if count <= 16 {
      let first = UInt64(littleEndian: source.loadUnaligned(as: UInt64.self))
      let second = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      if Self.special(first) | Self.special(second) == 0 { return put(words: first, second, count: count) }
    }
    self = Self.json(self, source, count: count)
  }

  /// The cursor goes in and comes out by value, so that it stays in registers on both sides.
  @inline(never) private static func json(_ start: ByteCursor, _ source: UnsafeRawPointer, count: Int) -> ByteCursor {
    var cursor = start
    cursor.blocks(source, count: count)
    return cursor
  }

  @inline(__always) private mutating func blocks(_ source: UnsafeRawPointer, count: Int) {
    var from = source
    let end = source + count
    while from < end {
      let first = UInt64(littleEndian: from.loadUnaligned(as: UInt64.self))
      let second = UInt64(littleEndian: from.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      let marks = Self.special(first)
      let more = Self.special(second)
      let left = min(end - from, 16)
      if marks | more == 0 {
        put(words: first, second, count: left)
        from += 16
        continue
      }
      // One bit for each byte; what lies behind the end means nothing.
      var places = (Self.gathered(marks) | Self.gathered(more) &<< 8) & (1 &<< UInt64(truncatingIfNeeded: left) &- 1)
      var done = 0
      while places != 0 {
        let clean = places.trailingZeroBitCount
        copy16(from + done, count: clean &- done)
        let byte = from.load(fromByteOffset: clean, as: UInt8.self)
        if byte == 0x22 || byte == 0x5C {
          put(word: UInt64(byte) &<< 8 | 0x5C, count: 2)
          done = clean &+ 1
          places &= places &- 1
        } else {
          // A character of four bytes can reach into the next block.
          done = clean &+ escape(from + clean, byte, left: end - from - clean)
          places &= UInt64.max &<< UInt64(truncatingIfNeeded: done)
        }
      }
      if done < left {
        copy16(from + done, count: left &- done)
        done = left
      }
      from += done
    }
  }

  /// Copies sixteen bytes and counts `count` of them.
  @inline(__always) private mutating func copy16(_ source: UnsafeRawPointer, count: Int) {
    put(
      words: source.loadUnaligned(as: UInt64.self), source.loadUnaligned(fromByteOffset: 8, as: UInt64.self), count: count)
  }

  /// The top bits of eight bytes side by side, the lowest byte's first.
  @inline(__always) private static func gathered(_ marks: UInt64) -> UInt64 {
    ((marks &>> 7) &* 0x0102_0408_1020_4080) &>> 56
  }

  /// The top bit of each byte that cannot be copied as it is: quote, backslash, controls, and what begins a character of four
  /// bytes. No byte disturbs its neighbour, because no sum leaves its byte.
  @inline(__always) private static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7F)
    let isOther =
      ((low ^ (ones &* 0x22)) &+ (ones &* 0x7F)) & ((low ^ (ones &* 0x5C)) &+ (ones &* 0x7F)) & (low &+ (ones &* 0x60))
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
