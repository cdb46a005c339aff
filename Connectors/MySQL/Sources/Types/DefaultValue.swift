internal import MillraceCore

/// What a column's default becomes in its schema (io.debezium.connector.binlog.jdbc.BinlogDefaultValueConverter). A default that is
/// computed has none, but for the current time, for which the epoch stands.
struct DefaultValue {
  private let column: ColumnDefinition
  private let codec: ColumnCodec
  private let isOptional: Bool

  init(_ column: ColumnDefinition, _ codec: ColumnCodec, optional: Bool) {
    self.column = column
    self.codec = codec
    isOptional = optional
  }

  /// Nil where the schema shows none.
  var value: Value? {
    switch column.defaultValue {
    case .none, .null: return nil
    case .expression(let text): return isCurrentTime(text) ? currentTime : nil
    case .literal(let text): return literal(text)
    case .bits(let digits): return column.type == .bit ? bits(digits) : whole(String(UInt64(digits, radix: 2) ?? 0))
    case .hex(let digits): return hex(digits)
    }
  }

  private func isCurrentTime(_ text: String) -> Bool {
    let word = text.lowercased().prefix { $0.isLetter || $0 == "_" }
    return ["current_timestamp", "now", "localtime", "localtimestamp"].contains(String(word))
  }

  private var currentTime: Value? {
    switch column.type {
    case .datetime: decoded("1970-01-01 00:00:00")
    // The reference takes this moment for no time at all.
    case .timestamp: isOptional ? nil : epoch
    default: nil
    }
  }

  private var epoch: Value { .text("1970-01-01T00:00:00Z") }

  private func literal(_ text: String) -> Value? {
    switch column.type {
    case .tinyint, .smallint, .mediumint, .int, .bigint: return whole(text.trimmed)
    case .float, .double:
      let text = truth(text.trimmed) ?? text.trimmed
      return text.withUTF8Bytes { FloatText.double($0) }.map { .float(codec.form == .float32 ? Double(Float($0)) : $0) }
    case .decimal: return decimal(truth(text.trimmed) ?? text.trimmed)
    case .bit: return UInt64(truth(text.trimmed) ?? text.trimmed).flatMap { bits($0) }
    case .date, .datetime, .timestamp: return moment(text.trimmed)
    case .time: return decoded(TimeLiteral.normalized(text.trimmed))
    case .year: return decoded(text.trimmed)
    case .binary, .varbinary, .tinyblob, .blob, .mediumblob, .longblob: return binary(DefaultValue.unescaped(text))
    case .char, .varchar, .tinytext, .text, .mediumtext, .longtext, .enum, .set, .uuid, .inet4, .inet6:
      return .text(String(decoding: DefaultValue.unescaped(text), as: UTF8.self))
    case .json, .point, .geometry, .linestring, .polygon, .multipoint, .multilinestring, .multipolygon, .geometryCollection, .vector:
      return nil
    }
  }

  private func truth(_ text: String) -> String? {
    switch text.lowercased() {
    case "true": "1"
    case "false": "0"
    default: nil
    }
  }

  private func whole(_ literal: String) -> Value? {
    let text = truth(literal) ?? literal
    if let value = Int64(text) {
      switch codec.form {
      case .boolean: return .boolean(value != 0)
      case .positive: return .boolean(value > 0)
      default: return .integer(value)
      }
    }
    if let value = UInt64(text) {
      // As a signed number it has no place: the largest stands for it.
      return codec.form == .unsignedDecimal ? decoded(text) : .integer(value > UInt64(Int64.max) ? .max : Int64(value))
    }
    guard let value = text.withUTF8Bytes({ FloatText.double($0) }), value.isFinite, value.magnitude < 0x1p63 else { return nil }
    return .integer(Int64((value + 0.5).rounded(.down)))
  }

