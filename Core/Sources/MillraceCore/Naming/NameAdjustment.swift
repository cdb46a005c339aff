/// `schema.name.adjustment.mode` and `field.name.adjustment.mode`: names that converters with strict rules accept, such as
/// Avro's (io.debezium.schema.SchemaNameAdjuster).
///
/// Ask once per table, never per record. Different names may become the same one.
public struct NameAdjustment: Sendable, Equatable {
  public enum Mode: String, CaseIterable, Sendable {
    case none
    /// What is not allowed becomes `_`.
    case avro
    /// What is not allowed, and `_` itself, becomes `_u` and its hexadecimal code.
    case unicode = "avro_unicode"
  }

  /// What is adjusted: in a schema's full name a dot stands between its parts, in a field's name it is not allowed.
  public enum Subject: Sendable {
    case schema, field
  }

  public let mode: Mode
  private let allowsDots: Bool

  public init(_ mode: Mode, of subject: Subject) {
    self.mode = mode
    allowsDots = subject == .schema
  }

  /// Java's `char` is a UTF-16 unit: a character outside the basic plane is replaced by two.
  public func adjusted(_ name: String) -> String {
    if mode == .none { return name }
    var bytes: [UInt8] = []
    for (index, unit) in name.utf16.enumerated() {
      if let byte = UInt8(exactly: unit), allows(byte, first: index == 0) {
        bytes.append(byte)
      } else if mode == .unicode {
        bytes += NameAdjustment.escaped(unit)
      } else {
        bytes.append(UInt8(ascii: "_"))
        // So that names that differ in their first digit only stay different.
        if index == 0, let byte = UInt8(exactly: unit), NameAdjustment.isDigit(byte) { bytes.append(byte) }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func allows(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "_"): mode == .avro
    case UInt8(ascii: "."): allowsDots && !first
    default: NameAdjustment.isDigit(byte) && !first
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// `_u` and the unit's code (io.debezium.schema.UnicodeReplacementFunction: a code of three digits stays as it is).
  static func escaped(_ unit: UInt16) -> [UInt8] {
    let code = String(unit, radix: 16)
    return Array(("_u" + (code.utf8.count <= 2 ? "00" : "") + code).utf8)
  }

  /// The settings of both adjustments.
  public static let options: [ConfigurationOption] = [
    .init(
      "schema.name.adjustment.mode", .choice(Mode.allCases.map(\.rawValue)), default: "none",
      "Changes schema names for converters that are strict about them."),
    .init(
      "field.name.adjustment.mode", .choice(Mode.allCases.map(\.rawValue)), default: "none",
      "Changes field names for converters that are strict about them."),
  ]
}
