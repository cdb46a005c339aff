internal import MillraceCore

/// Goes through the elements of one document, whose bytes it checks as it comes to them: whatever stands in them, nothing outside
/// of the buffer is read. Nested documents are checked by whoever reads them.
///
/// Source: bsonspec.org, version 1.1.
struct BSONReader {
  private let base: UnsafeRawPointer
  private let end: Int
  private var at = 4

  /// - Parameter document: exactly one document, its length in front and a zero at its end.
  init(_ document: UnsafeRawBufferPointer) throws(MillraceError) {
    guard document.count >= 5, let base = document.baseAddress else { throw BSONReader.malformed("is cut off") }
    guard Int(document.loadUnaligned(as: Int32.self)) == document.count, document[document.count - 1] == 0 else {
      throw BSONReader.malformed("has another length than it says")
    }
    self.base = base
    end = document.count - 1
  }

  /// The next element; nil at the end.
  @inline(__always) mutating func next() throws(MillraceError) -> BSONElement? {
    if at == end { return nil }
    guard let type = BSONType(rawValue: base.load(fromByteOffset: at, as: UInt8.self)) else { throw BSONReader.malformed("has a value of an unknown type") }
    let name = try cString(from: at &+ 1)
    let start = at &+ name.count &+ 2
    let length = try self.length(type, at: start)
    guard length <= end &- start else { throw BSONReader.malformed("has a value that goes beyond its end") }
    at = start &+ length
    return BSONElement(type: type, name: name, value: UnsafeRawBufferPointer(start: base + start, count: length))
  }

  /// Without its zero, which lies inside of the document.
  private func cString(from start: Int) throws(MillraceError) -> UnsafeRawBufferPointer {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = start
    while index &+ 8 <= end {
      let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let zeros = (word &- ones) & ~word & (ones &* 0x80)
      if zeros != 0 { return UnsafeRawBufferPointer(start: base + start, count: index &- start &+ zeros.trailingZeroBitCount >> 3) }
      index &+= 8
    }
    while index < end {
      if base.load(fromByteOffset: index, as: UInt8.self) == 0 { return UnsafeRawBufferPointer(start: base + start, count: index &- start) }
      index &+= 1
    }
    throw BSONReader.malformed("has a name without end")
  }

  /// The bytes of a value, whose own structure is sound then: texts end with a zero, lengths agree.
  private func length(_ type: BSONType, at start: Int) throws(MillraceError) -> Int {
    switch type {
    case .double, .date, .timestamp, .int64: return 8
    case .int32: return 4
    case .boolean: return 1
    case .null, .undefined, .minKey, .maxKey: return 0
    case .objectID: return 12
    case .decimal: return 16
    case .string, .code, .symbol: return try text(at: start)
    case .document, .array: return try counted(at: start, least: 5)
    case .binary:
      let count = try count(at: start)
      guard count >= 0 else { throw BSONReader.malformed("has a value of negative length") }
      return count &+ 5
    case .regex:
      let pattern = try cString(from: start)
      return pattern.count &+ 2 &+ (try cString(from: start &+ pattern.count &+ 1)).count
    case .pointer: return try text(at: start) &+ 12
    case .codeWithScope:
      let whole = try counted(at: start, least: 14)
      let code = try text(at: start &+ 4)
      let scope = start &+ 4 &+ code
      guard code &+ 4 < whole, try counted(at: scope, least: 5) == whole &- code &- 4 else { throw BSONReader.malformed("has code with a scope of another length") }
      return whole
    }
  }

  private func count(at start: Int) throws(MillraceError) -> Int {
    guard end &- start >= 4 else { throw BSONReader.malformed("is cut off") }
    return Int(base.loadUnaligned(fromByteOffset: start, as: Int32.self))
  }

  /// A value that begins with its own length.
  private func counted(at start: Int, least: Int) throws(MillraceError) -> Int {
    let count = try count(at: start)
    guard count >= least, count <= end &- start else { throw BSONReader.malformed("has a value that goes beyond its end") }
    return count
  }

  /// A text behind its length, which counts the zero at its end.
  private func text(at start: Int) throws(MillraceError) -> Int {
    let count = try count(at: start)
    guard count >= 1, count <= end &- start &- 4, base.load(fromByteOffset: start &+ 3 &+ count, as: UInt8.self) == 0 else {
      throw BSONReader.malformed("has a text that goes beyond its end")
    }
    return count &+ 4
  }

  static func malformed(_ what: String) -> MillraceError {
    MillraceError(
      code: "mongodb.bson", component: "mongodb", retry: .record, message: "a document \(what)",
      advice: "look for a damaged document with the server's validate command")
  }
}

extension BSONReader {
  /// The element called `name` of a document, if there. Looks through it from its beginning.
  static func find(_ name: StaticString, in document: UnsafeRawBufferPointer) throws(MillraceError) -> BSONElement? {
    var reader = try BSONReader(document)
    while let element = try reader.next() {
      if element.isNamed(name) { return element }
    }
    return nil
  }
}
