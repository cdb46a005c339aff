/// The layout of a DECIMAL in the log and in binary JSON.
struct PackedDecimal: BitwiseCopyable {
  /// Nine groups: what the server reckons with.
  static let mostDigits = 81
  /// A sign, the digits, a point, a zero before it.
  static let mostCharacters = mostDigits + 3

  private let precision: Int
  private let scale: Int

  /// - Parameters:
  ///   - precision: at most `mostDigits`.
  ///   - scale: at most `precision`.
  init(precision: Int, scale: Int) {
    self.precision = precision
    self.scale = scale
  }

  var size: Int { PackedDecimal.size(precision: precision, scale: scale) }

  static func size(precision: Int, scale: Int) -> Int {
    let whole = precision &- scale
    return whole / 9 &* 4 &+ bytes(whole % 9) &+ scale / 9 &* 4 &+ bytes(scale % 9)
  }

  /// How many bytes so many digits take, at most nine.
  private static func bytes(_ digits: Int) -> Int { (digits &+ 1) / 2 &- (digits > 8 ? 1 : 0) }

  /// The unscaled value of a number of at most 18 digits.
  func unscaled(_ bytes: UnsafeRawBufferPointer) -> Int64 {
    var value: Int64 = 0
    let isNegative = forEachGroup(bytes) { group, digits in
      value = value &* PackedDecimal.powers[digits] &+ Int64(group)
    }
    return isNegative ? 0 &- value : value
  }

  /// Writes the number as plain text, all fraction digits included; answers its length.
  func write(_ bytes: UnsafeRawBufferPointer, to memory: UnsafeMutableRawBufferPointer) -> Int {
    var at = 1  // room for the sign
    var whole = precision &- scale
    var isPast = whole == 0
    if isPast {
      memory[1] = 48
      memory[2] = UInt8(ascii: ".")
      at = 3
    }
    let isNegative = forEachGroup(bytes) { group, digits in
      var divisor = PackedDecimal.powers[digits] / 10
      var rest = Int64(group)
      for _ in 0..<digits {
        let digit = rest / divisor
        rest &-= digit &* divisor
        divisor = max(divisor / 10, 1)
        if at > 1 || digit != 0 || isPast || whole == 1 {
          memory[at] = UInt8(truncatingIfNeeded: digit &+ 48)
          at &+= 1
        }
        if !isPast {
          whole &-= 1
          if whole == 0, scale > 0 {
            memory[at] = UInt8(ascii: ".")
            at &+= 1
            isPast = true
          }
        }
      }
    }
    var isZero = true
    for index in 1..<at where memory[index] &- 49 <= 8 { isZero = false }
    if isNegative, !isZero {
      memory[0] = UInt8(ascii: "-")
      return at
    }
    for index in 1..<at { memory[index &- 1] = memory[index] }
    return at &- 1
  }

  /// Groups of digits from the highest on, with the number of digits in each; answers whether the number is negative.
  @inline(__always)
  private func forEachGroup(_ bytes: UnsafeRawBufferPointer, _ body: (UInt32, Int) -> Void) -> Bool {
    let whole = precision &- scale
    guard bytes.count >= size, let first = bytes.first else { return false }
    let isNegative = first & 0x80 == 0
    let mask: UInt8 = isNegative ? 0xFF : 0
    var at = 0
    @inline(__always) func group(_ digits: Int) {
      var value: UInt32 = 0
      for index in 0..<PackedDecimal.bytes(digits) {
        let byte = bytes[at &+ index] ^ mask ^ (at &+ index == 0 ? 0x80 : 0)
        value = value << 8 | UInt32(byte)
      }
      at &+= PackedDecimal.bytes(digits)
      body(value, digits)
    }
    if whole % 9 > 0 { group(whole % 9) }
    for _ in 0..<(whole / 9) { group(9) }
    for _ in 0..<(scale / 9) { group(9) }
    if scale % 9 > 0 { group(scale % 9) }
    return isNegative
  }

  private static let powers: [Int64] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000]
}
