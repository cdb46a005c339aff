package import MillraceCore

/// Values as Java's `toString` writes them, for transforms that make texts of them.
package enum JavaText {
  package static func float(_ value: Double) -> String { text { $0.javaText(value) } }
  package static func float(_ value: Float) -> String { text { $0.javaText(value) } }

  /// Appends what `float` answers.
  package static func append(_ value: Double, to arena: inout ByteArena) {
    var cursor = arena.cursor(reserving: 64)
    cursor.javaText(value)
    arena.finish(cursor)
  }

  /// Appends what `float` answers.
  package static func append(_ value: Float, to arena: inout ByteArena) {
    var cursor = arena.cursor(reserving: 64)
    cursor.javaText(value)
    arena.finish(cursor)
  }

  /// A `BigDecimal`.
  package static func decimal(unscaled: Int64, scale: Int) -> String { BigDecimalText.text(unscaled: unscaled, scale: scale) }

  /// - Parameter unscaled: big-endian two's complement.
  package static func decimal(unscaled: [UInt8], scale: Int) -> String { BigDecimalText.text(unscaled: unscaled, scale: scale) }

  /// Base64 with padding (RFC 4648, section 4).
  package static func base64(_ bytes: [UInt8]) -> String {
    var arena = ByteArena(capacity: bytes.count * 2 + 64)
    ConnectText.base64(bytes, &arena)
    return arena.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  private static func text(_ write: (inout ByteCursor) -> Void) -> String {
    var arena = ByteArena(capacity: 128)
    var cursor = arena.cursor(reserving: 64)
    write(&cursor)
    arena.finish(cursor)
    return arena.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
