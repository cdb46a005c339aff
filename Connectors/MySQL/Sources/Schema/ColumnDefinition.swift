/// A column of a `TableDefinition`.
package struct ColumnDefinition: Equatable, Sendable {
  package var name: String
  package var type: ColumnType
  /// The length, display width or precision in brackets; nil where none is given.
  package var length: Int?
  /// The digits behind the point of a decimal; nil where none is given.
  package var scale: Int?
  package var isUnsigned = false
  package var isZerofill = false
  package var isNullable = true
  package var isAutoIncremented = false
  package var isGenerated = false
  package var isInvisible = false
  /// The charset of a text column, in the server's name of it (`utf8mb4`, `latin1`); nil for others.
  package var charset: String?
  package var collation: String?
  /// The members of an ENUM or SET, in order.
  package var members: [String] = []
  package var defaultValue: ColumnDefault = .none
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
  /// The text between the quotes, or a number, as it stands in the definition.
  case literal(String)
  /// A call or another expression (`CURRENT_TIMESTAMP`, `(uuid())`), as it stands in the definition.
  case expression(String)
}

/// The base types of MySQL and MariaDB, synonyms resolved (`INTEGER` is `int`, `BOOL` is `tinyint` of length 1, `NATIONAL VARCHAR` is
/// `varchar`). The raw value is the keyword as `information_schema.columns.data_type` writes it.
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
