internal import MillraceCore

/// A TABLE_MAP event: which table the row events behind it are about, and how their values stand in them.
///
/// With `binlog_row_metadata=FULL` the server adds names, signs, character sets, members and the primary key. The names are read, which
/// tell whether a known definition fits; the rest is known from that. (The other fields go by places among the columns of a kind, which
/// the servers count differently: MariaDB has character sets of spatial columns.)
/// Source: MySQL source documentation, "Table_map_event", "The optional metadata fields".
struct TableMap: Sendable, Equatable {
  let id: UInt64
  let database: String
  let table: String
  var columns: [ImageColumn]
  /// Whether each column may be NULL.
  var isNullable: [Bool]
  /// The columns' names; empty where the server does not tell them.
  var names: [String] = []

  /// - Parameters:
  ///   - body: the event behind its header, without checksum.
  ///   - postHeader: the bytes in front of the names: 8, or 6 with the short table ids of old servers.
  init(_ body: UnsafeRawBufferPointer, postHeader: Int = 8) throws(MillraceError) {
    var reader = BinlogReader(body)
    id = try reader.integer(bytes: postHeader == 6 ? 4 : 6)
    try reader.skip(2)
    database = try TableMap.name(&reader)
    table = try TableMap.name(&reader)
    let count = try reader.packedCount()
    let types = try reader.take(count)
    var described = BinlogReader(try reader.take(try reader.packedCount()))
    columns = []
    columns.reserveCapacity(count)
    for type in types { columns.append(try ImageColumn(type: type, metadata: &described)) }
    let nullable = try reader.take((count + 7) / 8)
    isNullable = (0..<count).map { nullable[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    while !reader.isAtEnd {
      let type = try reader.byte()
      var field = BinlogReader(try reader.take(try reader.packedCount()))
      guard type == 4 else { continue }
      while !field.isAtEnd { names.append(try field.text(try field.packedCount())) }
    }
    if !names.isEmpty, names.count != count { throw BinlogReader.malformed("a table map has \(names.count) names for \(count) columns") }
  }

  private static func name(_ reader: inout BinlogReader) throws(MillraceError) -> String {
    let name = try reader.text(Int(try reader.byte()))
    try reader.skip(1)
    return name
  }
}
