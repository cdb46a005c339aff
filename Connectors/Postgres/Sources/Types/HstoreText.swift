internal import MillraceCore

/// `hstore` as compact JSON text or as a map, keys in the server's order.
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

  /// The pairs as texts; a value may be null.
  static func map(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    var count = 0
    var cursor = TextCursor(text)
    while !cursor.isAtEnd {
      guard skipString(&cursor), cursor.skip("=>"), cursor.skip("NULL") || skipString(&cursor) else {
        throw DecodingFailure(.malformed, .hstoreMap)
      }
      count += 1
      if cursor.isAtEnd { break }
      guard cursor.skip(", "), !cursor.isAtEnd else { throw DecodingFailure(.malformed, .hstoreMap) }
    }
    let first = batch.slots.append(repeating: .null, count: count &* 2)
    cursor = TextCursor(text)
    for index in 0..<count {
      let key = plain(&cursor, into: &batch.arena)
      batch.slots[first + 2 * index] = key
      _ = cursor.skip("=>")
      if !cursor.skip("NULL") {
        let value = plain(&cursor, into: &batch.arena)
        batch.slots[first + 2 * index + 1] = value
      }
      _ = cursor.skip(", ")
    }
    return .map(first: first, count: count)
  }

  private static func skipString(_ cursor: inout TextCursor) -> Bool {
    guard cursor.skip(UInt8(ascii: "\"")) else { return false }
    while !cursor.isAtEnd {
      let byte = cursor.current
      cursor.at &+= 1
      if byte == UInt8(ascii: "\"") { return true }
      if byte == UInt8(ascii: "\\") { cursor.at &+= 1 }
    }
    return false
  }

  /// A quoted string that `skipString` has found to be one, without its quotes and backslashes.
  private static func plain(_ cursor: inout TextCursor, into arena: inout ByteArena) -> Slot {
    let at = arena.count
    cursor.at &+= 1
    while !cursor.isAtEnd, cursor.current != UInt8(ascii: "\"") {
      if cursor.current == UInt8(ascii: "\\") { cursor.at &+= 1 }
      arena.append(cursor.current)
      cursor.at &+= 1
    }
    cursor.at &+= 1
    return .text(offset: at, length: arena.count - at)
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
