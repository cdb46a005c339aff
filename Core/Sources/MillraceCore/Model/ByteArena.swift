/// A growable run of bytes with unchecked appends after one `reserve`.
///
/// The only place where Core manages raw byte memory: batches keep their text and binary values in one,
/// converters and sinks write their output into one. Offsets, not pointers, are kept by users, because a
/// pointer is valid only until the next append.
///
/// Not copyable: the memory has exactly one owner and is freed with it.
public struct ByteArena: ~Copyable, @unchecked Sendable {
  // @unchecked: the pointer is owned by this value alone, and the value cannot be copied.
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var used: Int
  /// Bytes in use.
  @inlinable public var count: Int { used }
  /// Bytes that fit before the memory has to grow.
  @inlinable public var capacity: Int { room }
  @usableFromInline var room: Int
  /// Bytes that are allocated behind `capacity`, so that short copies may read and write in whole blocks (`ByteCursor`).
  @usableFromInline static var slack: Int { 64 }

  /// An empty arena with room for `capacity` bytes.
  public init(capacity: Int = 4096) {
    self.room = max(capacity, 64)
    self.used = 0
    self.base = UnsafeMutableRawPointer.allocate(byteCount: self.room + ByteArena.slack, alignment: 16)
  }

  deinit { base.deallocate() }

  /// Makes room for `extra` more bytes, growing by doubling.
  @inlinable public mutating func reserve(_ extra: Int) {
    if count &+ extra > capacity { grow(extra) }
  }

  @usableFromInline @inline(never) mutating func grow(_ extra: Int) {
    let wanted = max(capacity * 2, count + extra)
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: wanted + ByteArena.slack, alignment: 16)
    fresh.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = fresh
    room = wanted
  }

  /// Forgets the content, keeps the memory unless it is larger than `keeping` bytes.
  public mutating func removeAll(keeping: Int = .max) {
    used = 0
    if capacity > keeping {
      base.deallocate()
      room = max(keeping, 64)
      base = UnsafeMutableRawPointer.allocate(byteCount: capacity + ByteArena.slack, alignment: 16)
    }
  }

  /// Cuts the content to its first `newCount` bytes.
  @inlinable public mutating func truncate(to newCount: Int) {
    precondition(newCount >= 0 && newCount <= count)
    setCount(newCount)
  }

  /// Grows by doubling; pointers from before are stale then.
  @inlinable public mutating func append(_ byte: UInt8) {
    reserve(1)
    appendUnchecked(byte)
  }

  /// Copies `bytes`, which must not lie in this arena.
  @inlinable public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let from = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).copyMemory(from: from, byteCount: bytes.count)
    setCount(count &+ bytes.count)
  }

  /// Copies an array.
  @inlinable public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// The UTF-8 bytes of `text`.
  @inlinable public mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Copies a literal's UTF-8; nothing is allocated for it.
  @inlinable public mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends one byte without looking for room: call `reserve` first.
  @inlinable @inline(__always) public mutating func appendUnchecked(_ byte: UInt8) {
    (base + count).storeBytes(of: byte, as: UInt8.self)
    setCount(count &+ 1)
  }

  /// Appends `value` in decimal.
  @inlinable public mutating func append(decimal value: Int64) {
    var cursor = cursor(reserving: 24)
    cursor.decimal(value)
    finish(cursor)
  }

  /// Appends `value` in decimal.
  @inlinable public mutating func append(decimal value: UInt64) {
    var cursor = cursor(reserving: 24)
    cursor.decimal(value)
    finish(cursor)
  }

  /// Gives `body` room for `maximum` bytes at the end of the content; `body` answers how many it has written.
  @inlinable public mutating func appendWith(maximum: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    reserve(maximum)
    let written = body(UnsafeMutableRawBufferPointer(start: base + count, count: maximum))
    precondition(written >= 0 && written <= maximum)
    setCount(count &+ written)
  }

  /// Reads the content. The pointer is valid inside `body` only.
  @inlinable public borrowing func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Reads `length` bytes from `offset`, which must lie inside the content.
  @inlinable public borrowing func withBytes<R, E: Error>(
    at offset: Int, length: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    precondition(offset >= 0 && length >= 0 && offset &+ length <= count)
    return try body(UnsafeRawBufferPointer(start: base + offset, count: length))
  }

  /// Overwrites one byte inside the content.
  @inlinable public mutating func set(_ byte: UInt8, at offset: Int) {
    precondition(offset >= 0 && offset < count)
    (base + offset).storeBytes(of: byte, as: UInt8.self)
  }

  @inlinable @inline(__always) mutating func setCount(_ value: Int) { used = value }
}

extension ByteArena {
  /// Moves what stands from `offset` on by `count` bytes; what is between means nothing.
  package mutating func widen(at offset: Int, by count: Int) {
    precondition(offset >= 0 && count >= 0 && offset <= self.count)
    reserve(count)
    (base + offset + count).copyMemory(from: base + offset, byteCount: self.count - offset)
    setCount(self.count + count)
  }
}