  /// Rounded to the column's scale, halves away from zero.
  private func decimal(_ text: String) -> Value? {
    var digits = Array(text.utf8)
    guard let point = digits.firstIndex(of: UInt8(ascii: ".")) else { return decoded(text) }
    let scale = column.scale ?? 0
    let extra = digits.count - point - 1 - scale
    guard extra > 0 else { return decoded(text) }
    let roundsUp = digits[point + 1 + scale] >= UInt8(ascii: "5")
    digits.removeLast(extra)
    if digits.last == UInt8(ascii: ".") { digits.removeLast() }
    if roundsUp {
      var index = digits.count - 1
      while true {
        if index < 0 || digits[index] == UInt8(ascii: "-") || digits[index] == UInt8(ascii: "+") {
          digits.insert(UInt8(ascii: "1"), at: index + 1)
          break
        }
        if digits[index] != UInt8(ascii: ".") {
          if digits[index] < UInt8(ascii: "9") {
            digits[index] += 1
            break
          }
          digits[index] = UInt8(ascii: "0")
        }
        index -= 1
      }
    }
    return decoded(String(decoding: digits, as: UTF8.self))
  }

  private func bits(_ digits: String) -> Value? { UInt64(digits, radix: 2).flatMap { bits($0) } }

  private func bits(_ value: UInt64) -> Value? {
    if codec.form == .bit { return .boolean(value != 0) }
    return .bytes((0..<Int(codec.parameter)).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) })
  }

  private func moment(_ text: String) -> Value? {
    let isNone = text == "0" || text.hasPrefix("0000-") || text.dropFirst(5).hasPrefix("00") || text.dropFirst(8).hasPrefix("00")
    if isNone {
      if isOptional { return nil }
      return column.type == .timestamp ? epoch : decoded("1970-01-01 00:00:00")
    }
    return decoded(text)
  }

  private func hex(_ digits: String) -> Value? {
    let nibbles = digits.compactMap(\.hexDigitValue).map { UInt8($0) }
    let even = nibbles.count.isMultiple(of: 2) ? nibbles : [0] + nibbles
    let bytes = stride(from: 0, to: even.count, by: 2).map { even[$0] << 4 | even[$0 + 1] }
    switch column.type {
    case .binary, .varbinary: return binary(bytes)
    case .char, .varchar: return .text(String(decoding: bytes, as: UTF8.self))
    case .bit: return UInt64(digits, radix: 16).flatMap { bits($0) }
    default: return UInt64(digits, radix: 16).flatMap { whole(String($0)) }
    }
  }

  /// What stands between quotes, with its escapes undone (MySQL manual, "String Literals").
  static func unescaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      if byte == UInt8(ascii: "'") {
        _ = rest.next()
      } else if byte == UInt8(ascii: "\\"), let next = rest.next() {
        switch next {
        case UInt8(ascii: "0"): bytes.append(0)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "Z"): bytes.append(0x1A)
        default: bytes.append(next)
        }
        continue
      }
      bytes.append(byte)
    }
    return bytes
  }

  private func binary(_ bytes: [UInt8]) -> Value? {
    var batch = RecordBatch(capacity: 256)
    return bytes.withUnsafeBytes { bytes in
      (try? codec.decode(text: bytes, into: &batch)).map { batch.value($0) }
    }
  }

  /// As the codec reads the text of a result; a date stands for its midnight.
  private func decoded(_ text: String) -> Value? {
    var text = text
    if column.type == .date, text.utf8.count > 10 { text = String(text.prefix(10)) }
    if column.type == .datetime || column.type == .timestamp, text.utf8.count == 10 { text += " 00:00:00" }
    var batch = RecordBatch(capacity: 256)
    return text.withUTF8Bytes { bytes in
      guard let slot = try? codec.decode(text: bytes, into: &batch), !slot.isNull else { return nil }
      return batch.value(slot)
    }
  }
}

extension String {
  fileprivate func withUTF8Bytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    var copy = self
    return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }
}

/// The forms in which a TIME may be written as a default.
enum TimeLiteral {
  /// `hh:mm:ss` out of that, `hh:mm`, and a moment's time.
  static func normalized(_ text: String) -> String {
    let time = text.split(separator: " ").last.map { String($0) } ?? text
    var parts = time.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count >= 2 else { return time }
    if parts.count == 2 { parts.append("00") }
    let isNegative = parts[0].hasPrefix("-")
    var hours = isNegative ? String(parts[0].dropFirst()) : parts[0]
    while hours.utf8.count < 2 { hours = "0" + hours }
    return (isNegative ? "-" : "") + hours + ":" + parts.dropFirst().joined(separator: ":")
  }
}
