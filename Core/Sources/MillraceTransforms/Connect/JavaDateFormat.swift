internal import MillraceCore

/// A pattern of Java's `SimpleDateFormat` in UTC and English: the letters y M d H k K h m s S a E u D z Z X, quoted text.
///
/// Source: the documentation of java.text.SimpleDateFormat. Weeks (w, W, F, Y) and localised texts other than English are not known.
struct JavaDateFormat: Sendable {
  enum Part: Sendable, Equatable {
    case field(Character, Int)
    case text(String)
  }

  let parts: [Part]

  /// - Returns: nil for a pattern with an unknown letter or an open quote.
  init?(_ pattern: String) {
    var parts: [Part] = []
    let characters = Array(pattern)
    var index = 0
    while index < characters.count {
      let character = characters[index]
      if character == "'" {
        guard let (text, next) = JavaDateFormat.quoted(characters, from: index) else { return nil }
        JavaDateFormat.append(text, &parts)
        index = next
      } else if character.isASCII, character.isLetter {
        guard "yMdHkKhmsSaEuDzZX".contains(character) else { return nil }
        var end = index
        while end < characters.count, characters[end] == character { end += 1 }
        if character == "X", end - index > 3 { return nil }
        parts.append(.field(character, end - index))
        index = end
      } else {
        JavaDateFormat.append(String(character), &parts)
        index += 1
      }
    }
    self.parts = parts
  }

  private static func append(_ text: String, _ parts: inout [Part]) {
    if case .text(let before)? = parts.last { parts[parts.count - 1] = .text(before + text) } else { parts.append(.text(text)) }
  }

