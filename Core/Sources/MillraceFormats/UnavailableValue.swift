internal import MillraceCore

/// What is written for a value that the log did not carry: the placeholder, in the form of the value's schema.
public enum UnavailableValue {
  public static var defaultPlaceholder: [UInt8] { UnavailablePlaceholder.standard }

  /// The bytes of a setting; nil if they are no hexadecimal pairs behind `hex:`.
  public static func placeholder(_ setting: String) -> [UInt8]? { UnavailablePlaceholder.bytes(setting) }

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
