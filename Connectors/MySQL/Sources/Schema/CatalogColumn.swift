/// A row of `information_schema.COLUMNS`.
struct CatalogColumn {
  var name: String
  /// `COLUMN_TYPE`: `int(11) unsigned`, `enum('a','b')`.
  var type: String
  var isNullable: Bool
  /// MySQL: the value; MariaDB: the expression, `'x'` or `NULL`.
  var defaultText: String?
  var charset: String?
  var collation: String?
  var extra: String
  var comment: String
  var srid: String?

  /// nil: the type is not known.
  func definition(_ dialect: SQLDialect) -> ColumnDefinition? {
    var parser = DDLParser(Array(type.utf8), dialect, [])
    var specification = ColumnSpecification(column: ColumnDefinition(name, .int))
    guard (try? parser.type(&specification)) != nil else { return nil }
    var column = specification.column
    column.writtenType = nil
    column.isNullable = isNullable
    column.charset = charset
    column.collation = collation
    let extra = extra.uppercased()
    column.isAutoIncremented = extra.contains("AUTO_INCREMENT")
    column.isUpdatedByServer = extra.contains("ON UPDATE")
    column.isGenerated = extra.contains("GENERATED") && !extra.contains("DEFAULT_GENERATED") || extra.contains("GENERATED ALWAYS")
      || extra.contains("VIRTUAL") || extra.contains("STORED") || extra.contains("PERSISTENT")
    column.isInvisible = extra.contains("INVISIBLE")
    if !comment.isEmpty { column.comment = CatalogReader.escaped(comment) }
    column.srid = srid.flatMap { UInt32($0) }
    if !column.isGenerated { column.defaultValue = defaultValue(of: column, extra, dialect) }
    return column
  }

  private func defaultValue(of column: ColumnDefinition, _ extra: String, _ dialect: SQLDialect) -> ColumnDefault {
    guard let text = defaultText else { return isNullable && !dialect.isMariaDB ? .null : .none }
    if dialect.isMariaDB {
      var parser = DDLParser(Array(text.utf8), dialect, [])
      return (try? parser.defaultValue()) ?? .expression(text)
    }
    if extra.contains("DEFAULT_GENERATED") || text.uppercased().hasPrefix("CURRENT_TIMESTAMP") && (column.type == .timestamp || column.type == .datetime) {
      return .expression(text)
    }
    if column.type == .bit, text.hasPrefix("b'"), text.hasSuffix("'") { return .bits(String(text.dropFirst(2).dropLast())) }
    if column.type == .binary || column.type == .varbinary, text.hasPrefix("0x") { return .hex(String(text.dropFirst(2))) }
    return .literal(CatalogReader.escaped(text))
  }
}
