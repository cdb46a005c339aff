/// `unavailable.value.placeholder`: what stands for a value that the log did not carry (an unchanged TOAST column).
public enum UnavailablePlaceholder {
  /// Its default.
  public static let standard = Array("__debezium_unavailable_value".utf8)

  /// The bytes of a setting: its UTF-8, or after `hex:` what the digits say; nil if they are no hexadecimal pairs.
  public static func bytes(_ setting: String) -> [UInt8]? {
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
}
