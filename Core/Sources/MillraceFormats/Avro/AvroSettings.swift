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

  init() {}

  init(hasMetadata: Bool, isEnhanced: Bool, scrubsNames: Bool, allowsOptionalKeys: Bool) {
    self.hasMetadata = hasMetadata
    self.isEnhanced = isEnhanced
    self.scrubsNames = scrubsNames
    self.allowsOptionalKeys = allowsOptionalKeys
  }

  /// Reads the settings of an Avro converter.
  init(_ configuration: inout Configuration, placeholder: [UInt8]) {
    hasMetadata = configuration.boolean("connect.meta.data", default: true)
    isEnhanced = configuration.boolean("enhanced.avro.schema.support", default: false)
    scrubsNames = configuration.boolean("scrub.invalid.names", default: false)
    allowsOptionalKeys = configuration.boolean("allow.optional.map.keys", default: false)
    self.placeholder = placeholder
  }

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
  ///
  /// - Parameter beginsWithLetter: whether `_` is a bad start, too, as it is for Confluent's ProtobufData.
  static func scrubbed(_ name: String, beginsWithLetter: Bool = false) -> String {
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
    let isDigit = bytes.first.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ?? false
    if isDigit || beginsWithLetter && name.utf8.first == UInt8(ascii: "_") { bytes.insert(UInt8(ascii: "x"), at: 0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
