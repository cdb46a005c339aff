/// What ALTER TABLE does, in the order of the statement.
extension DDLParser {
  mutating func alterations() throws(Unclear) -> [TableAlteration] {
    var result: [TableAlteration] = []
    while !isAtEnd {
      if takeSymbol(",") { continue }
      let start = at
      try alteration(&result)
      if at == start { skipOne() }   // whatever it is, go on
    }
    return result
  }

  private mutating func alteration(_ result: inout [TableAlteration]) throws(Unclear) {
    switch token.keyword {
    case "ADD": try addition(&result)
    case "DROP": try removal(&result)
    case "CHANGE":
      at += 1
      _ = take("COLUMN")
      let ifExists = takeIfExists()
      let old = try columnName()
      let specification = try column(try name())
      change(old, specification, try place(), ifExists, &result)
    case "MODIFY":
      at += 1
      _ = take("COLUMN")
      let ifExists = takeIfExists()
      let name = try columnName()
      let specification = try column(name)
      change(name, specification, try place(), ifExists, &result)
    case "ALTER": try columnAlteration(&result)
    case "RENAME": try renaming(&result)
    case "CONVERT": try conversion(&result)
    case "ORDER":
      at += 1
      guard take("BY") else { throw Unclear() }
      repeat {
        _ = try columnName()
        if !take("ASC") { _ = take("DESC") }
      } while takeSymbol(",")
    case "PARTITION", "REORGANIZE", "COALESCE", "REBUILD", "OPTIMIZE", "ANALYZE", "CHECK", "REPAIR", "EXCHANGE", "TRUNCATE", "REMOVE":
      skipToEnd()
    case "ALGORITHM", "LOCK", "FORCE", "DISABLE", "ENABLE", "DISCARD", "IMPORT", "SECONDARY_LOAD", "SECONDARY_UNLOAD", "WITHOUT":
      skipToComma()
    default:
      var options = TableOptions()
      tableOptions(&options, endsAtComma: true)
      if options != TableOptions() { result.append(.options(options)) }
    }
  }

  private func add(_ column: ColumnSpecification, _ place: ColumnPlace?, _ ifNotExists: Bool, _ result: inout [TableAlteration]) {
    result.append(.addColumn(column, place, ifNotExists: ifNotExists))
    result += keys(of: column).map { .addKey($0) }
  }

  private func change(
    _ name: String, _ column: ColumnSpecification, _ place: ColumnPlace?, _ ifExists: Bool, _ result: inout [TableAlteration]
  ) {
    result.append(.changeColumn(name, column, place, ifExists: ifExists))
    result += keys(of: column).map { .addKey($0) }
  }

  mutating func place() throws(Unclear) -> ColumnPlace? {
    if take("FIRST") { return .first }
    if take("AFTER") { return .after(try columnName()) }
    return nil
  }

  private mutating func addition(_ result: inout [TableAlteration]) throws(Unclear) {
    at += 1
    switch token.keyword {
    case "PARTITION": return skipToEnd()
    case "SYSTEM" where peek(1).keyword == "VERSIONING":
      at += 2
      return result.append(.setVersioned(true))
    default: break
    }
    let isColumn = take("COLUMN")
    if !isColumn, let key = try keyOrConstraint() {
      if let key { result.append(.addKey(key)) }
      return skipToComma()
    }
    let ifNotExists = takeIfNotExists()
    guard takeSymbol("(") else {
      let specification = try column(try columnName())
      return add(specification, try place(), ifNotExists, &result)
    }
    repeat {
      // MySQL allows keys among them.
      if let key = try keyOrConstraint() {
        if let key { result.append(.addKey(key)) }
      } else {
        add(try column(try columnName()), nil, ifNotExists, &result)
      }
      skipToComma()
    } while takeSymbol(",")
    guard takeSymbol(")") else { throw Unclear() }
  }

  private mutating func removal(_ result: inout [TableAlteration]) throws(Unclear) {
    at += 1
    switch token.keyword {
    case "PRIMARY":
      at += 1
      guard take("KEY") else { throw Unclear() }
      return result.append(.dropPrimaryKey)
    case "INDEX", "KEY":
      at += 1
      _ = takeIfExists()
      return result.append(.dropKey(try name()))
    case "FOREIGN", "CHECK":
      return skipToComma()
    case "CONSTRAINT":
      at += 1
      _ = takeIfExists()
      return result.append(.dropConstraint(try name()))
    case "PARTITION": return skipToEnd()
    case "SYSTEM" where peek(1).keyword == "VERSIONING":
      at += 2
      return result.append(.setVersioned(false))
    case "PERIOD" where peek(1).keyword == "FOR":
      return skipToComma()
    default:
      _ = take("COLUMN")
      let ifExists = takeIfExists()
      result.append(.dropColumn(try columnName(), ifExists: ifExists))
      if !take("RESTRICT") { _ = take("CASCADE") }
    }
  }

  private mutating func columnAlteration(_ result: inout [TableAlteration]) throws(Unclear) {
    at += 1
    switch token.keyword {
    case "INDEX", "KEY", "CHECK", "CONSTRAINT": return skipToComma()
    default: break
    }
    _ = take("COLUMN")
    _ = takeIfExists()
    let column = try columnName()
    if take("DROP") {
      _ = take("DEFAULT")
      return result.append(.setDefault(column, .none))
    }
    guard take("SET") else { throw Unclear() }
    if take("DEFAULT") {
      result.append(.setDefault(column, try defaultValue()))
    } else if take("VISIBLE") {
      result.append(.setInvisible(column, false))
    } else if take("INVISIBLE") {
      result.append(.setInvisible(column, true))
    }
  }

  private mutating func renaming(_ result: inout [TableAlteration]) throws(Unclear) {
    at += 1
    switch token.keyword {
    case "COLUMN":
      at += 1
      let ifExists = takeIfExists()
      let old = try columnName()
      guard take("TO") else { throw Unclear() }
      result.append(.renameColumn(old, to: try columnName(), ifExists: ifExists))
    case "INDEX", "KEY":
      at += 1
      _ = takeIfExists()
      let old = try name()
      guard take("TO") else { throw Unclear() }
      result.append(.renameKey(old, to: try name()))
    default:
      if !take("TO"), !take("AS") { _ = takeSymbol("=") }
      result.append(.rename(try tableReference()))
    }
  }

  private mutating func conversion(_ result: inout [TableAlteration]) throws(Unclear) {
    at += 1
    switch token.keyword {
    case "TO":
      at += 1
      var charset: String?
      guard takeCharset(&charset) else { throw Unclear() }
      var collation: String?
      _ = takeCollation(&collation)
      result.append(.convert(charset: charset, collation: collation))
    case "PARTITION":
      at += 1
      _ = try name()
      guard take("TO"), take("TABLE") else { throw Unclear() }
      result.append(.partitionBecomesTable(try tableReference()))
      skipToComma()
    case "TABLE":
      at += 1
      result.append(.tableBecomesPartition(try tableReference()))
      skipToEnd()
    default: throw Unclear()
    }
  }
}
