/// Looks for what JSON texts have to escape, eight bytes at a time.
package enum PlainText {
  /// Where the next control character, quote or backslash stands, or the end of `text`.
  /// - Parameter asciiOnly: whether bytes from 0x7F on are looked for, too.
  @inlinable @inline(__always)
  package static func end(in text: UnsafeRawBufferPointer, from start: Int, asciiOnly: Bool) -> Int {
    var index = start
    while index &+ 8 <= text.count {
      let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let hits = PlainText.hits(in: word, asciiOnly: asciiOnly)
      if hits != 0 { return index &+ hits.trailingZeroBitCount >> 3 }
      index &+= 8
    }
    while index < text.count {
      let byte = text[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C || asciiOnly && byte >= 0x7F { return index }
      index &+= 1
    }
    return index
  }

  /// The top bit of each byte that is no plain one. A byte behind such a one may seem so, too; the lowest is right.
  @inlinable @inline(__always)
  package static func hits(in word: UInt64, asciiOnly: Bool) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (ones &* 0x22), slashes = word ^ (ones &* 0x5C)
    // A byte that borrows is below 0x20, or equal.
    var hits = (word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes
    if asciiOnly { hits |= word | (word &+ ones) }
    return hits & (ones &* 0x80)
  }

  /// The `count` bytes from `start` on, the first in the lowest place, with zeros behind them: one to seven. Reads nothing outside of
  /// `text`.
  @inline(__always)
  static func tail(of text: UnsafeRawBufferPointer, from start: Int, count: Int) -> UInt64 {
    if text.count >= 8 {
      let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: text.count &- 8, as: UInt64.self))
      return word >> UInt64(truncatingIfNeeded: 8 &* (8 &- count))
    }
    if count >= 4 {
      let first = UInt64(UInt32(littleEndian: text.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
      let last = UInt64(UInt32(littleEndian: text.loadUnaligned(fromByteOffset: start &+ count &- 4, as: UInt32.self)))
      return first | last << UInt64(truncatingIfNeeded: 8 &* (count &- 4))
    }
    let middle = count >> 1
    return UInt64(text[start]) | UInt64(text[start &+ middle]) << UInt64(truncatingIfNeeded: 8 &* middle)
      | UInt64(text[start &+ count &- 1]) << UInt64(truncatingIfNeeded: 8 &* (count &- 1))
  }
}
