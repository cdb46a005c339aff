import MillraceCore
import Testing

@testable import MillracePostgres

/// The modes of a configuration that has only these settings.
func modes(_ settings: [String: String]) -> TypeModes {
  var configuration = Configuration(settings)
  return TypeModes(&configuration)
}

/// A catalogue with extension types, a composite, and arrays of what has no mapping.
private func catalog() throws -> PostgresTypeCatalog {
  try PostgresTypeCatalog(rows: [
    ["90006", "hstore", "public", "b", "0", "0", "-1", nil, nil, ","],
    ["90008", "pair", "t", "c", "0", "0", "-1", nil, nil, ","],
    ["90014", "_pair", "t", "A", "90008", "0", "-1", nil, nil, ","],
    ["90020", "geometry", "gis", "b", "0", "0", "-1", nil, nil, ":"],
    ["90021", "_geometry", "gis", "A", "90020", "0", "-1", nil, nil, ","],
    ["90030", "vector", "public", "b", "0", "0", "-1", nil, nil, ","],
    ["90031", "halfvec", "public", "b", "0", "0", "-1", nil, nil, ","],
    ["90032", "sparsevec", "public", "b", "0", "0", "-1", nil, nil, ","],
    ["90040", "_positive", "public", "A", "90041", "0", "-1", nil, nil, ","],
    ["90041", "positive", "public", "d", "0", "23", "-1", nil, nil, ","],
  ])
}

private func mapper(_ settings: [String: String]) throws -> TypeMapper { TypeMapper(catalog: try catalog(), modes: modes(settings)) }

