internal import Glibc

/// Reads floating-point numbers as databases print them: decimal, `NaN`, `Infinity`, `-Infinity`.
package enum FloatText {
  /// Correctly rounded (Clinger's fast path, else the C library in the C locale); nil for any other text.
  package static func double(_ text: UnsafeRawBufferPointer) -> Double? {
    var scan = FloatScan(text)
    if scan.run(), scan.mantissa <= 1 << 53, scan.exponent >= -22, scan.exponent <= 22 {
      let whole = Double(scan.mantissa)
      let value = scan.exponent < 0 ? whole / FloatScan.powers[-scan.exponent] : whole * FloatScan.powers[scan.exponent]
      return scan.isNegative ? -value : value
    }
    return FloatScan.special(text) ?? slow(text) { strtod($0, $1) }
  }

  package static func float(_ text: UnsafeRawBufferPointer) -> Float? {
    var scan = FloatScan(text)
    if scan.run(), scan.mantissa <= 1 << 24, scan.exponent >= -10, scan.exponent <= 10 {
      let whole = Float(scan.mantissa)
      let value =
        scan.exponent < 0 ? whole / Float(FloatScan.powers[-scan.exponent]) : whole * Float(FloatScan.powers[scan.exponent])
      return scan.isNegative ? -value : value
    }
    return FloatScan.special(text).map { Float($0) } ?? slow(text) { strtof($0, $1) }
  }

  private static func slow<Number>(
    _ text: UnsafeRawBufferPointer,
    _ convert: (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Number
  ) -> Number? {
    // Only the characters of a decimal number: the C library would also take hexadecimal and leading blanks.
    // A PostgreSQL numeric has at most 131072 digits before the point and 16383 behind it.
    guard text.count > 0, text.count < 150_000, FloatScan.hasNumberCharactersOnly(text), let locale = FloatScan.locale else {
      return nil
    }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      for index in 0..<text.count { copy[index] = CChar(bitPattern: text[index]) }
      copy[text.count] = 0
      guard let start = copy.baseAddress else { return nil }
      var end: UnsafeMutablePointer<CChar>?
      let usual = uselocale(locale)  // this thread's: the embedding program may have set another decimal point
      let number = convert(start, &end)
      _ = uselocale(usual)
      return end == start + text.count ? number : nil
    }
  }
}

/// Sign, digits, fraction and exponent of a number of up to 19 digits.
private struct FloatScan {
  private let text: UnsafeRawBufferPointer
  private(set) var mantissa: UInt64 = 0
  private(set) var exponent = 0
  private(set) var isNegative = false

  static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
  // Made once and never freed; a locale object that nobody changes can be used by all threads.
  nonisolated(unsafe) static let locale = newlocale(0x1fbf, "C", nil)  // LC_ALL_MASK

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// Whether the text is such a number.
  mutating func run() -> Bool {
    let count = text.count
    guard count > 0, count <= 32 else { return false }
    var at = 0
    if text[0] == UInt8(ascii: "-") {
      isNegative = true
      at = 1
    }
    var digits = 0
    var fraction = 0
    var sawPoint = false
    while at < count {
      let byte = text[at]
      let digit = byte &- 48
      if digit <= 9 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        digits &+= 1
        if sawPoint { fraction &+= 1 }
      } else if byte == UInt8(ascii: "."), !sawPoint {
        sawPoint = true
      } else {
        break
      }
      at &+= 1
    }
    guard digits > 0, digits <= 19 else { return false }
    exponent = -fraction
    guard at < count else { return true }
    guard text[at] | 0x20 == UInt8(ascii: "e") else { return false }
    at &+= 1
    guard at < count else { return false }
    let isSmall = text[at] == UInt8(ascii: "-")
    if isSmall || text[at] == UInt8(ascii: "+") { at &+= 1 }
    guard at < count, count &- at <= 4 else { return false }
    var power = 0
    while at < count {
      let digit = text[at] &- 48
      guard digit <= 9 else { return false }
      power = power &* 10 &+ Int(digit)
      at &+= 1
    }
    exponent += isSmall ? -power : power
    return true
  }

  static func special(_ text: UnsafeRawBufferPointer) -> Double? {
    guard text.count == 3 || text.count == 8 || text.count == 9 else { return nil }
    if text.elementsEqual("NaN".utf8) { return .nan }
    if text.elementsEqual("Infinity".utf8) { return .infinity }
    if text.elementsEqual("-Infinity".utf8) { return -.infinity }
    return nil
  }

  static func hasNumberCharactersOnly(_ text: UnsafeRawBufferPointer) -> Bool {
    text.allSatisfy { byte in
      byte &- 48 <= 9 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
        || byte | 0x20 == UInt8(ascii: "e")
    }
  }
}
