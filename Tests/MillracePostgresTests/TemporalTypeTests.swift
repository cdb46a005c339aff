import MillraceCore
import Testing

@testable import MillracePostgres

extension Sample {
  static let temporal: [Sample] = [
    Sample(1082, "2024-02-29", .integer(19782)), Sample(1082, "9999-12-31", .integer(2_932_896)),
    Sample(1082, "0001-01-01", .integer(-719_162)), Sample(1082, "1582-10-10", .integer(-141_432)),
    Sample(1082, "0044-03-15 BC", .integer(-735_160)), Sample(1082, "infinity", .integer(2_147_483_647)),
    Sample(1082, "-infinity", .integer(-2_147_483_648)), Sample(1082, "5874897-12-31", .integer(2_145_042_905)),
    Sample(1082, "1970-01-01", .integer(0)), Sample(1082, "0001-02-29 BC", .integer(-719_469)),
    Sample(1083, "13:14:15.123456", .integer(47_655_123_456)), Sample(1083, "24:00:00", .integer(86_400_000_000)),
    Sample(1083, 3, "13:14:15.123", .integer(47_655_123)), Sample(1083, 0, "13:14:15", .integer(47_655_000)),
    Sample(1083, 4, "13:14:15.1234", .integer(47_655_123_400)), Sample(1083, 3, "24:00:00", .integer(86_400_000)),
    Sample(1266, "13:14:15.123456+02", .text("11:14:15.123456Z")), Sample(1266, "13:14:15.12-05", .text("18:14:15.12Z")),
    Sample(1266, "12:00:00+05:30", .text("06:30:00Z")), Sample(1266, "23:14:15.123456-05", .text("04:14:15.123456Z")),
    Sample(1266, "24:00:00+00", .text("00:00:00Z")), Sample(1266, "24:00:00+02", .text("22:00:00Z")),
    Sample(1266, "00:00:00+15:59:59", .text("08:00:01Z")),
    Sample(1114, "2024-02-29 13:14:15.123456", .integer(1_709_212_455_123_456)),
    Sample(1114, "0044-03-15 12:00:00 BC", .integer(-63_517_780_800_000_000)),
    Sample(1114, "9999-12-31 23:59:59.999999", .integer(253_402_300_799_999_999)),
    Sample(1114, "infinity", .integer(9_223_372_036_825_200_000)), Sample(1114, "-infinity", .integer(-9_223_372_036_832_400_000)),
    Sample(1114, "294247-01-10 04:00:54.775807", .integer(.max)),
    Sample(1114, 2, "infinity", .integer(9_223_372_036_825_200)), Sample(1114, 2, "-infinity", .integer(-9_223_372_036_832_400)),
    Sample(1114, 0, "2024-02-29 13:14:15", .integer(1_709_212_455_000)), Sample(1114, 2, "1969-12-31 23:59:59.99", .integer(-10)),
    Sample(1114, 4, "1969-12-31 23:59:59.9999", .integer(-100)), Sample(1114, "1500-02-28 00:00:00", .integer(-14_826_758_400_000_000)),
    Sample(1184, "2024-02-29 11:14:15.123456+00", .text("2024-02-29T11:14:15.123456Z")),
    Sample(1184, "2024-02-29 11:14:15+00", .text("2024-02-29T11:14:15.000000Z")),
    Sample(1184, 0, "2024-02-29 11:14:15+00", .text("2024-02-29T11:14:15Z")),
    Sample(1184, 3, "2024-02-29 11:14:15.12+00", .text("2024-02-29T11:14:15.120Z")),
    Sample(1184, "2024-02-29 01:14:15.5+05:30", .text("2024-02-28T19:44:15.500000Z")),
    Sample(1184, "2023-12-31 23:59:59-08", .text("2024-01-01T07:59:59.000000Z")),
    Sample(1184, 0, "0044-03-15 12:00:00+00 BC", .text("-0043-03-15T12:00:00Z")),
    Sample(1184, "0001-01-01 00:00:00+00 BC", .text("0000-01-01T00:00:00.000000Z")),
    Sample(1184, "4714-11-24 00:00:00+00 BC", .text("-4713-11-24T00:00:00.000000Z")),
    Sample(1184, 3, "12024-02-29 11:14:15.12+00", .text("+12024-02-29T11:14:15.120Z")),
    Sample(1184, "294276-12-31 23:59:59.999999+00", .text("+294276-12-31T23:59:59.999999Z")),
    Sample(1184, "infinity", .text("infinity")), Sample(1184, 3, "-infinity", .text("-infinity")),
    Sample(1186, "1 year 2 mons 3 days 04:05:06.789", .integer(37_091_106_789_000)),
    Sample(1186, "-1 mons -2 days -00:00:01", .integer(-2_802_601_000_000)), Sample(1186, "00:00:00", .integer(0)),
    Sample(1186, "1000 years", .integer(31_557_600_000_000_000)), Sample(1186, "1 mon", .integer(2_629_800_000_000)),
    Sample(1186, "-1 years -2 mons +3 days -04:05:06.789", .integer(-36_572_706_789_000)),
    Sample(1186, "3 years 2 mons", .integer(99_932_400_000_000)), Sample(1186, "-00:00:00.000001", .integer(-1)),
    Sample(1186, "10 years 11 mons 30 days 23:59:59.999", .integer(347_182_199_999_000)),
    Sample(1186, "1 mon -1 days", .integer(2_543_400_000_000)), Sample(1186, "100:00:00", .integer(360_000_000_000)),
  ]
}

@Test func dayNumbersAndDatesAreInversesOverTheWholeRange() {
  var previous = TemporalText.days(year: -4713, month: 11, day: 23)
  for days in stride(from: TemporalText.days(year: -4713, month: 11, day: 24), to: 2_145_042_905, by: 9973) {
    let date = TemporalText.date(days: days)
    #expect(TemporalText.days(year: date.year, month: date.month, day: date.day) == days)
    #expect(days > previous)
    previous = days
  }
}
