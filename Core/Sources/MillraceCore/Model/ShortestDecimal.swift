/// The decimal `digits × 10^exponent` that Java prints for a binary floating-point number: the shortest that reads back as the
/// same number and the closest of those, but of two digits where one would do (4.9E-324).
///
/// Follows Raffaele Giulietti, "The Schubfach way to render doubles" (2021), the algorithm of `Double.toString` since JDK 19.
package struct ShortestDecimal: Equatable {
  package var digits: UInt64
  package var exponent: Int

  /// - Parameter value: finite and not zero; the sign is ignored.
  package init(_ value: Double) {
    let fraction = value.bitPattern & 0x000F_FFFF_FFFF_FFFF
    let biased = Int(value.bitPattern >> 52 & 0x7FF)
    self.init(fraction: fraction, biased: biased, precision: 53, lowest: -1074, tiny: 3)
  }

  /// - Parameter value: finite and not zero; the sign is ignored.
  package init(_ value: Float) {
    let fraction = UInt64(value.bitPattern & 0x007F_FFFF)
    let biased = Int(value.bitPattern >> 23 & 0xFF)
    self.init(fraction: fraction, biased: biased, precision: 24, lowest: -149, tiny: 8)
  }

  /// The number is `(2^(precision-1) + fraction) × 2^(lowest + biased - 1)`, or `fraction × 2^lowest` if `biased` is 0; below
  /// `tiny` a subnormal fraction has fewer than two digits.
  private init(fraction: UInt64, biased: Int, precision: Int, lowest: Int, tiny: UInt64) {
    let implicit: UInt64 = 1 << UInt64(precision - 1)
    if biased == 0 {
      self =
        fraction < tiny
        ? Self.closest(fraction * 10, lowest, boundary: false, shift: -1)
        : Self.closest(fraction, lowest, boundary: false, shift: 0)
      return
    }
    let significand = implicit | fraction
    let power = lowest + biased - 1
    if power <= 0, power > -precision {
      let whole = significand >> UInt64(-power)
      if whole << UInt64(-power) == significand {
        digits = whole
        exponent = 0
        return
      }
    }
    self = Self.closest(significand, power, boundary: fraction == 0 && biased > 1, shift: 0)
  }

  private init(digits: UInt64, exponent: Int) {
    self.digits = digits
    self.exponent = exponent
  }

  /// The decimal for `c × 2^q`, its exponent raised by `shift`. At a `boundary` the neighbour below is nearer than
  /// the one above.
  private static func closest(_ c: UInt64, _ q: Int, boundary: Bool, shift: Int) -> ShortestDecimal {
    let odd = c & 1
    let middle = c << 2
    let upper = middle + 2
    let lower = boundary ? middle - 1 : middle - 2
    let k = boundary ? (q * 661_971_961_083 - 274_743_187_321) >> 41 : (q * 661_971_961_083) >> 41
    let h = UInt64(q + (-k * 913_124_641_741) >> 38 + 2)
    let power = PowersOfTen.shared[k]
    let vb = rounded(power, middle << h)
    let vbl = rounded(power, lower << h)
    let vbr = rounded(power, upper << h)
    let s = vb >> 2
    if s >= 100 {
      let tens = s / 10 * 10
      let next = tens + 10
      let lowIn = vbl + odd <= tens << 2
      let highIn = next << 2 + odd <= vbr
      if lowIn != highIn { return ShortestDecimal(digits: lowIn ? tens : next, exponent: k + shift) }
    }
    let t = s + 1
    let lowIn = vbl + odd <= s << 2
    let highIn = t << 2 + odd <= vbr
    if lowIn != highIn { return ShortestDecimal(digits: lowIn ? s : t, exponent: k + shift) }
    let half = (s + t) << 1
    return ShortestDecimal(digits: vb < half || (vb == half && s & 1 == 0) ? s : t, exponent: k + shift)
  }

  /// `power × value / 2^127` rounded to odd.
  private static func rounded(_ power: PowersOfTen.Power, _ value: UInt64) -> UInt64 {
    let mask: UInt64 = 0x7FFF_FFFF_FFFF_FFFF
    let x1 = power.low.multipliedFullWidth(by: value).high
    let y = power.high.multipliedFullWidth(by: value)
    let z = y.low >> 1 + x1
    let w = y.high + z >> 63
    return w | ((z & mask) + mask) >> 63
  }
}

/// `10^-k` for each k that a double needs, as 126 bits: `floor(β) + 1` where `10^-k = β × 2^r` and `2^125 <= β < 2^126`.
/// Computed once, in whole numbers.
struct PowersOfTen: Sendable {
  struct Power: Sendable {
    let high: UInt64
    let low: UInt64
  }

  static let shared = PowersOfTen()
  static let range = -324...292
  private let powers: [Power]

  subscript(k: Int) -> Power { powers[k - Self.range.lowerBound] }

  private init() {
    var negative: [Power] = []
    var limbs: [UInt32] = [1]
    for _ in 0...(-Self.range.lowerBound) {
      negative.append(Self.leading(limbs))
      var carry: UInt64 = 0
      for index in limbs.indices {
        let product = UInt64(limbs[index]) * 10 + carry
        limbs[index] = UInt32(truncatingIfNeeded: product)
        carry = product >> 32
      }
      if carry > 0 { limbs.append(UInt32(carry)) }
    }
    var result = Array(negative.reversed())
    // 2^1280 is beyond 10^292 × 2^126, so that each quotient still has its 126 bits.
    limbs = Array(repeating: 0, count: 40) + [1]
    for _ in 0..<Self.range.upperBound {
      var rest: UInt64 = 0
      for index in limbs.indices.reversed() {
        let dividend = rest << 32 | UInt64(limbs[index])
        limbs[index] = UInt32(dividend / 10)
        rest = dividend % 10
      }
      while limbs.last == 0 { limbs.removeLast() }
      result.append(Self.leading(limbs))
    }
    powers = result
  }

  /// The first 126 bits of a number, plus one, as two halves of 63 bits.
  private static func leading(_ limbs: [UInt32]) -> Power {
    let top = limbs.last ?? 0
    let length = limbs.count * 32 - top.leadingZeroBitCount
    var high: UInt64 = 0
    var low: UInt64 = 0
    for place in 0..<126 {
      let index = length - 1 - place
      let bit = index < 0 ? 0 : UInt64(limbs[index / 32] >> UInt32(index % 32) & 1)
      if place < 63 { high = high << 1 | bit } else { low = low << 1 | bit }
    }
    low += 1
    if low >> 63 == 1 {
      low = 0
      high += 1
    }
    return Power(high: high, low: low)
  }
}

extension ShortestDecimal {
  /// The double closest to it; nil is never answered for the digits of a float.
  package var double: Double? {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { memory in
      var at = 31, rest = digits
      func put(_ byte: UInt8) {
        at -= 1
        memory[at] = byte
      }
      var power = exponent.magnitude
      repeat {
        put(UInt8(power % 10) + 48)
        power /= 10
      } while power > 0
      if exponent < 0 { put(UInt8(ascii: "-")) }
      put(UInt8(ascii: "e"))
      repeat {
        put(UInt8(rest % 10) + 48)
        rest /= 10
      } while rest > 0
      return FloatText.double(UnsafeRawBufferPointer(rebasing: memory[at..<31]))
    }
  }
}
