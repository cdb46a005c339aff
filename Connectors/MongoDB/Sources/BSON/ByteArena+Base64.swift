internal import MillraceCore

extension ByteArena {
  /// Appends `bytes` as base64 with padding (RFC 4648).
  mutating func append(base64 bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    var cursor = cursor(reserving: bytes.count / 3 * 4 + 16)
    cursor.base64(start, count: bytes.count)
    finish(cursor)
  }
}
