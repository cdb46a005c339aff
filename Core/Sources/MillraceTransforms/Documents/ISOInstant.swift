internal import MillraceCore

/// A time as relaxed extended JSON writes it: `2024-02-29T13:14:15.123Z`, the fraction left out where it is zero, or with an offset
/// in the place of the Z.
enum ISOInstant {
  /// Milliseconds since 1970; nil where the text is anything else.
  static func milliseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
    var at = 0
    func digits(_ count: Int) -> Int64? {
      guard text.count - at >= count else { return nil }
      var value: Int64 = 0
      for index in at..<at + count {
        guard text[index] >= 0x30, text[index] <= 0x39 else { return nil }
        value = value * 10 + Int64(text[index] - 0x30)
      }
      at += count
      return value
    }
    func take(_ byte: UInt8) -> Bool {
      guard at < text.count, text[at] == byte else { return false }
      at += 1
      return true
    }
    guard let year = digits(4), take(UInt8(ascii: "-")), let month = digits(2), take(UInt8(ascii: "-")), let day = digits(2),
      take(UInt8(ascii: "T")), let hour = digits(2), take(UInt8(ascii: ":")), let minute = digits(2), take(UInt8(ascii: ":")), let second = digits(2)
    else { return nil }
    var time = CivilTime(year: year, month: Int(month), day: Int(day))
    time.hour = Int(hour)
    time.minute = Int(minute)
    time.second = Int(second)
    if take(UInt8(ascii: ".")) {
      var scale = 100
      while at < text.count, text[at] >= 0x30, text[at] <= 0x39 {
        time.millisecond += Int(text[at] - 0x30) * scale
        scale /= 10
        at += 1
      }
    }
    if take(UInt8(ascii: "Z")) { return at == text.count ? time.milliseconds : nil }
    let isBehind = take(UInt8(ascii: "-"))
    guard isBehind || take(UInt8(ascii: "+")), let hours = digits(2) else { return nil }
    _ = take(UInt8(ascii: ":"))
    guard let minutes = digits(2), at == text.count else { return nil }
    let offset = (hours * 60 + minutes) * 60_000
    return time.milliseconds + (isBehind ? offset : -offset)
  }
}
