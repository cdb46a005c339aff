internal import MillraceCore

/// `numeric` and `money`.
enum NumericText {
  /// The unscaled value of a decimal with `scale` fraction digits; NaN is null.
  static func decimal(
    _ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    do throws(DecimalText.Failure) {
      return try DecimalText.decimal(text, scale: scale, into: &batch)
    } catch {
      if text.equals("NaN") { return .null }
      throw failure(error, text, .decimal)
    }
  }

  /// Scale and unscaled value, zeros at the end of the fraction left out; NaN is null.
  static func variableScale(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    do throws(DecimalText.Failure) {
      return try DecimalText.variableScale(text, into: &batch)
    } catch {
      if text.equals("NaN") { return .null }
      throw failure(error, text, .variableDecimal)
    }
  }

  private static func failure(
    _ failure: DecimalText.Failure, _ text: UnsafeRawBufferPointer, _ form: ColumnCodec.Form
  ) -> DecodingFailure {
    let isInfinite = text.equals("Infinity") || text.equals("-Infinity")
    return DecodingFailure(isInfinite || failure == .outOfRange ? .outOfRange : .malformed, form)
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
    do throws(DecimalText.Failure) {
      return try DecimalText.plain(text, scale: scale, into: &batch)
    } catch {
      if text.equals("NaN") { return named("NAN", into: &batch) }
      if text.equals("Infinity") { return named("POSITIVE_INFINITY", into: &batch) }
      if text.equals("-Infinity") { return named("NEGATIVE_INFINITY", into: &batch) }
      throw failure(error, text, .decimalText)
    }
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
    let unit = DecimalText.powers[amount.fraction]
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
    if missing < 0, -missing < DecimalText.powers.count {
      let unit = DecimalText.powers[-missing]
      let rest = value % unit
      value = value / unit &+ (rest >= unit / 2 ? 1 : 0)
    } else if missing > 0 {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: missing < DecimalText.powers.count ? DecimalText.powers[missing] : .max)
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
    DecimalText.unscaled(amount.value, isNegative: amount.isNegative, zeros: zeros, into: &batch)
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
}
