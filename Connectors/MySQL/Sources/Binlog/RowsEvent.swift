internal import MillraceCore

/// The rows of a WRITE, UPDATE or DELETE event: what stands in front of them.
///
/// Source: MySQL source documentation, "Rows_event".
struct RowsEvent {
  enum Operation { case insert, update, delete }

  let operation: Operation
  let table: UInt64
  let columnCount: Int
  /// Bit by column: which ones an image holds; of an update's second image by `after`.
  let present: UnsafeRawBufferPointer
  let after: UnsafeRawBufferPointer
  /// Whether updates may hold parts of JSON documents (PARTIAL_UPDATE_ROWS).
  let isPartial: Bool
  /// One row after the other.
  let rows: UnsafeRawBufferPointer

  /// - Parameters:
  ///   - body: the event's body; the rows of a compressed event are still compressed.
  ///   - header: the bytes in front of the width (`BinlogFormat`).
  init(_ body: UnsafeRawBufferPointer, _ operation: Operation, hasExtra: Bool, header: Int, isPartial: Bool = false) throws(MillraceError) {
    self.operation = operation
    self.isPartial = isPartial
    var reader = BinlogReader(body)
    table = try reader.integer(bytes: header == 6 ? 4 : 6)
    try reader.skip(2)
    if hasExtra {
      let length = Int(try reader.integer(UInt16.self))
      guard length >= 2 else { throw BinlogReader.malformed("the extra data of a row event has \(length) bytes") }
      try reader.skip(length - 2)
    }
    columnCount = try reader.packedCount()
    guard columnCount <= 1 << 16 else { throw BinlogReader.malformed("a row event has \(columnCount) columns") }
    present = try reader.take((columnCount + 7) / 8)
    after = operation == .update ? try reader.take((columnCount + 7) / 8) : present
    rows = reader.rest()
  }
}
