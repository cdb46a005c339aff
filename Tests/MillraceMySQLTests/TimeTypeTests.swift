import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct TimeTypeTests {
  @Test("A TIME may be negative or longer than a day") func times() {
    let time = Decoding(.time, length: 6)
    for (hex, size, text, micros) in [
      ("4b9105ffffff", 6, "-838:59:58.000001", -3_020_398_000_001), ("7ffffffff6", 3, "-00:00:00.001", -1000),
      ("80d38f0a", 1, "13:14:15.1", 47_655_100_000), ("7fef7d", 0, "-01:02:03", -3_723_000_000),
    ] as [(String, Int, String, Int64)] {
      #expect(time.row(.time2, size: size, hex) == .integer(micros))
      #expect(time.text(text) == .integer(micros))
    }
    let nanos = time.with { $0.times = .nanoseconds }
    #expect(nanos.text("-838:59:58.000001") == .integer(-3_020_398_000_001_000))
    let connect = time.with { $0.times = .connect }
    #expect(connect.text("24:00:00") == .integer(86_400_000))
    #expect(connect.text("-00:00:00.1") == nil)
    #expect(connect.text("24:00:00.000001") == nil)
    let iso = time.with { $0.times = .isostring }
    #expect(iso.text("13:14:15.120000") == .text("13:14:15.12Z"))
    #expect(iso.text("24:00:00") == .text("00:00:00Z"))
    #expect(iso.text("99:00:00") == nil)
    #expect(time.text("1:2:3") == nil)
    #expect(time.text("") == nil)
  }

  @Test("A DATETIME of the log and of a result are the same") func datetimes() {
    let micros = Decoding(.datetime, length: 6)
    #expect(micros.row(.datetime2, size: 6, "99b2bad38f01e240") == .integer(1_709_212_455_123_456))
    #expect(micros.text("2024-02-29 13:14:15.123456") == .integer(1_709_212_455_123_456))
    #expect(Decoding(.datetime, length: 1).row(.datetime2, size: 1, "8cb24200005a") == .integer(-30_610_223_999_100))
    #expect(Decoding(.datetime).text("1969-12-31 23:59:59") == .integer(-1000))
    let nanos = micros.with { $0.times = .nanoseconds }
    #expect(nanos.text("2262-04-11 23:47:16.854775") == .integer(9_223_372_036_854_775_000))
    #expect(nanos.text("2262-04-11 23:47:16.854776") == nil)
    #expect(micros.with { $0.times = .isostring }.text("2024-02-29 13:14:15.120000") == .text("2024-02-29T13:14:15.12Z"))
    #expect(Decoding(.datetime).row(.datetime, "97e4aa8b68120000") == .integer(1_709_212_455_000))
  }

  @Test("A TIMESTAMP is text in UTC with the digits of its column") func timestamps() {
    let timestamp = Decoding(.timestamp, length: 3)
    #expect(timestamp.row(.timestamp2, size: 3, "65e0832704b0") == .text("2024-02-29T13:14:15.120Z"))
    #expect(timestamp.text("2024-02-29 13:14:15.120") == .text("2024-02-29T13:14:15.120Z"))
    #expect(Decoding(.timestamp).row(.timestamp, "2783e065") == .text("2024-02-29T13:14:15Z"))
    #expect(timestamp.row(.timestamp2, size: 3, "000000000000") == .null)
  }

  @Test("Dates of which a part is zero are null, and a day that no calendar has fails") func zeroDates() {
    #expect(Decoding(.date).row(.date, "5dd00f") == .integer(19782))
    #expect(Decoding(.date).text("2024-02-29") == .integer(19782))
    for text in ["0000-00-00", "2024-00-15", "2024-02-00", "0000-01-01"] { #expect(Decoding(.date).text(text) == .null) }
    #expect(Decoding(.date).row(.date, "000000") == .null)
    #expect(Decoding(.datetime).text("2024-00-00 01:02:03") == .null)
    #expect(Decoding(.date).text("2023-02-29") == nil)
    #expect(Decoding(.datetime).text("2024-04-31 00:00:00") == nil)
    #expect(Decoding(.date).text("2024-2-9") == nil)
  }

  @Test("Years below 100 are moved, unless enable.time.adjuster is off") func adjuster() {
    #expect(Decoding(.date).text("0069-01-01") == .integer(36160))
    #expect(Decoding(.date).with { $0.adjustsYears = false }.text("0069-01-01") == .integer(-694_325))
    #expect(Decoding(.date).with { $0.times = .isostring }.text("0099-12-31") == .text("1999-12-31Z"))
  }
}
