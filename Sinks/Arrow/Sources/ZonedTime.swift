internal import MillraceCore

/// Reads a time with a zone as Debezium's `ZonedTimestamp` has it: `2024-02-29T11:14:15.120Z`, years with a sign where they have more
/// than four digits or lie before the first.
enum ZonedTime {
  /// Microseconds since 1970 of UTC. Infinities become the largest number and its opposite, as DuckDB has them; nil for what is no
  /// such text, or out of range.
  static func microseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
    if text.elementsEqual("infinity".utf8) { return .max }
    if text.elementsEqual("-infinity".utf8) { return -.max }
    var reader = Reader(text: text)
    let isNegative = reader.skip("-")
    if !isNegative { _ = reader.skip("+") }
    guard let years = reader.number(4...9), reader.skip("-"), let month = reader.number(2...2), (1...12).contains(month),
      reader.skip("-"), let day = reader.number(2...2), (1...31).contains(day), reader.skip("T"),
      let hour = reader.number(2...2), hour < 24, reader.skip(":"), let minute = reader.number(2...2), minute < 60
    else { return nil }
    var second: Int64 = 0, fraction: Int64 = 0
    if reader.skip(":") {
      guard let number = reader.number(2...2), number < 60 else { return nil }
      second = number
    }
    if reader.skip(".") {
      let start = reader.at
      guard let number = reader.number(1...9) else { return nil }
      fraction = number
      for _ in (reader.at - start)..<9 { fraction *= 10 }
      fraction /= 1000
    }
    guard let offset = reader.offset(), reader.isAtEnd else { return nil }
    let days = CivilTime(year: isNegative ? -years : years, month: Int(month), day: Int(day)).days
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, carry) = whole.addingReportingOverflow(fraction)
    return overflow || carry ? nil : sum
  }

  private struct Reader {
    let text: UnsafeRawBufferPointer
    var at = 0

    var isAtEnd: Bool { at == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
      at += 1
      return true
    }

    mutating func number(_ digits: ClosedRange<Int>) -> Int64? {
      var value: Int64 = 0, count = 0
      while at < text.count, count < digits.upperBound, text[at] >= 48, text[at] < 58 {
        value = value * 10 + Int64(text[at] - 48)
        at += 1
        count += 1
      }
      return count < digits.lowerBound ? nil : value
    }

    /// Seconds east of Greenwich.
    mutating func offset() -> Int64? {
      if skip("Z") { return 0 }
      let isEast = skip("+")
      guard isEast || skip("-"), let hours = number(2...2) else { return nil }
      var seconds = hours * 3600
      if skip(":") {
        guard let minutes = number(2...2) else { return nil }
        seconds += minutes * 60
        if skip(":") {
          guard let rest = number(2...2) else { return nil }
          seconds += rest
        }
      }
      return isEast ? seconds : -seconds
    }
  }
}
