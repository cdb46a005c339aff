internal import MillraceCore

/// Dates and times.
extension ColumnCodec {
  /// What the log or the server says of a moment: proleptic Gregorian, all fields as they stand there.
  struct Moment {
    var year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, microsecond = 0

    @inline(__always) var microsecondsOfDay: Int64 {
      Int64((hour &* 60 &+ minute) &* 60 &+ second) &* 1_000_000 &+ Int64(microsecond)
    }

    /// `0000-00-00`, and dates of which a part is 0: null stands for them.
    @inline(__always) var isZero: Bool { year == 0 || month == 0 || day == 0 }

    /// Whether the calendar has such a moment; ALLOW_INVALID_DATES lets the server take others.
    @inline(__always) var isProper: Bool {
      guard month >= 1, month <= 12, day >= 1, hour < 24, minute < 60, second < 60 else { return false }
      if day <= 28 { return true }
      if month == 2 { return day == 29 && year & 3 == 0 && (year % 100 != 0 || year % 400 == 0) }
      return day <= (month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31)
    }
  }

  // MARK: the log

  @inline(__always)
  func temporal(_ row: inout RowCursor, _ image: ImageColumn, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch image.kind {
    case .datetime2:
      let digits = Int(image.size)
      guard digits <= 6, let packed = row.big(5), let fraction = row.big((digits &+ 1) / 2) else { throw truncated }
      return try datetime(ColumnCodec.datetime(packed, microseconds: ColumnCodec.microseconds(fraction, digits)), into: &batch)
    case .timestamp2:
      let digits = Int(image.size)
      guard digits <= 6, let seconds = row.big(4), let fraction = row.big((digits &+ 1) / 2) else { throw truncated }
      return try timestamp(seconds: Int64(seconds), microseconds: ColumnCodec.microseconds(fraction, digits), into: &batch)
    case .date, .newdate:
      guard let packed = row.little(3) else { throw truncated }
      var moment = Moment()
      moment.day = Int(packed & 31)
      moment.month = Int(packed >> 5 & 15)
      moment.year = Int(packed >> 9)
      return try date(moment, into: &batch)
    case .time2:
      let digits = Int(image.size)
      let length = 3 &+ (digits &+ 1) / 2
      guard digits <= 6, let packed = row.big(length) else { throw truncated }
      return try duration(ColumnCodec.microseconds(ofTime: packed, length: length), into: &batch)
    case .year:
      guard let value = row.little(1) else { throw truncated }
      guard form == .year else { throw otherType }
      return .integer(value == 0 ? 0 : Int64(value) &+ 1900)
    case .timestamp:
      guard let seconds = row.little(4) else { throw truncated }
      return try timestamp(seconds: Int64(seconds), microseconds: 0, into: &batch)
    case .datetime:
      guard let packed = row.little(8), packed < 100_000_000_000_000 else { throw row.left < 8 ? truncated : malformed }
      return try datetime(ColumnCodec.digits(packed), into: &batch)
    default:
      guard let packed = row.little(3) else { throw truncated }
      let value = Int64(bitPattern: packed << 40) >> 40
      let rest = value.magnitude
      let seconds = Int64(rest / 10_000 * 3600 + rest / 100 % 100 * 60 + rest % 100)
      return try duration((value < 0 ? 0 &- seconds : seconds) &* 1_000_000, into: &batch)
    }
  }

  /// A fraction of so many digits, which stands in a whole number of bytes.
  @inline(__always) static func microseconds(_ fraction: UInt64, _ digits: Int) -> Int {
    switch (digits &+ 1) / 2 {
    case 1: Int(truncatingIfNeeded: fraction) &* 10_000
    case 2: Int(truncatingIfNeeded: fraction) &* 100
    default: Int(truncatingIfNeeded: fraction)
    }
  }

  /// One bit for the sign, 17 for year and month, 5 for the day, 5, 6 and 6 for the time.
  @inline(__always) static func datetime(_ packed: UInt64, microseconds: Int) -> Moment {
    var moment = Moment()
    let months = Int(packed >> 22 & 0x1FFFF)
    moment.year = months / 13
    moment.month = months % 13
    moment.day = Int(packed >> 17 & 31)
    moment.hour = Int(packed >> 12 & 31)
    moment.minute = Int(packed >> 6 & 63)
    moment.second = Int(packed & 63)
    moment.microsecond = microseconds
    return moment
  }

