/// Reads through a row image. What lies beyond its end is a failure, never memory.
struct RowCursor {
  let bytes: UnsafeRawBufferPointer
  var at: Int

  @inline(__always) init(_ bytes: UnsafeRawBufferPointer, at: Int = 0) {
    self.bytes = bytes
    self.at = at
  }

  @inline(__always) var left: Int { bytes.count &- at }

  /// The next `count` bytes.
  @inline(__always) mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, count <= left else { return nil }
    defer { at &+= count }
    return UnsafeRawBufferPointer(rebasing: bytes[at..<(at &+ count)])
  }

  /// A little-endian number of 0 to 8 bytes.
  @inline(__always) mutating func little(_ count: Int) -> UInt64? {
    guard count <= 8, count <= left else { return nil }
    defer { at &+= count }
    // Where eight bytes are left, one load does.
    if left >= 8 {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      return word & (~0 >> UInt64(64 &- 8 &* count))
    }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[at &+ index]) << UInt64(index &* 8) }
    return value
  }

  /// A big-endian number of 0 to 8 bytes.
  @inline(__always) mutating func big(_ count: Int) -> UInt64? {
    guard count <= 8, count <= left else { return nil }
    if left >= 8 {
      let word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      at &+= count
      return word >> UInt64(64 &- 8 &* count)
    }
    var value: UInt64 = 0
    for index in 0..<count { value = value << 8 | UInt64(bytes[at &+ index]) }
    at &+= count
    return value
  }

  /// A length of `size` bytes, and as many bytes.
  @inline(__always) mutating func counted(_ size: Int) -> UnsafeRawBufferPointer? {
    guard let length = little(size), length <= UInt64(left) else { return nil }
    return take(Int(length))
  }

  /// Steps over the value of a column; false where the bytes end before it does.
  mutating func skip(_ image: ImageColumn) -> Bool {
    if let length = image.fixedLength { return take(length) != nil }
    return counted(image.lengthBytes) != nil
  }
}
