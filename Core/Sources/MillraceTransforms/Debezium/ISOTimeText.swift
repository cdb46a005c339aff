internal import MillraceCore

/// A time with its offset as Java's `ISO_OFFSET_DATE_TIME` and `ISO_OFFSET_TIME` read and write it.
struct ISOTimeText {
  /// Seconds since 1970-01-01T00:00 of the clock that the text shows; without a date seconds of the day.
  var local: Int64
  var nanoseconds: Int
  /// From UTC, in seconds.
  var offset: Int
  let hasDate: Bool

  init?(_ text: UnsafeRawBufferPointer, hasDate: Bool) {
    var at = 0
    func digit(_ index: Int) -> Int? {
      guard index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) else { return nil }
      return Int(text[index] - UInt8(ascii: "0"))
    }
    func pair() -> Int? {
      guard let tens = digit(at), let ones = digit(at + 1) else { return nil }
      at += 2
      return tens * 10 + ones
    }
    func take(_ character: Unicode.Scalar) -> Bool {
      guard at < text.count, UInt32(text[at]) == character.value else { return false }
      at += 1
      return true
    }
    self.hasDate = hasDate
    var days: Int64 = 0
    if hasDate {
      let isNegative = take("-")
      if !isNegative { _ = take("+") }
      var year: Int64 = 0
      let start = at
      while let next = digit(at), at - start < 9 {
        year = year * 10 + Int64(next)
        at += 1
      }
      guard at - start >= 4, take("-"), let month = pair(), take("-"), let day = pair(), take("T"), (1...12).contains(month), (1...31).contains(day)
      else { return nil }
      days = CivilTime(year: isNegative ? -year : year, month: month, day: day).days
    }
    guard let hour = pair(), take(":"), let minute = pair() else { return nil }
    var second = 0
    nanoseconds = 0
    if take(":") {
      guard let value = pair() else { return nil }
      second = value
      if take(".") {
        var unit = 100_000_000
        while let next = digit(at), unit > 0 {
          nanoseconds += next * unit
          unit /= 10
          at += 1
        }
      }
    }
    offset = 0
    if !take("Z") {
      let isNegative = take("-")
      guard isNegative || take("+"), let hours = pair(), take(":"), let minutes = pair() else { return nil }
      var seconds = 0
      if take(":") {
        guard let value = pair() else { return nil }
        seconds = value
      }
      offset = (hours * 3600 + minutes * 60 + seconds) * (isNegative ? -1 : 1)
    }
    guard at == text.count else { return nil }
    local = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
  }

  /// The same moment with another offset.
  mutating func move(to newOffset: Int) {
    local += Int64(newOffset - offset)
    offset = newOffset
    if !hasDate { local -= Clock.floorDivide(local, 86_400) * 86_400 }
  }

  func append(to arena: inout ByteArena) {
    func two(_ value: Int) {
      arena.append(UInt8(ascii: "0") + UInt8(value / 10 % 10))
      arena.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
    let days = Clock.floorDivide(local, 86_400)
    let second = Int(local - days * 86_400)
    if hasDate {
      let date = CivilTime(days: days)
      if date.year > 9999 { arena.append(UInt8(ascii: "+")) }
      if date.year < 0 { arena.append(UInt8(ascii: "-")) }
      let year = date.year.magnitude
      if year < 1000 { for bound in [1000, 100, 10] where year < bound { arena.append(UInt8(ascii: "0")) } }
      arena.append(decimal: UInt64(year))
      arena.append(UInt8(ascii: "-"))
      two(date.month)
      arena.append(UInt8(ascii: "-"))
      two(date.day)
      arena.append(UInt8(ascii: "T"))
    }
    two(second / 3600)
    arena.append(UInt8(ascii: ":"))
    two(second / 60 % 60)
    arena.append(UInt8(ascii: ":"))
    two(second % 60)
    if nanoseconds > 0 {
      arena.append(UInt8(ascii: "."))
      var rest = nanoseconds, unit = 100_000_000
      while rest > 0 {
        arena.append(UInt8(ascii: "0") + UInt8(rest / unit))
        rest %= unit
        unit /= 10
      }
    }
    if offset == 0 {
      arena.append(UInt8(ascii: "Z"))
      return
    }
    arena.append(offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
    let size = abs(offset)
    two(size / 3600)
    arena.append(UInt8(ascii: ":"))
    two(size / 60 % 60)
    if size % 60 != 0 {
      arena.append(UInt8(ascii: ":"))
      two(size % 60)
    }
  }
}
