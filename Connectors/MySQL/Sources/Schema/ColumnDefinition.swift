/// A column of a `TableDefinition`.
package struct ColumnDefinition: Equatable, Sendable {
  package var name: String
  package var type: ColumnType
  /// The keyword of the statement, in capitals, where it is not that of `type`: `BOOL`, `INTEGER`, `NATIONAL CHAR VARYING`. A
  /// table that was read from the server has none.
  package var writtenType: String?
  /// The length, display width, precision or number of fractional digits in brackets; nil where none is given.
  package var length: Int?
  /// The digits behind the point of a decimal; nil where none is given.
  package var scale: Int?
  package var isUnsigned = false
  package var isZerofill = false
  package var isNullable = true
  package var isAutoIncremented = false
  /// `ON UPDATE CURRENT_TIMESTAMP`.
  package var isUpdatedByServer = false
  package var isGenerated = false
  package var isInvisible = false
  /// The charset of a text column as it was written, or inherited: `utf8mb4`, `latin1`, `utf8`; nil for others. `CharacterSet`
  /// knows which names are the same.
  package var charset: String?
  package var collation: String?
  /// The members of an ENUM or SET, in order, without quotes and escapes.
  package var members: [String] = []
  /// The same between their quotes, as they were written; nil where that is each of `members` in quotes, with `'` doubled.
  package var writtenMembers: [String]?
  package var defaultValue: ColumnDefault = .none
  /// As it stands between single quotes in the definition, escapes included.
  package var comment: String?
  /// Of a spatial column.
  package var srid: UInt32?

  package init(_ name: String, _ type: ColumnType) {
    self.name = name
    self.type = type
  }
}

/// What a column gets where an INSERT names none.
package enum ColumnDefault: Equatable, Sendable {
  /// No default is stated.
  case none
  case null
  /// The text between single quotes, escapes included, or a number, `true` or `false`, as it stands in the definition.
  case literal(String)
  /// The digits of `b'101'`.
  case bits(String)
  /// The digits of `x'4142'` or `0x4142`.
  case hex(String)
  /// A call or another expression (`CURRENT_TIMESTAMP`, `(uuid())`), as it stands in the definition.
  case expression(String)

  var isBinary: Bool { if case .hex = self { true } else { false } }
}

/// The base types of MySQL and MariaDB, synonyms resolved (`INTEGER` is `int`, `BOOL` is `tinyint` of length 1, `NATIONAL VARCHAR` is
/// `varchar`). The raw value is the keyword as MySQL's `information_schema.columns.data_type` writes it.
package enum ColumnType: String, Sendable, CaseIterable {
  case tinyint, smallint, mediumint, int, bigint
  case decimal, float, double, bit, year
  case date, time, datetime, timestamp
  case char, varchar, tinytext, text, mediumtext, longtext
  case binary, varbinary, tinyblob, blob, mediumblob, longblob
  case `enum`, `set`, json
  case geometry, point, linestring, polygon, multipoint, multilinestring, multipolygon
  case geometryCollection = "geomcollection"
  case vector
  case uuid, inet4, inet6
}

extension ColumnType {
  /// Whether its values are texts of a charset.
  package var isText: Bool {
    switch self {
    case .char, .varchar, .tinytext, .text, .mediumtext, .longtext, .enum, .set: true
    default: false
    }
  }

  package var isSpatial: Bool {
    switch self {
    case .geometry, .point, .linestring, .polygon, .multipoint, .multilinestring, .multipolygon, .geometryCollection: true
    default: false
    }
  }
}
