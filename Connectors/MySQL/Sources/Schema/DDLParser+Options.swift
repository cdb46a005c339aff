/// Options of tables and databases, and the pieces that several statements share.
extension DDLParser {
  /// Reads options up to the end, to a query (CREATE TABLE … SELECT), or to a comma of this level where that ends them.
  mutating func tableOptions(_ options: inout TableOptions, endsAtComma: Bool) {
    while !isAtEnd, !isQuery(at) {
      if isSymbol(",") {
        if endsAtComma { return }
        at += 1
        continue
      }
      if isSymbol(")") { return }
      if takeCharset(&options.charset) || takeCollation(&options.collation) { continue }
      switch token.keyword {
      case "COMMENT":
        at += 1
        _ = takeSymbol("=")
        if token.kind == .string { options.comment = take().raw }
      case "WITH" where peek(1).keyword == "SYSTEM" && peek(2).keyword == "VERSIONING":
        at += 3
        options.isVersioned = true
      case "PARTITION":
        skipPartitions()
      default: skipOne()
      }
    }
  }

  /// `PARTITION BY …`: comments of partitions are not those of the table.
  private mutating func skipPartitions() {
    while !isAtEnd, !isQuery(at) { skipOne() }
  }

  func isQuery(_ index: Int) -> Bool {
    var index = index
    while isSymbol("(", index) { index += 1 }
    let token = tokens[min(index, tokens.count - 1)]
    switch token.keyword {
    case "SELECT", "VALUES", "TABLE": return true
    case "WITH":
      let next = tokens[min(index + 1, tokens.count - 1)].keyword
      return next != "SYSTEM" && next != "VALIDATION"
    default: return false
    }
  }

  /// `[DEFAULT] CHARACTER SET [=] x`, `CHARSET x`, `CHAR SET x`.
  mutating func takeCharset(_ charset: inout String?) -> Bool {
    let start = at
    _ = take("DEFAULT")
    if take("CHARSET") || (take("CHARACTER") || take("CHAR")) && take("SET") {
      _ = takeSymbol("=")
      if token.kind == .word || token.kind == .name || token.kind == .string {
        let name = take().text
        charset = name.uppercased() == "DEFAULT" ? nil : name
        return true
      }
    }
    at = start
    return false
  }

  mutating func takeCollation(_ collation: inout String?) -> Bool {
    let start = at
    _ = take("DEFAULT")
    if take("COLLATE") {
      _ = takeSymbol("=")
      if token.kind == .word || token.kind == .name || token.kind == .string {
        let name = take().text
        collation = name.uppercased() == "DEFAULT" ? nil : name
        return true
      }
    }
    at = start
    return false
  }

  mutating func skipIndexType() {
    if token.keyword == "USING" || token.keyword == "TYPE", peek(1).kind == .word { at += 2 }
  }

  /// `(a, b(10) DESC, (a + b))`.
  mutating func keyParts(_ key: inout KeySpecification) throws(Unclear) {
    guard takeSymbol("(") else { throw Unclear() }
    repeat {
      if isSymbol("(") {
        skipOne()
        key.hasExpressions = true
      } else if peek(1).keyword == "WITHOUT", peek(2).keyword == "OVERLAPS" {
        // MariaDB: the columns of a period, which may be defined later. Rare; the server knows.
        throw Unclear()
      } else {
        key.columns.append(try name())
        if isSymbol("(") { skipOne() }
      }
      skipToComma()
    } while takeSymbol(",")
    guard takeSymbol(")") else { throw Unclear() }
  }
}
