/// The elements of CREATE TABLE: columns, keys, constraints.
extension DDLParser {
  mutating func element(_ creation: inout TableCreation) throws(Unclear) {
    if let key = try keyOrConstraint() {
      if let key { creation.keys.append(key) }
    } else {
      let specification = try column(try columnName())
      creation.columns.append(specification)
      creation.keys += keys(of: specification)
    }
    skipToComma()
  }

  /// The keys that stand with a column.
  func keys(of specification: ColumnSpecification) -> [KeySpecification] {
    var keys: [KeySpecification] = []
    let column = specification.column.name
    if specification.isPrimaryKey { keys.append(KeySpecification(kind: .primary, columns: [column])) }
    // MariaDB makes one key of both.
    if specification.isUnique, !(specification.isPrimaryKey && dialect.isMariaDB) { keys.append(KeySpecification(kind: .unique, columns: [column])) }
    return keys
  }

  /// A key or constraint, if one is next: the key, or an inner nil for what makes none (CHECK, FULLTEXT, FOREIGN KEY as a key of no
  /// row, PERIOD). Outer nil: a column is next.
  mutating func keyOrConstraint() throws(Unclear) -> KeySpecification?? {
    var symbol: String?
    if token.kind == .word, token.keyword == "CONSTRAINT" {
      at += 1
      skipCondition()
      let isNamed = token.kind == .name || token.kind == .string || token.kind == .word && !Self.constraintWords.contains(token.keyword)
      if isNamed { symbol = try name() }
    }
    switch token.keyword {
    case "PRIMARY":
      at += 1
      guard take("KEY") else { throw Unclear() }
      return try key(.primary, symbol)
    case "UNIQUE":
      at += 1
      if !take("KEY") { _ = take("INDEX") }
      return try key(.unique, symbol)
    case "KEY", "INDEX":
      at += 1
      return try key(.plain, symbol)
    case "FULLTEXT", "SPATIAL":
      at += 1
      if !take("KEY") { _ = take("INDEX") }
      return try key(.plain, symbol)
    case "VECTOR" where peek(1).keyword == "INDEX" || peek(1).keyword == "KEY":
      at += 2
      return try key(.plain, symbol)
    case "FOREIGN":
      at += 1
      guard take("KEY") else { throw Unclear() }
      var foreign = try key(.plain, nil)
      // The index that a foreign key brings bears the constraint's name.
      foreign.name = symbol ?? foreign.name
      return foreign
    case "CHECK" where isSymbol("(", at + 1):
      skipToComma()
      return .some(nil)
    case "PERIOD" where peek(1).keyword == "FOR":
      at += 2
      let isSystemTime = token.keyword == "SYSTEM_TIME"
      var period = KeySpecification(kind: .period, name: try name())
      try keyParts(&period)
      return isSystemTime ? .some(nil) : period
    default:
      guard symbol == nil else { throw Unclear() }
      return nil
    }
  }

