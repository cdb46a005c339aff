/// What a column inherits from its table, a table from its database, and a database from the server.
struct Inheritance {
  let dialect: SQLDialect
  let context: StatementContext
  let databases: [String: SchemaModel.Database]

  /// Charset and collation from what is written, or else those that are inherited.
  func defaults(_ charset: String?, _ collation: String?, or inherited: (String?, String?)) -> (charset: String?, collation: String?) {
    switch (charset, collation) {
    case (nil, nil): inherited
    case (let charset?, nil): (charset, defaultCollation(charset))
    case (nil, let collation?): (CharacterSet.of(collation: collation) ?? inherited.0, collation)
    case (let charset?, let collation?): (charset, collation)
    }
  }

  func defaultCollation(_ charset: String) -> String? {
    if let stated = context.utf8mb4Collation, CharacterSet.canonical(charset) == "utf8mb4" { return stated }
    return CharacterSet.defaultCollation(charset, dialect)
  }

  func databaseDefaults(_ name: String) -> (charset: String?, collation: String?) {
    if let known = databases[name] { return (known.charset, known.collation) }
    guard let collation = context.serverCollation else { return (nil, nil) }
    return (CharacterSet.of(collation: collation), collation)
  }

  /// A column with what it inherits from its table.
  func resolve(_ specification: ColumnSpecification, _ table: TableDefinition) -> ColumnDefinition {
    var column = specification.column
    if let isNull = specification.isNullStated {
      column.isNullable = isNull
    } else if column.type == .timestamp, !context.explicitDefaultsForTimestamp, !column.isGenerated {
      column.isNullable = false
    }
    if column.isAutoIncremented { column.isNullable = false }
    if specification.isPrimaryKey { column.isNullable = false }
    guard column.type.isText else {
      column.charset = nil
      column.collation = nil
      return column
    }
    let isCollated = column.collation != nil
    (column.charset, column.collation) = defaults(column.charset, column.collation, or: (table.charset, table.collation))
    if specification.isBinary, !isCollated, let charset = column.charset { column.collation = CharacterSet.binaryCollation(charset) }
    column.settleTextType()
    return column
  }
}
