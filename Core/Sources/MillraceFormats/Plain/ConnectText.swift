internal import MillraceCore

/// Connect's textual form of any value (`Values.convertToString`): what headers look like.
enum ConnectText {
  /// - Parameter embedded: whether the value is part of another; texts and bytes are in quotes then.
  static func append(_ value: Value, _ schema: Schema?, embedded: Bool, to output: inout ByteArena) throws(MillraceError) {
    switch value {
    case .null: output.append("null")
    case .unavailable: throw .mismatch(schema?.name ?? "a header")
    case .boolean(let value): output.append(value ? "true" : "false")
    case .integer(let value): integer(value, schema, &output)
    case .float(let value):
      var cursor = output.cursor(reserving: 64)
      if case .float32 = schema?.kind { cursor.javaText(Float(value)) } else { cursor.javaText(value) }
      output.finish(cursor)
    case .text(let text):
      if embedded { quoted(text, &output) } else { output.append(text) }
    case .bytes(let bytes):
      if let schema, schema.isDecimal {
        return output.append(BigDecimalText.text(unscaled: bytes, scale: schema.scale))
      }
      if embedded { output.append("\"") }
      base64(bytes, &output)
      if embedded { output.append("\"") }
    case .array(let values):
      var items: Schema?
      if case .array(let schema) = schema?.kind { items = schema }
      output.append("[")
      for (index, value) in values.enumerated() {
        if index > 0 { output.append(",") }
        try append(value, items, embedded: true, to: &output)
      }
      output.append("]")
    case .map(let pairs):
      var key: Schema?
      var item: Schema?
      if case .map(let keySchema, let itemSchema) = schema?.kind { (key, item) = (keySchema, itemSchema) }
      output.append("{")
      for (index, pair) in pairs.enumerated() {
        if index > 0 { output.append(",") }
        try append(pair.key, key, embedded: true, to: &output)
        output.append(":")
        try append(pair.value, item, embedded: true, to: &output)
      }
      output.append("}")
    case .structure(let values):
      guard let fields = schema?.fields, fields.count == values.count else { throw .mismatch(schema?.name ?? "a struct") }
      output.append("{")
      for (index, field) in fields.enumerated() {
        if index > 0 { output.append(",") }
        quoted(field.name, &output)
        output.append(":")
        try append(values[index], field.schema, embedded: true, to: &output)
      }
      output.append("}")
    }
  }

  /// A whole number, or what Connect's logical types make of it: a decimal, or a time (`instant`).
  static func integer(_ value: Int64, _ schema: Schema?, _ output: inout ByteArena) {
    if let schema, schema.isDecimal { return output.append(BigDecimalText.text(unscaled: value, scale: schema.scale)) }
    switch (schema?.name, schema?.kind) {
    case ("org.apache.kafka.connect.data.Date", .int32): instant(value &* 86_400_000, &output)
    case ("org.apache.kafka.connect.data.Time", .int32), ("org.apache.kafka.connect.data.Timestamp", .int64): instant(value, &output)
    default: output.append(decimal: value)
    }
  }

  /// What Connect makes of a `java.util.Date`, by its value alone: before the second of January 1970 the time, of midnights the date.
  private static func instant(_ milliseconds: Int64, _ output: inout ByteArena) {
    let day = Clock.floorDivide(milliseconds, 86_400_000), time = milliseconds - day * 86_400_000
    if milliseconds < 86_400_000 { return self.time(time, &output) }
    date(day, &output)
    if time == 0 { return }
    output.append("T")
    self.time(time, &output)
  }

  /// Days since the epoch.
  private static func date(_ days: Int64, _ output: inout ByteArena) {
    let time = CivilTime(days: days)
    padded(time.year, 4, &output)
    output.append("-")
    padded(Int64(time.month), 2, &output)
    output.append("-")
    padded(Int64(time.day), 2, &output)
  }

  /// Milliseconds of the day.
  private static func time(_ milliseconds: Int64, _ output: inout ByteArena) {
    padded(milliseconds / 3_600_000, 2, &output)
    output.append(":")
    padded(milliseconds / 60_000 % 60, 2, &output)
    output.append(":")
    padded(milliseconds / 1000 % 60, 2, &output)
    output.append(".")
    padded(milliseconds % 1000, 3, &output)
    output.append("Z")
  }

  private static func padded(_ value: Int64, _ width: Int, _ output: inout ByteArena) {
    let text = String(value)
    output.append(String(repeating: "0", count: max(0, width - text.utf8.count)) + text)
  }

  /// Only backslashes and quotes are escaped.
  private static func quoted(_ text: String, _ output: inout ByteArena) {
    output.append("\"")
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") { output.append(UInt8(ascii: "\\")) }
      output.append(byte)
    }
    output.append("\"")
  }

  static func base64(_ bytes: [UInt8], _ output: inout ByteArena) {
    var cursor = output.cursor(reserving: bytes.count * 2 + 64)
    bytes.withUnsafeBytes { if let from = $0.baseAddress { cursor.base64(from, count: $0.count) } }
    output.finish(cursor)
  }
}

extension ByteCursor {
  /// A number as Java's `toString` writes it, NaN and infinities included. Room for 32 bytes.
  package mutating func javaText(_ value: Double) {
    if value.isFinite { java(value) } else { name(value.isNaN, value.sign == .minus) }
  }

  package mutating func javaText(_ value: Float) {
    if value.isFinite { java(value) } else { name(value.isNaN, value.sign == .minus) }
  }

  private mutating func name(_ isNaN: Bool, _ isNegative: Bool) {
    let text: StaticString = isNaN ? "NaN" : isNegative ? "-Infinity" : "Infinity"
    for index in 0..<text.utf8CodeUnitCount { put(text.utf8Start[index]) }
  }
}
