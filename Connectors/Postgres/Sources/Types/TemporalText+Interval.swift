internal import MillraceCore

extension TemporalText {
  /// A month as Debezium counts it: 365.25 / 12 days, a whole number of microseconds.
  static let microsecondsPerMonth: Int64 = 2_629_800_000_000

  /// `1 year 2 mons -3 days +04:05:06.789` (IntervalStyle postgres) in microseconds; beyond 64 bits it is an error.
  static func interval(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Slot {
    var cursor = TextCursor(text)
    var months: Int64 = 0
    var days: Int64 = 0
    var micros: Int64 = 0
    repeat {
      let isNegative = cursor.skip(UInt8(ascii: "-"))
      if !isNegative { _ = cursor.skip(UInt8(ascii: "+")) }
      let number = cursor.digits(atMost: 10)
      guard number >= 0 else { throw DecodingFailure(.malformed, .interval) }
      let value = Int64(isNegative ? 0 &- number : number)
      if cursor.skip(UInt8(ascii: ":")) {
        let minutes = cursor.twoDigits()
        guard minutes >= 0, minutes < 60, cursor.skip(UInt8(ascii: ":")) else { throw DecodingFailure(.malformed, .interval) }
        let seconds = cursor.twoDigits()
        let fraction = cursor.microseconds()
        guard seconds >= 0, seconds < 60, fraction >= 0, cursor.isAtEnd else { throw DecodingFailure(.malformed, .interval) }
        // 10 digits of hours are 3.6e19 microseconds: too many.
        let (hours, overflow) = Int64(number).multipliedReportingOverflow(by: 3_600_000_000)
        let rest = Int64((minutes &* 60 &+ seconds) &* 1_000_000 &+ fraction)
        let (size, carry) = hours.addingReportingOverflow(rest)
        guard !overflow, !carry else { throw DecodingFailure(.outOfRange, .interval) }
        micros = isNegative ? -size : size
      } else if cursor.skip(" year") {
        _ = cursor.skip(UInt8(ascii: "s"))
        months = months &+ value &* 12
      } else if cursor.skip(" mon") {
        _ = cursor.skip(UInt8(ascii: "s"))
        months = months &+ value
      } else if cursor.skip(" day") {
        _ = cursor.skip(UInt8(ascii: "s"))
        days = days &+ value
      } else {
        throw DecodingFailure(.malformed, .interval)
      }
      if cursor.isAtEnd { break }
      guard cursor.skip(UInt8(ascii: " ")) else { throw DecodingFailure(.malformed, .interval) }
    } while true
    let (ofMonths, a) = months.multipliedReportingOverflow(by: microsecondsPerMonth)
    let (ofDays, b) = days.multipliedReportingOverflow(by: microsecondsPerDay)
    let (dated, c) = ofMonths.addingReportingOverflow(ofDays)
    let (total, d) = dated.addingReportingOverflow(micros)
    guard !a, !b, !c, !d else { throw DecodingFailure(.outOfRange, .interval) }
    return .integer(total)
  }
}
