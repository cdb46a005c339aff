/// A point in time, or a date with a time of day without zone taken as UTC.
///
/// Made of Debezium's `Timestamp`, `MicroTimestamp`, `NanoTimestamp` (rounded down) and `ZonedTimestamp`, and Connect's `Timestamp`.
public struct Timestamp: RowValue, Sendable, Hashable, Comparable {
  /// Since 1970-01-01T00:00:00Z, without leap seconds; negative before.
  public var microseconds: Int64
  /// Since 1970-01-01T00:00:00Z.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  public init(_ field: FieldValue) throws(MillraceError) {
    let scale: (Int64, Int64)? =
      switch field.schema.name {
      case "io.debezium.time.Timestamp", "org.apache.kafka.connect.data.Timestamp": (1000, 1)
      case "io.debezium.time.MicroTimestamp": (1, 1)
      case "io.debezium.time.NanoTimestamp": (1, 1000)
      default: nil
      }
    if let (times, by) = scale, let value = field.integer {
      let (product, overflow) = value.multipliedReportingOverflow(by: times)
      if !overflow {
        self.init(microseconds: Clock.floorDivide(product, by))
        return
      }
    } else if field.schema.name == "io.debezium.time.ZonedTimestamp", let text = field.text {
      var reader = ISOText(text)
      if let microseconds = reader.timestamp() {
        self.init(microseconds: microseconds)
        return
      }
    }
    throw field.mismatch("Timestamp")
  }

  /// Earlier.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }
}

/// A day of the Gregorian calendar, continued into the past.
///
/// Made of Debezium's and Connect's `Date`.
public struct CalendarDate: RowValue, Sendable, Hashable, Comparable {
  /// Since 1970-01-01; negative before.
  public var days: Int32
  /// Since 1970-01-01.
  public init(days: Int32) { self.days = days }

  public init(_ field: FieldValue) throws(MillraceError) {
    guard field.schema.name == "io.debezium.time.Date" || field.schema.name == "org.apache.kafka.connect.data.Date",
      let days = field.integer.flatMap({ Int32(exactly: $0) })
    else { throw field.mismatch("CalendarDate") }
    self.init(days: days)
  }

  /// Earlier.
  public static func < (a: CalendarDate, b: CalendarDate) -> Bool { a.days < b.days }
}

/// A time of day; 24:00 is possible. One with a zone is taken in UTC.
///
/// Made of Debezium's `Time`, `MicroTime`, `NanoTime` (rounded down) and `ZonedTime`, and Connect's `Time`.
public struct TimeOfDay: RowValue, Sendable, Hashable, Comparable {
  /// Since midnight.
  public var microseconds: Int64
  /// Since midnight.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  public init(_ field: FieldValue) throws(MillraceError) {
    switch (field.schema.name, field.integer) {
    case ("io.debezium.time.Time", let value?), ("org.apache.kafka.connect.data.Time", let value?):
      self.init(microseconds: value &* 1000)
    case ("io.debezium.time.MicroTime", let value?): self.init(microseconds: value)
    case ("io.debezium.time.NanoTime", let value?): self.init(microseconds: Clock.floorDivide(value, 1000))
    case ("io.debezium.time.ZonedTime", nil):
      var reader = ISOText(field.text ?? "")
      guard let microseconds = reader.timeOfDay() else { throw field.mismatch("TimeOfDay") }
      self.init(microseconds: microseconds)
    default: throw field.mismatch("TimeOfDay")
    }
  }

  /// Earlier in the day.
  public static func < (a: TimeOfDay, b: TimeOfDay) -> Bool { a.microseconds < b.microseconds }
}

extension Duration: RowValue {
  /// Debezium's `MicroDuration` and `NanoDuration`: a month counts as a twelfth of 365.25 days.
  public init(_ field: FieldValue) throws(MillraceError) {
    switch (field.schema.name, field.integer) {
    case ("io.debezium.time.MicroDuration", let value?): self = .microseconds(value)
    case ("io.debezium.time.NanoDuration", let value?): self = .nanoseconds(value)
    default: throw field.mismatch("Duration")
    }
  }
}

// Out of a row these decode as by `get`; out of anything else as the plain number.
extension Timestamp: Codable {}
extension CalendarDate: Codable {}
extension TimeOfDay: Codable {}

/// Reads the ISO 8601 forms that `ZonedTimestamp` and `ZonedTime` have: `2024-02-29T12:30:15.5+01:00`, `12:30:15Z`.
struct ISOText {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  /// µs since 1970 in UTC.
  mutating func timestamp() -> Int64? {
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard let year = digits(4...9), take("-"), let month = digits(2...2), take("-"), let day = digits(2...2), take("T"),
      let time = clock(), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let days = CivilTime(year: isNegative ? -year : year, month: Int(month), day: Int(day)).days
    let (product, overflow) = days.multipliedReportingOverflow(by: 86_400_000_000)
    let (sum, carry) = product.addingReportingOverflow(time)
    return overflow || carry ? nil : sum
  }

  /// µs since midnight in UTC.
  mutating func timeOfDay() -> Int64? {
    guard let time = clock() else { return nil }
    let day: Int64 = 86_400_000_000
    return time == day ? time : (time % day + day) % day
  }

  /// µs of `HH:MM[:SS[.f…]]` less its offset, to the end of the text.
  private mutating func clock() -> Int64? {
    guard let hour = digits(2...2), take(":"), let minute = digits(2...2) else { return nil }
    var time = hour * 3_600_000_000 + minute * 60_000_000
    if take(":") {
      guard let second = digits(2...2) else { return nil }
      time += second * 1_000_000
    }
    if take(".") {
      var unit: Int64 = 100_000
      while let digit = rest.first, (48...57).contains(digit) {
        time += Int64(digit - 48) * unit
        unit /= 10
        rest.removeFirst()
      }
    }
    if take("Z") { return rest.isEmpty ? time : nil }
    let isWest = take("-")
    guard isWest || take("+"), let hours = digits(2...2) else { return nil }
    var offset = hours * 3600
    if take(":") {
      guard let minutes = digits(2...2) else { return nil }
      offset += minutes * 60
      if take(":") {
        guard let seconds = digits(2...2) else { return nil }
        offset += seconds
      }
    }
    return rest.isEmpty ? time + (isWest ? offset : -offset) * 1_000_000 : nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func digits(_ count: ClosedRange<Int>) -> Int64? {
    let found = rest.prefix(count.upperBound).prefix { (48...57).contains($0) }
    guard found.count >= count.lowerBound else { return nil }
    rest.removeFirst(found.count)
    return found.reduce(0) { $0 * 10 + Int64($1 - 48) }
  }
}
