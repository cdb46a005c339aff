internal import MillraceCore

/// `time.precision.mode=isostring` and `nanoseconds`, `interval.handling.mode=string`.
extension TemporalText {
  /// Nanoseconds since midnight.
  static func timeNanos(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Slot {
    .integer(try time(text, perSecond: 1_000_000, .timeNanos).integer &* 1000)  // at most 8.64e13
  }

  /// Nanoseconds since the epoch, which reach from 1677 to 2262. `infinity` and `-infinity` are the largest and the smallest
  /// number; any other value beyond is an error.
  static func timestampNanos(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Slot {
    if let isLate = special(text) { return .integer(isLate ? .max : .min) }
    let micros = try timestamp(text, perSecond: 1_000_000, .timestampNanos).integer
    let (nanos, overflow) = micros.multipliedReportingOverflow(by: 1000)
    guard !overflow else { throw DecodingFailure(.outOfRange, .timestampNanos) }
    return .integer(nanos)
  }

  /// `2024-02-29Z`, with ISO 8601's expanded years; `infinity` and `-infinity` as they are.
  static func dateText(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    if special(text) != nil { return batch.text(text) }
    var cursor = TextCursor(text)
    var moment = Moment()
    guard readDate(&cursor, &moment), readEra(&cursor, &moment) else { throw DecodingFailure(.malformed, .dateText) }
    let at = batch.arena.count
    batch.arena.reserve(40)
    appendDate(moment, to: &batch.arena)
    batch.arena.appendUnchecked(UInt8(ascii: "Z"))
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// `13:14:15.12Z`; 24:00:00 is 00:00:00, as the reference has it.
  static func timeText(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    var cursor = TextCursor(text)
    var moment = Moment()
    guard readTime(&cursor, &moment), cursor.isAtEnd else { throw DecodingFailure(.malformed, .timeText) }
    if moment.hour == 24 { moment.hour = 0 }
    let at = batch.arena.count
    batch.arena.reserve(40)
    appendTime(moment, to: &batch.arena)
    batch.arena.appendUnchecked(UInt8(ascii: "Z"))
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// `2024-02-29T13:14:15.12Z`. The infinities are the moments that the reference's numbers for them mean.
  static func timestampText(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let at = batch.arena.count
    if let isLate = special(text) {
      batch.arena.append(isLate ? "+294247-01-10T04:00:25.2Z" : "-290308-12-21T19:59:27.6Z")
      return .text(offset: at, length: batch.arena.count &- at)
    }
    var cursor = TextCursor(text)
    var moment = Moment()
    guard readDateAndTime(&cursor, &moment), readEra(&cursor, &moment), moment.hour < 24 else {
      throw DecodingFailure(.malformed, .timestampText)
    }
    batch.arena.reserve(80)
    appendDate(moment, to: &batch.arena)
    batch.arena.append(UInt8(ascii: "T"))
    batch.arena.reserve(40)
    appendTime(moment, to: &batch.arena)
    batch.arena.appendUnchecked(UInt8(ascii: "Z"))
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// Without zeros at the end of the fraction. Takes up to 20 bytes, which the caller has reserved.
  @inline(__always) private static func appendTime(_ moment: Moment, to arena: inout ByteArena) {
    appendTwo(moment.hour, to: &arena)
    appendPair(UInt8(ascii: ":"), moment.minute, to: &arena)
    appendPair(UInt8(ascii: ":"), moment.second, to: &arena)
    appendFraction(moment.microsecond, digits: significantDigits(moment.microsecond), to: &arena)
  }

  /// `1 year 2 mons -3 days +04:05:06.789` (IntervalStyle postgres) as `P1Y2M-3DT4H5M6.789S`: all parts, each with its sign.
  static func intervalText(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let parts = try intervalParts(text, .intervalText)
    let at = batch.arena.count
    batch.arena.append(UInt8(ascii: "P"))
    append(parts.years, UInt8(ascii: "Y"), to: &batch.arena)
    append(parts.months, UInt8(ascii: "M"), to: &batch.arena)
    append(parts.days, UInt8(ascii: "D"), to: &batch.arena)
    batch.arena.append(UInt8(ascii: "T"))
    let sign: Int64 = parts.isNegativeTime ? -1 : 1
    append(sign &* parts.hours, UInt8(ascii: "H"), to: &batch.arena)
    append(sign &* parts.minutes, UInt8(ascii: "M"), to: &batch.arena)
    if parts.isNegativeTime, parts.seconds | parts.microseconds != 0 { batch.arena.append(UInt8(ascii: "-")) }
    batch.arena.append(decimal: parts.seconds)
    batch.arena.reserve(40)
    let micros = Int(parts.microseconds)
    appendFraction(micros, digits: significantDigits(micros), to: &batch.arena)
    batch.arena.append(UInt8(ascii: "S"))
    return .text(offset: at, length: batch.arena.count &- at)
  }

  private static func append(_ value: Int64, _ unit: UInt8, to arena: inout ByteArena) {
    arena.append(decimal: value)
    arena.append(unit)
  }
}
