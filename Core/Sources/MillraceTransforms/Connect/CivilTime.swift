internal import MillraceCore

/// A moment of UTC in the fields of a calendar; proleptic Gregorian (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
struct CivilTime: Equatable {
  var year: Int64
  var month: Int
  var day: Int
  var hour = 0
  var minute = 0
  var second = 0
  var millisecond = 0

  init(year: Int64, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// - Parameter milliseconds: since 1970-01-01T00:00Z.
  init(milliseconds: Int64) {
    let days = Clock.floorDivide(milliseconds, ConnectTime.millisecondsPerDay)
    let shifted = days + 719_468
    let era = Clock.floorDivide(shifted, 146_097)
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * ofYear + 2) / 153
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    day = Int(ofYear - (153 * shiftedMonth + 2) / 5 + 1)
    let rest = Int(milliseconds - days * ConnectTime.millisecondsPerDay)
    hour = rest / 3_600_000
    minute = rest / 60_000 % 60
    second = rest / 1000 % 60
    millisecond = rest % 1000
  }

  /// Days since 1970-01-01; months and days out of their range carry over, as in Java's lenient calendar.
  var days: Int64 {
    let months = year * 12 + Int64(month) - 1
    let y = Clock.floorDivide(months, 12), m = months - y * 12 + 1
    let shifted = m <= 2 ? y - 1 : y
    let era = Clock.floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468 + Int64(day) - 1
  }

  /// Milliseconds since 1970-01-01T00:00Z.
  var milliseconds: Int64 {
    days * ConnectTime.millisecondsPerDay + Int64(hour) * 3_600_000 + Int64(minute) * 60_000 + Int64(second) * 1000 + Int64(millisecond)
  }

  /// 1 is Monday, 7 Sunday.
  var weekday: Int { Int(days - Clock.floorDivide(days + 3, 7) * 7 + 3) + 1 }

  var dayOfYear: Int { Int(days - CivilTime(year: year, month: 1, day: 1).days) + 1 }
}
