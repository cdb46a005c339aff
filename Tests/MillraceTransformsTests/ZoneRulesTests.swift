import MillraceCore
import Testing

@testable import MillraceTransforms

@Suite struct ZoneRulesTests {
  /// Seconds since 1970 of a clock.
  private func clock(_ year: Int64, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int = 0) -> Int64 {
    var time = CivilTime(year: year, month: month, day: day)
    time.hour = hour
    time.minute = minute
    return time.milliseconds / 1000
  }

  @Test func timesThatClocksShowTwiceOrNeverHaveTheOffsetOfBefore() throws {
    let berlin = try #require(ZoneRules(named: "Europe/Berlin"))
    #expect(berlin.offset(local: clock(2024, 3, 31, 1, 59)) == 3600)
    #expect(berlin.offset(local: clock(2024, 3, 31, 2, 30)) == 3600)
    #expect(berlin.offset(local: clock(2024, 3, 31, 3)) == 7200)
    #expect(berlin.offset(local: clock(2024, 10, 27, 1, 59)) == 7200)
    #expect(berlin.offset(local: clock(2024, 10, 27, 2, 30)) == 7200)
    #expect(berlin.offset(local: clock(2024, 10, 27, 3)) == 3600)
    let newYork = try #require(ZoneRules(named: "America/New_York"))
    #expect(newYork.offset(local: clock(2024, 3, 10, 2, 30)) == -18000)
    #expect(newYork.offset(local: clock(2024, 11, 3, 1, 30)) == -14400)
    #expect(newYork.offset(at: clock(1900, 1, 1, 0)) == -18000)
  }

  @Test func rulesGoOnBehindTheLastEntry() throws {
    let berlin = try #require(ZoneRules(named: "Europe/Berlin"))
    #expect(berlin.offset(at: clock(2150, 7, 1, 0)) == 7200)
    #expect(berlin.offset(at: clock(2150, 1, 1, 0)) == 3600)
    let sydney = try #require(ZoneRules(named: "Australia/Sydney"))
    #expect(sydney.offset(at: clock(2150, 1, 1, 0)) == 39600)
    #expect(sydney.offset(at: clock(2150, 7, 1, 0)) == 36000)
    #expect(try #require(ZoneRules(named: "Asia/Kolkata")).offset(at: clock(2150, 7, 1, 0)) == 19800)
    #expect(try #require(YearlyRule("EST5EDT,M3.2.0,M11.1.0")).offset(at: clock(2150, 7, 1, 0)) == -14400)
    #expect(try #require(YearlyRule("<-03>3")).offset(at: 0) == -10800)
    #expect(try #require(YearlyRule("IST-2IDT,M3.4.4/26,M10.5.0")).offset(at: clock(2024, 3, 28, 23, 59)) == 7200)
    #expect(YearlyRule("") == nil)
    #expect(YearlyRule("EST5EDT,M13.2.0,M11.1.0") == nil)
  }

  @Test func filesThatAreNoneAreRefused() {
    #expect(ZoneRules([]) == nil)
    #expect(ZoneRules(Array("TZif2".utf8) + Array(repeating: 0, count: 200)) == nil)
    #expect(ZoneRules(Array("TZif2".utf8) + Array(repeating: 0xff, count: 200)) == nil)
    #expect(ZoneRules(named: "") == nil)
    #expect(ZoneRules(named: "/etc/passwd") == nil)
  }

  @Test func timesWithOffsetsAreReadAndWritten() throws {
    func moved(_ text: String, hasDate: Bool = true, to offset: Int) -> String? {
      let time = Array(text.utf8).withUnsafeBytes { ISOTimeText($0, hasDate: hasDate) }
      guard var time else { return nil }
      time.move(to: offset)
      var arena = ByteArena()
      time.append(to: &arena)
      return arena.withBytes { String(decoding: $0, as: UTF8.self) }
    }
    #expect(moved("2024-07-01T12:00:00.5Z", to: 7200) == "2024-07-01T14:00:00.5+02:00")
    #expect(moved("2024-01-01T00:30:00+01:00", to: -18000) == "2023-12-31T18:30:00-05:00")
    #expect(moved("-0043-03-15T00:00:00Z", to: 0) == "-0043-03-15T00:00:00Z")
    #expect(moved("+12024-01-01T00:00Z", to: 3661) == "+12024-01-01T01:01:01+01:01:01")
    #expect(moved("23:30:00.123456789-05:00", hasDate: false, to: 3600) == "05:30:00.123456789+01:00")
    for text in ["", "infinity", "2024-13-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:00Zx", "2024-01-01T00:00:00+1"] {
      #expect(moved(text, to: 0) == nil, "\(text)")
    }
  }
}
