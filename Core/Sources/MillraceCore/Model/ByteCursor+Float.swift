extension ByteCursor {
  /// What Java's `Double.toString` writes: `1.5`, `100.0`, `1.0E7`, `-0.0`; room for 32 bytes. Not for NaN and infinities.
  package mutating func java(_ value: Double) {
    if value.sign == .minus { put(UInt8(ascii: "-")) }
    if value == 0 { return zero() }
    let magnitude = value.magnitude
    if magnitude < 10_000_000, magnitude == magnitude.rounded(.towardZero) {
      decimal(UInt64(magnitude))
      put(UInt8(ascii: "."))
      return put(UInt8(ascii: "0"))
    }
    java(ShortestDecimal(value))
  }

  /// What Java's `Float.toString` writes.
  package mutating func java(_ value: Float) {
    if value.sign == .minus { put(UInt8(ascii: "-")) }
    if value == 0 { return zero() }
    java(ShortestDecimal(value))
  }

  private mutating func zero() {
    put(UInt8(ascii: "0"))
    put(UInt8(ascii: "."))
    put(UInt8(ascii: "0"))
  }

  /// Plain from 0.001 to below 10^7, else with one digit before the point and an exponent.
  private mutating func java(_ decimal: ShortestDecimal) {
    var digits = decimal.digits
    var exponent = decimal.exponent
    while digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    var count = 1
    var bound: UInt64 = 10
    while digits >= bound {
      count += 1
      bound *= 10
    }
    // The number is 0.ddd × 10^point.
    let point = count + exponent
    if point > -3, point <= 0 {
      put(UInt8(ascii: "0"))
      put(UInt8(ascii: "."))
      for _ in point..<0 { put(UInt8(ascii: "0")) }
      return self.decimal(digits)
    }
    if point > 0, point <= 7 {
      split(digits, fraction: count - point)
      return
    }
    split(digits, fraction: count - 1)
    put(UInt8(ascii: "E"))
    self.decimal(Int64(point - 1))
  }

  /// `digits` with the point before the last `fraction` of them; no fraction is written as `.0`.
  private mutating func split(_ digits: UInt64, fraction: Int) {
    if fraction <= 0 {
      var whole = digits
      for _ in fraction..<0 { whole *= 10 }
      decimal(whole)
      put(UInt8(ascii: "."))
      return put(UInt8(ascii: "0"))
    }
    var divisor: UInt64 = 1
    for _ in 0..<fraction { divisor *= 10 }
    decimal(digits / divisor)
    put(UInt8(ascii: "."))
    let rest = digits % divisor
    var probe = divisor / 10
    while probe > 1, rest < probe {
      put(UInt8(ascii: "0"))
      probe /= 10
    }
    decimal(rest)
  }
}
