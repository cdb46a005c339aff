/// Expressions that mean the same in Groovy and in JavaScript: fields, texts, numbers, comparisons, and, or, not, ?: and brackets.
enum GroovySubset {
  /// - Returns: what may mean something else, for people; nil where nothing does.
  static func difference(_ source: String) -> String? {
    var rest = Array(source)[...]
    var before: Character?
    while let character = rest.first {
      rest.removeFirst()
      switch character {
      case "'":
        guard let end = rest.firstIndex(of: "'"), !rest[..<end].contains("\\") else { return "a text with a backslash" }
        rest = rest[(end + 1)...]
      case "\"":
        guard let end = rest.firstIndex(of: "\""), !rest[..<end].contains("\\"), !rest[..<end].contains("$") else { return "a text with $ or a backslash" }
        rest = rest[(end + 1)...]
      case "=", "!":
        let count = rest.prefix { $0 == "=" || $0 == "~" }.count
        let symbol = String(character) + String(rest.prefix(count))
        guard ["==", "!=", "!"].contains(symbol) else { return "the operator \(symbol)" }
        rest = rest.dropFirst(count)
      case "<", ">":
        if rest.first == "=" { rest.removeFirst() }
        if let next = rest.first, next == ">" || next == "<" { return "the operator \(character)\(next)" }
      case "&", "|":
        guard rest.first == character else { return "the operator \(character)" }
        rest.removeFirst()
      case "?":
        if let next = rest.first, next == "." || next == ":" || next == "[" { return "the operator ?\(next)" }
      case "(":
        if let before, before.isLetter || before.isNumber || before == "_" || before == ")" { return "a call of a method" }
      case ")", ":", ".", " ", "\t", "\n", "\r", "_", "-": break
      case let letter where letter.isLetter:
        var word = String(letter)
        while let next = rest.first, next.isLetter || next.isNumber || next == "_" {
          word.append(next)
          rest.removeFirst()
        }
        if ["in", "instanceof", "as", "new", "def", "var", "function", "return", "if", "assert", "typeof"].contains(word) { return "the word \(word)" }
        before = word.last
        continue
      case let digit where digit.isNumber: break
      case let other: return "the character \(other)"
      }
      if !character.isWhitespace { before = character }
    }
    return nil
  }
}
