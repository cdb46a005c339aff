internal import MillraceCore

/// All decimal digits of a binary floating-point number, of which there are up to 767 and as many zeros before them.
enum ExactDecimal {
  /// Appends the number without an exponent, as `new BigDecimal(double).toPlainString()` does. Not for NaN and infinities.
  static func append(_ value: Double, to arena: inout ByteArena) {
    if value.sign == .minus, value != 0 { arena.append(UInt8(ascii: "-")) }
    guard value.isFinite, value != 0 else { return arena.append(UInt8(ascii: "0")) }
    var significand = value.bitPattern & 0x000F_FFFF_FFFF_FFFF
    let biased = Int(value.bitPattern >> 52 & 0x7FF)
    if biased > 0 { significand |= 1 << 52 }
    var exponent = max(biased, 1) - 1075
    let even = significand.trailingZeroBitCount
    significand >>= UInt64(even)
    exponent += even
    // 10^9 in a limb, the lowest first: at most 1074 digits of a fraction multiplied by 5^1074 < 10^751, or 309 of a whole number.
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 128) { limbs in
      var count = 0
      var rest = significand
      while rest > 0 {
        limbs[count] = UInt32(rest % 1_000_000_000)
        rest /= 1_000_000_000
        count += 1
      }
      // 2^-n is 5^n with n digits behind the point.
      var left = exponent.magnitude
      let base: UInt64 = exponent < 0 ? 5 : 2
      let most = exponent < 0 ? 13 : 29  // 5^13 and 2^29 fit a limb's product
      while left > 0 {
        let step = min(Int(left), most)
        var factor: UInt64 = 1
        for _ in 0..<step { factor *= base }
        var carry: UInt64 = 0
        for index in 0..<count {
          let product = UInt64(limbs[index]) * factor + carry
          limbs[index] = UInt32(product % 1_000_000_000)
          carry = product / 1_000_000_000
        }
        while carry > 0, count < limbs.count {
          limbs[count] = UInt32(carry % 1_000_000_000)
          carry /= 1_000_000_000
          count += 1
        }
        left -= UInt(step)
      }
      write(UnsafeBufferPointer(rebasing: limbs[..<count]), fraction: exponent < 0 ? -exponent : 0, to: &arena)
    }
  }

  private static func write(_ limbs: UnsafeBufferPointer<UInt32>, fraction: Int, to arena: inout ByteArena) {
    withUnsafeTemporaryAllocation(byteCount: limbs.count * 9, alignment: 1) { digits in
      for (index, limb) in limbs.enumerated() {
        var rest = limb
        for place in 0..<9 {
          digits[digits.count - 1 - index * 9 - place] = UInt8(rest % 10) + 48
          rest /= 10
        }
      }
      var start = 0
      while start < digits.count - 1, digits[start] == 48 { start += 1 }
      let count = digits.count - start
      let text = UnsafeRawBufferPointer(rebasing: digits[start...])
      if fraction == 0 { return arena.append(text) }
      if fraction >= count {
        arena.append("0.")
        for _ in count..<fraction { arena.append(48) }
        return arena.append(text)
      }
      arena.append(UnsafeRawBufferPointer(rebasing: text[..<(count - fraction)]))
      arena.append(UInt8(ascii: "."))
      arena.append(UnsafeRawBufferPointer(rebasing: text[(count - fraction)...]))
    }
  }
}