  /// One bit for the sign, one unused, 10, 6 and 6 for the time, the fraction behind; the whole is offset by half its range, so that a
  /// negative one is the two's complement of all of it.
  @inline(__always) static func microseconds(ofTime packed: UInt64, length: Int) -> Int64 {
    let bits = length &* 8
    let value = Int64(bitPattern: packed) &- 1 << Int64(bits &- 1)
    let magnitude = value.magnitude
    let shift = UInt64(bits &- 24)
    let whole = Int64(magnitude >> shift)
    let seconds = (whole >> 12 & 0x3FF) &* 3600 &+ (whole >> 6 & 63) &* 60 &+ whole & 63
    let fraction = microseconds(magnitude & (1 << shift &- 1), (length &- 3) &* 2)
    let total = seconds &* 1_000_000 &+ Int64(fraction)
    return value < 0 ? 0 &- total : total
  }

  /// `20240229131415` as a number.
  private static func digits(_ packed: UInt64) -> Moment {
    var moment = Moment()
    let time = Int(packed % 1_000_000), date = Int(packed / 1_000_000)
    moment.second = time % 100
    moment.minute = time / 100 % 100
    moment.hour = time / 10_000
    moment.day = date % 100
    moment.month = date / 100 % 100
    moment.year = date / 10_000
    return moment
  }

  // MARK: the snapshot