private func value(_ text: String, _ oid: UInt32, _ typmod: Int32, _ settings: [String: String]) throws -> Value {
  try decoded(text, #require(mapper(settings).codec(type: oid, typmod: typmod)))
}

struct ModeTypeTests {
  private static let double = ["decimal.handling.mode": "double"], string = ["decimal.handling.mode": "string"]

  @Test(arguments: [
    ("1.50", .float(1.5)), ("NaN", .float(.nan)), ("Infinity", .float(.infinity)), ("-Infinity", .float(-.infinity)),
    ("1234567890123456789012345678.0123456789", .float(1.2345678901234569e27)), ("-0.01", .float(-0.01)),
    ("1" + String(repeating: "0", count: 400), .float(.infinity)), ("0." + String(repeating: "0", count: 299) + "1", .float(1e-300)),
    ("12345678901234567890", .float(1.2345678901234567e19)),
  ] as [(String, Value)])
  func aNumericIsADoubleWhereWanted(_ text: String, _ expected: Value) throws {
    let got = try value(text, 1700, -1, Self.double)
    if text == "NaN" {
      guard case .float(let number) = got else { Issue.record("\(got)"); return }
      #expect(number.isNaN)
    } else {
      #expect(got == expected)
    }
  }

  @Test(arguments: [
    ("100.00", -1, "100.00"), ("1.50", 2, "1.50"), ("NaN", 2, "NAN"), ("Infinity", -1, "POSITIVE_INFINITY"),
    ("-Infinity", -1, "NEGATIVE_INFINITY"), ("0", 0, "0"), ("1.5", 3, "1.500"), ("7", 2, "7.00"),
  ] as [(String, Int, String)])
  func aNumericIsPlainTextWhereWanted(_ text: String, _ scale: Int, _ expected: String) throws {
    #expect(try value(text, 1700, scale < 0 ? -1 : Sample.numeric(20, Int32(scale)), Self.string) == .text(expected))
  }

  @Test func aNegativeScaleIsTakenWithoutItsSignInTextToo() throws {
    #expect(try value("12300", 1700, Sample.numeric(5, -2), Self.string) == .text("12300." + String(repeating: "0", count: 2046)))
  }

  @Test(arguments: [
    ("$1,234.50", "1234.50"), ("-$0.01", "-0.01"), ("-$92,233,720,368,547,758.08", "-92233720368547758.08"), ("$0.00", "0.00"), ("¥7", "7"),
  ])
  func moneyKeepsTheServersDigitsAsText(_ text: String, _ expected: String) throws {
    #expect(try value(text, 790, -1, Self.string) == .text(expected))
    #expect(try value(text, 790, -1, Self.double) == .float(#require(Double(expected))))
  }

  @Test(arguments: [
    (0, "$12.34", 12), (0, "$0.50", 1), (0, "-$0.50", -1), (0, "$0.49", 0), (1, "-$92,233,720,368,547,758.08", -922_337_203_685_477_581),
    (4, "$12.34", 123_400), (2, "$12.34", 1234),
  ] as [(Int, String, Int64)])
  func moneyHasTheFractionDigitsOfTheSettingHalvesRoundedAwayFromZero(_ digits: Int, _ text: String, _ expected: Int64) throws {
    #expect(try value(text, 790, -1, ["money.fraction.digits": "\(digits)"]) == .integer(expected))
    #expect(try mapper(["money.fraction.digits": "\(digits)"]).columnSchema(type: 790, typmod: -1, notNull: false)?.parameter("scale") == "\(digits)")
  }

  @Test(arguments: [
    ("4", "$92,233,720,368,547,758.07", [0x31, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x9C]),
    ("4", "-$92,233,720,368,547,758.08", [0xCE, 0, 0, 0, 0, 0, 0, 0, 0]),
  ] as [(String, String, [UInt8])])
  func moneyOfMoreDigitsThan64BitsHoldIsWhole(_ digits: String, _ text: String, _ expected: [UInt8]) throws {
    #expect(try value(text, 790, -1, ["money.fraction.digits": digits]) == .bytes(expected))
  }

  @Test(arguments: [
    ("adaptive", 1082, -1, "2024-02-29", .integer(19782), "io.debezium.time.Date"),
    ("connect", 1082, -1, "2024-02-29", .integer(19782), "org.apache.kafka.connect.data.Date"),
    ("isostring", 1082, -1, "2024-02-29", .text("2024-02-29Z"), "io.debezium.time.IsoDate"),
    ("isostring", 1082, -1, "0044-03-15 BC", .text("-0043-03-15Z"), "io.debezium.time.IsoDate"),
    ("isostring", 1082, -1, "12024-03-15", .text("+12024-03-15Z"), "io.debezium.time.IsoDate"),
    ("isostring", 1082, -1, "infinity", .text("infinity"), "io.debezium.time.IsoDate"),
    ("nanoseconds", 1082, -1, "1969-12-31", .integer(-1), "io.debezium.time.Date"),
    ("adaptive", 1083, 3, "13:14:15.123", .integer(47_655_123), "io.debezium.time.Time"),
    ("adaptive_time_microseconds", 1083, 0, "13:14:15", .integer(47_655_000_000), "io.debezium.time.MicroTime"),
    ("microseconds", 1083, 0, "13:14:15", .integer(47_655_000_000), "io.debezium.time.MicroTime"),
    ("nanoseconds", 1083, 0, "24:00:00", .integer(86_400_000_000_000), "io.debezium.time.NanoTime"),
    ("connect", 1083, -1, "23:59:59.999999", .integer(86_399_999), "org.apache.kafka.connect.data.Time"),
    ("isostring", 1083, -1, "13:14:15.120000", .text("13:14:15.12Z"), "io.debezium.time.IsoTime"),
    ("isostring", 1083, -1, "24:00:00", .text("00:00:00Z"), "io.debezium.time.IsoTime"),
    ("adaptive", 1114, 3, "1969-12-31 23:59:59.999", .integer(-1), "io.debezium.time.Timestamp"),
    ("adaptive_time_microseconds", 1114, 3, "1969-12-31 23:59:59.999", .integer(-1), "io.debezium.time.Timestamp"),
    ("microseconds", 1114, 3, "1969-12-31 23:59:59.999", .integer(-1000), "io.debezium.time.MicroTimestamp"),
    ("nanoseconds", 1114, -1, "1969-12-31 23:59:59.999999", .integer(-1000), "io.debezium.time.NanoTimestamp"),
    ("nanoseconds", 1114, -1, "infinity", .integer(.max), "io.debezium.time.NanoTimestamp"),
    ("nanoseconds", 1114, -1, "-infinity", .integer(.min), "io.debezium.time.NanoTimestamp"),
    ("nanoseconds", 1114, -1, "1677-09-21 00:12:44", .integer(-9_223_372_036_000_000_000), "io.debezium.time.NanoTimestamp"),
    ("connect", 1114, -1, "1969-12-31 23:59:59.999999", .integer(-1), "org.apache.kafka.connect.data.Timestamp"),
    ("isostring", 1114, -1, "2024-02-29 13:14:15.1", .text("2024-02-29T13:14:15.1Z"), "io.debezium.time.IsoTimestamp"),
    ("isostring", 1114, -1, "294276-12-31 23:59:59.999999", .text("+294276-12-31T23:59:59.999999Z"), "io.debezium.time.IsoTimestamp"),
    ("isostring", 1114, -1, "4713-01-01 00:00:00 BC", .text("-4712-01-01T00:00:00Z"), "io.debezium.time.IsoTimestamp"),
    ("isostring", 1114, -1, "infinity", .text("+294247-01-10T04:00:25.2Z"), "io.debezium.time.IsoTimestamp"),
    ("isostring", 1184, 3, "2024-02-29 11:14:15.12+00", .text("2024-02-29T11:14:15.120Z"), "io.debezium.time.ZonedTimestamp"),
    ("connect", 1266, -1, "13:14:15.12-05", .text("18:14:15.12Z"), "io.debezium.time.ZonedTime"),
  ] as [(String, UInt32, Int32, String, Value, String)])
  func aTimeHasTheFormOfTheMode(
    _ mode: String, _ oid: UInt32, _ typmod: Int32, _ text: String, _ expected: Value, _ name: String
  ) throws {
    let settings = ["time.precision.mode": mode]
    #expect(try value(text, oid, typmod, settings) == expected)
    #expect(try mapper(settings).columnSchema(type: oid, typmod: typmod, notNull: false)?.name == name)
  }

  @Test(arguments: ["1677-09-21 00:12:43", "2262-04-12 00:00:00", "9999-01-01 00:00:00", "0044-03-15 12:00:00 BC"])
  func aTimestampThatNanosecondsCannotReachIsAnError(_ text: String) {
    #expect(throws: DecodingFailure.self) { try value(text, 1114, -1, ["time.precision.mode": "nanoseconds"]) }
  }

  @Test(arguments: [
    ("00:00:00", "P0Y0M0DT0H0M0S"), ("1 year 2 mons 3 days 04:05:06.789", "P1Y2M3DT4H5M6.789S"),
    ("-1 years", "P-1Y0M0DT0H0M0S"), ("-1 mons -2 days -00:00:01", "P0Y-1M-2DT0H0M-1S"), ("-00:00:00.5", "P0Y0M0DT0H0M-0.5S"),
    ("100 years 11 mons -1 days +24:00:00.000001", "P100Y11M-1DT24H0M0.000001S"), ("-10:05:06.5", "P0Y0M0DT-10H-5M-6.5S"),
    ("-10:00:00", "P0Y0M0DT-10H0M0S"), ("178000000 years", "P178000000Y0M0DT0H0M0S"),
    ("2562047788:00:54.775807", "P0Y0M0DT2562047788H0M54.775807S"),
  ])
  func anIntervalIsTextWhereWanted(_ text: String, _ expected: String) throws {
    #expect(try value(text, 1186, -1, ["interval.handling.mode": "string"]) == .text(expected))
  }

  @Test(arguments: [
    ("bytes", "\\x00fffefb3e3f", .bytes([0, 255, 254, 251, 62, 63])), ("base64", "\\x00fffefb3e3f", .text("AP/++z4/")),
    ("base64-url-safe", "\\x00fffefb3e3f", .text("AP_--z4_")), ("hex", "\\x00fffefb3e3f", .text("00fffefb3e3f")),
    ("base64", "\\x", .text("")), ("hex", "\\x", .text("")), ("base64", "\\xfb", .text("+w==")), ("base64-url-safe", "\\xfbff", .text("-_8=")),
  ] as [(String, String, Value)])
  func byteaHasTheFormOfTheMode(_ mode: String, _ text: String, _ expected: Value) throws {
    #expect(try value(text, 17, -1, ["binary.handling.mode": mode]) == expected)
    #expect(try value("{\"\\\(text)\",NULL}", 1001, -1, ["binary.handling.mode": mode]) == .array([expected, .null]))
  }

  @Test(arguments: ["base64", "hex", "base64-url-safe"], ["x", "\\x0", "\\xgg", "00ff", ""])
  func malformedByteaIsAnErrorInEachMode(_ mode: String, _ text: String) {
    #expect(throws: DecodingFailure.self) { try value(text, 17, -1, ["binary.handling.mode": mode]) }
  }

  @Test(arguments: [
    ("bytes", .bytes(Array("(1,x)".utf8)), .bytes), ("base64", .text("KDEseCk="), .string), ("hex", .text("28312c7829"), .string),
    ("base64-url-safe", .text("KDEseCk="), .string),
  ] as [(String, Value, Schema)])
  func aTypeWithoutMappingHasTheFormOfBytea(_ mode: String, _ expected: Value, _ schema: Schema) throws {
    let settings = ["binary.handling.mode": mode, "include.unknown.datatypes": "true"]
    #expect(try value("(1,x)", 90008, -1, settings) == expected)
    #expect(try mapper(settings).columnSchema(type: 90008, typmod: -1, notNull: true) == schema)
    #expect(try value("{\"(1,x)\"}", 90014, -1, settings) == .array([expected]))
    #expect(
      try mapper(settings).columnSchema(type: 90014, typmod: -1, notNull: false) == Schema(.array(schema), optional: true))
    #expect(throws: DecodingFailure(.nullElement, .array)) { try value("{NULL}", 90014, -1, settings) }
  }

  @Test func anArrayOfADomainIsUnknown() throws {
    #expect(try mapper([:]).columnSchema(type: 90040, typmod: -1, notNull: false) == nil)
    #expect(try value("{1,2}", 90040, -1, ["include.unknown.datatypes": "true", "binary.handling.mode": "hex"]) == .array([.text("31"), .text("32")]))
  }

  @Test(arguments: [791, 1003, 1187, 1563, 143, 1017, 2201] as [UInt32])
  func someArraysAreLeftOutEvenWhereUnknownTypesAreWanted(_ oid: UInt32) throws {
    let mapper = try mapper(["include.unknown.datatypes": "true"])
    #expect(mapper.codec(type: oid, typmod: -1) == nil)
    #expect(mapper.columnSchema(type: oid, typmod: -1, notNull: false) == nil)
  }

  @Test func elementsStandBetweenTheDelimitersOfTheirType() throws {
    let unknown = ["include.unknown.datatypes": "true"]
    #expect(
      try value("{(2,2),(1,1);(4,4),(3,3)}", 1020, -1, unknown)
        == .array([.bytes(Array("(2,2),(1,1)".utf8)), .bytes(Array("(4,4),(3,3)".utf8))]))
    let point = "010100000000000000000000000000000000000000"
    guard case .array(let elements) = try value("{\(point):\(point):NULL}", 90021, -1, [:]) else { Issue.record("no array"); return }
    #expect(elements.count == 3)
  }

  @Test func aGeometryIsItsEWKBAndSRID() throws {
    let plain = "0101000000000000000000F83F00000000000000C0"
    #expect(
      try value(plain, 90020, -1, [:])
        == .structure([.bytes([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0]), .null]))
    guard case .structure(let fields) = try value("0101000020E6100000" + plain.dropFirst(10), 90020, -1, [:]) else { return }
    #expect(fields[1] == .integer(4326))
    guard case .structure(let big) = try value("0020000001000010E6" + plain.dropFirst(10), 90020, -1, [:]) else { return }
    #expect(big[1] == .integer(4326))
    let schema = try #require(try mapper([:]).columnSchema(type: 90020, typmod: -1, notNull: true))
    #expect(schema.isOptional && schema.name == "io.debezium.data.geometry.Geometry" && schema.doc == "Geometry")
    for text in ["", "01", "0101000020", "POINT(1 2)", plain + "0", "zz" + plain.dropFirst(2)] {
      #expect(throws: DecodingFailure(.malformed, .geometry)) { try value(text, 90020, -1, [:]) }
    }
  }

  @Test func vectorsAreArraysAndMaps() throws {
    #expect(try value("[1,2.5,-3]", 90030, -1, [:]) == .array([.float(1), .float(2.5), .float(-3)]))
    #expect(try value("[0.099975586]", 90031, -1, [:]) == .array([.float(Double(Float("0.099975586")!))]))
    #expect(
      try value("{1:1.5,3:-2}/5", 90032, -1, [:])
        == .structure([.integer(5), .map([.init(.integer(1), .float(1.5)), .init(.integer(3), .float(-2))])]))
    #expect(try value("{}/5", 90032, -1, [:]) == .structure([.integer(5), .map([])]))
    for text in ["", "[]", "[1", "[1,]", "[a]"] {
      #expect(throws: DecodingFailure.self) { try value(text, 90030, -1, [:]) }
    }
    for text in ["", "{}", "{}/", "{1}/2", "{1:}/2", "{1:2}", "{1:2}/40000", "{:}/1"] {
      #expect(throws: DecodingFailure.self) { try value(text, 90032, -1, [:]) }
    }
  }

  @Test func hstoreIsAMapWhereWanted() throws {
    let map = ["hstore.handling.mode": "map"]
    #expect(
      try value(#""k"=>"v", "n"=>NULL, "q\"x"=>"y\\ z""#, 90006, -1, map)
        == .map([.init(.text("k"), .text("v")), .init(.text("n"), .null), .init(.text("q\"x"), .text("y\\ z"))]))
    #expect(try value("", 90006, -1, map) == .map([]))
    for text in ["x", "\"a\"", "\"a\"=>", "\"a\"=>\"b", "\"a\"=>\"b\", ", "\"a\"=>\"b\" ", "\"a\\"] {
      #expect(throws: DecodingFailure(.malformed, .hstoreMap)) { try value(text, 90006, -1, map) }
    }
    #expect(
      try mapper(map).columnSchema(type: 90006, typmod: -1, notNull: true) == Schema(.map(key: .string, value: .optionalString)))
    #expect(try mapper([:]).columnSchema(type: 90006, typmod: -1, notNull: false)?.placeholder == .jsonPair)
  }

  @Test(arguments: [
    ("decimal.handling.mode", "double", 1700, Sample.numeric(8, 3), "1.5", .float(1.5)),
    ("decimal.handling.mode", "double", 1700, Sample.numeric(8, 3), "1.50001", nil),
    ("decimal.handling.mode", "double", 1700, -1, "random()", .float(0)),
    ("decimal.handling.mode", "string", 1700, Sample.numeric(8, 3), "1.5", .text("1.500")),
    ("decimal.handling.mode", "string", 1700, Sample.numeric(6, 1), "random()", .text("0.0")),
    ("decimal.handling.mode", "string", 1700, -1, "2.50", .text("2.50")),
    ("decimal.handling.mode", "string", 790, -1, "'$1.25'::money", nil),
    ("time.precision.mode", "isostring", 1082, -1, "now()", .text("1970-01-01Z")),
    ("time.precision.mode", "isostring", 1114, -1, "'2020-02-02 03:04:05.678'::timestamp without time zone", .text("2020-02-02T03:04:05.678Z")),
    ("time.precision.mode", "nanoseconds", 1083, -1, "'01:02:03.5'::time without time zone", .integer(3_723_500_000_000)),
    ("interval.handling.mode", "string", 1186, -1, "'1 year 2 days 03:04:05.5'::interval", .text("P1Y0M2DT3H4M5.5S")),
    ("binary.handling.mode", "hex", 17, -1, "'\\x0102'::bytea", nil), ("hstore.handling.mode", "map", 90006, -1, "'\"a\"=>\"1\"'::hstore", nil),
  ] as [(String, String, UInt32, Int32, String, Value?)])
  func aDefaultHasTheFormOfTheMode(
    _ key: String, _ mode: String, _ oid: UInt32, _ typmod: Int32, _ expression: String, _ expected: Value?
  ) throws {
    let schema = try mapper([key: mode]).columnSchema(type: oid, typmod: typmod, notNull: false, defaultExpression: expression)
    #expect(schema?.defaultValue == expected)
  }
}
