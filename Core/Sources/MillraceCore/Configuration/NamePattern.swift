/// One anchored, case-insensitive regular expression of a filter list.
///
/// Plain names, `.`, `\.`, and a `*` behind one character are matched by hand: that is what people write, and it spares the start
/// the compilation of a regular expression. Everything else is given to Swift's `Regex`, whose syntax holds Java's but for a few
/// rare forms (`\Q…\E`, possessive quantifiers inside classes, class intersection), which are reported as invalid.
package struct NamePattern: Sendable {
  let text: String
  private let form: Form

  private enum Form: Sendable {
    case simple([Step])
    case regex(CompiledRegex)
  }

  /// One character of a simple pattern. `scalar` is lower-case; nil stands for any character.
  private struct Step: Sendable {
    let scalar: Unicode.Scalar?
    let repeats: Bool
    func matches(_ other: Unicode.Scalar) -> Bool {
      guard let scalar else { return other != "\n" && other != "\r" }
      return scalar == NamePattern.folded(other)
    }
  }

  /// Sendable because a regular expression that was compiled from text holds no closures and is never changed.
  private struct CompiledRegex: @unchecked Sendable {
    let regex: Regex<AnyRegexOutput>
  }

  package init(_ text: String) throws(InvalidPattern) {
    self.text = text
    if let steps = Self.steps(of: text) {
      form = .simple(steps)
      return
    }
    do {
      form = .regex(CompiledRegex(regex: try Regex(text).ignoresCase().matchingSemantics(.unicodeScalar)))
    } catch {
      throw InvalidPattern(pattern: text)
    }
  }

  package func matches(_ name: String) -> Bool {
    switch form {
    case .simple(let steps): return Self.match(steps[...], Array(name.unicodeScalars)[...])
    case .regex(let compiled): return (try? compiled.regex.wholeMatch(in: name)) != nil
    }
  }

  /// ASCII only, as in Java's CASE_INSENSITIVE.
  private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
  }

  /// The steps of a simple pattern; nil where it needs a real regular expression.
  private static func steps(of text: String) -> [Step]? {
    var steps: [Step] = []
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      var scalar: Unicode.Scalar? = scalars[index]
      switch scalars[index] {
      case "(", ")", "[", "]", "{", "}", "|", "^", "$", "?", "+", "*": return nil
      case ".": scalar = nil
      case "\\":
        index += 1
        guard index < scalars.count, !scalars[index].properties.isAlphabetic, scalars[index].properties.numericType == nil else {
          return nil
        }
        scalar = scalars[index]
      default: break
      }
      index += 1
      let repeats = index < scalars.count && scalars[index] == "*"
      if repeats { index += 1 }
      steps.append(Step(scalar: scalar.map(folded), repeats: repeats))
    }
    return steps
  }

  /// Matches the whole of `rest`, going back to the last repeated step when a later one fails.
  private static func match(_ steps: ArraySlice<Step>, _ rest: ArraySlice<Unicode.Scalar>) -> Bool {
    guard let step = steps.first else { return rest.isEmpty }
    if !step.repeats {
      guard let first = rest.first, step.matches(first) else { return false }
      return match(steps.dropFirst(), rest.dropFirst())
    }
    let later = steps.dropFirst()
    if later.isEmpty { return rest.allSatisfy(step.matches) }
    var end = rest.startIndex
    while end < rest.endIndex, step.matches(rest[end]) { end += 1 }
    while true {
      if match(later, rest[end...]) { return true }
      if end == rest.startIndex { return false }
      end -= 1
    }
  }
}

/// A text that is not a regular expression.
package struct InvalidPattern: Error {
  let pattern: String
}
