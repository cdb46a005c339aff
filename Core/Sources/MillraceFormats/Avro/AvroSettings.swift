internal import MillraceCore

/// What the settings of an Avro converter come to (io.confluent.connect.avro.AvroDataConfig).
struct AvroSettings: Sendable {
  /// `connect.meta.data`
  var hasMetadata = true
  /// `enhanced.avro.schema.support`
  var isEnhanced = false
  /// `scrub.invalid.names`
  var scrubsNames = false
  /// `allow.optional.map.keys`
  var allowsOptionalKeys = false
  var placeholder: [UInt8] = UnavailableValue.defaultPlaceholder

  /// Whether a map is Avro's own, whose keys are texts; others are arrays of pairs.
  func isTextMap(_ key: Schema) -> Bool {
    if case .string = key.kind { !key.isOptional || allowsOptionalKeys } else { false }
  }

  /// The symbols of an Avro enum, where the schema is one.
  func symbols(_ schema: Schema) -> [String]? {
    guard isEnhanced, case .string = schema.kind, schema.parameter(AvroName.enumeration) != nil else { return nil }
    return schema.parameters.filter { $0.name.hasPrefix(AvroName.enumeration + ".") }.map(\.value)
  }
}

/// Names of Avro, and of Confluent's additions to it.
enum AvroName {
  static let namespace = "io.confluent.connect.avro"
  static let enumeration = namespace + ".Enum"
  static let union = namespace + ".Union"

  /// A full name in two parts.
  static func split(_ name: String) -> (space: String?, name: String) {
    guard let dot = name.lastIndex(of: ".") else { return (nil, name) }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }

  /// Letters, digits and `_`, no digit first, as Java means letters (org.apache.avro.Schema.validateName).
  static func isValid(_ name: String) -> Bool {
    var isFirst = true
    for scalar in name.unicodeScalars {
      // Java looks at halves of those beyond the basic plane, which are no letters.
      guard scalar == "_" || scalar.value < 0x10000 && (isLetter(scalar) || !isFirst && scalar.properties.generalCategory == .decimalNumber)
      else { return false }
      isFirst = false
    }
    return !isFirst
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// `scrub.invalid.names`: form encoding (java.net.URLEncoder), then `_` for what is still not allowed, and `x` before a bad start.
  static func scrubbed(_ name: String) -> String {
    var bytes: [UInt8] = []
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        bytes.append(byte)
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: " "):
        bytes.append(UInt8(ascii: "_"))
      default:
        let hexadecimal = String(byte, radix: 16, uppercase: true)
        bytes += Array(("_" + (byte < 16 ? "0" : "") + hexadecimal).utf8)
      }
    }
    if let first = bytes.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") { bytes.insert(UInt8(ascii: "x"), at: 0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
