internal import CCompression
internal import MillraceCore

/// One event of the log: its header, and its body without checksum.
///
/// Source: MySQL source documentation, "Binlog Event Header"; MariaDB Knowledge Base, "Replication Protocol".
struct BinlogEvent {
  enum Kind: UInt8 {
    case query = 2, stop = 3, rotate = 4, formatDescription = 15, xid = 16, tableMap = 19, writeRows1 = 23, updateRows1 = 24, deleteRows1 = 25,
      incident = 26, heartbeat = 27, rowsQuery = 29, writeRows = 30, updateRows = 31, deleteRows = 32, gtid = 33, anonymousGTID = 34,
      previousGTIDs = 35, xaPrepare = 38, partialUpdateRows = 39, transactionPayload = 40, heartbeat2 = 41, taggedGTID = 42
    // MariaDB's
    case annotateRows = 160, mariaDBGTID = 162, mariaDBGTIDList = 163, startEncryption = 164, compressedQuery = 165, compressedWriteRows1 = 166,
      compressedUpdateRows1 = 167, compressedDeleteRows1 = 168, compressedWriteRows = 169, compressedUpdateRows = 170,
      compressedDeleteRows = 171
  }

  static let headerSize = 19

  /// nil: a kind that says nothing about rows.
  let kind: Kind?
  /// Seconds since 1970.
  let timestamp: UInt32
  let serverID: UInt32
  /// Bytes in the log, header and checksum included.
  let size: Int
  /// The lower half of the position behind the event; 0 for one that is not in the log.
  let end: UInt32
  let flags: UInt16
  let body: UnsafeRawBufferPointer

  /// Made up by the server for this client, not part of the log.
  var isArtificial: Bool { flags & 0x20 != 0 || end == 0 }

  /// - Parameter checksummed: whether a CRC32 is at its end. That of a format description is found out by itself.
  init(_ bytes: UnsafeRawBufferPointer, checksummed: Bool) throws(MillraceError) {
    guard bytes.count >= BinlogEvent.headerSize else { throw BinlogReader.truncated }
    timestamp = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
    kind = Kind(rawValue: bytes[4])
    serverID = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt32.self))
    size = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 9, as: UInt32.self)))
    end = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 13, as: UInt32.self))
    flags = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 17, as: UInt16.self))
    guard size == bytes.count else { throw BinlogReader.malformed("an event of \(size) bytes came in a packet of \(bytes.count)") }
    var length = bytes.count
    if checksummed {
      length -= 4
      guard length >= BinlogEvent.headerSize else { throw BinlogReader.truncated }
      let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: length, as: UInt32.self))
      let computed = libdeflate_crc32(0, bytes.baseAddress, length)
      // The server clears the flag "the log is in use" after it has made the sum of a format description.
      guard stored == computed || kind == .formatDescription else { throw BinlogEvent.damaged }
    }
    body = UnsafeRawBufferPointer(rebasing: bytes[BinlogEvent.headerSize..<length])
  }

  private static var damaged: MillraceError {
    MillraceError(
      code: "mysql.checksum", component: "mysql", retry: .retry, message: "an event's checksum is wrong",
      advice: "if this repeats, the server's binlog is damaged: mysqlbinlog --verify-binlog-checksum tells")
  }
}

/// What a FORMAT_DESCRIPTION says about the events behind it.
struct BinlogFormat: Equatable {
  var isChecksummed: Bool
  /// The bytes in front of the names of a table map.
  var tableMapHeader = 8
  /// The bytes in front of the bitmaps of a row event, of both versions.
  var rowsHeader1 = 8, rowsHeader2 = 10

  /// Before the first FORMAT_DESCRIPTION.
  init(isChecksummed: Bool) { self.isChecksummed = isChecksummed }

  /// - Parameter bytes: the whole event. From MySQL 5.6 and MariaDB 5.3 on the algorithm and a checksum are at its end.
  init(_ bytes: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = BinlogReader(bytes)
    try reader.skip(BinlogEvent.headerSize)
    guard try reader.integer(UInt16.self) == 4 else { throw BinlogReader.malformed("the log has a version of before MySQL 5.0") }
    try reader.skip(50 + 4)
    let headerSize = try reader.byte()
    guard headerSize == BinlogEvent.headerSize else { throw BinlogReader.malformed("event headers have \(headerSize) bytes") }
    let lengths = reader.rest()
    guard lengths.count > 5 else { throw BinlogReader.truncated }
    isChecksummed = lengths[lengths.count - 5] == 1
    func header(_ kind: BinlogEvent.Kind, _ usual: Int) -> Int {
      let place = Int(kind.rawValue) - 1
      return place < lengths.count - 5 && lengths[place] > 0 ? Int(lengths[place]) : usual
    }
    tableMapHeader = header(.tableMap, 8)
    rowsHeader1 = header(.writeRows1, 8)
    rowsHeader2 = header(.writeRows, 10)
  }
}
