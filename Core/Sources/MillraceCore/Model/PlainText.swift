/// Looks for what JSON texts have to escape, eight bytes at a time.
package enum PlainText {
  /// Where the next control character, quote or backslash stands, or the end of `text`.
  /// - Parameter asciiOnly: whether bytes from 0x7F on are looked for, too.
  @inlinable @inline(__always)
  package static func end(in text: UnsafeRawBufferPointer, from start: Int, asciiOnly: Bool) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = start
    while index &+ 8 <= text.count {
      let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let quotes = word ^ (ones &* 0x22), slashes = word ^ (ones &* 0x5C)
      // The top bit of a byte that borrows: below 0x20, or equal. A byte behind such a one may seem so, too; the lowest is right.
      var hits = (word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes
      if asciiOnly { hits |= word | (word &+ ones) }
      hits &= ones &* 0x80
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
}
