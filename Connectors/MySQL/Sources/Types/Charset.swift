internal import MillraceCore

/// A character set of the server, and how its texts become UTF-8.
///
/// `latin1` is Windows' cp1252 with the control characters in its holes; `utf8` is `utf8mb3`. What is no character of the set becomes a
/// question mark, as in the server's own conversion, which the snapshot goes through.
enum Charset: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  case utf8mb4, ascii, ucs2, utf16, utf16le, utf32
  case armscii8, cp1250, cp1251, cp1256, cp1257, cp850, cp852, cp866, dec8, geostd8, greek, hebrew, hp8, keybcs2, koi8r, koi8u, latin1, latin2,
    latin5, latin7, macce, macroman, swe7, tis620
  case big5, cp932, eucjpms, euckr, gb18030, gb2312, gbk, sjis, ujis

  /// The name as the server writes it; nil for `binary` and what is not known.
  init?(name: String) {
    let name = name.lowercased()
    if name == "utf8" || name == "utf8mb3" {
      self = .utf8mb4
      return
    }
    guard let found = Charset.allCases.first(where: { "\($0)" == name }) else { return nil }
    self = found
  }

  /// Appends a text of this set.
  /// - Parameter table: what `CharsetTable.of` answers for it.
  func text(_ bytes: UnsafeRawBufferPointer, _ table: CharsetTable?, into batch: inout RecordBatch) -> Slot {
    let at = batch.arena.count
    append(bytes, table, to: &batch.arena)
    return .text(offset: at, length: batch.arena.count &- at)
  }

  private func append(_ bytes: UnsafeRawBufferPointer, _ table: CharsetTable?, to arena: inout ByteArena) {
    switch self {
    case .utf8mb4: return arena.append(bytes)
    case .utf32: return Charset.utf32(bytes, &arena)
    case .utf16, .ucs2: return Charset.utf16(bytes, isLittle: false, &arena)
    case .utf16le: return Charset.utf16(bytes, isLittle: true, &arena)
    default: break
    }
    // No byte becomes more than three, no two more than four.
    var cursor = arena.cursor(reserving: bytes.count &* 3 &+ 64)
    if self == .ascii {
      for byte in bytes { cursor.put(byte < 0x80 ? byte : 0x3F) }
    } else if let table {
      table.convert(bytes, &cursor)
    }
    arena.finish(cursor)
  }

  private static func utf32(_ bytes: UnsafeRawBufferPointer, _ arena: inout ByteArena) {
    var cursor = arena.cursor(reserving: bytes.count &+ 64)
    var at = 0
    while at &+ 4 <= bytes.count {
      cursor.put(scalar: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
      at &+= 4
    }
    arena.finish(cursor)
  }

  private static func utf16(_ bytes: UnsafeRawBufferPointer, isLittle: Bool, _ arena: inout ByteArena) {
    var cursor = arena.cursor(reserving: bytes.count &* 2 &+ 64)
    func unit(_ at: Int) -> UInt32 {
      let unit = bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)
      return UInt32(isLittle ? UInt16(littleEndian: unit) : UInt16(bigEndian: unit))
    }
    var at = 0
    while at &+ 2 <= bytes.count {
      let first = unit(at)
      at &+= 2
      if first & 0xFC00 == 0xD800, at &+ 2 <= bytes.count, unit(at) & 0xFC00 == 0xDC00 {
        cursor.put(scalar: 0x1_0000 &+ (first & 0x3FF) << 10 &+ unit(at) & 0x3FF)
        at &+= 2
      } else {
        cursor.put(scalar: first)
      }
    }
    arena.finish(cursor)
  }
}

extension ByteCursor {
  /// Writes a character as UTF-8, a question mark for half of one: at most four bytes.
  @inline(__always) mutating func put(scalar: UInt32) {
    if scalar < 0x80 {
      put(UInt8(truncatingIfNeeded: scalar))
    } else if scalar < 0x800 {
      put(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
      put(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    } else if scalar < 0x1_0000 {
      if scalar & 0xF800 == 0xD800 { return put(0x3F) }
      put(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
      put(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      put(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    } else if scalar <= 0x10_FFFF {
      put(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
      put(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
      put(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      put(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    } else {
      put(0x3F)
    }
  }
}
