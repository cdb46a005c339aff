/// One field of a document or one item of an array, as a place in its bytes: valid as long as they are.
struct BSONElement {
  let type: BSONType
  /// UTF-8, without the zero behind it.
  let name: UnsafeRawBufferPointer
  /// The value alone, as long as its type says.
  let value: UnsafeRawBufferPointer

  /// Whether it is called `text`.
  @inline(__always) func isNamed(_ text: StaticString) -> Bool {
    guard name.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<name.count where name[index] != text.utf8Start[index] { return false }
    return true
  }

  /// A number of any width that is whole, or a boolean; nil for the rest.
  var integer: Int64? {
    switch type {
    case .int32: Int64(value.loadUnaligned(as: Int32.self))
    case .int64, .date: value.loadUnaligned(as: Int64.self)
    case .double: Int64(exactly: value.loadUnaligned(as: Double.self).rounded(.towardZero))
    case .boolean: value[0] == 0 ? 0 : 1
    default: nil
    }
  }

  /// The UTF-8 of a string, a symbol or a piece of code.
  var text: UnsafeRawBufferPointer? {
    switch type {
    case .string, .symbol, .code: UnsafeRawBufferPointer(rebasing: value[4..<(value.count - 1)])
    default: nil
    }
  }

  /// The text as a String. Not per record.
  var string: String? { text.map { String(decoding: $0, as: UTF8.self) } }

  /// A document or an array.
  var document: UnsafeRawBufferPointer? { type == .document || type == .array ? value : nil }

  /// Seconds since 1970 in the upper half, a counter in the lower.
  var timestamp: UInt64? { type == .timestamp ? value.loadUnaligned(as: UInt64.self) : nil }
}

/// The types of the specification (bsonspec.org, version 1.1), by their byte.
enum BSONType: UInt8 {
  case double = 0x01, string, document, array, binary, undefined, objectID, boolean, date, null, regex, pointer, code, symbol
  case codeWithScope, int32, timestamp, int64, decimal
  case maxKey = 0x7F
  case minKey = 0xFF
}
