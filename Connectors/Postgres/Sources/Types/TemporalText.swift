internal import MillraceCore

/// Dates, times and timestamps: proleptic Gregorian throughout, years before 1 AD as `BC`.
enum TemporalText {
  /// Debezium's (that is, the JDBC driver's) microseconds and milliseconds for `infinity` and `-infinity`.
  static let infinity: Int64 = 9_223_372_036_825_200_000
  static let minusInfinity: Int64 = -9_223_372_036_832_400_000
  static let microsecondsPerDay: Int64 = 86_400_000_000

  /// A day and what has passed of it, in microseconds.
  struct Moment {
    var year = 0
    var month = 0
    var day = 0
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0
    /// Seconds east of Greenwich.
    var offset = 0

    @inline(__always) var days: Int { TemporalText.days(year: year, month: month, day: day) }
    @inline(__always) var microsecondsOfDay: Int { ((hour &* 60 &+ minute) &* 60 &+ second) &* 1_000_000 &+ microsecond }
  }

  /// Days since 1970-01-01 (after Howard Hinnant's days_from_civil).
  @inline(__always) static func days(year: Int, month: Int, day: Int) -> Int {
    let y = month <= 2 ? year &- 1 : year
    let era = (y >= 0 ? y : y &- 399) / 400
    let yearOfEra = y &- era &* 400
    let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
    let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
    return era &* 146_097 &+ dayOfEra &- 719_468
  }

