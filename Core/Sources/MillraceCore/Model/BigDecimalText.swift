/// What Java's `BigDecimal.toString` writes: plain while the exponent is moderate, else `1.5E-7`.
package enum BigDecimalText {
  package static func text(unscaled: Int64, scale: Int) -> String {
    text(negative: unscaled < 0, digits: String(unscaled.magnitude), scale: scale)
  }

  /// - Parameter unscaled: big-endian two's complement.
  package static func text(unscaled: [UInt8], scale: Int) -> String {
    let negative = (unscaled.first ?? 0) & 0x80 != 0
    var magnitude = unscaled
    if negative {
      var carry: UInt16 = 1
      for index in magnitude.indices.reversed() {
        carry += UInt16(~magnitude[index])
        magnitude[index] = UInt8(truncatingIfNeeded: carry)
        carry >>= 8
      }
    }
    return text(negative: negative, digits: decimal(magnitude), scale: scale)
  }

  /// An unsigned big-endian number in decimal. Of −2^(8n) the magnitude is 2^(8n−1), which still fits.
  private static func decimal(_ magnitude: [UInt8]) -> String {
    var limbs: [UInt32] = [0]
    for byte in magnitude {
      var carry = UInt64(byte)
      for index in limbs.indices {
        carry += UInt64(limbs[index]) << 8
        limbs[index] = UInt32(carry % 1_000_000_000)
        carry /= 1_000_000_000
      }
      if carry > 0 { limbs.append(UInt32(carry)) }
    }
    var text = String(limbs[limbs.count - 1])
    for limb in limbs.dropLast().reversed() {
      let part = String(limb)
      text += String(repeating: "0", count: 9 - part.count) + part
    }
    return text
  }

  private static func text(negative: Bool, digits: String, scale: Int) -> String {
    let sign = negative ? "-" : ""
    if scale == 0 { return sign + digits }
    let count = digits.utf8.count
    let adjusted = count - 1 - scale
    if scale > 0, adjusted >= -6 {
      if count > scale { return sign + digits.dropLast(scale) + "." + digits.suffix(scale) }
      return sign + "0." + String(repeating: "0", count: scale - count) + digits
    }
    let coefficient = count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
    return sign + coefficient + (adjusted == 0 ? "" : "E" + (adjusted > 0 ? "+" : "") + String(adjusted))
  }
}
