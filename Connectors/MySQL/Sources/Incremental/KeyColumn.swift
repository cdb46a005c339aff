/// A column that orders the rows of a table: how its value is read as text, and how that text is compared with the column again, exactly
/// and in the server's order.
struct KeyColumn: Sendable, Equatable {
  private enum Form: Equatable {
    case number, float, quoted
    /// ENUM, SET and BIT, which have the order of their numbers.
    case index
    /// The bytes of a charset that has characters which Unicode does not tell apart; its collation orders them.
    case coded(charset: String)
    case bytes
  }

  private let form: Form
  let quotedName: String

  /// nil for a type that orders nothing.
  init?(_ column: ColumnDefinition) {
    quotedName = MySQLConnection.quote(identifier: column.name)
    switch column.type {
    case .tinyint, .smallint, .mediumint, .int, .bigint, .decimal, .year: form = .number
    case .float, .double: form = .float
    case .date, .time, .datetime, .timestamp, .uuid, .inet4, .inet6: form = .quoted
    case .enum, .set, .bit: form = .index
    case .char, .varchar, .tinytext, .text, .mediumtext, .longtext:
      let charset = column.charset ?? ""
      form = charset == "binary" ? .bytes : KeyColumn.ambiguous.contains(charset) ? .coded(charset: charset) : .quoted
    case .binary, .varbinary, .tinyblob, .blob, .mediumblob, .longblob: form = .bytes
    case .json, .geometry, .point, .linestring, .polygon, .multipoint, .multilinestring, .multipolygon, .geometryCollection, .vector: return nil
    }
  }

  private static let ambiguous: Set<String> = [
    "big5", "gb2312", "gbk", "gb18030", "sjis", "cp932", "ujis", "eucjpms", "euckr",
  ]

  /// What is selected.
  var text: String {
    switch form {
    case .number, .quoted: quotedName
    case .float: "\(quotedName) + 0e0"
    case .index: "\(quotedName) + 0"
    case .coded, .bytes: "HEX(\(quotedName))"
    }
  }

  /// What a value is compared with.
  var compared: String { form == .index ? "(\(quotedName) + 0)" : quotedName }

  /// A value that `text` has given.
  func literal(_ value: String) -> String {
    switch form {
    case .number, .float, .index: isMadeOf(value, "0123456789+-.eE") && !value.isEmpty ? value : MySQLConnection.quote(literal: value)
    case .quoted: MySQLConnection.quote(literal: value)
    case .coded(let charset): isMadeOf(value, "0123456789ABCDEF") ? "_\(charset) X'\(value)'" : MySQLConnection.quote(literal: value)
    case .bytes: isMadeOf(value, "0123456789ABCDEF") ? "X'\(value)'" : MySQLConnection.quote(literal: value)
    }
  }

  /// A stored value is part of a statement only where it cannot be anything but a value.
  private func isMadeOf(_ value: String, _ characters: String) -> Bool { value.utf8.allSatisfy { characters.utf8.contains($0) } }
}
