internal import Glibc
internal import MillraceCore

/// Decodes one row of `COPY … TO STDOUT` in text format: tabs between the columns, `\N` for NULL, backslash escapes.
///
/// Source: PostgreSQL documentation, "COPY", section "Text Format". Values are handed to the same codecs as streamed ones, so
/// both phases agree by construction.
struct CopyRowDecoder: ~Copyable {
  private var scratch = ByteArena(capacity: 1024)

  /// Appends the row to the batch; answers the row's struct.
  @inline(__always)
  mutating func decode(
    _ line: UnsafeRawBufferPointer, _ shape: TableShape, into batch: inout RecordBatch
  ) throws(MillraceError) -> Slot {
    let first = batch.slots.append(repeating: .null, count: shape.slotCount)
    // A line ends with \n, which no value contains unescaped.
    var end = line.count
    if end > 0, line[end - 1] == UInt8(ascii: "\n") { end -= 1 }
    let hasEscapes = CopyRowDecoder.contains(UInt8(ascii: "\\"), line, end)
    var start = 0
    let count = shape.columns.count
    for index in 0..<count {
      guard start <= end else { throw CopyRowDecoder.mismatch(shape) }
      let stop = CopyRowDecoder.find(UInt8(ascii: "\t"), line, from: start, to: end)
      let text = UnsafeRawBufferPointer(rebasing: line[start..<stop])
      start = stop + 1
      if hasEscapes, text.count == 2, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "N") {
        shape.fillNull(column: index, first: first, into: &batch)
        continue
      }
      guard shape.columns[index].field != TableShape.Column.leftOut else { continue }
      if hasEscapes, CopyRowDecoder.contains(UInt8(ascii: "\\"), text, text.count) {
        unescape(text)
        try scratch.withBytes { bytes throws(MillraceError) in
          try shape.place(bytes, column: index, first: first, into: &batch)
        }
      } else {
        try shape.place(text, column: index, first: first, into: &batch)
      }
    }
    guard start > end else { throw CopyRowDecoder.mismatch(shape) }
    return .structure(first: first, count: shape.fieldCount)
  }

  /// The texts of a line, for the few places that need one by itself; nil for NULL.
  static func values(_ line: [UInt8]) -> [String?] {
    var decoder = CopyRowDecoder()
    var line = line[...]
    if line.last == UInt8(ascii: "\n") { line.removeLast() }
    return line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { piece in
      if piece.elementsEqual("\\N".utf8) { return nil }
      return Array(piece).withUnsafeBytes { bytes in
        decoder.unescape(bytes)
        return decoder.scratch.withBytes { String(decoding: $0, as: UTF8.self) }
      }
    }
  }

  private mutating func unescape(_ text: UnsafeRawBufferPointer) {
    scratch.removeAll(keeping: 1 << 20)
    var index = 0
    while index < text.count {
      var byte = text[index]
      index += 1
      if byte == UInt8(ascii: "\\"), index < text.count {
        byte = text[index]
        index += 1
        switch byte {
        case UInt8(ascii: "b"): byte = 8
        case UInt8(ascii: "f"): byte = 12
        case UInt8(ascii: "n"): byte = 10
        case UInt8(ascii: "r"): byte = 13
        case UInt8(ascii: "t"): byte = 9
        case UInt8(ascii: "v"): byte = 11
        default: break
        }
      }
      scratch.append(byte)
    }
  }

  @inline(__always)
  private static func contains(_ byte: UInt8, _ bytes: UnsafeRawBufferPointer, _ count: Int) -> Bool {
    guard count > 0, let base = bytes.baseAddress else { return false }
    return memchr(base, CInt(byte), count) != nil
  }

  @inline(__always)
  private static func find(_ byte: UInt8, _ bytes: UnsafeRawBufferPointer, from: Int, to end: Int) -> Int {
    guard from < end, let base = bytes.baseAddress, let found = memchr(base + from, CInt(byte), end - from) else { return end }
    return UnsafeRawPointer(found) - base
  }

  private static func mismatch(_ shape: TableShape) -> MillraceError {
    MillraceError(
      code: "postgres.protocol", component: "postgres", retry: .stop, message: "a row of a snapshot has another number of columns than its table",
      advice: "report this with the server's version; the position is not confirmed, nothing is lost", subject: shape.qualifiedName)
  }
}
