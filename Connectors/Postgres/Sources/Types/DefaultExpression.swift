internal import MillraceCore

/// The text of a column's default, as `pg_get_expr` writes it, read as far as Debezium reads it.
struct DefaultExpression {
  private enum Form {
    /// A function call or a clock keyword: the type's zero.
    case generated
    /// The first quoted literal, unquoted.
    case literal(String)
    /// Neither: numbers, `true`, other words and operators.
    case plain(String)
    case null
  }

  private let form: Form

  init(_ expression: String) { form = Self.parse(Array(expression.trimmed.utf8)) }

  /// The default as the schema's value, or nil where the expression does not tell it.
  func value(of mapping: TypeMapper.Mapping) -> Value? {
    let text: String
    switch form {
    case .null: return nil
    case .generated:
      guard let zero = mapping.zero else { return nil }
      text = zero
    case .literal(let literal): text = literal
    case .plain(let plain):
      switch mapping.codec.form {
      case .boolean:
        guard plain == "true" || plain == "false" else { return nil }
        text = plain == "true" ? "t" : "f"
      default: text = plain
      }
    }
    return Self.decode(text, mapping.codec)
  }

  private static func decode(_ text: String, _ codec: ColumnCodec) -> Value? {
    if codec.form == .decimalFloat, codec.parameter >= 0 {  // more digits than the scale has are no default, as in text
      var batch = RecordBatch(capacity: 64)
      var text = text
      let plain = text.withUTF8 {
        try? NumericText.plain(UnsafeRawBufferPointer($0), scale: Int(codec.parameter), into: &batch)
      }
      if plain == nil { return nil }
    }
    var attempts = [text]
    // A literal of another type that the server would cast.
    switch codec.form {
    case .boolean: if text == "true" || text == "false" { attempts = [String(text.prefix(1))] }
    case .timestampMicros, .timestampMillis, .timestampNanos, .timestampText: attempts.append(text + " 00:00:00")
    case .timestamptz:
      if text == "infinity" || text == "-infinity" { return nil }
      attempts.append(text + " 00:00:00+00")
    default: break
    }
    for attempt in attempts {
      var batch = RecordBatch(capacity: 64)
      var attempt = attempt
      let slot = attempt.withUTF8 { try? codec.decode(UnsafeRawBufferPointer($0), into: &batch) }
      if let slot, !slot.isNull { return batch.value(slot) }
    }
    return nil
  }

  private static let clocks: Set<String> = [
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
  ]

  private static func parse(_ text: [UInt8]) -> Form {
    if isCall(text) || clocks.contains(String(decoding: text, as: UTF8.self)) { return .generated }
    if let literal = firstLiteral(text) { return .literal(literal) }
    let plain = String(decoding: text, as: UTF8.self)
    return plain == "NULL" || plain.hasPrefix("NULL::") ? .null : .plain(plain)
  }

  /// A name, perhaps qualified, with an opening parenthesis behind it; one parenthesis may stand before.
  private static func isCall(_ text: [UInt8]) -> Bool {
    var at = text.first == UInt8(ascii: "(") ? 1 : 0
    let start = at
    while at < text.count {
      let byte = text[at]
      let letter = byte | 0x20
      let isNamePart = byte &- 48 <= 9 || (letter >= 97 && letter <= 122) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
      if !isNamePart { break }
      at += 1
    }
    return at > start && at < text.count && text[at] == UInt8(ascii: "(") && text[at...].contains(UInt8(ascii: ")"))
  }

  /// Between the first quote and its partner; a doubled quote is one.
  private static func firstLiteral(_ text: [UInt8]) -> String? {
    let quote = UInt8(ascii: "'")
    guard let start = text.firstIndex(of: quote) else { return nil }
    var content: [UInt8] = []
    var at = start + 1
    while at < text.count {
      if text[at] == quote {
        guard at + 1 < text.count, text[at + 1] == quote else { return String(decoding: content, as: UTF8.self) }
        at += 1
      }
      content.append(text[at])
      at += 1
    }
    return nil
  }
}
