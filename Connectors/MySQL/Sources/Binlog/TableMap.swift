internal import MillraceCore

/// A TABLE_MAP event: which table the row events behind it are about, and how their values stand in them.
///
/// With `binlog_row_metadata=FULL` the server adds names, signs, character sets, members and the primary key.
/// Source: MySQL source documentation, "Table_map_event", "The optional metadata fields".
struct TableMap: Sendable, Equatable {
  let id: UInt64
  let database: String
  let table: String
  var columns: [ImageColumn]
  /// Whether each column may be NULL.
  var isNullable: [Bool]
  var metadata = Metadata()

  /// What the server tells beside; empty or nil where it does not.
  struct Metadata: Sendable, Equatable {
    /// One for each column.
    var names: [String] = []
    /// One for each number column (integers, decimals, floats), in order.
    var isUnsigned: [Bool]?
    /// Numbers of collations: one for each text column (CHAR, VARCHAR, TEXT and their binary kin), in order.
    var collations: [UInt32]?
    /// One for each ENUM and SET column, in order.
    var memberCollations: [UInt32]?
    /// One list for each ENUM column; bytes in the column's character set.
    var enumMembers: [[[UInt8]]] = []
    /// One list for each SET column.
    var setMembers: [[[UInt8]]] = []
    /// One for each spatial column: 0 GEOMETRY, 1 POINT, 2 LINESTRING, … 7 GEOMETRYCOLLECTION.
    var geometryTypes: [UInt32] = []
    /// Places of the primary key's columns, in its order; nil where none was told.
    var primaryKey: [Int]?
    var isVisible: [Bool]?
    /// One for each VECTOR column.
    var vectorDimensions: [UInt32] = []
  }

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
      try read(type, &field)
    }
  }

  private static func name(_ reader: inout BinlogReader) throws(MillraceError) -> String {
    let name = try reader.text(Int(try reader.byte()))
    try reader.skip(1)
    return name
  }

  private mutating func read(_ type: UInt8, _ field: inout BinlogReader) throws(MillraceError) {
    switch type {
    case 1: metadata.isUnsigned = try TableMap.bits(&field, columns.count { $0.isNumber })
    case 2: metadata.collations = try TableMap.collations(&field, columns.count { $0.isText })
    case 3: metadata.collations = try TableMap.numbers(&field)
    case 4: while !field.isAtEnd { metadata.names.append(try field.text(try field.packedCount())) }
    case 5: metadata.setMembers = try TableMap.members(&field)
    case 6: metadata.enumMembers = try TableMap.members(&field)
    case 7: metadata.geometryTypes = try TableMap.numbers(&field)
    case 8: metadata.primaryKey = try TableMap.numbers(&field).map { Int($0) }
    case 9:
      // Each place is followed by the length of the prefix.
      let numbers = try TableMap.numbers(&field)
      metadata.primaryKey = stride(from: 0, to: numbers.count, by: 2).map { Int(numbers[$0]) }
    case 10: metadata.memberCollations = try TableMap.collations(&field, columns.count { $0.kind == .enum || $0.kind == .set })
    case 11: metadata.memberCollations = try TableMap.numbers(&field)
    case 12: metadata.isVisible = try TableMap.bits(&field, columns.count)
    case 13: metadata.vectorDimensions = try TableMap.numbers(&field)
    default: break  // a later server's
    }
    if !metadata.names.isEmpty, field.isAtEnd, metadata.names.count != columns.count { throw BinlogReader.malformed("a table map has \(metadata.names.count) names for \(columns.count) columns") }
    if let key = metadata.primaryKey, key.contains(where: { $0 >= columns.count }) { throw BinlogReader.malformed("a table map names a key column that there is not") }
  }

  private static func numbers(_ field: inout BinlogReader) throws(MillraceError) -> [UInt32] {
    var numbers: [UInt32] = []
    while !field.isAtEnd { numbers.append(UInt32(truncatingIfNeeded: try field.packed())) }
    return numbers
  }

  /// The highest bit of a byte is the first.
  private static func bits(_ field: inout BinlogReader, _ count: Int) throws(MillraceError) -> [Bool] {
    let bytes = try field.take((count + 7) / 8)
    return (0..<count).map { bytes[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 1 }
  }

  /// A default, and pairs of place and value for those that differ.
  private static func collations(_ field: inout BinlogReader, _ count: Int) throws(MillraceError) -> [UInt32] {
    var collations = [UInt32](repeating: UInt32(truncatingIfNeeded: try field.packed()), count: count)
    while !field.isAtEnd {
      let place = try field.packedCount()
      let collation = UInt32(truncatingIfNeeded: try field.packed())
      guard place < count else { throw BinlogReader.malformed("a table map names a character set for a column that there is not") }
      collations[place] = collation
    }
    return collations
  }

  private static func members(_ field: inout BinlogReader) throws(MillraceError) -> [[[UInt8]]] {
    var lists: [[[UInt8]]] = []
    while !field.isAtEnd {
      var list: [[UInt8]] = []
      for _ in 0..<(try field.packedCount()) { list.append(Array(try field.take(try field.packedCount()))) }
      lists.append(list)
    }
    return lists
  }
}

extension ImageColumn {
  /// Whether the server tells its sign.
  var isNumber: Bool {
    switch kind {
    case .tiny, .short, .int24, .long, .longlong, .newdecimal, .float, .double, .decimal, .year: true
    default: false
    }
  }

  /// Whether the server tells its character set (63, `binary`, for binary strings).
  var isText: Bool {
    switch kind {
    case .string, .varString, .varchar, .varcharCompressed, .blob, .tinyBlob, .mediumBlob, .longBlob, .blobCompressed: true
    default: false
    }
  }
}
