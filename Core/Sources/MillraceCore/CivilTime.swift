/// A moment of UTC in the fields of a calendar; proleptic Gregorian (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
package struct CivilTime: Equatable, Sendable {
  private static let millisecondsPerDay: Int64 = 86_400_000

  package var year: Int64
  package var month: Int
  package var day: Int
  package var hour = 0
  package var minute = 0
  package var second = 0
  package var millisecond = 0

  package init(year: Int64, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Midnight of a day.
  /// - Parameter days: since 1970-01-01.
  package init(days: Int64) {
    let shifted = days &+ 719_468
    let era = Clock.floorDivide(shifted, 146_097)
    let ofEra = shifted &- era &* 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * ofYear + 2) / 153
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    day = Int(ofYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// - Parameter milliseconds: since 1970-01-01T00:00Z.
  package init(milliseconds: Int64) {
    let days = Clock.floorDivide(milliseconds, CivilTime.millisecondsPerDay)
    self.init(days: days)
    let rest = Int(milliseconds - days * CivilTime.millisecondsPerDay)
    hour = rest / 3_600_000
    minute = rest / 60_000 % 60
    second = rest / 1000 % 60
    millisecond = rest % 1000
  }

  /// Days since 1970-01-01; months and days out of their range carry over, as in Java's lenient calendar.
  package var days: Int64 {
    let months = year * 12 + Int64(month) - 1
    let y = Clock.floorDivide(months, 12), m = months - y * 12 + 1
    let shifted = m <= 2 ? y - 1 : y
    let era = Clock.floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468 + Int64(day) - 1
  }

  /// Milliseconds since 1970-01-01T00:00Z.
  package var milliseconds: Int64 {
    days * CivilTime.millisecondsPerDay + Int64(hour) * 3_600_000 + Int64(minute) * 60_000 + Int64(second) * 1000 + Int64(millisecond)
  }

  /// 1 is Monday, 7 Sunday.
  package var weekday: Int { Int(days - Clock.floorDivide(days + 3, 7) * 7 + 3) + 1 }

  package var dayOfYear: Int { Int(days - CivilTime(year: year, month: 1, day: 1).days) + 1 }
}
