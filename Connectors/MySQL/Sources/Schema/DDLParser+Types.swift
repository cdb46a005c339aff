/// Data types, with their synonyms.
extension DDLParser {
  mutating func type(_ specification: inout ColumnSpecification) throws(Unclear) {
    guard token.kind == .word else { throw Unclear() }
    var column = specification.column
    let first = take().keyword
    var written = first
    switch first {
    case "TINYINT", "INT1": try integer(&column, .tinyint)
    case "SMALLINT", "INT2": try integer(&column, .smallint)
    case "MEDIUMINT", "INT3", "MIDDLEINT": try integer(&column, .mediumint)
    case "INT", "INTEGER", "INT4": try integer(&column, .int)
    case "BIGINT", "INT8": try integer(&column, .bigint)
    case "BOOL", "BOOLEAN":
      column.type = .tinyint
      column.length = 1
    case "SERIAL":
      column.type = .bigint
      column.isUnsigned = true
      column.isAutoIncremented = true
      specification.isNullStated = false
      specification.isUnique = true
      written = "BIGINT"
    case "BIT":
      column.type = .bit
      column.length = try numbersInBrackets().first ?? 1
    case "DECIMAL", "NUMERIC", "DEC", "FIXED", "NUMBER":
      column.type = .decimal
      let numbers = try numbersInBrackets()
      column.length = numbers.first ?? 10
      column.scale = numbers.count > 1 ? numbers[1] : 0
      if column.length == 0 { column.length = 10 }
      signs(&column)
    case "REAL":
      try real(&column, mode.contains(.realAsFloat) ? .float : .double)
    case "DOUBLE":
      if take("PRECISION") { written = "DOUBLE PRECISION" }
      try real(&column, .double)
    case "FLOAT8": try real(&column, .double)
    case "FLOAT", "FLOAT4":
      try real(&column, .float)
      // One number is a precision in bits.
      if let bits = column.length, column.scale == nil, bits > 24 { column.type = .double }
    case "DATE": column.type = .date
    case "TIME": try timed(&column, .time)
    case "DATETIME": try timed(&column, .datetime)
    case "TIMESTAMP": try timed(&column, .timestamp)
    case "YEAR":
      column.type = .year
      column.length = try numbersInBrackets().first
    case "CHAR", "CHARACTER":
      if take("BYTE") {
        column.type = .binary
        column.length = 1
        break
      }
      let isVarying = take("VARYING")
      if isVarying { written += " VARYING" }
      try text(&specification, &column, isVarying ? .varchar : .char)
    case "VARCHAR", "VARCHARACTER", "VARCHAR2": try text(&specification, &column, .varchar)
    case "NCHAR", "NVARCHAR", "NATIONAL":
      var isVarying = first == "NVARCHAR"
      if first == "NATIONAL" {
        let second = take().keyword
        guard ["CHAR", "CHARACTER", "VARCHAR", "VARCHARACTER"].contains(second) else { throw Unclear() }
        written += " " + second
        isVarying = second.hasPrefix("VAR")
      }
      for word in ["VARYING", "VARCHAR", "VARCHARACTER"] where take(word) {
        isVarying = true
        written += " " + word
      }
      column.charset = "utf8"
      try text(&specification, &column, isVarying ? .varchar : .char)
    case "TINYTEXT": try text(&specification, &column, .tinytext)
    case "TEXT", "CLOB": try text(&specification, &column, .text)
    case "MEDIUMTEXT": try text(&specification, &column, .mediumtext)
    case "LONGTEXT": try text(&specification, &column, .longtext)
    case "LONG":
      if take("VARBINARY") {
        written = "LONG VARBINARY"
        column.type = .mediumblob
        break
      }
      if token.keyword == "VARCHAR" || token.keyword == "VARCHARACTER" {
        written += " " + take().keyword
      } else if token.keyword == "CHAR" || token.keyword == "CHARACTER", peek(1).keyword == "VARYING" {
        written += " " + take().keyword + " " + take().keyword
      }
      try text(&specification, &column, .mediumtext)
    case "BINARY", "RAW":
      column.type = first == "RAW" ? .varbinary : .binary
      column.length = try numbersInBrackets().first ?? 1
    case "VARBINARY":
      column.type = .varbinary
      column.length = try numbersInBrackets().first
    case "TINYBLOB": column.type = .tinyblob
    case "BLOB":
      column.length = try numbersInBrackets().first
      column.type = Self.blob(.blob, bytes: column.length)
    case "MEDIUMBLOB": column.type = .mediumblob
    case "LONGBLOB": column.type = .longblob
    case "ENUM", "SET":
      try members(&column, first == "ENUM" ? .enum : .set)
      try textAttributes(&specification, &column)
    case "JSON":
      if dialect.isMariaDB {
        column.type = .longtext
        column.charset = "utf8mb4"
        column.collation = "utf8mb4_bin"
      } else {
        column.type = .json
      }
    case "GEOMETRYCOLLECTION", "GEOMCOLLECTION": column.type = .geometryCollection
    case "VECTOR":
      column.type = .vector
      column.length = try numbersInBrackets().first ?? 2048
    case "GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "UUID", "INET4", "INET6":
      guard let type = ColumnType(rawValue: first.lowercased()) else { throw Unclear() }
      column.type = type
    default: throw Unclear()
    }
    column.writtenType = written == column.type.rawValue.uppercased() ? nil : written
    specification.column = column
  }

