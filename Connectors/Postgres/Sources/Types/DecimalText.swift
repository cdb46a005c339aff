internal import MillraceCore

/// Decimals of any size: `numeric` and `money`.
enum DecimalText {
  static let powers: [UInt64] = {
    var powers: [UInt64] = [1]
    while powers.count < 20 { powers.append(powers[powers.count - 1] &* 10) }
    return powers
  }()

  /// The parts of a plain decimal number (`numeric` is never written with an exponent).
  private struct Parts {
    var isNegative = false
    /// Where the digits (and the point among them) begin.
    var start = 0
    /// Index of the point, or the end of the text.
    var point = 0
    var end = 0
    var fraction: Int { point == end ? 0 : end &- point &- 1 }
  }

  @inline(__always) private static func parts(
    _ text: UnsafeRawBufferPointer, _ form: ColumnCodec.Form
  ) throws(DecodingFailure) -> Parts {
    var parts = Parts()
    parts.end = text.count
    parts.point = text.count
    if !text.isEmpty, text[0] == UInt8(ascii: "-") {
      parts.isNegative = true
      parts.start = 1
    }
    var digits = 0
    for index in parts.start..<max(parts.start, text.count) {
      let byte = text[index]
      if byte &- 48 <= 9 {
        digits &+= 1
      } else if byte == UInt8(ascii: "."), parts.point == text.count {
        parts.point = index
      } else {
        throw DecodingFailure(.malformed, form)
      }
    }
    guard digits > 0 else { throw DecodingFailure(.malformed, form) }
    return parts
  }

  /// The unscaled value of a decimal with `scale` fraction digits: inline where it fits, else two's complement. NaN is null.
  static func decimal(
    _ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    // One pass for what fits into 64 bits.
    let count = text.count
    if count <= 19, count > 0 {
      var at = 0
      var isNegative = false
      if text[0] == UInt8(ascii: "-") {
        isNegative = true
        at = 1
      }
      var value: UInt64 = 0
      var digits = 0
      var point = -1
      while at < count {
        let digit = text[at] &- 48
        if digit <= 9 {
          value = value &* 10 &+ UInt64(digit)
          digits &+= 1
        } else if text[at] == UInt8(ascii: "."), point < 0 {
          point = at
        } else {
          digits = 0
          break
        }
        at &+= 1
      }
      let missing = scale &- (point < 0 ? 0 : count &- 1 &- point)
      if digits > 0, missing >= 0, digits &+ missing <= 18 {
        if missing > 0 { value = value &* powers[missing] }
        return .integer(isNegative ? 0 &- Int64(truncatingIfNeeded: value) : Int64(truncatingIfNeeded: value))
      }
    }
    return try longDecimal(text, scale: scale, into: &batch)
  }

  @inline(never) private static func longDecimal(
    _ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    if text.equals("NaN") { return .null }
    if text.equals("Infinity") || text.equals("-Infinity") { throw DecodingFailure(.outOfRange, .decimal) }
    var parts = try parts(text, .decimal)
    while parts.fraction > max(scale, 0), text[parts.end &- 1] == UInt8(ascii: "0") { parts.end &-= 1 }
    if parts.point > parts.end { parts.point = parts.end }
    guard parts.fraction <= max(scale, 0) else { throw DecodingFailure(.outOfRange, .decimal) }
    let bytes = appendUnscaled(text, parts, zeros: max(scale, 0) &- parts.fraction, into: &batch)
    if bytes.count > 8 { return bytes }
    let value = batch.arena.withBytes(at: bytes.offset, length: bytes.count) { bytes in
      var value: Int64 = bytes.isEmpty || bytes[0] < 128 ? 0 : -1
      for byte in bytes { value = value << 8 | Int64(byte) }
      return value
    }
    batch.arena.truncate(to: bytes.offset)
    return .integer(value)
  }

  /// Scale and unscaled value, zeros at the end of the fraction left out; NaN is null.
  static func variableScale(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    if text.equals("NaN") { return .null }
    if text.equals("Infinity") || text.equals("-Infinity") { throw DecodingFailure(.outOfRange, .variableDecimal) }
    var parts = try parts(text, .variableDecimal)
    if parts.point < parts.end {
      while parts.end > parts.point &+ 1, text[parts.end &- 1] == UInt8(ascii: "0") { parts.end &-= 1 }
      if parts.end == parts.point &+ 1 { parts.end = parts.point }
    }
    let scale = parts.fraction
    let value = appendUnscaled(text, parts, zeros: 0, into: &batch)
    let first = batch.slots.append(repeating: .integer(Int64(scale)), count: 2)
    batch.slots[first + 1] = value
    return .structure(first: first, count: 2)
  }

