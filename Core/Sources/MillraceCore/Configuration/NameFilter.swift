/// Names chosen by a comma-separated list of regular expressions, each of which must match the whole name, without regard to case:
/// `table.include.list` and its kin. A comma that belongs to an expression is written `\,`.
///
/// Ask once per table, never per record.
public struct NameFilter: Sendable {
  private let patterns: [NamePattern]

  /// Reads the list from the setting `key`; nil where it is not set or empty. Reports each expression that is not valid.
  public init?(_ key: String, of configuration: inout Configuration) {
    guard let list = configuration[key], !list.trimmed.isEmpty else { return nil }
    var patterns: [NamePattern] = []
    for text in Self.split(list) {
      do {
        patterns.append(try NamePattern(text))
      } catch {
        configuration.report(
          Finding(
            key: key, problem: "has an invalid regular expression \"\(text)\"",
            advice: "write a regular expression that matches the whole name, such as public\\.orders or public\\..*"))
      }
    }
    self.patterns = patterns
  }

  /// - Throws: the first expression that is not valid, as `configuration.pattern`.
  public init(_ list: String) throws(MillraceError) {
    var patterns: [NamePattern] = []
    for text in Self.split(list) {
      do {
        patterns.append(try NamePattern(text))
      } catch {
        throw MillraceError(
          code: "configuration.pattern", component: "configuration", retry: .stop,
          message: "\"\(text)\" is not a valid regular expression", advice: "write one that matches the whole name")
      }
    }
    self.patterns = patterns
  }

  public func matches(_ name: String) -> Bool { patterns.contains { $0.matches(name) } }

  /// The index of the first expression that matches.
  public func firstMatch(_ name: String) -> Int? { patterns.firstIndex { $0.matches(name) } }

  /// The expressions, as they were written.
  public var texts: [String] { patterns.map(\.text) }

  /// The expressions that match none of `names`, each with the one that was probably meant: `public.iris_*`, which matches
  /// `public.iris__` but not `public.iris_train`, was meant as `public\.iris_.*`. What is offered does match a name.
  public func unmatchedPatterns(in names: [String]) -> [(pattern: String, meant: String?)] {
    patterns.filter { pattern in !names.contains { pattern.matches($0) } }
      .map { ($0.text, Self.meant(by: $0.text, in: names)) }
  }

  private static func split(_ list: String) -> [String] {
    var items = [""]
    var escaped = false
    for character in list {
      if character == ",", !escaped {
        items.append("")
      } else {
        if character == ",", escaped { items[items.count - 1].removeLast() }
        items[items.count - 1].append(character)
      }
      escaped = character == "\\" && !escaped
    }
    return items.map(\.trimmed).filter { !$0.isEmpty }
  }

  private static func meant(by text: String, in names: [String]) -> String? {
    let glob = globRead(text)
    var guesses = [glob]
    // The database's name in front, or no schema at all.
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count > 2 { guesses.append(globRead(parts.dropFirst().joined(separator: "."))) }
    for guess in guesses where names.contains(where: { matches($0, guess) }) { return guess }
    for name in names {
      guard let dot = name.firstIndex(of: ".") else { continue }
      let guess = escaped(String(name[..<dot])) + "\\." + glob
      if matches(name, guess) { return guess }
    }
    return NearestName.of(text.filter { $0 != "\\" }, among: names).map(escaped)
  }

  private static func matches(_ name: String, _ guess: String) -> Bool { (try? NamePattern(guess))?.matches(name) ?? false }

  /// Reads `text` as the pattern of a shell or of SQL's LIKE: `*` and `%` are any run of characters, a dot is a dot.
  private static func globRead(_ text: String) -> String {
    var result = ""
    let characters = Array(text)
    for (index, character) in characters.enumerated() {
      let before = index > 0 ? characters[index - 1] : " "
      let after = index + 1 < characters.count ? characters[index + 1] : " "
      switch character {
      case ".": result += before == "\\" || after == "*" || after == "+" || after == "?" ? "." : "\\."
      case "*": result += before == "." || before == "]" || before == ")" ? "*" : ".*"
      case "%": result += ".*"
      default: result.append(character)
      }
    }
    return result
  }

  private static func escaped(_ name: String) -> String {
    var result = ""
    for character in name {
      if ".\\+*?()[]{}|^$".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}
