internal import MillraceCore

/// `hstore` as compact JSON text, keys in the server's order.
enum HstoreText {
  /// Reads `"k"=>"v", "n"=>NULL`; writes `{"k":"v","n":null}`.
  static func json(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let at = batch.arena.count
    var cursor = TextCursor(text)
    batch.arena.append(UInt8(ascii: "{"))
    while !cursor.isAtEnd {
      guard string(&cursor, into: &batch.arena), cursor.skip("=>") else { throw DecodingFailure(.malformed, .hstore) }
      batch.arena.append(UInt8(ascii: ":"))
      if cursor.skip("NULL") {
        batch.arena.append("null")
      } else if !string(&cursor, into: &batch.arena) {
        throw DecodingFailure(.malformed, .hstore)
      }
      if cursor.isAtEnd { break }
      guard cursor.skip(", "), !cursor.isAtEnd else { throw DecodingFailure(.malformed, .hstore) }
      batch.arena.append(UInt8(ascii: ","))
    }
    batch.arena.append(UInt8(ascii: "}"))
    return .text(offset: at, length: batch.arena.count - at)
  }

  /// A quoted string with `\` before `"` and `\`, as a JSON string.
  private static func string(_ cursor: inout TextCursor, into arena: inout ByteArena) -> Bool {
    guard cursor.skip(UInt8(ascii: "\"")) else { return false }
    arena.append(UInt8(ascii: "\""))
    while !cursor.isAtEnd {
      var byte = cursor.current
      cursor.at &+= 1
      if byte == UInt8(ascii: "\"") {
        arena.append(byte)
        return true
      }
      if byte == UInt8(ascii: "\\") {
        guard !cursor.isAtEnd else { return false }
        byte = cursor.current
        cursor.at &+= 1
      }
      escape(byte, into: &arena)
    }
    return false
  }

  private static let hexadecimal: StaticString = "0123456789ABCDEF"

  private static func escape(_ byte: UInt8, into arena: inout ByteArena) {
    switch byte {
    case UInt8(ascii: "\""): arena.append("\\\"")
    case UInt8(ascii: "\\"): arena.append("\\\\")
    case 8: arena.append("\\b")
    case 9: arena.append("\\t")
    case 10: arena.append("\\n")
    case 12: arena.append("\\f")
    case 13: arena.append("\\r")
    case 0..<32:
      arena.append("\\u00")
      arena.append(hexadecimal.utf8Start[Int(byte >> 4)])
      arena.append(hexadecimal.utf8Start[Int(byte & 15)])
    default: arena.append(byte)
    }
  }
}
