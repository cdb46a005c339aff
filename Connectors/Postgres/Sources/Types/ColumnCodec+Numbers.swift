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

  /// Correctly rounded.
  static func float8(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Double {
    guard let value = FloatText.double(text) else { throw DecodingFailure(.malformed, .float8) }
    return value
  }

  static func float4(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Float {
    guard let value = FloatText.float(text) else { throw DecodingFailure(.malformed, .float4) }
    return value
  }
}