  @inline(__always)
  func temporal(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch form {
    case .date, .dateText:
      guard text.count == 10, let moment = ColumnCodec.date(text) else { throw malformed }
      return try date(moment, into: &batch)
    case .timeMillis, .timeMicros, .timeNanos, .timeText: return try duration(microseconds(ofTime: text), into: &batch)
    default:
      guard text.count >= 19, var moment = ColumnCodec.date(text), text[10] == UInt8(ascii: " ") else { throw malformed }
      let hour = ColumnCodec.number(text, 11, 2), minute = ColumnCodec.number(text, 14, 2), second = ColumnCodec.number(text, 17, 2)
      let fraction = ColumnCodec.fraction(text, 19)
      guard hour >= 0, minute >= 0, second >= 0, fraction >= 0, text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":") else {
        throw malformed
      }
      (moment.hour, moment.minute, moment.second, moment.microsecond) = (hour, minute, second, fraction)
      guard form == .timestamp || form == .timestampShort else { return try datetime(moment, into: &batch) }
      if moment.isZero { return .null }
      guard moment.isProper else { throw outOfRange }
      return timestamp(moment, into: &batch)
    }
  }

  /// `2024-02-29`, at the beginning of a longer text perhaps.
  @inline(__always) private static func date(_ text: UnsafeRawBufferPointer) -> Moment? {
    var moment = Moment()
    moment.year = number(text, 0, 4)
    moment.month = number(text, 5, 2)
    moment.day = number(text, 8, 2)
    guard moment.year >= 0, moment.month >= 0, moment.day >= 0, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-") else { return nil }
    return moment
  }

  /// So many digits, or -1; they must lie in the text.
  @inline(__always) private static func number(_ text: UnsafeRawBufferPointer, _ at: Int, _ count: Int) -> Int {
    var value = 0
    for index in at..<(at &+ count) {
      let digit = text[index] &- 48
      guard digit <= 9 else { return -1 }
      value = value &* 10 &+ Int(digit)
    }
    return value
  }

  /// `.123` to the end as microseconds, 0 where nothing is left; -1 where it is malformed.
  @inline(__always) private static func fraction(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int {
    if at == text.count { return 0 }
    let count = text.count &- at &- 1
    guard text[at] == UInt8(ascii: "."), count >= 1, count <= 6 else { return -1 }
    var value = number(text, at &+ 1, count)
    if value < 0 { return -1 }
    for _ in count..<6 { value = value &* 10 }
    return value
  }

  /// `-838:59:59.000000`: two digits of hours or three.
  private func microseconds(ofTime text: UnsafeRawBufferPointer) throws(DecodingFailure) -> Int64 {
    let isNegative = text.first == UInt8(ascii: "-")
    let start = isNegative ? 1 : 0
    guard text.count >= start &+ 8 else { throw malformed }
    let width = text[start &+ 2] == UInt8(ascii: ":") ? 2 : 3
    let colon = start &+ width
    guard text.count >= colon &+ 6, text[colon] == UInt8(ascii: ":"), text[colon &+ 3] == UInt8(ascii: ":") else { throw malformed }
    let hour = ColumnCodec.number(text, start, width), minute = ColumnCodec.number(text, colon &+ 1, 2)
    let second = ColumnCodec.number(text, colon &+ 4, 2), fraction = ColumnCodec.fraction(text, colon &+ 6)
    guard hour >= 0, minute >= 0, minute < 60, second >= 0, second < 60, fraction >= 0 else { throw malformed }
    let total = Int64((hour &* 60 &+ minute) &* 60 &+ second) &* 1_000_000 &+ Int64(fraction)
    return isNegative ? 0 &- total : total
  }

  // MARK: slots

  /// Two digits of a year, as clients write them.
  @inline(__always) func adjusted(year: Int) -> Int {
    year < 100 && adjustsYears && year >= 0 ? year &+ (year < 70 ? 2000 : 1900) : year
  }

  @inline(__always) private func days(_ moment: Moment) throws(DecodingFailure) -> Int64 {
    guard moment.isProper else { throw outOfRange }
    return CivilTime(year: Int64(adjusted(year: moment.year)), month: moment.month, day: moment.day).days
  }

  @inline(__always) private func date(_ moment: Moment, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    if moment.isZero { return .null }
    if form == .date { return .integer(try days(moment)) }
    guard form == .dateText else { throw otherType }
    guard moment.isProper else { throw outOfRange }
    var text = TemporalWriter(&batch, room: 16)
    text.date(year: adjusted(year: moment.year), moment.month, moment.day)
    text.put("Z")
    return text.finish(&batch)
  }

  @inline(__always) private func datetime(_ moment: Moment, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    if moment.isZero { return .null }
    switch form {
    case .datetimeMillis:
      return .integer(try days(moment) &* 86_400_000 &+ moment.microsecondsOfDay / 1000)
    case .datetimeMicros: return .integer(try days(moment) &* 86_400_000_000 &+ moment.microsecondsOfDay)
    case .datetimeNanos:
      let (nanos, overflow) = (try days(moment) &* 86_400_000_000 &+ moment.microsecondsOfDay).multipliedReportingOverflow(by: 1000)
      if overflow { throw outOfRange }
      return .integer(nanos)
    case .datetimeText:
      guard moment.isProper else { throw outOfRange }
      var text = TemporalWriter(&batch, room: 40)
      text.date(year: adjusted(year: moment.year), moment.month, moment.day)
      text.put("T")
      text.time(moment.hour, moment.minute, moment.second)
      text.significantFraction(moment.microsecond)
      text.put("Z")
      return text.finish(&batch)
    case .timestamp, .timestampShort:
      guard moment.isProper else { throw outOfRange }
      return timestamp(moment, into: &batch)
    default: throw otherType
    }
  }

  /// The smallest TIMESTAMP is one second after the epoch: 0 is `0000-00-00 00:00:00`.
  @inline(__always)
  private func timestamp(seconds: Int64, microseconds: Int, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard form == .timestamp || form == .timestampShort else { throw otherType }
    if seconds == 0, microseconds == 0 { return .null }
    let day = CivilTime(days: seconds / 86_400)
    let rest = Int(seconds % 86_400)
    return timestamp(
      Moment(
        year: Int(day.year), month: day.month, day: day.day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60,
        microsecond: microseconds), into: &batch)
  }

  /// All digits of the fraction that the column has.
  @inline(__always) private func timestamp(_ moment: Moment, into batch: inout RecordBatch) -> Slot {
    var text = TemporalWriter(&batch, room: 40)
    text.date(year: adjusted(year: moment.year), moment.month, moment.day)
    text.put("T")
    text.time(moment.hour, moment.minute, moment.second)
    if form == .timestamp { text.fraction(moment.microsecond, digits: Int(parameter)) } else { text.significantFraction(moment.microsecond) }
    text.put("Z")
    return text.finish(&batch)
  }

  private static let microsecondsPerDay: Int64 = 86_400_000_000

  @inline(__always) private func duration(_ microseconds: Int64, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch form {
    case .timeMicros: return .integer(microseconds)
    case .timeNanos: return .integer(microseconds &* 1000)
    case .timeMillis, .timeText: break
    default: throw otherType
    }
    guard microseconds >= 0, microseconds <= ColumnCodec.microsecondsPerDay else { throw outOfRange }
    switch form {
    case .timeMillis: return .integer(microseconds / 1000)
    default:
      let seconds = Int(microseconds / 1_000_000)
      var text = TemporalWriter(&batch, room: 32)
      text.time(seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
      text.significantFraction(Int(microseconds % 1_000_000))
      text.put("Z")
      return text.finish(&batch)
    }
  }
}
