internal import CCompression
internal import MillraceCore

/// What MariaDB has compressed with zlib, events (`log_bin_compress`) and values of columns: one byte that says how many bytes the length
/// has and whether zlib's frame is there, the length, the data.
///
/// Source: MariaDB Knowledge Base, "Compressing Events to Reduce Size of the Binary Log" and "Storage-Engine Independent Column
/// Compression".
struct Inflation: ~Copyable {
  /// Kept from one to the next up to this size.
  private static let keptSize = 1 << 22

  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Made when it is first needed.
  private var decompressor: OpaquePointer?

  deinit {
    memory.deallocate()
    libdeflate_free_decompressor(decompressor)
  }

  /// The content of `bytes`; good until the next call. nil where they are damaged.
  mutating func content(of bytes: UnsafeRawBufferPointer) throws(MillraceError) -> UnsafeRawBufferPointer? {
    guard let head = bytes.first, head & 0xF0 == 0x80 else { return nil }
    let lengthBytes = Int(head & 7)
    guard bytes.count > lengthBytes else { return nil }
    var length = 0
    for byte in bytes[1..<(1 + lengthBytes)] { length = length << 8 | Int(byte) }
    let source = UnsafeRawBufferPointer(rebasing: bytes[(1 + lengthBytes)...])
    // Deflate makes no more than that of a byte.
    guard length > 0, length <= 1 << 30, length / 1032 <= source.count else { return nil }
    try makeRoom(length)
    var produced = 0
    let result =
      head & 8 == 0
      ? libdeflate_zlib_decompress(decompressor, source.baseAddress, source.count, memory.baseAddress, length, &produced)
      : libdeflate_deflate_decompress(decompressor, source.baseAddress, source.count, memory.baseAddress, length, &produced)
    guard result == LIBDEFLATE_SUCCESS, produced == length else { return nil }
    return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<length])
  }

  private mutating func makeRoom(_ length: Int) throws(MillraceError) {
    if decompressor == nil {
      guard let made = libdeflate_alloc_decompressor() else { throw MySQLFailure.noMemory }
      decompressor = made
    }
    guard memory.count < length || memory.count > max(length, Inflation.keptSize) else { return }
    memory.deallocate()
    memory = .allocate(byteCount: length, alignment: 16)
  }
}

extension Inflation {
  /// The content of a compressed event; good until the next call.
  mutating func inflate(_ bytes: UnsafeRawBufferPointer) throws(MillraceError) -> UnsafeRawBufferPointer {
    guard let content = try content(of: bytes) else { throw BinlogReader.malformed("a compressed event is damaged") }
    return content
  }
}

/// Unpacks values of MariaDB's compressed columns; one table's, on one thread.
///
/// Source: MariaDB source, "sql/field_comp.cc".
final class CompressedValues {
  private var inflation = Inflation()

  /// The content of a value as the log has it; good until the next call. nil where it is damaged.
  func content(of value: UnsafeRawBufferPointer) throws(MillraceError) -> UnsafeRawBufferPointer? {
    guard let head = value.first else { return value }
    // Short values, and those that would not shrink, are not compressed.
    return head & 0xF0 == 0 ? UnsafeRawBufferPointer(rebasing: value[1...]) : try inflation.content(of: value)
  }
}
