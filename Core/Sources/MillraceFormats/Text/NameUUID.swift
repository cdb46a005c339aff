internal import MillraceCore

/// The version 3 UUID of a name (RFC 4122, section 4.3, without a name space): Java's `UUID.nameUUIDFromBytes`.
enum NameUUID {
  static func text(_ name: [UInt8]) -> String {
    var bytes = HashAlgorithm.md5.digest(name)
    bytes[6] = bytes[6] & 0x0F | 0x30
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if index == 4 || index == 6 || index == 8 || index == 10 { text += "-" }
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
    return text
  }
}