  private static let constraintWords: Set<String> = ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "KEY", "INDEX"]

  private mutating func key(_ kind: KeySpecification.Kind, _ symbol: String?) throws(Unclear) -> KeySpecification {
    var key = KeySpecification(kind: kind, name: symbol, columns: [])
    key.ifNotExists = takeIfNotExists()
    skipIndexType()
    if !isSymbol("(") { key.name = try name() }
    skipIndexType()
    try keyParts(&key)
    return key
  }

  /// A column behind its name, up to FIRST, AFTER, a comma or a bracket.
  mutating func column(_ name: String) throws(Unclear) -> ColumnSpecification {
    var specification = ColumnSpecification(column: ColumnDefinition(name, .int))
    try type(&specification)
    try attributes(&specification)
    return specification
  }

  private mutating func attributes(_ specification: inout ColumnSpecification) throws(Unclear) {
    while !isAtEnd, !isSymbol(","), !isSymbol(")") {
      if token.kind == .word {
        switch token.keyword {
        case "FIRST", "AFTER": return
        case "NOT" where peek(1).keyword == "NULL":
          at += 2
          specification.isNullStated = false
          continue
        case "NOT":   // NOT ENFORCED, NOT SECONDARY
          at += 2
          continue
        case "NULL":
          at += 1
          specification.isNullStated = true
          continue
        case "DEFAULT":
          at += 1
          specification.column.defaultValue = try defaultValue()
          continue
        case "ON" where peek(1).keyword == "UPDATE":
          at += 2
          skipOne()
          if isSymbol("(") { skipOne() }
          specification.column.isUpdatedByServer = true
          continue
        case "AUTO_INCREMENT":
          at += 1
          specification.column.isAutoIncremented = true
          continue
        case "SERIAL" where peek(1).keyword == "DEFAULT" && peek(2).keyword == "VALUE":
          at += 3
          specification.column.isAutoIncremented = true
          specification.isNullStated = false
          specification.isUnique = true
          continue
        case "UNIQUE":
          at += 1
          if !take("KEY") { _ = take("INDEX") }
          specification.isUnique = true
          continue
        case "PRIMARY":
          at += 1
          _ = take("KEY")
          specification.isPrimaryKey = true
          continue
        case "KEY":
          at += 1
          specification.isPrimaryKey = true
          continue
        case "COMMENT":
          at += 1
          guard token.kind == .string else { throw Unclear() }
          specification.column.comment = take().raw
          continue
        case "INVISIBLE":
          at += 1
          specification.column.isInvisible = true
          continue
        case "SRID", "REF_SYSTEM_ID":
          at += 1
          _ = takeSymbol("=")
          if token.kind == .number { specification.column.srid = UInt32(take().text) }
          continue
        case "GENERATED", "AS":
          try generated(&specification)
          continue
        case "WITHOUT", "WITH":   // SYSTEM VERSIONING of one column
          at += 1
          if take("SYSTEM") { _ = take("VERSIONING") }
          continue
        case "CONSTRAINT":
          at += 1
          if token.keyword != "CHECK" { _ = try name() }
          continue
        case "CHECK", "COLUMN_FORMAT", "STORAGE":
          at += 1
          skipOne()
          continue
        case "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE":
          at += 1
          _ = takeSymbol("=")
          skipOne()
          continue
        case "REFERENCES":
          at += 1
          _ = try tableReference()
          if isSymbol("(") { skipOne() }
          skipReferenceOptions()
          continue
        default: break
        }
        if takeCharset(&specification.column.charset) || takeCollation(&specification.column.collation) { continue }
      }
      skipOne()
    }
  }

  /// `MATCH FULL ON DELETE SET NULL ON UPDATE CASCADE`.
  private mutating func skipReferenceOptions() {
    while true {
      if take("MATCH") {
        take()
      } else if token.keyword == "ON", peek(1).keyword == "DELETE" || peek(1).keyword == "UPDATE" {
        at += 2
        if take("SET") || take("NO") { take() } else { take() }
      } else {
        return
      }
    }
  }

  private mutating func generated(_ specification: inout ColumnSpecification) throws(Unclear) {
    if take("GENERATED"), !take("ALWAYS"), take("BY") { _ = take("DEFAULT") }
    guard take("AS") else { throw Unclear() }
    if take("ROW") {
      take()   // START or END
      specification.isVersioningColumn = true
      specification.isNullStated = false
      specification.column.isGenerated = true
      return
    }
    guard isSymbol("(") else { throw Unclear() }
    skipOne()
    specification.column.isGenerated = true
    if !take("VIRTUAL"), !take("STORED") { _ = take("PERSISTENT") }
  }

  // MARK: Defaults

  mutating func defaultValue() throws(Unclear) -> ColumnDefault {
    let start = at
    switch token.kind {
    case .string: return .literal(take().raw)
    case .bits: return .bits(take().text)
    case .hex: return .hex(take().text)
    case .number: return literalOrExpression(start)
    case .symbol where token.text == "-" || token.text == "+":
      at += 1
      guard token.kind == .number else { throw Unclear() }
      return literalOrExpression(start)
    case .symbol where token.text == "(":
      // MariaDB folds a literal in brackets.
      if dialect.isMariaDB, isSymbol(")", at + 2), peek(1).kind != .word {
        at += 1
        let value = try defaultValue()
        at += 1
        return value
      }
      skipOne()
      return .expression(text(from: start))
    case .word: break
    default: throw Unclear()
    }
    switch token.keyword {
    case "NULL":
      at += 1
      return .null
    case "TRUE", "FALSE": return .literal(take().text)
    case "DATE", "TIME", "TIMESTAMP":
      if peek(1).kind == .string {
        at += 1
        return .literal(take().raw)
      }
    case let word where word.hasPrefix("_") && (peek(1).kind == .string || peek(1).kind == .hex || peek(1).kind == .bits):
      at += 1
      let value = try defaultValue()
      var collation: String?
      _ = takeCollation(&collation)
      return value
    default: break
    }
    return functionCall(start)
  }

  /// A number; MariaDB allows no operators without brackets.
  private mutating func literalOrExpression(_ start: Int) -> ColumnDefault {
    at += 1
    let text = text(from: start)
    return .literal(text.hasPrefix("+") ? String(text.dropFirst()) : text.filter { $0 != " " })
  }

  /// `CURRENT_TIMESTAMP`, `now(3)`, MariaDB's `uuid()`, `NEXT VALUE FOR s`, `nextval(db.s)`.
  private mutating func functionCall(_ start: Int) -> ColumnDefault {
    if token.keyword == "NEXT", peek(1).keyword == "VALUE" {
      at += 3
      _ = try? tableReference()
      return .expression(text(from: start))
    }
    take()
    while takeSymbol(".") { take() }
    if isSymbol("(") { skipOne() }
    return .expression(text(from: start))
  }
}
