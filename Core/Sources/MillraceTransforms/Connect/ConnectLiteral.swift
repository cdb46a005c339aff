internal import MillraceCore

/// What Connect takes a text for (org.apache.kafka.connect.data.Values.parseString): a number, a boolean, a time, a list, a map, else
/// the text itself. A list or map whose values have no type in common has no schema.
struct ConnectLiteral {
  typealias Parsed = (schema: Schema?, value: Value)

  /// What is inside brackets cannot be read: the whole is text.
  private struct Unreadable: Error {}

  private let tokens: [String]
  private var place = 0

  static func parse(_ literal: String) -> Parsed {
    if literal.isEmpty { return (.string, .text("")) }
    var reader = ConnectLiteral(literal)
    return (try? reader.value(embedded: false)) ?? (.string, .text(literal))
  }

  /// Tokens end at one of `:,{}[]"` without a backslash before it, which is a token of its own.
  private init(_ text: String) {
    var tokens: [String] = []
    var token = ""
    var isEscaped = false
    for character in text {
      if ":,{}[]\"".contains(character), !isEscaped {
        if !token.isEmpty { tokens.append(token) }
        token = ""
        tokens.append(String(character))
      } else {
        token.append(character)
      }
      isEscaped = character == "\\" && !isEscaped
    }
    if !token.isEmpty { tokens.append(token) }
    self.tokens = tokens
  }

  private var isAtEnd: Bool { place >= tokens.count }

  /// Takes the next token if it is this one; blanks around it do not count.
  private mutating func take(_ expected: String) -> Bool {
    var at = place
    while at < tokens.count - 1, tokens[at].trimmed.isEmpty { at += 1 }
    guard at < tokens.count, tokens[at].trimmed == expected else { return false }
    place = at + 1
    return true
  }

  private mutating func value(embedded: Bool) throws(Unreadable) -> Parsed {
    if embedded, take("\"") { return quoted() }
    if take("null") { return (nil, .null) }
    if take("true") { return (.boolean, .boolean(true)) }
    if take("false") { return (.boolean, .boolean(false)) }
    let start = place
    do throws(Unreadable) {
      if take("[") { return try list() }
      if take("{") { return try map() }
    } catch {
      place = start
    }
    guard !isAtEnd else { throw Unreadable() }
    let token = tokens[place].trimmed
    place += 1
    if let time = takeTime(from: token) { return time }
    if let number = ConnectLiteral.number(token) { return number }
    throw Unreadable()
  }

  /// The colons of a time are tokens of their own.
  private mutating func takeTime(from token: String) -> Parsed? {
    if place + 4 <= tokens.count, let time = ConnectLiteral.time(token + tokens[place..<place + 4].joined()) {
      place += 4
      return time
    }
    return ConnectLiteral.time(token)
  }

  /// Up to the next quote without a backslash; a backslash stays.
  private mutating func quoted() -> Parsed {
    var text = ""
    while !isAtEnd {
      let token = tokens[place]
      place += 1
      if token == "\"" { break }
      text += token
    }
    return ConnectLiteral.time(text) ?? (.string, .text(text))
  }

  private mutating func list() throws(Unreadable) -> Parsed {
    var items: [Parsed] = []
    while !isAtEnd {
      if take("]") {
        let common = try ConnectLiteral.common(items)
        return (common.map { Schema(.array($0)) }, .array(items.map { ConnectLiteral.aligned($0.value, common) }))
      }
      if take(",") { throw Unreadable() }
      items.append(try value(embedded: true))
      let here = place
      if take("]") { place = here } else if !take(",") { throw Unreadable() }
    }
    throw Unreadable()
  }

