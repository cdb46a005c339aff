internal import Glibc
internal import MillraceCore

/// Booleans, whole numbers and floating-point numbers.
extension ColumnCodec {
  @inline(__always) static func integer(
    _ text: UnsafeRawBufferPointer, in low: Int64, _ high: Int64, _ form: Form
  ) throws(DecodingFailure) -> Slot {
    let count = text.count
    var at = 0
    var isNegative = false
    if count > 0, text[0] == UInt8(ascii: "-") {
      isNegative = true
      at = 1
    }
    guard at < count, count &- at <= 19 else { throw DecodingFailure(.malformed, form) }
    var value: UInt64 = 0  // 19 digits always fit
    while at < count {
      let digit = text[at] &- 48
      guard digit <= 9 else { throw DecodingFailure(.malformed, form) }
      value = value &* 10 &+ UInt64(digit)
      at &+= 1
    }
    guard value <= (isNegative ? low.magnitude : high.magnitude) else { throw DecodingFailure(.outOfRange, form) }
    if isNegative, low == 0, value != 0 { throw DecodingFailure(.outOfRange, form) }
    return .integer(isNegative ? Int64(truncatingIfNeeded: 0 &- value) : Int64(truncatingIfNeeded: value))
  }

  @inline(__always) static func boolean(
    _ text: UnsafeRawBufferPointer, true yes: UInt8, false no: UInt8, _ form: Form
  ) throws(DecodingFailure) -> Slot {
    guard text.count == 1 else { throw DecodingFailure(.malformed, form) }
    if text[0] == yes { return .boolean(true) }
    if text[0] == no { return .boolean(false) }
    throw DecodingFailure(.malformed, form)
  }

  /// A `varbit(1)` may be empty: neither true nor false.
  static func bit(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Slot {
    text.isEmpty ? .null : try boolean(text, true: UInt8(ascii: "1"), false: UInt8(ascii: "0"), .bit)
  }

  /// Correctly rounded (Clinger's fast path, else the C library in the C locale).
  static func float8(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Double {
    var scan = FloatScan(text)
    if scan.run(), scan.mantissa <= 1 << 53, scan.exponent >= -22, scan.exponent <= 22 {
      let whole = Double(scan.mantissa)
      let value = scan.exponent < 0 ? whole / FloatScan.powers[-scan.exponent] : whole * FloatScan.powers[scan.exponent]
      return scan.isNegative ? -value : value
    }
    if let special = FloatScan.special(text) { return special }
    return try slow(text, .float8) { strtod($0, $1) }
  }

  static func float4(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Float {
    var scan = FloatScan(text)
    if scan.run(), scan.mantissa <= 1 << 24, scan.exponent >= -10, scan.exponent <= 10 {
      let whole = Float(scan.mantissa)
      let value =
        scan.exponent < 0 ? whole / Float(FloatScan.powers[-scan.exponent]) : whole * Float(FloatScan.powers[scan.exponent])
      return scan.isNegative ? -value : value
    }
    if let special = FloatScan.special(text) { return Float(special) }
    return try slow(text, .float4) { strtof($0, $1) }
  }

  private static func slow<Number>(
    _ text: UnsafeRawBufferPointer, _ form: Form,
    _ convert: (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Number
  ) throws(DecodingFailure) -> Number {
    // Only the characters of a decimal number: the C library would also take hexadecimal and leading blanks.
    // A numeric has at most 131072 digits before the point and 16383 behind it.
    guard text.count > 0, text.count < 150_000, FloatScan.hasNumberCharactersOnly(text), let locale = FloatScan.locale else {
      throw DecodingFailure(.malformed, form)
    }
    let number: Number? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      for index in 0..<text.count { copy[index] = CChar(bitPattern: text[index]) }
      copy[text.count] = 0
      guard let start = copy.baseAddress else { return nil }
      var end: UnsafeMutablePointer<CChar>?
      let usual = uselocale(locale)  // this thread's: the embedding program may have set another decimal point
      let number = convert(start, &end)
      _ = uselocale(usual)
      return end == start + text.count ? number : nil
    }
    guard let number else { throw DecodingFailure(.malformed, form) }
    return number
  }
}

/// Sign, digits, fraction and exponent of a number of up to 19 digits.
struct FloatScan {
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
    var cursor = TextCursor(text)
    cursor.at = at &+ 1
    let isSmall = cursor.skip(UInt8(ascii: "-"))
    if !isSmall { _ = cursor.skip(UInt8(ascii: "+")) }
    let power = cursor.digits(atMost: 4)
    guard power >= 0, cursor.isAtEnd else { return false }
    exponent += isSmall ? -power : power
    return true
  }

  static func special(_ text: UnsafeRawBufferPointer) -> Double? {
    if text.equals("NaN") { return .nan }
    if text.equals("Infinity") { return .infinity }
    if text.equals("-Infinity") { return -.infinity }
    return nil
  }

  static func hasNumberCharactersOnly(_ text: UnsafeRawBufferPointer) -> Bool {
    text.allSatisfy { byte in
      byte &- 48 <= 9 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
        || byte | 0x20 == UInt8(ascii: "e")
    }
  }
}
