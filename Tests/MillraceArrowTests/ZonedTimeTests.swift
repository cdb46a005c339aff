import Testing

@testable import MillraceArrow

@Suite struct ZonedTimeTests {
  private func read(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBytes { ZonedTime.microseconds($0) } }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2024-02-29T11:14:15.12Z", 1_709_205_255_120_000), ("1969-12-31T23:59:59.999999Z", -1),
    ("2024-02-29T11:14:15.123456789Z", 1_709_205_255_123_456), ("2024-02-29T13:14:15.12+02:00", 1_709_205_255_120_000),
    ("2024-02-29T10:44:15.12-00:30", 1_709_205_255_120_000), ("+12024-02-29T00:00:00Z", 317_278_684_800_000_000),
    ("-0043-03-15T00:00:00Z", -63_517_824_000_000_000), ("2024-02-29T11:14Z", 1_709_205_240_000_000),
    ("infinity", .max), ("-infinity", -.max),
  ] as [(String, Int64)])
  func textsBecomeMicroseconds(text: String, expected: Int64) { #expect(read(text) == expected) }

  @Test(arguments: [
    "", "2024-02-29", "2024-02-29T11:14:15", "2024-13-01T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29T11:14:15.Z", "2024-02-29T11:14:15Zx",
    "999999999-01-01T00:00:00Z", "x", "2024-02-29 11:14:15Z",
  ])
  func whatIsNoTimeIsRefused(text: String) { #expect(read(text) == nil) }

  @Test func cutTextsAreRefused() {
    let text = "2024-02-29T11:14:15.123456+02:30"
    for count in 0..<text.count { _ = read(String(text.prefix(count))) }
    #expect(read(text) == 1_709_196_255_123_456)
  }
}
