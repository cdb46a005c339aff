internal import MillraceCore

/// Reads the fields of one binlog event, little-endian where not said otherwise; never beyond its end.
struct BinlogReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  /// The bytes must stay valid while the reader is used.
  @inline(__always)
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  @inline(__always)
  var remaining: Int { bytes.count &- position }
  var isAtEnd: Bool { position >= bytes.count }

  @inline(__always)
  mutating func byte() throws(MillraceError) -> UInt8 {
    guard position < bytes.count else { throw BinlogReader.truncated }
    defer { position &+= 1 }
    return bytes[position]
  }

  @inline(__always)
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(MillraceError) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw BinlogReader.truncated }
    defer { position &+= MemoryLayout<T>.size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
  }

  /// A whole number of `count` bytes, 8 at most.
  @inline(__always)
  mutating func integer(bytes count: Int) throws(MillraceError) -> UInt64 {
    guard count >= 0, count <= min(8, remaining) else { throw BinlogReader.truncated }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[position &+ index]) << UInt64(8 &* index) }
    position &+= count
    return value
  }

  /// A "length-encoded integer" of the protocol.
  @inline(__always)
  mutating func packed() throws(MillraceError) -> UInt64 {
    let first = try byte()
    switch first {
    case 0..<251: return UInt64(first)
    case 252: return UInt64(try integer(UInt16.self))
    case 253: return try integer(bytes: 3)
    case 254: return try integer(UInt64.self)
    default: throw BinlogReader.malformed("a packed number begins with \(first)")
    }
  }

  /// A packed number that counts bytes or things of this event.
  mutating func packedCount() throws(MillraceError) -> Int {
    let value = try packed()
    guard value <= UInt64(Int32.max) else { throw BinlogReader.malformed("a count is \(value)") }
    return Int(value)
  }

  /// The next `count` bytes, in place.
  @inline(__always)
  mutating func take(_ count: Int) throws(MillraceError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw BinlogReader.truncated }
    defer { position &+= count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<(position &+ count)])
  }

  mutating func skip(_ count: Int) throws(MillraceError) {
    guard count >= 0, count <= remaining else { throw BinlogReader.truncated }
    position &+= count
  }

  /// What is left.
  mutating func rest() -> UnsafeRawBufferPointer {
    defer { position = bytes.count }
    return UnsafeRawBufferPointer(rebasing: bytes[position...])
  }

  mutating func text(_ count: Int) throws(MillraceError) -> String { String(decoding: try take(count), as: UTF8.self) }

  static var truncated: MillraceError { malformed("an event is shorter than it says") }

  static func malformed(_ what: String) -> MillraceError {
    MillraceError(
      code: "mysql.protocol", component: "mysql", retry: .stop, message: "the binlog cannot be read: \(what)",
      advice: "report this with the server's version; the position is not stored, nothing is lost")
  }
}
