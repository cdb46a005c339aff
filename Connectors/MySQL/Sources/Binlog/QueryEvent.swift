internal import MillraceCore

/// A QUERY event: BEGIN and its kin, DDL, and, where rows are not logged as rows, anything.
///
/// Source: MySQL source documentation, "Query_event".
struct QueryEvent {
  let thread: UInt32
  /// The server's error while it ran the statement.
  let errorCode: UInt16
  let database: String
  let sql: UnsafeRawBufferPointer

  /// - Parameter body: with MariaDB's compression its last part is still compressed: `sql` then is.
  init(_ body: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = BinlogReader(body)
    thread = try reader.integer(UInt32.self)
    try reader.skip(4)
    let nameLength = Int(try reader.byte())
    errorCode = try reader.integer(UInt16.self)
    try reader.skip(Int(try reader.integer(UInt16.self)))
    database = try reader.text(nameLength)
    try reader.skip(1)
    sql = reader.rest()
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
