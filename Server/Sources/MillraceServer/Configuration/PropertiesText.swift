internal import MillraceCore

/// Reads Java `.properties` text as `java.util.Properties.load` does, in UTF-8: comments with `#` and `!`, `=`, `:` or blanks behind
/// the key, escapes, `\uXXXX`, and lines that go on behind a backslash. The later of two equal keys wins, as in Java, with a warning.
struct PropertiesText {
  private(set) var result = WrittenSettings()
  private var lines: [Substring.UnicodeScalarView] = []
  private var next = 0

  static func parse(_ text: String, name: String) -> WrittenSettings {
    var reader = PropertiesText(text)
    reader.readAll(name)
    return reader.result
  }

  private init(_ text: String) {
    var rest = text.unicodeScalars[...]
    if rest.first == "\u{FEFF}" { rest = rest.dropFirst() }
    while !rest.isEmpty {
      let end = rest.firstIndex { $0 == "\n" || $0 == "\r" } ?? rest.endIndex
      lines.append(rest[..<end])
      rest = rest[end...]
      if rest.first == "\r", rest.dropFirst().first == "\n" { rest = rest.dropFirst() }
      rest = rest.dropFirst()
    }
  }

  private mutating func readAll(_ name: String) {
    var seen: Set<String> = []
    while let (line, number) = nextLogicalLine() {
      var rest = line[...]
      let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\u{0C}" }
      var end = rest.startIndex
      while end < rest.endIndex, !isBlank(rest[end]), rest[end] != "=", rest[end] != ":" {
        end += rest[end] == "\\" && end + 1 < rest.endIndex ? 2 : 1
      }
      let key = rest[..<end]
      rest = rest[end...].drop(while: isBlank)
      if rest.first == "=" || rest.first == ":" { rest = rest.dropFirst().drop(while: isBlank) }
      guard let key = unescape(key), let value = unescape(rest) else {
        result.findings.append(
          Finding(key: "\(name):\(number)", problem: "has a malformed \\u escape", advice: "write \\u and four hexadecimal digits"))
        continue
      }
      if !seen.insert(key).inserted {
        result.findings.append(
          Finding(.warning, key: key, problem: "stands twice in \(name)", advice: "remove one; the later one (line \(number)) is used"))
        result.settings.removeAll { $0.key == key }
      }
      result.add(key, value)
    }
  }

  /// The next line that is neither blank nor a comment, continuations joined, with its number.
  private mutating func nextLogicalLine() -> ([Unicode.Scalar], Int)? {
    while next < lines.count {
      let number = next + 1
      var joined = Array(lines[next].drop { $0 == " " || $0 == "\t" || $0 == "\u{0C}" })
      next += 1
      if joined.isEmpty || joined[0] == "#" || joined[0] == "!" { continue }
      while joined.reversed().prefix(while: { $0 == "\\" }).count % 2 == 1 {
        joined.removeLast()
        guard next < lines.count else { break }
        joined += lines[next].drop { $0 == " " || $0 == "\t" || $0 == "\u{0C}" }
        next += 1
      }
      if !joined.isEmpty { return (joined, number) }
    }
    return nil
  }

  private func unescape(_ text: ArraySlice<Unicode.Scalar>) -> String? {
    var units: [UInt16] = []
    var index = text.startIndex
    while index < text.endIndex {
      var scalar = text[index]
      index += 1
      if scalar == "\\", index < text.endIndex {
        scalar = text[index]
        index += 1
        switch scalar {
        case "t": scalar = "\t"
        case "n": scalar = "\n"
        case "r": scalar = "\r"
        case "f": scalar = "\u{0C}"
        case "u":
          let digits = text[index...].prefix(4)
          guard digits.count == 4, digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
          var hex = String.UnicodeScalarView()
          hex.append(contentsOf: digits)
          guard let unit = UInt16(String(hex), radix: 16) else { return nil }
          units.append(unit)
          index += 4
          continue
        default: break
        }
      }
      units.append(contentsOf: UTF16.encode(scalar).map { Array($0) } ?? [])
    }
    return String(decoding: units, as: UTF16.self)
  }
}
