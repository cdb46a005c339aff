internal import MillraceCore

/// A QUERY event: BEGIN and its kin, DDL, and, where rows are not logged as rows, anything.
///
/// Source: MySQL source documentation, "Query_event".
struct QueryEvent {
  let thread: UInt32
  /// The server's error while it ran the statement.
  let errorCode: UInt16
  let database: String
  private(set) var sql: UnsafeRawBufferPointer
  /// `sql_mode`, as far as it decides how the statement is read.
  private(set) var mode: UInt64 = 0
  /// The number of the collation that a new database gets; nil where the event does not say.
  private(set) var serverCollation: UInt16?
  /// Whether `explicit_defaults_for_timestamp` was on; nil where the event does not say.
  private(set) var hasExplicitDefaults: Bool?
  /// `default_collation_for_utf8mb4`.
  private(set) var utf8mb4Collation: UInt16?

  /// - Parameter body: with MariaDB's compression its last part is still compressed: `sql` then is.
  init(_ body: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = BinlogReader(body)
    thread = try reader.integer(UInt32.self)
    try reader.skip(4)
    let nameLength = Int(try reader.byte())
    errorCode = try reader.integer(UInt16.self)
    var status = BinlogReader(try reader.take(Int(try reader.integer(UInt16.self))))
    database = try reader.text(nameLength)
    try reader.skip(1)
    sql = reader.rest()
    // What comes behind a variable that is not known cannot be read.
    while !status.isAtEnd, try readStatus(&status) {}
  }

  /// Reads one status variable; false where its length is not known.
  private mutating func readStatus(_ status: inout BinlogReader) throws(MillraceError) -> Bool {
    switch try status.byte() {
    case 0, 14: try status.skip(4)  // flags2; MariaDB's master data written
    case 1: mode = try status.integer(UInt64.self)
    case 2: try status.skip(Int(try status.byte()) + 1)  // catalog of before 5.0.4
    case 3: try status.skip(4)  // auto_increment
    case 4:
      try status.skip(4)
      serverCollation = try status.integer(UInt16.self)
    case 5, 6: try status.skip(Int(try status.byte()))  // time zone, catalog
    case 7, 8: try status.skip(2)  // lc_time_names, collation_database
    case 9: try status.skip(8)  // tables of a multi-table update
    case 10: try status.skip(4)
    case 11:  // user and host
      try status.skip(Int(try status.byte()))
      try status.skip(Int(try status.byte()))
    case 12:  // databases of which tables were changed
      let count = Int(try status.byte())
      if count == 254 { return true }
      for _ in 0..<count { while try status.byte() != 0 {} }
    case 13: try status.skip(3)  // microseconds
    case 16: hasExplicitDefaults = try status.byte() != 0
    case 17: try status.skip(8)  // the number of a DDL in InnoDB
    case 18: utf8mb4Collation = try status.integer(UInt16.self)
    case 19, 20: try status.skip(1)  // sql_require_primary_key, default_table_encryption
    case 128: try status.skip(3)  // MariaDB: high resolution of the time
    case 129: try status.skip(8)  // MariaDB: the number of an XA transaction
    default: return false
    }
    return true
  }

  /// The same with its text in plain.
  func with(sql: UnsafeRawBufferPointer) -> QueryEvent {
    var query = self
    query.sql = sql
    return query
  }

  /// Whether the statement is this word, in capitals as the server writes it.
  func isWord(_ word: StaticString) -> Bool {
    sql.count == word.utf8CodeUnitCount && word.withUTF8Buffer { sql.elementsEqual($0) }
  }

  func begins(_ word: StaticString) -> Bool {
    sql.count >= word.utf8CodeUnitCount
      && word.withUTF8Buffer { word in zip(sql, word).allSatisfy { $0 == $1 || $0 ^ 0x20 == $1 && ($1 >= 65 && $1 <= 90) } }
  }

  var text: String { String(decoding: sql, as: UTF8.self) }
}