  private mutating func integer(_ column: inout ColumnDefinition, _ type: ColumnType) throws(Unclear) {
    column.type = type
    column.length = try numbersInBrackets().first
    signs(&column)
  }

  private mutating func real(_ column: inout ColumnDefinition, _ type: ColumnType) throws(Unclear) {
    column.type = type
    let numbers = try numbersInBrackets()
    column.length = numbers.first
    column.scale = numbers.count > 1 ? numbers[1] : nil
    signs(&column)
  }

  private mutating func timed(_ column: inout ColumnDefinition, _ type: ColumnType) throws(Unclear) {
    column.type = type
    column.length = try numbersInBrackets().first
    if column.length == 0 { column.length = nil }
  }

  /// UNSIGNED, SIGNED and ZEROFILL in any order.
  mutating func signs(_ column: inout ColumnDefinition) {
    while true {
      if take("UNSIGNED") {
        column.isUnsigned = true
      } else if take("ZEROFILL") {
        column.isZerofill = true
        column.isUnsigned = true
      } else if !take("SIGNED") {
        return
      }
    }
  }

  private mutating func text(_ specification: inout ColumnSpecification, _ column: inout ColumnDefinition, _ type: ColumnType) throws(Unclear) {
    column.type = type
    column.length = try numbersInBrackets().first
    if type == .char, column.length == nil { column.length = 1 }
    try textAttributes(&specification, &column)
  }

  /// `CHARACTER SET x`, `ASCII`, `UNICODE`, `BYTE`, `BINARY`, `COLLATE y`, in any order.
  private mutating func textAttributes(_ specification: inout ColumnSpecification, _ column: inout ColumnDefinition) throws(Unclear) {
    while true {
      if takeCharset(&column.charset) || takeCollation(&column.collation) { continue }
      if take("ASCII") {
        column.charset = "latin1"
      } else if take("UNICODE") {
        column.charset = "ucs2"
      } else if take("BYTE") {
        column.charset = "binary"
      } else if take("BINARY") {
        specification.isBinary = true
      } else {
        return
      }
    }
  }

  private mutating func members(_ column: inout ColumnDefinition, _ type: ColumnType) throws(Unclear) {
    column.type = type
    guard takeSymbol("(") else { throw Unclear() }
    var raws: [String] = []
    var isPlain = true
    repeat {
      if token.kind == .word, token.text.hasPrefix("_") { at += 1 }   // a charset introducer
      var text = token.text
      switch token.kind {
      case .string: break
      case .hex: text = Self.text(hex: text)
      default: throw Unclear()
      }
      // The server cuts blanks at the end.
      while text.last == " " { text.removeLast() }
      column.members.append(text)
      raws.append(token.raw)
      if token.raw != text.replacing("'", with: "''") { isPlain = false }
      at += 1
    } while takeSymbol(",")
    guard takeSymbol(")") else { throw Unclear() }
    if !isPlain { column.writtenMembers = raws }
  }

  private static func text(hex: String) -> String {
    var digits = Array(hex.utf8)
    if digits.count % 2 == 1 { digits.insert(0x30, at: 0) }
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// BLOB(n) is the smallest blob that holds so many bytes.
  static func blob(_ type: ColumnType, bytes: Int?) -> ColumnType {
    guard let bytes else { return type }
    return bytes < 256 ? .tinyblob : bytes < 65536 ? .blob : bytes < 16_777_216 ? .mediumblob : .longblob
  }
}
