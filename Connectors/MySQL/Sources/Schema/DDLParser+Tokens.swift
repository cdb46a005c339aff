/// Moving through the tokens.
extension DDLParser {
  var token: SQLToken { tokens[min(at, tokens.count - 1)] }

  func peek(_ offset: Int) -> SQLToken { tokens[min(at + offset, tokens.count - 1)] }

  var isAtEnd: Bool { at >= tokens.count - 1 || isSymbol(";") }

  func isSymbol(_ symbol: Character) -> Bool { isSymbol(symbol, at) }

  func isSymbol(_ symbol: Character, _ index: Int) -> Bool {
    let token = tokens[min(index, tokens.count - 1)]
    return token.kind == .symbol && token.text.first == symbol
  }

  @discardableResult
  mutating func take() -> SQLToken {
    let token = token
    if at < tokens.count - 1 { at += 1 }
    return token
  }

  /// Goes over a keyword, if it is the next.
  mutating func take(_ keyword: String) -> Bool {
    guard token.keyword == keyword else { return false }
    at += 1
    return true
  }

  mutating func takeSymbol(_ symbol: Character) -> Bool {
    guard isSymbol(symbol) else { return false }
    at += 1
    return true
  }

  mutating func name() throws(Unclear) -> String {
    switch token.kind {
    case .word, .name: return take().text
    // In double quotes, where that is no text: an alias, or a statement of a session with other modes.
    case .string where !token.text.isEmpty && bytes[token.start] == UInt8(ascii: "\""): return take().text
    default: throw Unclear()
    }
  }

  mutating func tableReference() throws(Unclear) -> TableReference {
    let first = try name()
    guard takeSymbol(".") else { return TableReference(name: first) }
    return TableReference(database: first, name: try name())
  }

  /// The name of a column, which may be qualified by table and database.
  mutating func columnName() throws(Unclear) -> String {
    var result = try name()
    while takeSymbol(".") { result = try name() }
    return result
  }

  mutating func takeIfExists() -> Bool {
    guard token.keyword == "IF", peek(1).keyword == "EXISTS" else { return false }
    at += 2
    return true
  }

  mutating func takeIfNotExists() -> Bool {
    guard token.keyword == "IF", peek(1).keyword == "NOT", peek(2).keyword == "EXISTS" else { return false }
    at += 3
    return true
  }

  mutating func skipCondition() {
    if !takeIfExists() { _ = takeIfNotExists() }
  }

  /// MariaDB: `WAIT n`, `NOWAIT`.
  mutating func skipWait() {
    if take("NOWAIT") { return }
    if token.keyword == "WAIT", peek(1).kind == .number { at += 2 }
  }

  /// One token, or a group in brackets.
  mutating func skipOne() {
    guard takeSymbol("(") else {
      take()
      return
    }
    var depth = 1
    while depth > 0, at < tokens.count - 1 {
      if isSymbol("(") { depth += 1 } else if isSymbol(")") { depth -= 1 }
      at += 1
    }
  }

  /// To the next comma or closing bracket of this level.
  mutating func skipToComma() {
    while !isAtEnd, !isSymbol(","), !isSymbol(")") { skipOne() }
  }

  mutating func skipToEnd() {
    while !isAtEnd { skipOne() }
  }

  /// From the first token to the last, without comments around them and the semicolon.
  var extent: Range<Int> {
    guard let first = tokens.first, first.kind != .end else { return 0..<0 }
    let last = tokens.last { $0.kind != .end && !($0.kind == .symbol && $0.text == ";") }
    return first.start..<max(first.start, last?.end ?? first.end)
  }

  /// The text from there to the token before the next, as it stands.
  func text(from index: Int) -> String {
    guard index < at, at <= tokens.count else { return "" }
    return String(decoding: bytes[tokens[index].start..<tokens[at - 1].end], as: UTF8.self)
  }

  /// A whole number in brackets, or two.
  mutating func numbersInBrackets() throws(Unclear) -> [Int] {
    guard takeSymbol("(") else { return [] }
    var result: [Int] = []
    repeat {
      guard token.kind == .number, let number = Int(take().text) else { throw Unclear() }
      result.append(number)
    } while takeSymbol(",")
    guard takeSymbol(")") else { throw Unclear() }
    return result
  }
}
