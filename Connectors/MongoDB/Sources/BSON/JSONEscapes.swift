internal import MillraceCore

/// Texts as JSON strings, escaped as the Java driver does it (org.bson.json.StrictCharacterStreamJsonWriter): of each UTF-16 unit,
/// letters, numbers, spaces, punctuation and symbols stay; marks, controls, halves of pairs and what has no meaning become `\uxxxx`.
extension ByteArena {
  mutating func append(bsonText text: UnsafeRawBufferPointer) {
    var cursor = cursor(reserving: text.count &+ 2)
    cursor.put(UInt8(ascii: "\""))
    let plain = cursor.plain(text)
    if plain == text.count { cursor.put(UInt8(ascii: "\"")) }
    finish(cursor)
    if plain < text.count { append(rest: text, from: plain) }
  }

  /// What stands from `start` on, where something has to be escaped, and the quote behind it.
  @inline(never)
  private mutating func append(rest text: UnsafeRawBufferPointer, from start: Int) {
    var clean = start
    var index = start
    while true {
      index = PlainText.end(in: text, from: index, asciiOnly: true)
      guard index < text.count else { break }
      let byte = text[index]
      var length = 1
      if byte >= 0x80 {
        let unit: UInt32
        (unit, length) = JSONEscapes.scalar(text, at: index)
        if unit <= 0xFFFF, !JSONEscapes.shared.escapes(unit) {
          index &+= length
          continue
        }
        append(UnsafeRawBufferPointer(rebasing: text[clean..<index]))
        if unit <= 0xFFFF {
          append(hexEscape: unit)
        } else if unit == JSONEscapes.invalid {
          append("\u{FFFD}" as StaticString)
        } else {
          append(hexEscape: 0xD800 | (unit &- 0x1_0000) >> 10)
          append(hexEscape: 0xDC00 | (unit &- 0x1_0000) & 0x3FF)
        }
      } else {
        append(UnsafeRawBufferPointer(rebasing: text[clean..<index]))
        append(escaped: byte)
      }
      index &+= length
      clean = index
    }
    append(UnsafeRawBufferPointer(rebasing: text[clean...]))
    append(UInt8(ascii: "\""))
  }

  private mutating func append(escaped byte: UInt8) {
    let letter: UInt8
    switch byte {
    case 0x22, 0x5C: letter = byte
    case 0x08: letter = UInt8(ascii: "b")
    case 0x09: letter = UInt8(ascii: "t")
    case 0x0A: letter = UInt8(ascii: "n")
    case 0x0C: letter = UInt8(ascii: "f")
    case 0x0D: letter = UInt8(ascii: "r")
    default: return append(hexEscape: UInt32(byte))
    }
    append(UInt8(ascii: "\\"))
    append(letter)
  }

  private mutating func append(hexEscape unit: UInt32) {
    reserve(6)
    appendUnchecked(UInt8(ascii: "\\"))
    appendUnchecked(UInt8(ascii: "u"))
    appendUnchecked(JSONEscapes.hex(unit >> 12 & 15, upper: false))
    appendUnchecked(JSONEscapes.hex(unit >> 8 & 15, upper: false))
    appendUnchecked(JSONEscapes.hex(unit >> 4 & 15, upper: false))
    appendUnchecked(JSONEscapes.hex(unit & 15, upper: false))
  }
}

/// Which UTF-16 units the Java driver escapes. Made once, when the first text beyond ASCII is printed.
struct JSONEscapes: Sendable {
  static let shared = JSONEscapes()

  /// A bit for each unit.
  private let bits: [UInt64]

  @inline(__always) func escapes(_ unit: UInt32) -> Bool { bits[Int(unit >> 6)] >> UInt64(unit & 63) & 1 != 0 }

  private init() {
    var bits = [UInt64](repeating: 0, count: 1024)
    for unit in 0..<UInt32(0x1_0000) {
      guard let scalar = Unicode.Scalar(unit), JSONEscapes.stays(scalar.properties) else {
        bits[Int(unit >> 6)] |= 1 << UInt64(unit & 63)
        continue
      }
    }
    self.bits = bits
  }

  private static func stays(_ properties: Unicode.Scalar.Properties) -> Bool {
    // What came after version 13 means nothing to Java 17.
    if let age = properties.age, age.major > 13 { return false }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .decimalNumber, .letterNumber, .otherNumber,
      .spaceSeparator, .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
      return true
    default: return false
    }
  }

  /// A byte that is no UTF-8: U+FFFD stands for it, as the Java driver reads it.
  static let invalid: UInt32 = 0x11_0000

  /// The character at `index` and its length.
  @inline(__always) static func scalar(_ text: UnsafeRawBufferPointer, at index: Int) -> (UInt32, Int) {
    let first = text[index]
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    if first < 0xC2 || first > 0xF4 || index &+ length > text.count { return (invalid, 1) }
    var scalar = UInt32(first) & (0x7F >> UInt32(length))
    for next in 1..<length {
      let byte = text[index &+ next]
      if byte & 0xC0 != 0x80 { return (invalid, 1) }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    // More bytes than the character needs, half of a pair, or beyond all characters.
    if length == 3 {
      if scalar < 0x800 { return (invalid, 1) }
      if scalar & 0xF800 == 0xD800 { return (invalid, 3) }
    } else if length == 4, scalar < 0x1_0000 || scalar > 0x10_FFFF {
      return (invalid, 1)
    }
    return (scalar, length)
  }

  /// A hexadecimal digit.
  @inline(__always) static func hex(_ value: UInt32, upper: Bool) -> UInt8 {
    UInt8(truncatingIfNeeded: value < 10 ? 48 &+ value : (upper ? 55 : 87) &+ value)
  }
}
