/// Reads what one statement says about tables and databases, and skips all else. It never fails: what is about a table and makes no
/// sense is `unclear`, anything else `other`. It goes forward through the tokens only, so it ends with them.
struct DDLParser {
  let bytes: [UInt8]
  let tokens: [SQLToken]
  let dialect: SQLDialect
  let mode: SQLMode
  var at = 0

  /// Thrown where a statement makes no sense; caught in `statement`.
  struct Unclear: Error {}

  init(_ bytes: [UInt8], _ dialect: SQLDialect, _ mode: SQLMode) {
    self.bytes = bytes
    self.dialect = dialect
    self.mode = mode
    tokens = SQLTokenizer.tokens(bytes, dialect, mode)
  }

  mutating func statement() -> DDLStatement {
    skipStatementSettings()
    let start = at
    do throws(Unclear) {
      switch take().keyword {
      case "CREATE": return try create()
      case "ALTER": return try alter()
      case "DROP": return try drop()
      case "RENAME": return try rename()
      case "TRUNCATE":
        _ = take("TABLE")
        return .truncate(try tableReference())
      case "USE": return .use(try name())
      default: return .other
      }
    } catch {
      at = start
      let tables = concernedTables()
      return tables.isEmpty ? .other : .unclear(tables)
    }
  }

  /// MariaDB: `SET STATEMENT a = b FOR ALTER TABLE …`.
  private mutating func skipStatementSettings() {
    guard token.keyword == "SET", peek(1).keyword == "STATEMENT" else { return }
    let start = at
    while !isAtEnd {
      if take("FOR") { return }
      skipOne()
    }
    at = start
  }

  /// The tables that a statement that was not understood begins with: CREATE, ALTER, DROP or RENAME … TABLE name.
  private mutating func concernedTables() -> [TableReference] {
    var words = 0
    while !isAtEnd, words < 8 {
      if token.keyword == "TABLE" || token.keyword == "TABLES" {
        at += 1
        skipCondition()
        var result: [TableReference] = []
        while let table = try? tableReference() {
          result.append(table)
          guard takeSymbol(",") || take("TO") else { break }
        }
        return result
      }
      if token.kind != .word { return [] }
      at += 1
      words += 1
    }
    return []
  }

  // MARK: Statements

  private mutating func create() throws(Unclear) -> DDLStatement {
    var orReplace = false
    if take("OR") {
      orReplace = take("REPLACE")
    }
    let isTemporary = take("TEMPORARY")
    switch token.keyword {
    case "TABLE":
      at += 1
      return try createTable(isTemporary: isTemporary, orReplace: orReplace)
    case "DATABASE", "SCHEMA":
      at += 1
      let ifNotExists = takeIfNotExists()
      return .createDatabase(try name(), databaseOptions(), ifNotExists: ifNotExists, orReplace: orReplace)
    default: break
    }
    while take("ONLINE") || take("OFFLINE") {}
    var kind = KeySpecification.Kind.plain
    switch token.keyword {
    case "UNIQUE":
      kind = .unique
      at += 1
    case "FULLTEXT", "SPATIAL", "VECTOR": at += 1
    default: break
    }
    guard take("INDEX") else { return .other }
    let ifNotExists = takeIfNotExists()
    let index = try name()
    skipIndexType()
    guard take("ON") else { throw Unclear() }
    let table = try tableReference()
    var key = KeySpecification(kind: kind, name: index, columns: [])
    try keyParts(&key)
    return .createIndex(key, on: table, ifNotExists: ifNotExists, orReplace: orReplace)
  }

  private mutating func createTable(isTemporary: Bool, orReplace: Bool) throws(Unclear) -> DDLStatement {
    let ifNotExists = takeIfNotExists()
    var creation = TableCreation(table: try tableReference())
    creation.isTemporary = isTemporary
    creation.ifNotExists = ifNotExists
    creation.orReplace = orReplace
    if take("LIKE") {
      creation.content = .like(try tableReference())
      return .createTable(creation)
    }
    if isSymbol("("), peek(1).keyword == "LIKE" {
      at += 2
      creation.content = .like(try tableReference())
      return .createTable(creation)
    }
    if isSymbol("("), !isQuery(at + 1) {
      at += 1
      repeat { try element(&creation) } while takeSymbol(",")
      guard takeSymbol(")") else { throw Unclear() }
    }
    tableOptions(&creation.options, endsAtComma: false)
    if !isAtEnd, isQuery(at) { creation.content = .query }
    return .createTable(creation)
  }

  private mutating func alter() throws(Unclear) -> DDLStatement {
    while take("ONLINE") || take("OFFLINE") || take("IGNORE") {}
    switch token.keyword {
    case "TABLE":
      at += 1
      let ifExists = takeIfExists()
      let table = try tableReference()
      skipWait()
      return .alterTable(table, ifExists: ifExists, try alterations())
    case "DATABASE", "SCHEMA":
      at += 1
      // Without a name it is the default database.
      let isNamed = token.kind == .name || token.kind == .word && !Self.databaseOptionWords.contains(token.keyword)
      let database: String? = isNamed ? try name() : nil
      return .alterDatabase(database, databaseOptions())
    default: return .other
    }
  }

  private static let databaseOptionWords: Set<String> = [
    "DEFAULT", "CHARACTER", "CHARSET", "COLLATE", "ENCRYPTION", "READ", "COMMENT", "UPGRADE",
  ]

  private mutating func drop() throws(Unclear) -> DDLStatement {
    let isTemporary = take("TEMPORARY")
    switch token.keyword {
    case "TABLE", "TABLES":
      at += 1
      let ifExists = takeIfExists()
      var tables = [try tableReference()]
      while takeSymbol(",") { tables.append(try tableReference()) }
      return .dropTables(tables, ifExists: ifExists, isTemporary: isTemporary)
    case "DATABASE", "SCHEMA":
      at += 1
      _ = takeIfExists()
      return .dropDatabase(try name())
    default: break
    }
    while take("ONLINE") || take("OFFLINE") {}
    guard take("INDEX") else { return .other }
    _ = takeIfExists()
    let index = try name()
    guard take("ON") else { throw Unclear() }
    return .dropIndex(index, on: try tableReference())
  }

  private mutating func rename() throws(Unclear) -> DDLStatement {
    guard take("TABLE") || take("TABLES") else { return .other }
    _ = takeIfExists()
    var result: [TableRenaming] = []
    repeat {
      let start = token.start
      let from = try tableReference()
      skipWait()
      guard take("TO") else { throw Unclear() }
      let to = try tableReference()
      result.append(TableRenaming(from: from, to: to, text: start..<tokens[at - 1].end))
    } while takeSymbol(",")
    return .renameTables(result)
  }

  private mutating func databaseOptions() -> DatabaseOptions {
    var options = TableOptions()
    tableOptions(&options, endsAtComma: false)
    return DatabaseOptions(charset: options.charset, collation: options.collation)
  }
}
