internal import MillraceCore

/// A Decimal128 in its binary integer form, and the text that the Java driver makes of it (org.bson.types.Decimal128.toString).
struct DecimalNumber {
  private let low: UInt64
  private let high: UInt64

  /// - Parameter value: sixteen bytes, the lowest first.
  init(_ value: UnsafeRawBufferPointer) {
    low = value.loadUnaligned(as: UInt64.self)
    high = value.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
  }

  private var isNegative: Bool { high >> 63 == 1 }
  /// The two highest bits of the combination: the number is then larger than 34 digits can be, and counts as zero.
  private var isBeyond: Bool { high & 0x6000_0000_0000_0000 == 0x6000_0000_0000_0000 }

  func append(to arena: inout ByteArena) {
    if high & 0x7C00_0000_0000_0000 == 0x7C00_0000_0000_0000 { return arena.append("NaN" as StaticString) }
    if isNegative { arena.append(UInt8(ascii: "-")) }
    if high & 0x7800_0000_0000_0000 == 0x7800_0000_0000_0000 { return arena.append("Infinity" as StaticString) }
    let exponent = Int(isBeyond ? (high & 0x1FFF_E000_0000_0000) >> 47 : (high & 0x7FFE_0000_0000_0000) >> 49) - 6176
    let start = arena.count
    let digits = appendDigits(to: &arena)
    let adjusted = exponent + digits - 1
    if exponent == 0 { return }
    if exponent < 0, adjusted >= -6 {
      arena.insertPoint(start, digits: digits, fraction: -exponent)
      return
    }
    if digits > 1 { arena.insertPoint(start, digits: digits, fraction: digits - 1) }
    arena.append(UInt8(ascii: "E"))
    if adjusted > 0 { arena.append(UInt8(ascii: "+")) }
    arena.append(decimal: Int64(adjusted))
  }

  /// The digits of the significand; answers how many.
  private func appendDigits(to arena: inout ByteArena) -> Int {
    let start = arena.count
    var rest = isBeyond ? 0 : UInt128(high & 0x0001_FFFF_FFFF_FFFF) << 64 | UInt128(low)
    arena.reserve(40)
    repeat {
      arena.appendUnchecked(48 &+ UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest != 0
    let count = arena.count &- start
    arena.reverse(from: start)
    return count
  }
}

extension ByteArena {
  /// Puts a point before the last `fraction` digits, with zeros in front where there are not as many.
  fileprivate mutating func insertPoint(_ start: Int, digits: Int, fraction: Int) {
    let zeros = max(0, fraction &- digits &+ 1)
    // Behind one another: digits, then zeros, turned round as a whole.
    reverse(from: start)
    for _ in 0..<zeros { append(UInt8(ascii: "0")) }
    append(UInt8(ascii: "."))
    var index = count &- 1
    while index > start &+ fraction {
      set(withBytes(at: index &- 1, length: 1) { $0[0] }, at: index)
      index &-= 1
    }
    set(UInt8(ascii: "."), at: start &+ fraction)
    reverse(from: start)
  }

  fileprivate mutating func reverse(from start: Int) {
    var first = start, last = count &- 1
    while first < last {
      let a = withBytes(at: first, length: 1) { $0[0] }, b = withBytes(at: last, length: 1) { $0[0] }
      set(b, at: first)
      set(a, at: last)
      first &+= 1
      last &-= 1
    }
  }
}
