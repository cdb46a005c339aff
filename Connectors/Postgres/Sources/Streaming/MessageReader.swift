internal import MillraceCore

/// Reads the fields of one protocol message, in network byte order; never beyond its end.
struct MessageReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  /// The bytes must stay valid while the reader is used.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var remaining: Int { bytes.count &- position }

  @inline(__always)
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(MillraceError) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw MessageReader.truncated }
    defer { position &+= MemoryLayout<T>.size }
    return T(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
  }

  @inline(__always)
  mutating func byte() throws(MillraceError) -> UInt8 {
    guard position < bytes.count else { throw MessageReader.truncated }
    defer { position &+= 1 }
    return bytes[position]
  }

  /// The next `count` bytes, in place.
  @inline(__always)
  mutating func take(_ count: Int) throws(MillraceError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw MessageReader.truncated }
    defer { position &+= count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<(position &+ count)])
  }

  /// A text that ends with a zero byte.
  mutating func cString() throws(MillraceError) -> String {
    guard let end = bytes[position...].firstIndex(of: 0) else { throw MessageReader.truncated }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  static var truncated: MillraceError {
    MillraceError(
      code: "postgres.protocol", component: "postgres", retry: .stop, message: "a replication message is shorter than it says",
      advice: "report this with the server's version; the position is not confirmed, nothing is lost")
  }

  static func unknown(_ what: String, _ byte: UInt8) -> MillraceError {
    MillraceError(
      code: "postgres.protocol", component: "postgres", retry: .stop,
      message: "a replication message has an unknown \(what) (byte \(byte))",
      advice: "report this with the server's version; the position is not confirmed, nothing is lost")
  }
}