  /// A floating-point number, rounded correctly; beyond its range it is infinite, as `BigDecimal.doubleValue` has it.
  static func float(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Slot {
    do throws(DecodingFailure) {
      return .float(try ColumnCodec.float8(text))
    } catch {
      throw DecodingFailure(error.kind, .decimalFloat)
    }
  }

  /// Plain text with at least `scale` fraction digits (without a scale, -1: as the server writes it).
  static func plain(
    _ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    if text.equals("NaN") { return named("NAN", into: &batch) }
    if text.equals("Infinity") { return named("POSITIVE_INFINITY", into: &batch) }
    if text.equals("-Infinity") { return named("NEGATIVE_INFINITY", into: &batch) }
    let parts = try parts(text, .decimalText)
    let missing = scale &- parts.fraction
    if scale < 0 || missing == 0 { return batch.text(text) }
    guard missing > 0 else { throw DecodingFailure(.outOfRange, .decimalText) }
    let at = batch.arena.count
    batch.arena.append(text)
    if parts.point == parts.end { batch.arena.append(UInt8(ascii: ".")) }
    batch.arena.appendWith(maximum: missing) { memory in
      for index in 0..<missing { memory[index] = 48 }
      return missing
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// How the reference's text writes what is no number.
  private static func named(_ word: StaticString, into batch: inout RecordBatch) -> Slot {
    let at = batch.arena.count
    batch.arena.append(word)
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// `money` as plain text with the fraction digits that the server writes.
  static func moneyText(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let amount = try amount(text, .moneyText)
    let at = batch.arena.count
    if amount.isNegative { batch.arena.append(UInt8(ascii: "-")) }
    let unit = powers[amount.fraction]
    batch.arena.append(decimal: amount.value / unit)
    if amount.fraction > 0 {
      batch.arena.append(UInt8(ascii: "."))
      var rest = amount.value % unit
      batch.arena.appendWith(maximum: amount.fraction) { memory in
        for index in (0..<amount.fraction).reversed() {
          memory[index] = UInt8(truncatingIfNeeded: rest % 10 &+ 48)
          rest /= 10
        }
        return amount.fraction
      }
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// `money` as a floating-point number, rounded correctly.
  static func moneyFloat(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let plain = try moneyText(text, into: &batch)
    let number = try batch.arena.withBytes(at: plain.offset, length: plain.count) { (text) throws(DecodingFailure) in
      try float(text)
    }
    batch.arena.truncate(to: plain.offset)
    return number
  }

  /// `money` with `scale` fraction digits. What the server writes beyond them is rounded, halves away from zero: the setting
  /// `money.fraction.digits` asks for it.
  static func money(_ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let amount = try amount(text, .money)
    var value = amount.value
    let missing = scale - amount.fraction
    if missing < 0, -missing < powers.count {
      let unit = powers[-missing]
      let rest = value % unit
      value = value / unit &+ (rest >= unit / 2 ? 1 : 0)
    } else if missing > 0 {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: missing < powers.count ? powers[missing] : .max)
      if overflow, value != 0 { return longMoney(amount, zeros: missing, into: &batch) }
      value = scaled
    }
    guard value <= (amount.isNegative ? Int64.min.magnitude : UInt64(Int64.max)) else {
      return longMoney(Amount(value: value, isNegative: amount.isNegative), zeros: 0, into: &batch)
    }
    return .integer(Int64(truncatingIfNeeded: amount.isNegative ? 0 &- value : value))
  }

  /// An amount whose unscaled value does not fit into 64 bits.
  private static func longMoney(_ amount: Amount, zeros: Int, into batch: inout RecordBatch) -> Slot {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var rest = amount.value
      for index in (0..<20).reversed() {
        digits[index] = UInt8(truncatingIfNeeded: rest % 10 &+ 48)
        rest /= 10
      }
      let parts = Parts(isNegative: amount.isNegative, start: 0, point: 20, end: 20)
      return appendUnscaled(UnsafeRawBufferPointer(digits), parts, zeros: zeros, into: &batch)
    }
  }

  private struct Amount {
    var value: UInt64 = 0
    var fraction = 0
    var isNegative = false
  }

  /// An amount in the notation of any locale: `$1,234.50`, `-$1.00`, `($1.00)`, `1.234,50 €`, `¥1,234`.
  ///
  /// The sign is any minus or parenthesis. A point or comma between digits is the decimal one if it is the last and not
  /// followed by exactly three digits: with a currency of three fraction digits the text alone is ambiguous.
  private static func amount(_ text: UnsafeRawBufferPointer, _ form: ColumnCodec.Form) throws(DecodingFailure) -> Amount {
    var value: UInt64 = 0
    var digits = 0
    var isNegative = false
    var sinceSeparator = -1
    for index in 0..<text.count {
      let byte = text[index]
      let digit = byte &- 48
      if digit <= 9 {
        digits += 1
        if sinceSeparator >= 0 { sinceSeparator += 1 }
        let (ten, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = ten.addingReportingOverflow(UInt64(digit))
        guard !overflow, !carry else { throw DecodingFailure(.outOfRange, form) }
        value = sum
      } else if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "(") {
        isNegative = true
      } else if byte == UInt8(ascii: ".") || byte == UInt8(ascii: ","), digits > 0, index + 1 < text.count,
        text[index + 1] &- 48 <= 9
      {
        sinceSeparator = 0
      } else if byte == 0x92, index >= 2, text[index - 1] == 0x88, text[index - 2] == 0xE2 {
        isNegative = true  // U+2212, the minus sign
      }
    }
    guard digits > 0 else { throw DecodingFailure(.malformed, form) }
    let fraction = sinceSeparator == 3 ? 0 : max(sinceSeparator, 0)
    guard fraction <= 4 else { throw DecodingFailure(.malformed, form) }  // ISO 4217 knows no more
    return Amount(value: value, fraction: fraction, isNegative: isNegative)
  }

  /// Appends the digits of `parts`, followed by `zeros` zeros, as the shortest big-endian two's complement.
  ///
  /// Works in the arena itself: limbs of 64 bits, the lowest first, multiplied by 10^18 for every 18 digits; then the sign
  /// is applied, the bytes are turned round, and what only repeats the sign is cut off.
  private static func appendUnscaled(
    _ text: UnsafeRawBufferPointer, _ parts: Parts, zeros: Int, into batch: inout RecordBatch
  ) -> Slot {
    let digits = parts.end &- parts.start &+ zeros
    let room = digits / 19 &+ 3  // a limb holds more than 19 digits; one for a carry, one for the sign
    let at = batch.arena.count
    batch.arena.appendWith(maximum: room &* 8) { memory in
      var used = 1
      memory.storeBytes(of: 0, toByteOffset: 0, as: UInt64.self)
      var chunk: UInt64 = 0
      var held = 0
      func flush() {
        let factor = powers[held]
        var carry = chunk
        for limb in 0..<used {
          let value = UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: limb &* 8, as: UInt64.self))
          let product = value.multipliedFullWidth(by: factor)
          let (low, overflow) = product.low.addingReportingOverflow(carry)
          memory.storeBytes(of: low.littleEndian, toByteOffset: limb &* 8, as: UInt64.self)
          carry = product.high &+ (overflow ? 1 : 0)
        }
        if carry != 0 {
          memory.storeBytes(of: carry.littleEndian, toByteOffset: used &* 8, as: UInt64.self)
          used &+= 1
        }
        chunk = 0
        held = 0
      }
      for index in parts.start..<parts.end where index != parts.point {
        chunk = chunk &* 10 &+ UInt64(text[index] &- 48)
        held &+= 1
        if held == 18 { flush() }
      }
      for _ in 0..<zeros {
        chunk = chunk &* 10
        held &+= 1
        if held == 18 { flush() }
      }
      if held > 0 { flush() }
      // A limb of zeros on top, for the sign.
      memory.storeBytes(of: 0, toByteOffset: used &* 8, as: UInt64.self)
      let size = used &* 8 &+ 1
      if parts.isNegative {
        var carry = true
        for index in 0..<size {
          var byte = ~memory[index]
          if carry { (byte, carry) = byte.addingReportingOverflow(1) }
          memory[index] = byte
        }
      }
      let sign: UInt8 = memory[size &- 1] & 0x80 == 0 ? 0 : 0xFF
      var kept = size
      while kept > 1, memory[kept &- 1] == sign, (memory[kept &- 2] ^ sign) & 0x80 == 0 { kept &-= 1 }
      var low = 0
      var high = kept &- 1
      while low < high {
        memory.swapAt(low, high)
        low &+= 1
        high &-= 1
      }
      return kept
    }
    return .bytes(offset: at, length: batch.arena.count &- at)
  }
}
