/// A regular expression and what replaces a text that it matches as a whole, in Java's notation: `$1` and `${name}` are groups,
/// a backslash takes the next character as it is.
///
/// Source: java.util.regex.Matcher, `matches` followed by `replaceFirst`.
package struct RegexReplacement: Sendable {
  private enum Piece: Sendable {
    case text(String)
    case group(Int)
    case named(String)
  }

  /// Sendable because a regular expression that was compiled from text holds no closures and is never changed.
  private struct CompiledRegex: @unchecked Sendable {
    let regex: Regex<AnyRegexOutput>
  }

  private let compiled: CompiledRegex
  private let pieces: [Piece]

  /// Reads both settings; nil where the expression is not given or something is wrong, which is reported.
  package init?(_ regexKey: String, _ replacementKey: String, isRequired: Bool, of configuration: inout Configuration) {
    let text = configuration[regexKey] ?? ""
    if text.trimmed.isEmpty {
      if isRequired { configuration.report(Finding(key: regexKey, problem: "is missing", advice: "write a regular expression that matches whole names, such as srv\\.(.*)_[0-9]+")) }
      return nil
    }
    guard let regex = try? Regex(text).matchingSemantics(.unicodeScalar), let groups = RegexReplacement.groups(of: text) else {
      configuration.report(
        Finding(key: regexKey, problem: "\"\(text)\" is not a regular expression", advice: "escape brackets and backslashes that stand for themselves"))
      return nil
    }
    let replacement = configuration[replacementKey] ?? ""
    if replacement.trimmed.isEmpty {
      configuration.report(
        Finding(key: replacementKey, problem: "is missing, while \(regexKey) is given", advice: "write what replaces a name; $1 stands for the first group"))
      return nil
    }
    compiled = CompiledRegex(regex: regex)
    do throws(InvalidReplacement) {
      pieces = try RegexReplacement.pieces(of: replacement, groups)
    } catch {
      configuration.report(Finding(key: replacementKey, problem: "\"\(replacement)\" \(error.problem)", advice: error.advice))
      return nil
    }
  }

  /// The text with its first match replaced; nil where the expression does not match the whole text.
  package func replacing(_ text: String) -> String? {
    guard (try? compiled.regex.wholeMatch(in: text)) != nil, let match = try? compiled.regex.firstMatch(in: text) else { return nil }
    var result = String(text[..<match.range.lowerBound])
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .group(let index): result += match.output[index].substring ?? ""
      case .named(let name): result += match.output.first { $0.name == name }?.substring ?? ""
      }
    }
    return result + text[match.range.upperBound...]
  }

  private struct InvalidReplacement: Error {
    let problem: String
    let advice: String
  }

  /// The names of the groups, nil where one has none. The whole match is the first.
  private static func groups(of text: String) -> [String?]? {
    // Only a match tells its groups; with the empty alternative there is one in any case.
    guard let regex = try? Regex("(?:\(text))|"), let match = try? regex.prefixMatch(in: "") else { return nil }
    return match.output.map(\.name)
  }

  private static func pieces(of text: String, _ names: [String?]) throws(InvalidReplacement) -> [Piece] {
    let groups = names.count
    var pieces: [Piece] = []
    var literal = ""
    var rest = Substring(text)
    while let character = rest.popFirst() {
      if character == "\\" {
        guard let next = rest.popFirst() else {
          throw InvalidReplacement(problem: "ends with a backslash", advice: "write \\\\ for a backslash")
        }
        literal.append(next)
        continue
      }
      guard character == "$" else {
        literal.append(character)
        continue
      }
      if !literal.isEmpty { pieces.append(.text(literal)) }
      literal = ""
      if rest.first == "{" {
        guard let end = rest.firstIndex(of: "}") else {
          throw InvalidReplacement(problem: "has ${ without }", advice: "write ${name} for a group, or \\$ for a dollar sign")
        }
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        guard names.contains(name) else {
          throw InvalidReplacement(problem: "names the group \(name), which the expression does not have", advice: "write (?<\(name)>…) in the expression")
        }
        pieces.append(.named(name))
        rest = rest[rest.index(after: end)...]
        continue
      }
      guard var index = rest.first.flatMap(digit) else {
        throw InvalidReplacement(problem: "has a $ that names no group", advice: "write $1 for a group, or \\$ for a dollar sign")
      }
      rest.removeFirst()
      guard index < groups else {
        throw InvalidReplacement(problem: "names the group \(index), which the expression does not have", advice: "the last group is \(groups - 1)")
      }
      // As many digits as still name a group belong to the number.
      while let next = rest.first.flatMap(digit), index * 10 + next < groups {
        index = index * 10 + next
        rest.removeFirst()
      }
      pieces.append(.group(index))
    }
    if !literal.isEmpty { pieces.append(.text(literal)) }
    return pieces
  }

  private static func digit(_ character: Character) -> Int? {
    character.isASCII ? character.wholeNumberValue : nil
  }
}