  private mutating func map() throws(Unreadable) -> Parsed {
    var keys: [Parsed] = []
    var values: [Parsed] = []
    while !isAtEnd {
      if take("}") {
        let key = try ConnectLiteral.common(keys), value = try ConnectLiteral.common(values)
        var pairs: [Value.Pair] = []
        for (left, right) in zip(keys, values) {
          let pair = Value.Pair(ConnectLiteral.aligned(left.value, key), ConnectLiteral.aligned(right.value, value))
          if let known = pairs.firstIndex(where: { $0.key == pair.key }) { pairs[known] = pair } else { pairs.append(pair) }
        }
        var schema: Schema?
        if let key, let value { schema = Schema(.map(key: key, value: value)) }
        return (schema, .map(pairs))
      }
      if take(",") { throw Unreadable() }
      let key = try value(embedded: true)
      guard key.value != .null, take(":") else { throw Unreadable() }
      keys.append(key)
      values.append(try value(embedded: true))
      _ = take(",")
    }
    throw Unreadable()
  }

  // MARK: one schema for several values

  /// The type that holds them all, or nil. As in Connect, what follows values that have none in common begins anew, and a type holds no
  /// null.
  private static func common(_ items: [Parsed]) throws(Unreadable) -> Schema? {
    var common: Schema?
    for item in items {
      guard let schema = item.schema else { continue }
      guard let before = common else {
        common = schema
        continue
      }
      if let left = width(before), let right = width(schema), left != right {
        common = left > right ? before : schema
      } else {
        common = isAlike(before, schema) ? schema : nil
      }
    }
    if common != nil, items.contains(where: { $0.value == .null }) { throw Unreadable() }
    return common
  }

  /// How much a type of numbers holds.
  private static func width(_ schema: Schema) -> Int? {
    switch schema.kind {
    case .int8: 1
    case .int16: 2
    case .int32: 3
    case .int64: 4
    case .float32: 5
    case .float64: 6
    default: nil
    }
  }

  private static func isAlike(_ left: Schema, _ right: Schema) -> Bool {
    switch (left.kind, right.kind) {
    case (.array, .array), (.map, .map): true
    default: left.kind == right.kind
    }
  }

  /// A whole number among floating ones is one of them.
  private static func aligned(_ value: Value, _ schema: Schema?) -> Value {
    guard case .integer(let number) = value else { return value }
    switch schema?.kind {
    case .float32: return .float(Double(Float(number)))
    case .float64: return .float(Double(number))
    default: return value
    }
  }

  // MARK: single values

  private static func time(_ text: String) -> Parsed? {
    guard text.first?.isNumber == true else { return nil }
    let forms: [(Int, String, Schema)] = [
      (13, "HH:mm:ss.SSS'Z'", ConnectTime.time(optional: false)),
      (24, "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", ConnectTime.timestamp(optional: false)), (10, "yyyy-MM-dd", ConnectTime.date(optional: false)),
    ]
    guard let (_, pattern, schema) = forms.first(where: { $0.0 == text.count }), let milliseconds = JavaDateFormat(pattern)?.milliseconds(text)
    else { return nil }
    return (schema, .integer(schema.name == ConnectTime.dateName ? milliseconds / ConnectTime.millisecondsPerDay : milliseconds))
  }

  /// The narrowest type of whole numbers, a floating one, or a decimal.
  private static func number(_ token: String) -> Parsed? {
    guard let first = token.first, first.isNumber || first == "+" || first == "-", let decimal = JavaNumber.decimal(token) else { return nil }
    if let whole = decimal.whole {
      let schema: Schema =
        Int8(exactly: whole) != nil ? .int8 : Int16(exactly: whole) != nil ? .int16 : Int32(exactly: whole) != nil ? .int32 : .int64
      return (schema, .integer(whole))
    }
    if decimal.scale != 0, let float = Float(token), float.isFinite { return (.float32, .float(Double(float))) }
    if decimal.scale != 0, let double = Double(token), double.isFinite { return (.float64, .float(double)) }
    let schema = Schema(
      .bytes, name: "org.apache.kafka.connect.data.Decimal", version: 1, parameters: [Schema.Parameter("scale", String(decimal.scale))])
    return (schema, .bytes(decimal.unscaledBytes))
  }
}
