/// A write position behind an arena's content, held in registers while many short pieces are written.
///
/// `ByteArena.cursor` hands it out, `ensure` makes room, the other methods write without looking for it, and
/// `ByteArena.finish` makes what was written part of the content. Between the two nobody else may touch the arena.
/// Short pieces are copied in whole blocks of 32 bytes: `ensure` counts that in, and sources must lie in memory that an
/// arena owns, which has the same slack behind it.
@frozen public struct ByteCursor {
  @usableFromInline var at: UnsafeMutableRawPointer
  @usableFromInline var limit: UnsafeMutableRawPointer

  @inlinable init(at: UnsafeMutableRawPointer, limit: UnsafeMutableRawPointer) {
    self.at = at
    self.limit = limit
  }

  /// Whether `count` more bytes fit.
  @inlinable @inline(__always) public func fits(_ count: Int) -> Bool { limit - at >= count }

  /// Writes one byte.
  @inlinable @inline(__always) public mutating func put(_ byte: UInt8) {
    at.storeBytes(of: byte, as: UInt8.self)
    at += 1
  }

  /// Writes eight bytes, the lowest first, and counts only the first `count` of them.
  @inlinable @inline(__always) public mutating func put(word: UInt64, count: Int = 8) {
    at.storeBytes(of: word.littleEndian, as: UInt64.self)
    at += count
  }

  /// Writes sixteen bytes, the lowest of `first` first, and counts only the first `count` of them.
  @inlinable @inline(__always) public mutating func put(words first: UInt64, _ second: UInt64, count: Int) {
    at.storeBytes(of: first.littleEndian, as: UInt64.self)
    at.storeBytes(of: second.littleEndian, toByteOffset: 8, as: UInt64.self)
    at += count
  }

  /// Copies `count` bytes out of memory that an arena owns, in blocks: reads and writes up to 31 bytes more.
  @inlinable @inline(__always) public mutating func copy(_ source: UnsafeRawPointer, count: Int) {
    at.storeBytes(of: source.loadUnaligned(as: SIMD4<UInt64>.self), as: SIMD4<UInt64>.self)
    if count > 32 { copyRest(source, count: count) }
    at += count
  }

  @inlinable @inline(__always) mutating func copyRest(_ source: UnsafeRawPointer, count: Int) {
    if count > 256 {
      (at + 32).copyMemory(from: source + 32, byteCount: count &- 32)
      return
    }
    var done = 32
    repeat {
      (at + done).storeBytes(of: (source + done).loadUnaligned(as: SIMD4<UInt64>.self), as: SIMD4<UInt64>.self)
      done &+= 32
    } while done < count
  }

  /// Copies the beginning of `text` up to the first control character, quote, backslash or byte beyond ASCII, and answers its length. Reads
  /// nothing outside of `text`; writes up to seven bytes more.
  package mutating func plain(_ text: UnsafeRawBufferPointer) -> Int {
    var index = 0
    while index &+ 8 <= text.count {
      let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let hits = PlainText.hits(in: word, asciiOnly: true)
      let clean = hits == 0 ? 8 : hits.trailingZeroBitCount >> 3
      put(word: word, count: clean)
      index &+= clean
      if clean < 8 { return index }
    }
    let rest = text.count &- index
    if rest == 0 { return index }
    let word = PlainText.tail(of: text, from: index, count: rest)
    // The zeros behind the text are found at the latest.
    let clean = min(rest, PlainText.hits(in: word, asciiOnly: true).trailingZeroBitCount >> 3)
    put(word: word, count: clean)
    return index &+ clean
  }

  /// Writes `value` in decimal: at most 20 bytes, room for 24.
  @inlinable @inline(__always) public mutating func decimal(_ value: Int64) {
    if value < 0 { put(UInt8(ascii: "-")) }
    decimal(value.magnitude)
  }

  /// Writes `value` in decimal: at most 20 bytes, room for 24.
  @inlinable @inline(__always) public mutating func decimal(_ value: UInt64) {
    if value < 100_000_000 {
      leading(value)
    } else if value < 10_000_000_000_000_000 {
      let high = value / 100_000_000
      leading(high)
      put(word: ByteCursor.digits(value &- high &* 100_000_000) | 0x3030_3030_3030_3030)
    } else {
      let top = value / 10_000_000_000_000_000
      let rest = value &- top &* 10_000_000_000_000_000
      leading(top)
      let high = rest / 100_000_000
      put(word: ByteCursor.digits(high) | 0x3030_3030_3030_3030)
      put(word: ByteCursor.digits(rest &- high &* 100_000_000) | 0x3030_3030_3030_3030)
    }
  }

  /// Writes a number below 10^8 without leading zeros.
  @inlinable @inline(__always) mutating func leading(_ value: UInt64) {
    if value < 10 { return put(UInt8(truncatingIfNeeded: value) | 0x30) }
    let digits = ByteCursor.digits(value)
    let skip = digits.trailingZeroBitCount & 0x38
    put(word: (digits | 0x3030_3030_3030_3030) >> UInt64(truncatingIfNeeded: skip), count: 8 &- skip >> 3)
  }

  /// The eight digits of a number below 10^8, one to a byte, the first in the lowest: pairs, then single digits, are divided
  /// out side by side in one word.
  @inlinable @inline(__always) public static func digits(_ value: UInt64) -> UInt64 {
    let high = (value &* 109_951_163) >> 40
    let fours = high | (value &- high &* 10_000) << 32
    let hundreds = ((fours &* 10_486) >> 20) & 0x0000_007F_0000_007F
    let pairs = (fours &- hundreds &* 100) << 16 | hundreds
    let tens = ((pairs &* 103) >> 10) & 0x000F_000F_000F_000F
    return (pairs &- tens &* 10) << 8 | tens
  }
}

extension ByteArena {
  /// The content as a plain pointer: valid as long as the arena is borrowed and unchanged. Up to 64 bytes behind the content
  /// can be read, which mean nothing.
  @inlinable public var start: UnsafeRawPointer {
    @inline(__always) borrowing get { UnsafeRawPointer(base) }
  }

  /// A cursor behind the content with room for `count` bytes.
  @inlinable @inline(__always) public mutating func cursor(reserving count: Int) -> ByteCursor {
    reserve(count)
    return ByteCursor(at: base + used, limit: base + room)
  }

  /// Makes sure that `count` bytes fit behind `cursor`.
  @inlinable @inline(__always) public mutating func ensure(_ count: Int, _ cursor: ByteCursor) -> ByteCursor {
    cursor.fits(count) ? cursor : grow(count, cursor)
  }

  @usableFromInline @inline(never) mutating func grow(_ count: Int, _ cursor: ByteCursor) -> ByteCursor {
    finish(cursor)
    return self.cursor(reserving: count)
  }

  /// Makes what was written through `cursor` part of the content.
  @inlinable @inline(__always) public mutating func finish(_ cursor: ByteCursor) {
    precondition(cursor.at >= base && cursor.at <= base + room)
    setCount(cursor.at - base)
  }
}
