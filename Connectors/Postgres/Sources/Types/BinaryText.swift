internal import MillraceCore

/// Forms that become bytes: `bytea`, bit strings, points, geometries.
enum BinaryText {
  static func nibble(_ byte: UInt8) -> UInt8 {
    let digit = byte &- 48
    if digit <= 9 { return digit }
    let letter = (byte | 0x20) &- 97
    return letter <= 5 ? letter &+ 10 : 0xFF
  }

  /// `\x` and hexadecimal digits.
  static func bytea(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard text.count >= 2, text.count & 1 == 0, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") else {
      throw DecodingFailure(.malformed, .bytea)
    }
    let at = batch.arena.count
    let length = text.count / 2 - 1
    var bad: UInt8 = 0
    batch.arena.appendWith(maximum: length) { memory in
      for index in 0..<length {
        let high = nibble(text[2 &* index &+ 2])
        let low = nibble(text[2 &* index &+ 3])
        bad |= high | low
        memory[index] = high << 4 | low & 0x0F
      }
      return length
    }
    guard bad < 0x10 else { throw DecodingFailure(.malformed, .bytea) }
    return .bytes(offset: at, length: length)
  }

  /// `bytea` as text, as `binary.handling.mode` wants it.
  static func byteaText(
    _ text: UnsafeRawBufferPointer, _ mode: BinaryMode, _ form: ColumnCodec.Form, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    guard text.count >= 2, text.count & 1 == 0, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") else {
      throw DecodingFailure(.malformed, form)
    }
    let digits = UnsafeRawBufferPointer(rebasing: text[2...])
    var bad: UInt8 = 0
    for byte in digits { bad |= nibble(byte) }
    guard bad < 0x10 else { throw DecodingFailure(.malformed, form) }
    if mode == .hex { return batch.text(digits) }
    let at = batch.arena.count
    batch.arena.appendWith(maximum: digits.count / 6 &* 4 &+ 4) { memory in
      Base64.write(count: digits.count / 2, urlSafe: mode == .base64URLSafe, to: memory) { index in
        nibble(digits[2 &* index]) << 4 | nibble(digits[2 &* index &+ 1])
      }
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// PostGIS writes EWKB in hexadecimal digits. A struct of it and its SRID, null where it has none
  /// (PostGIS manual, "WKB and WKT": flag 0x20000000 of the type).
  static func geometry(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard text.count >= 18, text.count & 1 == 0 else { throw DecodingFailure(.malformed, .geometry) }
    let at = batch.arena.count
    let length = text.count / 2
    var bad: UInt8 = 0
    batch.arena.appendWith(maximum: length) { memory in
      for index in 0..<length {
        let high = nibble(text[2 &* index])
        let low = nibble(text[2 &* index &+ 1])
        bad |= high | low
        memory[index] = high << 4 | low & 0x0F
      }
      return length
    }
    guard bad < 0x10 else { throw DecodingFailure(.malformed, .geometry) }
    let srid: Slot = try batch.arena.withBytes(at: at, length: length) { (bytes) throws(DecodingFailure) in
      let isLittle = bytes[0] != 0
      let type = word(bytes, 1, isLittle)
      guard type & 0x2000_0000 != 0 else { return .null }
      return .integer(Int64(Int32(bitPattern: word(bytes, 5, isLittle))))
    }
    let first = batch.slots.append(repeating: .bytes(offset: at, length: length), count: 2)
    batch.slots[first + 1] = srid
    return .structure(first: first, count: 2)
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ isLittle: Bool) -> UInt32 {
    let value = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
    return isLittle ? UInt32(littleEndian: value) : UInt32(bigEndian: value)
  }

  /// The last bit is the lowest of the first byte; zero bytes at the end are left out (Java's BitSet).
  static func bits(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let at = batch.arena.count
    let length = (text.count + 7) / 8
    var isGood = true
    batch.arena.appendWith(maximum: length) { memory in
      var kept = 0
      for index in 0..<length {
        let end = text.count &- index &* 8
        var byte: UInt8 = 0
        for position in max(end &- 8, 0)..<end {
          let bit = text[position] &- 48
          if bit > 1 { isGood = false }
          byte = byte << 1 | bit & 1
        }
        memory[index] = byte
        if byte != 0 { kept = index &+ 1 }
      }
      return kept
    }
    guard isGood else { throw DecodingFailure(.malformed, .bits) }
    return .bytes(offset: at, length: batch.arena.count - at)
  }

  /// `(x,y)`: x, y, the little-endian WKB of the point, no SRID.
  static func point(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard text.count >= 5, text[0] == UInt8(ascii: "("), text[text.count - 1] == UInt8(ascii: ")"),
      let comma = text.firstIndex(of: UInt8(ascii: ","))
    else { throw DecodingFailure(.malformed, .point) }
    let cursor = TextCursor(text)
    let x: Double
    let y: Double
    do throws(DecodingFailure) {
      x = try ColumnCodec.float8(cursor.slice(1, comma))
      y = try ColumnCodec.float8(cursor.slice(comma + 1, text.count - 1))
    } catch {
      throw DecodingFailure(.malformed, .point)
    }
    let at = batch.arena.count
    batch.arena.appendWith(maximum: 21) { memory in
      memory[0] = 1
      memory.storeBytes(of: UInt32(1).littleEndian, toByteOffset: 1, as: UInt32.self)
      memory.storeBytes(of: x.bitPattern.littleEndian, toByteOffset: 5, as: UInt64.self)
      memory.storeBytes(of: y.bitPattern.littleEndian, toByteOffset: 13, as: UInt64.self)
      return 21
    }
    let first = batch.slots.append(repeating: .null, count: 4)
    batch.slots[first] = .float(x)
    batch.slots[first + 1] = .float(y)
    batch.slots[first + 2] = .bytes(offset: at, length: 21)
    return .structure(first: first, count: 4)
  }
}