  /// The date of a day number (after Howard Hinnant's civil_from_days).
  static func date(days: Int) -> (year: Int, month: Int, day: Int) {
    let z = days &+ 719_468
    let era = (z >= 0 ? z : z &- 146_096) / 146_097
    let dayOfEra = z &- era &* 146_097
    let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
    let shifted = (5 &* dayOfYear &+ 2) / 153
    let month = shifted < 10 ? shifted &+ 3 : shifted &- 9
    let year = yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear &- (153 &* shifted &+ 2) / 5 &+ 1)
  }

  static let lengths: [Int] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  // MARK: parts

  @inline(__always) static func readDate(_ cursor: inout TextCursor, _ moment: inout Moment) -> Bool {
    moment.year = cursor.digits(atMost: 7)
    guard moment.year >= 0, cursor.skip(UInt8(ascii: "-")) else { return false }
    moment.month = cursor.twoDigits()
    guard moment.month >= 1, moment.month <= 12, cursor.skip(UInt8(ascii: "-")) else { return false }
    moment.day = cursor.twoDigits()
    return moment.day >= 1 && moment.day <= 31
  }

  /// 24:00:00 is a time of its own; a leap second is not among what the server writes.
  @inline(__always) static func readTime(_ cursor: inout TextCursor, _ moment: inout Moment) -> Bool {
    moment.hour = cursor.twoDigits()
    guard moment.hour >= 0, cursor.skip(UInt8(ascii: ":")) else { return false }
    moment.minute = cursor.twoDigits()
    guard moment.minute >= 0, moment.minute < 60, cursor.skip(UInt8(ascii: ":")) else { return false }
    moment.second = cursor.twoDigits()
    guard moment.second >= 0, moment.second < 60 else { return false }
    moment.microsecond = cursor.microseconds()
    guard moment.microsecond >= 0 else { return false }
    return moment.hour < 24 || (moment.hour == 24 && moment.minute | moment.second | moment.microsecond == 0)
  }

  @inline(__always) static func readDateAndTime(_ cursor: inout TextCursor, _ moment: inout Moment) -> Bool {
    if readFixed(cursor.text, &moment) {
      cursor.at = 19
      moment.microsecond = cursor.microseconds()
      return moment.microsecond >= 0
    }
    return readDate(&cursor, &moment) && cursor.skip(UInt8(ascii: " ")) && readTime(&cursor, &moment)
  }

  /// `+02`, `-05:30`, `+15:59:59`.
  @inline(__always) private static func readOffset(_ cursor: inout TextCursor, _ moment: inout Moment) -> Bool {
    let isWest = cursor.skip(UInt8(ascii: "-"))
    guard isWest || cursor.skip(UInt8(ascii: "+")) else { return false }
    var seconds = cursor.twoDigits()
    guard seconds >= 0 else { return false }
    seconds = seconds &* 3600
    if cursor.skip(UInt8(ascii: ":")) {
      let minutes = cursor.twoDigits()
      guard minutes >= 0, minutes < 60 else { return false }
      seconds = seconds &+ minutes &* 60
      if cursor.skip(UInt8(ascii: ":")) {
        let rest = cursor.twoDigits()
        guard rest >= 0, rest < 60 else { return false }
        seconds = seconds &+ rest
      }
    }
    moment.offset = isWest ? 0 &- seconds : seconds
    return true
  }

  /// ` BC` or nothing, then the end; 1 BC is the year 0. Also holds the day against its month.
  @inline(__always) static func readEra(_ cursor: inout TextCursor, _ moment: inout Moment) -> Bool {
    if !cursor.isAtEnd {
      guard cursor.skip(" BC"), cursor.isAtEnd, moment.year > 0 else { return false }
      moment.year = 1 &- moment.year
    } else if moment.year == 0 {
      return false
    }
    return isProperDay(moment)
  }

  /// Whether the month has that day.
  @inline(__always) static func isProperDay(_ moment: Moment) -> Bool {
    guard moment.day > 28 else { return true }
    if moment.month == 2, moment.day == 29 {
      return moment.year & 3 == 0 && (moment.year % 100 != 0 || moment.year % 400 == 0)
    }
    return moment.day <= lengths[moment.month &- 1]
  }

  @inline(__always) static func special(_ text: UnsafeRawBufferPointer) -> Bool? {
    if text.equals("infinity") { return true }
    if text.equals("-infinity") { return false }
    return nil
  }

  // MARK: forms

  /// Days since the epoch. `infinity` and `-infinity` are the largest and the smallest 32-bit number, which no date reaches.
  static func date(_ text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Slot {
    var cursor = TextCursor(text)
    var moment = Moment()
    if readDate(&cursor, &moment), readEra(&cursor, &moment) { return .integer(Int64(moment.days)) }
    guard let isLate = special(text) else { throw DecodingFailure(.malformed, .date) }
    return .integer(isLate ? Int64(Int32.max) : Int64(Int32.min))
  }

  /// Units since midnight; finer digits than the unit are cut.
  static func time(
    _ text: UnsafeRawBufferPointer, perSecond: Int, _ form: ColumnCodec.Form
  ) throws(DecodingFailure) -> Slot {
    var cursor = TextCursor(text)
    var moment = Moment()
    guard readTime(&cursor, &moment), cursor.isAtEnd else { throw DecodingFailure(.malformed, form) }
    return .integer(Int64(moment.microsecondsOfDay / (1_000_000 / perSecond)))
  }

  /// Units since the epoch.
  static func timestamp(
    _ text: UnsafeRawBufferPointer, perSecond: Int, _ form: ColumnCodec.Form
  ) throws(DecodingFailure) -> Slot {
    var cursor = TextCursor(text)
    var moment = Moment()
    if readDateAndTime(&cursor, &moment), readEra(&cursor, &moment) {
      let (days, overflow) = Int64(moment.days).multipliedReportingOverflow(by: Int64(86400 &* perSecond))
      let (value, carry) = days.addingReportingOverflow(Int64(moment.microsecondsOfDay / (1_000_000 / perSecond)))
      if !overflow, !carry { return .integer(value) }
      throw DecodingFailure(.outOfRange, form)
    }
    guard let isLate = special(text) else { throw DecodingFailure(.malformed, form) }
    let value = isLate ? infinity : minusInfinity
    return .integer(perSecond == 1000 ? value / 1000 : value)
  }

  /// `2024-02-29T11:14:15.123456Z`: in UTC, as many fraction digits as the type has; ISO 8601's expanded years (`+12024`,
  /// `-0043`); `infinity` and `-infinity` as they are.
  static func zonedTimestamp(
    _ text: UnsafeRawBufferPointer, digits: Int, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    if let slot = fixedZonedTimestamp(text, digits: min(max(digits, 0), 6), into: &batch) { return slot }
    var cursor = TextCursor(text)
    var moment = Moment()
    if readDate(&cursor, &moment), cursor.skip(UInt8(ascii: " ")), readTime(&cursor, &moment), readOffset(&cursor, &moment),
      readEra(&cursor, &moment), moment.hour < 24
    {
      if moment.offset != 0 { shiftToUTC(&moment) }
      let at = batch.arena.count
      batch.arena.reserve(40)
      appendDate(moment, to: &batch.arena)
      appendPair(UInt8(ascii: "T"), moment.hour, to: &batch.arena)
      appendPair(UInt8(ascii: ":"), moment.minute, to: &batch.arena)
      appendPair(UInt8(ascii: ":"), moment.second, to: &batch.arena)
      appendFraction(moment.microsecond, digits: min(max(digits, 0), 6), to: &batch.arena)
      batch.arena.appendUnchecked(UInt8(ascii: "Z"))
      return .text(offset: at, length: batch.arena.count &- at)
    }
    guard special(text) != nil else { throw DecodingFailure(.malformed, .timestamptz) }
    return batch.text(text)
  }

  /// `11:14:15.123456Z`: in UTC, without zeros at the end of the fraction.
  static func zonedTime(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    var cursor = TextCursor(text)
    var moment = Moment()
    guard readTime(&cursor, &moment), readOffset(&cursor, &moment), cursor.isAtEnd else {
      throw DecodingFailure(.malformed, .timetz)
    }
    var seconds = ((moment.hour &* 60 &+ moment.minute) &* 60 &+ moment.second &- moment.offset) % 86400
    if seconds < 0 { seconds = seconds &+ 86400 }
    let at = batch.arena.count
    batch.arena.reserve(40)
    appendTwo(seconds / 3600, to: &batch.arena)
    appendPair(UInt8(ascii: ":"), seconds / 60 % 60, to: &batch.arena)
    appendPair(UInt8(ascii: ":"), seconds % 60, to: &batch.arena)
    appendFraction(moment.microsecond, digits: significantDigits(moment.microsecond), to: &batch.arena)
    batch.arena.appendUnchecked(UInt8(ascii: "Z"))
    return .text(offset: at, length: batch.arena.count &- at)
  }

  private static func shiftToUTC(_ moment: inout Moment) {
    var seconds = (moment.hour &* 60 &+ moment.minute) &* 60 &+ moment.second &- moment.offset
    var days = moment.days
    while seconds < 0 {
      seconds = seconds &+ 86400
      days &-= 1
    }
    days = days &+ seconds / 86400
    seconds = seconds % 86400
    (moment.year, moment.month, moment.day) = date(days: days)
    (moment.hour, moment.minute, moment.second) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
  }

  // MARK: writing; the caller has reserved 40 bytes

  @inline(__always) static func appendTwo(_ value: Int, to arena: inout ByteArena) {
    arena.appendUnchecked(UInt8(truncatingIfNeeded: value / 10 &+ 48))
    arena.appendUnchecked(UInt8(truncatingIfNeeded: value % 10 &+ 48))
  }

  @inline(__always) static func appendPair(_ before: UInt8, _ value: Int, to arena: inout ByteArena) {
    arena.appendUnchecked(before)
    appendTwo(value, to: &arena)
  }

  @inline(__always) static func appendYear(_ year: Int, to arena: inout ByteArena) {
    if year >= 0, year <= 9999 {
      appendTwo(year / 100, to: &arena)
      appendTwo(year % 100, to: &arena)
      return
    }
    arena.appendUnchecked(year < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
    let size = year.magnitude
    if size < 1000 { arena.appendUnchecked(48) }
    if size < 100 { arena.appendUnchecked(48) }
    if size < 10 { arena.appendUnchecked(48) }
    arena.append(decimal: UInt64(size))
    arena.reserve(24)
  }

  @inline(__always) static func appendDate(_ moment: Moment, to arena: inout ByteArena) {
    appendYear(moment.year, to: &arena)
    appendPair(UInt8(ascii: "-"), moment.month, to: &arena)
    appendPair(UInt8(ascii: "-"), moment.day, to: &arena)
  }

  /// How many of the six digits of a fraction are left without the zeros at its end.
  @inline(__always) static func significantDigits(_ microsecond: Int) -> Int {
    var digits = 6
    var fraction = microsecond
    while digits > 0, fraction % 10 == 0 {
      fraction = fraction / 10
      digits &-= 1
    }
    return digits
  }

  @inline(__always) static func appendFraction(_ microsecond: Int, digits: Int, to arena: inout ByteArena) {
    guard digits > 0 else { return }
    arena.appendUnchecked(UInt8(ascii: "."))
    var rest = microsecond
    var unit = 100_000
    for _ in 0..<digits {
      let digit = rest / unit
      arena.appendUnchecked(UInt8(truncatingIfNeeded: digit &+ 48))
      rest = rest &- digit &* unit
      unit = unit / 10
    }
  }
}
