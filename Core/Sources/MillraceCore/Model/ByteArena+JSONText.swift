extension ByteArena {
  /// Appends `text`, which must be UTF-8, as a JSON string with its quotes, escaped as Jackson does it: quote, backslash and
  /// control characters only, short forms where JSON has them, `\u00XX` in capitals otherwise. Clean runs are copied whole.
  public mutating func append(jsonText text: UnsafeRawBufferPointer) {
    reserve(text.count &+ 2)
    appendUnchecked(UInt8(ascii: "\""))
    var clean = 0
    for index in 0..<text.count {
      let byte = text[index]
      if byte >= 0x20 && byte != 0x22 && byte != 0x5c { continue }
      append(UnsafeRawBufferPointer(rebasing: text[clean..<index]))
      clean = index &+ 1
      append(escaped: byte)
    }
    append(UnsafeRawBufferPointer(rebasing: text[clean...]))
    append(UInt8(ascii: "\""))
  }

  /// Appends `text` as a JSON string with its quotes.
  public mutating func append(jsonText text: String) {
    var text = text
    text.withUTF8 { append(jsonText: UnsafeRawBufferPointer($0)) }
  }

  private mutating func append(escaped byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
    case 0x22, 0x5c: append(byte)
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0a: append(UInt8(ascii: "n"))
    case 0x0c: append(UInt8(ascii: "f"))
    case 0x0d: append(UInt8(ascii: "r"))
    default:
      append("u00" as StaticString)
      let low = byte & 15
      append(UInt8(ascii: "0") &+ (byte >> 4))
      append(low < 10 ? UInt8(ascii: "0") &+ low : UInt8(ascii: "A") &+ (low &- 10))
    }
  }
}
