internal import CCompression
internal import MillraceCore

/// A TRANSACTION_PAYLOAD: the events of a whole transaction, compressed with zstd, handed out one by one, so that memory holds a
/// piece and one event, not the transaction.
///
/// Source: MySQL source documentation, "Transaction_payload_event".
struct TransactionPayload {
  private var compressed = false
  private var content = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ body: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = BinlogReader(body)
    while true {
      let field = try reader.packed()
      if field == 0 { break }
      let length = try reader.packedCount()
      if field == 2 {
        switch try reader.packed() {
        case 0: compressed = true
        case 255: break
        case let other: throw BinlogReader.malformed("a transaction is compressed in an unknown way (\(other))")
        }
      } else {
        try reader.skip(length)
      }
    }
    content = reader.rest()
  }

  /// Hands each event to `body`, header included, without checksum; good inside it only.
  func events(_ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void) throws(MillraceError) {
    var pieces = EventPieces()
    guard compressed else {
      try pieces.take(content, body)
      return try pieces.finish()
    }
    guard let stream = ZSTD_createDStream() else { throw MySQLFailure.noMemory }
    defer { ZSTD_freeDStream(stream) }
    var input = ZSTD_inBuffer(src: content.baseAddress, size: content.count, pos: 0)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
    defer { piece.deallocate() }
    while true {
      var output = ZSTD_outBuffer(dst: piece.baseAddress, size: piece.count, pos: 0)
      let result = ZSTD_decompressStream(stream, &output, &input)
      guard ZSTD_isError(result) == 0 else { throw BinlogReader.malformed("a compressed transaction is damaged") }
      try pieces.take(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<output.pos]), body)
      if input.pos == input.size, output.pos < output.size { break }
    }
    try pieces.finish()
  }
}

/// Puts events together that arrive in pieces.
private struct EventPieces {
  private var held: [UInt8] = []

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void) throws(MillraceError) {
    if held.isEmpty {
      let done = try split(bytes, body)
      held.append(contentsOf: bytes[done...])
      return
    }
    held.append(contentsOf: bytes)
    let done = try held.withUnsafeBufferPointer { bytes throws(MillraceError) in try split(UnsafeRawBufferPointer(bytes), body) }
    held.removeFirst(done)
  }

  private func split(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void) throws(MillraceError) -> Int {
    var at = 0
    while bytes.count - at >= BinlogEvent.headerSize {
      let size = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 9, as: UInt32.self)))
      guard size >= BinlogEvent.headerSize else { throw BinlogReader.truncated }
      guard bytes.count - at >= size else { break }
      try body(UnsafeRawBufferPointer(rebasing: bytes[at..<at + size]))
      at += size
    }
    return at
  }

  func finish() throws(MillraceError) {
    guard held.isEmpty else { throw BinlogReader.truncated }
  }
}
