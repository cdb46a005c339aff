internal import MillraceCore

extension TemporalText {
  /// A month as Debezium counts it: 365.25 / 12 days, a whole number of microseconds.
  static let microsecondsPerMonth: Int64 = 2_629_800_000_000

  /// An interval as it is written. The parts of the time share one sign, the others have their own.
  struct IntervalParts {
    var years: Int64 = 0
    var months: Int64 = 0
    var days: Int64 = 0
    var isNegativeTime = false
    var hours: Int64 = 0
    var minutes: Int64 = 0
    var seconds: Int64 = 0
    var microseconds: Int64 = 0
  }

  /// Reads `1 year 2 mons -3 days +04:05:06.789` (IntervalStyle postgres). No part has more than ten digits.
  @inline(__always) static func intervalParts(
    _ text: UnsafeRawBufferPointer, _ form: ColumnCodec.Form
  ) throws(DecodingFailure) -> IntervalParts {
    var cursor = TextCursor(text)
    var parts = IntervalParts()
    repeat {
      let isNegative = cursor.skip(UInt8(ascii: "-"))
      if !isNegative { _ = cursor.skip(UInt8(ascii: "+")) }
      let number = cursor.digits(atMost: 10)
      guard number >= 0 else { throw DecodingFailure(.malformed, form) }
      let value = Int64(isNegative ? 0 &- number : number)
      if cursor.skip(UInt8(ascii: ":")) {
        let minutes = cursor.twoDigits()
        guard minutes >= 0, minutes < 60, cursor.skip(UInt8(ascii: ":")) else { throw DecodingFailure(.malformed, form) }
        let seconds = cursor.twoDigits()
        let fraction = cursor.microseconds()
        guard seconds >= 0, seconds < 60, fraction >= 0, cursor.isAtEnd else { throw DecodingFailure(.malformed, form) }
        parts.isNegativeTime = isNegative
        parts.hours = Int64(number)
        parts.minutes = Int64(minutes)
        parts.seconds = Int64(seconds)
        parts.microseconds = Int64(fraction)
      } else if cursor.skip(" year") {
        _ = cursor.skip(UInt8(ascii: "s"))
        parts.years = value
      } else if cursor.skip(" mon") {
        _ = cursor.skip(UInt8(ascii: "s"))
        parts.months = value
      } else if cursor.skip(" day") {
        _ = cursor.skip(UInt8(ascii: "s"))
        parts.days = value
      } else {
        throw DecodingFailure(.malformed, form)
      }
      if cursor.isAtEnd { break }
      guard cursor.skip(UInt8(ascii: " ")) else { throw DecodingFailure(.malformed, form) }
    } while true
    return parts
  }

  /// An interval in microseconds; beyond 64 bits it is an error.
  static func interval(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Slot {
    let parts = try intervalParts(text, .interval)
    // 10 digits of hours are 3.6e19 microseconds: too many.
    let (hours, a) = parts.hours.multipliedReportingOverflow(by: 3_600_000_000)
    let rest = (parts.minutes &* 60 &+ parts.seconds) &* 1_000_000 &+ parts.microseconds
    let (size, b) = hours.addingReportingOverflow(rest)
    let (ofMonths, c) = (parts.years &* 12 &+ parts.months).multipliedReportingOverflow(by: microsecondsPerMonth)
    let (ofDays, d) = parts.days.multipliedReportingOverflow(by: microsecondsPerDay)
    let (dated, e) = ofMonths.addingReportingOverflow(ofDays)
    let (total, f) = dated.addingReportingOverflow(parts.isNegativeTime ? -size : size)
    guard !a, !b, !c, !d, !e, !f else { throw DecodingFailure(.outOfRange, .interval) }
    return .integer(total)
  }
}
