/// What a schema-change record says of a column (io.debezium.relational.Column).
struct RecordedColumn {
  let jdbcType: Int64
  let typeName: String
  let charset: String?
  let length: Int?
  let scale: Int?
  /// AUTO_INCREMENT, and, as Debezium has it, ON UPDATE CURRENT_TIMESTAMP; `generated` is the same.
  let isAutoIncremented: Bool
  let defaultExpression: String?
  let members: [String]?

  init(_ column: ColumnDefinition) {
    let base = column.writtenType ?? column.type.rawValue.uppercased()
    var name = base
    if column.isUnsigned { name += " UNSIGNED" }
    if column.isZerofill { name += " ZEROFILL" }
    typeName = name
    jdbcType = Self.jdbcType(base)
    charset = column.charset
    scale = column.scale
    isAutoIncremented = column.isAutoIncremented || column.isUpdatedByServer
    switch column.type {
    case .enum: length = 1
    case .set: length = max(0, column.members.count * 2 - 1)
    case .tinyint where base == "BOOL" || base == "BOOLEAN": length = nil
    default: length = column.length
    }
    members =
      column.type == .enum || column.type == .set
      ? (column.writtenMembers ?? column.members.map { $0.replacing("'", with: "''") }).map { "'\($0)'" } : nil
    switch column.defaultValue {
    case .none, .null: defaultExpression = nil
    case .literal(let text), .bits(let text), .hex(let text): defaultExpression = text
    case .expression(let text): defaultExpression = Self.isNow(text) ? "1970-01-01 00:00:00" : nil
    }
  }

  /// CURRENT_TIMESTAMP and its synonyms, with or without brackets.
  private static func isNow(_ text: String) -> Bool {
    let name = text.prefix { $0 != "(" }.uppercased()
    return !name.isEmpty && ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"].contains(name)
  }

  /// java.sql.Types.
  private static func jdbcType(_ name: String) -> Int64 {
    switch name {
    case "TINYINT", "INT1", "SMALLINT", "INT2": 5
    case "MEDIUMINT", "INT3", "MIDDLEINT", "INT", "INTEGER", "INT4", "YEAR": 4
    case "BIGINT", "INT8": -5
    case "BOOL", "BOOLEAN": 16
    case "BIT": -7
    case "DECIMAL", "DEC", "FIXED": 3
    case "NUMERIC": 2
    case "FLOAT", "FLOAT4": 6
    case "DOUBLE", "DOUBLE PRECISION", "FLOAT8": 8
    case "REAL": 7
    case "DATE": 91
    case "TIME": 92
    case "DATETIME": 93
    case "TIMESTAMP": 2014
    case "CHAR", "CHARACTER", "ENUM", "SET": 1
    case "NCHAR", "NATIONAL CHAR", "NATIONAL CHARACTER": -15
    case "NVARCHAR", "NATIONAL VARCHAR", "NATIONAL CHAR VARYING", "NATIONAL CHARACTER VARYING", "NCHAR VARYING", "NCHAR VARCHAR": -9
    case "BINARY": -2
    case "VARBINARY": -3
    case "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "LONG VARBINARY": 2004
    case let name where name.hasSuffix("TEXT") || name.contains("CHAR") || name == "LONG": 12
    default: 1111
    }
  }
}
