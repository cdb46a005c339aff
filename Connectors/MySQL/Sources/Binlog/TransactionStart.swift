internal import MillraceCore

/// What a GTID event says about the transaction that it begins.
///
/// Source: MySQL source documentation, "Gtid_event" and "Serialization library"; MariaDB Knowledge Base, "Gtid_event".
struct TransactionStart: Equatable {
  /// nil: an anonymous transaction.
  var gtid: GTID?
  /// When it was committed on the server that it comes from, µs since 1970; 0: the server does not say.
  var committed: Int64 = 0
  /// MariaDB: a single statement without a transaction around it.
  var isStandalone = false
  /// MariaDB: the first half of an XA transaction.
  var isPrepared = false

  /// MySQL's GTID and ANONYMOUS_GTID.
  init(mysql body: UnsafeRawBufferPointer, isAnonymous: Bool) throws(MillraceError) {
    var reader = BinlogReader(body)
    try reader.skip(1)
    let source = GTIDSource(bytes: try reader.take(16))
    let number = try reader.integer(UInt64.self)
    gtid = isAnonymous ? nil : .mysql(source: source, number: number)
    // From 5.7.6 on: the logical clock; from 8.0.1 on times.
    guard reader.remaining >= 17 + 7, try reader.byte() == 2 else { return }
    try reader.skip(16)
    let immediate = try reader.integer(bytes: 7)
    let hasOriginal = immediate & 1 << 55 != 0
    committed = Int64(hasOriginal ? try reader.integer(bytes: 7) : immediate & ~(1 << 55))
  }

  /// MySQL's GTID_TAGGED: fields in the order of their numbers, each of which may be left out.
  init(tagged body: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = BinlogReader(body)
    _ = try reader.variable()  // the format's version
    _ = try reader.variable()  // bytes
    _ = try reader.variable()  // the last field that may not be ignored
    var uuid: [UInt8] = [], tag = "", number: UInt64 = 0, immediate: Int64 = 0, original: Int64?
    while !reader.isAtEnd {
      switch try reader.variable() {
      case 0: _ = try reader.variable()  // flags
      case 1: for _ in 0..<16 { uuid.append(UInt8(truncatingIfNeeded: try reader.variable())) }
      case 2: number = try reader.variableSigned()
      case 3:
        let length = try reader.variable()
        guard length <= 32 else { throw BinlogReader.malformed("a tag has \(length) characters") }
        tag = try reader.text(Int(length))
      case 4, 5: _ = try reader.variable()  // the logical clock
      case 6: immediate = Int64(truncatingIfNeeded: try reader.variable())
      case 7: original = Int64(truncatingIfNeeded: try reader.variable())
      default: reader = BinlogReader(UnsafeRawBufferPointer(start: nil, count: 0))  // nothing that is asked for
      }
    }
    guard uuid.count == 16, number > 0 else { throw BinlogReader.malformed("a tagged GTID is incomplete") }
    gtid = .mysql(source: GTIDSource(bytes: uuid, tag: tag), number: number)
    committed = original ?? immediate
  }

  /// MariaDB's GTID.
  init(mariadb body: UnsafeRawBufferPointer, server: UInt32) throws(MillraceError) {
    var reader = BinlogReader(body)
    let number = try reader.integer(UInt64.self)
    let domain = try reader.integer(UInt32.self)
    let flags = try reader.byte()
    isStandalone = flags & 1 != 0
    isPrepared = flags & 0x40 != 0
    gtid = .mariadb(domain: domain, server: server, number: number)
  }
}

extension BinlogReader {
  /// A number of MySQL's serialization library: as many ones at the lower end of the first byte as there are further bytes.
  mutating func variable() throws(MillraceError) -> UInt64 {
    let first = try byte()
    let more = (~first).trailingZeroBitCount
    if more >= 8 { return try integer(UInt64.self) }
    if more == 7 { return try integer(bytes: 7) }
    let rest = try integer(bytes: more)
    return UInt64(first >> UInt8(more + 1)) | rest << UInt64(7 - more)
  }

  /// A signed one, its sign at the lowest bit; negative numbers mean nothing here.
  mutating func variableSigned() throws(MillraceError) -> UInt64 {
    let value = try variable()
    guard value & 1 == 0 else { throw BinlogReader.malformed("a number is negative") }
    return value >> 1
  }
}