  /// The text of a quote and the index behind it; two quotes are one.
  private static func quoted(_ characters: [Character], from start: Int) -> (String, Int)? {
    if start + 1 < characters.count, characters[start + 1] == "'" { return ("'", start + 2) }
    var text = ""
    var index = start + 1
    while index < characters.count {
      if characters[index] == "'" {
        if index + 1 < characters.count, characters[index + 1] == "'" {
          text.append("'")
          index += 2
          continue
        }
        return (text, index + 1)
      }
      text.append(characters[index])
      index += 1
    }
    return nil
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
  private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

  // MARK: writing

  /// - Parameter milliseconds: since 1970-01-01T00:00Z.
  func text(_ milliseconds: Int64) -> String {
    let time = CivilTime(milliseconds: milliseconds)
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .field(let letter, let width): result += JavaDateFormat.text(letter, width, time)
      }
    }
    return result
  }

  private static func text(_ letter: Character, _ width: Int, _ time: CivilTime) -> String {
    func padded(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
    switch letter {
    case "y":
      // Java counts the years of an era: 0 is 1 BC.
      let year = Int(time.year > 0 ? time.year : 1 - time.year)
      return width == 2 ? String(String(year + 100).suffix(2)) : padded(year)
    case "M": return width >= 4 ? months[time.month - 1] : width == 3 ? String(months[time.month - 1].prefix(3)) : padded(time.month)
    case "d": return padded(time.day)
    case "H": return padded(time.hour)
    case "k": return padded(time.hour == 0 ? 24 : time.hour)
    case "K": return padded(time.hour % 12)
    case "h": return padded(time.hour % 12 == 0 ? 12 : time.hour % 12)
    case "m": return padded(time.minute)
    case "s": return padded(time.second)
    case "S": return padded(time.millisecond)
    case "a": return time.hour < 12 ? "AM" : "PM"
    case "E": return width >= 4 ? weekdays[time.weekday - 1] : String(weekdays[time.weekday - 1].prefix(3))
    case "u": return padded(time.weekday)
    case "D": return padded(time.dayOfYear)
    case "z": return width >= 4 ? "Coordinated Universal Time" : "UTC"
    case "Z": return "+0000"
    default: return "Z"
    }
  }

  // MARK: reading

  /// Milliseconds since 1970 of a text, or nil if it does not match. What is behind the match is left alone, as in Java; numbers
  /// out of their range carry over.
  func milliseconds(_ text: String) -> Int64? {
    var rest = Substring(text)
    var time = CivilTime(year: 1970, month: 1, day: 1)
    var isAfternoon: Bool?
    var twelve: Int?
    var offset: Int64 = 0
    for (index, part) in parts.enumerated() {
      switch part {
      case .text(let literal):
        guard rest.hasPrefix(literal) else { return nil }
        rest = rest.dropFirst(literal.count)
      case .field(let letter, let width):
        // A number that another number follows at once has as many digits as letters.
        var isAbutting = false
        if index + 1 < parts.count, case .field(let next, let nextWidth) = parts[index + 1] {
          isAbutting = JavaDateFormat.isNumber(next, nextWidth)
        }
        if JavaDateFormat.isNumber(letter, width) {
          guard let (number, digits) = JavaDateFormat.number(&rest, limit: isAbutting ? width : 18) else { return nil }
          JavaDateFormat.set(letter, width, number, digits, &time, &twelve)
        } else if letter == "M" {
          guard let month = JavaDateFormat.name(&rest, of: JavaDateFormat.months) else { return nil }
          time.month = month + 1
        } else if letter == "E" {
          guard JavaDateFormat.name(&rest, of: JavaDateFormat.weekdays) != nil else { return nil }
        } else if letter == "a" {
          guard let half = JavaDateFormat.name(&rest, of: ["AM", "PM"]) else { return nil }
          isAfternoon = half == 1
        } else {
          guard let zone = JavaDateFormat.zone(&rest) else { return nil }
          offset = zone
        }
      }
    }
    if let twelve { time.hour = twelve % 12 + (isAfternoon == true ? 12 : 0) }
    return time.milliseconds - offset
  }

  private static func isNumber(_ letter: Character, _ width: Int) -> Bool {
    letter == "M" ? width < 3 : "ydHkKhmsSuD".contains(letter)
  }

  private static func number(_ rest: inout Substring, limit: Int) -> (Int, digits: Int)? {
    while rest.first == " " { rest = rest.dropFirst() }
    let digits = rest.prefix(limit).prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits) else { return nil }
    rest = rest.dropFirst(digits.count)
    return (number, digits.count)
  }

  private static func set(
    _ letter: Character, _ width: Int, _ number: Int, _ digits: Int, _ time: inout CivilTime, _ twelve: inout Int?
  ) {
    switch letter {
    case "y":
      // Two digits mean a year within 80 years before and 20 years behind now.
      if width <= 2, digits == 2 {
        let now = CivilTime(milliseconds: Clock.nanoseconds() / 1_000_000)
        var year = now.year / 100 * 100 + Int64(number)
        if year > now.year + 20 { year -= 100 } else if year <= now.year - 80 { year += 100 }
        time.year = year
      } else {
        time.year = Int64(number)
      }
    case "M": time.month = number
    case "d": time.day = number
    case "D":
      time.month = 1
      time.day = number
    case "H": time.hour = number
    case "k": time.hour = number == 24 ? 0 : number
    case "h", "K": twelve = number
    case "m": time.minute = number
    case "s": time.second = number
    case "S": time.millisecond = number
    default: break
    }
  }

  private static func name(_ rest: inout Substring, of names: [String]) -> Int? {
    for (index, name) in names.enumerated() {
      for form in [name, String(name.prefix(3))] where rest.lowercased().hasPrefix(form.lowercased()) {
        rest = rest.dropFirst(form.count)
        return index
      }
    }
    return nil
  }

  /// `Z`, `UTC`, `GMT`, `+hh`, `+hhmm`, `+hh:mm`: milliseconds east of Greenwich.
  private static func zone(_ rest: inout Substring) -> Int64? {
    for name in ["UTC", "GMT", "Z"] where rest.hasPrefix(name) {
      rest = rest.dropFirst(name.count)
      return name == "GMT" && (rest.first == "+" || rest.first == "-") ? zone(&rest) : 0
    }
    guard let sign = rest.first, sign == "+" || sign == "-" else { return nil }
    var digits: [Int] = []
    var taken = 1
    for character in rest.dropFirst() {
      if character == ":", digits.count == 2 { taken += 1 } else if digits.count < 4, let digit = character.wholeNumberValue, character.isASCII {
        digits.append(digit)
        taken += 1
      } else { break }
    }
    guard digits.count == 2 || digits.count == 4 else { return nil }
    rest = rest.dropFirst(taken)
    let minutes = (digits[0] * 10 + digits[1]) * 60 + (digits.count == 4 ? digits[2] * 10 + digits[3] : 0)
    return Int64(sign == "-" ? -minutes : minutes) * 60_000
  }
}
