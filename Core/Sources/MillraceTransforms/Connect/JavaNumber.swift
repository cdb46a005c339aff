internal import MillraceCore

/// Texts of numbers as Java reads them, and Java's narrowing of numbers.
enum JavaNumber {
  /// A decimal number in parts: digits × 10^-scale.
  struct Decimal: Equatable {
    var isNegative: Bool
    var digits: [UInt8]
    var scale: Int

    /// The digits before the point.
    private var integerDigits: [UInt8] {
      scale >= 0 ? Array(digits.dropLast(scale)) : digits + Array(repeating: 0, count: min(-scale, 64))
    }

    /// Its value, if it is whole and fits 64 bits.
    var whole: Int64? {
      if scale > 0, digits.suffix(scale).contains(where: { $0 != 0 }) { return nil }
      var value: Int64 = 0
      for digit in integerDigits {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, more) = isNegative ? product.subtractingReportingOverflow(Int64(digit)) : product.addingReportingOverflow(Int64(digit))
        if overflow || more { return nil }
        value = sum
      }
      return value
    }

    /// All digits, without point or exponent, in as few bytes of two's complement as there can be: `BigDecimal.unscaledValue`.
    var unscaledBytes: [UInt8] {
      // The magnitude, its lowest byte first.
      var bytes: [UInt8] = [0]
      for digit in digits {
        var carry = UInt16(digit)
        for index in bytes.indices {
          carry += UInt16(bytes[index]) * 10
          bytes[index] = UInt8(truncatingIfNeeded: carry)
          carry >>= 8
        }
        if carry > 0 { bytes.append(UInt8(carry)) }
      }
      if bytes[bytes.count - 1] & 0x80 != 0 { bytes.append(0) }
      if isNegative {
        var carry: UInt16 = 1
        for index in bytes.indices {
          carry += UInt16(~bytes[index])
          bytes[index] = UInt8(truncatingIfNeeded: carry)
          carry >>= 8
        }
        // One byte less will do for a power of two.
        if bytes.count > 1, bytes[bytes.count - 1] == 0xFF, bytes[bytes.count - 2] & 0x80 != 0 { bytes.removeLast() }
      }
      return bytes.reversed()
    }

    /// The lowest 64 bits of its integer part: `BigDecimal.longValue`.
    var truncated: Int64 {
      var value: UInt64 = 0
      for digit in integerDigits { value = value &* 10 &+ UInt64(digit) }
      return Int64(bitPattern: isNegative ? 0 &- value : value)
    }
  }

  /// `new BigDecimal(text)`: sign, digits with a point, exponent.
  static func decimal(_ text: String) -> Decimal? {
    var digits: [UInt8] = []
    var scale = 0
    var isFraction = false
    var bytes = Substring(text).utf8
    var isNegative = false
    if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      bytes = bytes.dropFirst()
    }
    while let byte = bytes.first {
      if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        digits.append(byte - UInt8(ascii: "0"))
        if isFraction { scale += 1 }
      } else {
        break
      }
      bytes = bytes.dropFirst()
    }
    if digits.isEmpty { return nil }
    if let byte = bytes.first {
      guard byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E"), let exponent = Int32(Substring(bytes.dropFirst())) else { return nil }
      scale -= Int(exponent)
    }
    return Decimal(isNegative: isNegative, digits: digits, scale: scale)
  }

  /// `Double.parseDouble`: blanks around it, a trailing f or d, NaN and Infinity.
  static func double(_ text: String) -> Double? {
    var trimmed = text.trimmed
    let unsigned = trimmed.drop { $0 == "+" || $0 == "-" }
    if unsigned == "NaN" || unsigned == "Infinity" { return Double(trimmed) }
    guard let first = unsigned.first, first.isNumber || first == "." else { return nil }
    if let last = trimmed.last, "fFdD".contains(last), !unsigned.lowercased().hasPrefix("0x") { trimmed.removeLast() }
    return Double(trimmed)
  }

  /// A floating number as a whole one: NaN is 0, what is out of range the nearest there is.
  static func saturated<Number: FixedWidthInteger>(_ value: Double, as type: Number.Type) -> Number {
    if value.isNaN { return 0 }
    return Number(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
  }
}
