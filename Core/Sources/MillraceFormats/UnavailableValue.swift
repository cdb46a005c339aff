internal import MillraceCore

/// What stands for a value that the log did not carry (an unchanged TOAST column): Debezium's `unavailable.value.placeholder`.
public enum UnavailableValue {
  /// The default of `unavailable.value.placeholder`, as bytes.
  public static let defaultPlaceholder = Array("__debezium_unavailable_value".utf8)

  /// The bytes of a setting: its UTF-8, or after `hex:` what the digits say; nil if they are no hexadecimal pairs.
  public static func placeholder(_ setting: String) -> [UInt8]? {
    guard setting.hasPrefix("hex:") else { return Array(setting.utf8) }
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in setting.dropFirst(4) {
      guard let digit = character.hexDigitValue.map({ UInt8($0) }) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }

  /// The placeholder in the form that `schema` allows. Where it allows none: nil, so that null is written; in a required schema
  /// an array without elements, or bits without bits, because null would end the run.
  static func value(for schema: Schema, _ placeholder: [UInt8]) -> Value? {
    if let value = form(for: schema, placeholder) { return value }
    if schema.isOptional { return nil }
    switch schema.kind {
    case .array: return .array([])
    case .bytes: return schema.isDecimal ? nil : .bytes([])
    default: return nil
    }
  }

  private static func form(for schema: Schema, _ placeholder: [UInt8]) -> Value? {
    let text = Value.text(String(decoding: placeholder, as: UTF8.self))
    switch schema.kind {
    case .string: return schema.placeholder == .jsonPair ? jsonPair(placeholder) : text
    case .bytes: return schema.isDecimal || schema.name == "io.debezium.data.Bits" ? nil : .bytes(placeholder)
    case .array(let items):
      switch items.kind {
      case .string:
        return .array([items.name == "io.debezium.data.Uuid" ? .text(NameUUID.text(placeholder)) : text])
      case .bytes: return items.isDecimal ? nil : .array([.bytes(placeholder)])
      // Of times only dates, as the reference has it: others would pass for times.
      case .int8, .int16, .int32, .int64:
        guard items.name == nil || items.name == "io.debezium.time.Date" else { return nil }
        return .array(placeholder.map { .integer(Int64(Int8(bitPattern: $0))) })
      default: return nil
      }
    case .map(let key, let item):
      if case .string = key.kind, case .string = item.kind { return .map([Value.Pair(text, text)]) }
      return nil
    default: return nil
    }
  }

  /// `{"placeholder":"placeholder"}`.
  private static func jsonPair(_ placeholder: [UInt8]) -> Value {
    let quoted = JSONName.quoted(String(decoding: placeholder, as: UTF8.self))
    return .text("{\(quoted):\(quoted)}")
  }
}
