internal import CLibMariaDB
internal import MillraceCore

/// The rows of a statement, read as they arrive (text protocol). Used by one thread.
final class MySQLRows {
  private let result: UnsafeMutablePointer<MYSQL_RES>
  private let connection: MySQLConnection
  let columnCount: Int

  init(_ result: UnsafeMutablePointer<MYSQL_RES>, of connection: MySQLConnection) {
    self.result = result
    self.connection = connection
    columnCount = Int(mysql_num_fields(result))
  }

  /// Reads the rows that are left, as the protocol wants it; whoever gives up a long result calls `connection.abandon` first.
  deinit { mysql_free_result(result) }

  /// The names of the columns.
  var names: [String] {
    guard let fields = mysql_fetch_fields(result) else { return [] }
    return (0..<columnCount).map { String(decoding: UnsafeRawBufferPointer(start: fields[$0].name, count: Int(fields[$0].name_length)), as: UTF8.self) }
  }

  /// The next row; nil at the end. It is valid until the next call.
  @inline(__always)
  func next() throws(MillraceError) -> MySQLRow? {
    guard let values = mysql_fetch_row(result), let lengths = mysql_fetch_lengths(result) else {
      if mysql_errno(connection.handle) != 0 { throw connection.failure("") }
      return nil
    }
    return MySQLRow(values: values, lengths: lengths, count: columnCount)
  }
}

/// One row of `MySQLRows`: places in the library's memory.
struct MySQLRow {
  fileprivate let values: MYSQL_ROW
  fileprivate let lengths: UnsafeMutablePointer<UInt>
  let count: Int

  /// The text or bytes of a value; nil for NULL.
  @inline(__always)
  subscript(column: Int) -> UnsafeRawBufferPointer? {
    precondition(column < count)
    return values[column].map { UnsafeRawBufferPointer(start: $0, count: Int(lengths[column])) }
  }
}
