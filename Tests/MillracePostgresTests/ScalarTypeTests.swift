import MillraceCore
import Testing

@testable import MillracePostgres

/// Decodes `text` in a batch of its own.
func decoded(_ text: String, _ codec: ColumnCodec) throws(DecodingFailure) -> Value {
  var batch = RecordBatch(capacity: 64)
  let bytes = Array(text.utf8)
  let result = bytes.withUnsafeBytes { raw -> Result<Slot, DecodingFailure> in
    do throws(DecodingFailure) {
      return .success(try codec.decode(raw, into: &batch))
    } catch {
      return .failure(error)
    }
  }
  return batch.value(try result.get())
}

/// The codec that a column of this type gets.
func codec(_ oid: UInt32, _ typmod: Int32 = -1) throws -> ColumnCodec {
  try #require(TypeMapper(catalog: PostgresTypeCatalog()).codec(type: oid, typmod: typmod))
}

struct Sample: Sendable, CustomTestStringConvertible {
  let oid: UInt32
  let typmod: Int32
  let text: String
  let value: Value
  init(_ oid: UInt32, _ text: String, _ value: Value) { self.init(oid, -1, text, value) }

  init(_ oid: UInt32, _ typmod: Int32, _ text: String, _ value: Value) {
    self.oid = oid
    self.typmod = typmod
    self.text = text
    self.value = value
  }
  var testDescription: String { "\(oid)(\(typmod)) \(text.prefix(40))" }

  static func numeric(_ precision: Int32, _ scale: Int32) -> Int32 { (precision << 16 | scale & 0x7FF) + 4 }

  static func structure(_ scale: Int64, _ bytes: [UInt8]) -> Value { .structure([.integer(scale), .bytes(bytes)]) }

  /// Texts as PostgreSQL 15 writes them, values as Debezium 3.6.3 gave them (deviations: TYPES.md).
  static let all: [Sample] = [
    Sample(16, "t", .boolean(true)), Sample(16, "f", .boolean(false)),
    Sample(21, "-32768", .integer(-32768)), Sample(21, "32767", .integer(32767)),
    Sample(23, "2147483647", .integer(2_147_483_647)), Sample(23, "-2147483648", .integer(-2_147_483_648)),
    Sample(20, "9223372036854775807", .integer(.max)), Sample(20, "-9223372036854775808", .integer(.min)),
    Sample(26, "4294967295", .integer(4_294_967_295)), Sample(26, "0", .integer(0)),
    Sample(700, "1.5", .float(1.5)), Sample(700, "0.1", .float(Double(Float(0.1)))), Sample(700, "-Infinity", .float(-.infinity)),
    Sample(700, "3.4028235e+38", .float(Double(Float.greatestFiniteMagnitude))), Sample(700, "1e-45", .float(Double(Float(1e-45)))),
    Sample(701, "2.718281828459045", .float(2.718281828459045)), Sample(701, "1e-300", .float(1e-300)),
    Sample(701, "0.30000000000000004", .float(0.1 + 0.2)), Sample(701, "-0", .float(-0.0)), Sample(701, "Infinity", .float(.infinity)),
    Sample(701, "1.7976931348623157e+308", .float(Double.greatestFiniteMagnitude)), Sample(701, "5e-324", .float(.leastNonzeroMagnitude)),
    Sample(1700, numeric(12, 2), "1234567890.12", .integer(123_456_789_012)),
    Sample(1700, numeric(12, 2), "-0.05", .integer(-5)), Sample(1700, numeric(12, 2), "NaN", .null),
    Sample(1700, numeric(20, 0), "12345678901234567890", .bytes([0, 0xAB, 0x54, 0xA9, 0x8C, 0xEB, 0x1F, 0x0A, 0xD2])),
    Sample(1700, numeric(3, 5), "0.00123", .integer(123)), Sample(1700, numeric(3, 5), "-0.00999", .integer(-999)),
    Sample(1700, numeric(20, 0), "9223372036854775807", .integer(.max)),
    Sample(1700, numeric(20, 0), "-9223372036854775808", .integer(.min)),
    Sample(1700, numeric(20, 0), "9223372036854775808", .bytes([0, 0x80, 0, 0, 0, 0, 0, 0, 0])),
    Sample(1700, numeric(38, 10), "-0.0000000001", .integer(-1)),
    Sample(
      1700, numeric(38, 10), "1234567890123456789012345678.0123456789",
      .bytes([0x09, 0x49, 0xB0, 0xF6, 0xF0, 0x02, 0x33, 0x13, 0xC4, 0x49, 0x90, 0x4E, 0xCC, 0x67, 0x45, 0x15])),
    Sample(1700, numeric(1000, 50), "0.00000000000000000000000000000000000000000000000000", .integer(0)),
    Sample(1700, "3.14159265358979323846", structure(20, [0x11, 0x07, 0xD5, 0xEB, 0x5B, 0x5B, 0xA4, 0xD7, 0xC6])),
    Sample(1700, "100.00", structure(0, [100])), Sample(1700, "1.50", structure(1, [15])), Sample(1700, "-20", structure(0, [0xEC])),
    Sample(1700, "0.00", structure(0, [0])), Sample(1700, "-0.000001", structure(6, [0xFF])), Sample(1700, "NaN", .null),
    Sample(
      1700, "-12345678901234567890.12345000",
      structure(5, [0xFE, 0xFA, 0x91, 0xF0, 0xC9, 0x59, 0xBB, 0xC2, 0x1D, 0x20, 0x87])),
    Sample(
      1700, "1000000000000000000000000000000",
      structure(0, [0x0C, 0x9F, 0x2C, 0x9C, 0xD0, 0x46, 0x74, 0xED, 0xEA, 0x40, 0, 0, 0])),
    Sample(790, "$12.34", .integer(1234)), Sample(790, "-$1,234.50", .integer(-123_450)),
    Sample(790, "($1,000.00)", .integer(-100_000)), Sample(790, "1.234,56 €", .integer(123_456)),
    Sample(790, "¥1,234", .integer(123_400)), Sample(790, "$92,233,720,368,547,758.07", .integer(.max)),
    Sample(790, "-$92,233,720,368,547,758.08", .integer(.min)), Sample(790, "$0.00", .integer(0)),
    Sample(790, "\u{2212}5,00 kr", .integer(-500)), Sample(790, "Rs.1,00,000.25", .integer(10_000_025)),
    Sample(25, "text ü 漢字 😀", .text("text ü 漢字 😀")), Sample(25, "", .text("")), Sample(1042, 9, "ab   ", .text("ab   ")),
    Sample(18, "x", .text("x")), Sample(19, "name", .text("name")), Sample(869, "192.168.0.1/24", .text("192.168.0.1/24")),
    Sample(3802, #"{"a": {"c": 1.10}, "b": 1}"#, .text(#"{"a": {"c": 1.10}, "b": 1}"#)),
    Sample(3904, "[1,10)", .text("[1,10)")), Sample(3614, "'a' 'cat'", .text("'a' 'cat'")),
    Sample(17, "\\x00ff10", .bytes([0, 255, 16])), Sample(17, "\\x", .bytes([])),
    Sample(1560, 1, "1", .boolean(true)), Sample(1560, 1, "0", .boolean(false)), Sample(1562, 1, "1", .boolean(true)),
    Sample(1562, 1, "", .null), Sample(1560, 8, "10101010", .bytes([0xAA])), Sample(1562, 16, "101", .bytes([5])),
    Sample(1560, 9, "100000001", .bytes([1, 1])), Sample(1560, 9, "000000000", .bytes([])),
    Sample(1560, 16, "0000000110000000", .bytes([0x80, 1])), Sample(1562, 20, "11111111000000001111", .bytes([0x0F, 0xF0, 0x0F])),
    Sample(1562, "", .bytes([])),
    Sample(
      600, "(1.5,-2)",
      .structure([
        .float(1.5), .float(-2),
        .bytes([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0]), .null,
      ])),
  ]
}

@Test(arguments: Sample.all + Sample.temporal + Sample.arrays)
func everyTypeGivesTheReferencesValue(_ sample: Sample) throws {
  #expect(try decoded(sample.text, codec(sample.oid, sample.typmod)) == sample.value)
}

@Test(arguments: [
  (23, "2147483648"), (23, ""), (23, "-"), (23, "1a"), (23, "+1"), (21, "32768"), (26, "-1"), (20, "9223372036854775808"),
  (20, "99999999999999999999"), (16, "true"), (16, ""), (701, "1.5x"), (701, "0x10"), (701, " 1"), (701, ""), (701, "."),
  (700, "nan"), (1700, "1e5"), (1700, "--1"), (1700, "1.2.3"), (1700, "."), (1700, ""), (1700, "Infinity"), (790, "$"),
  (790, "$1.234567"), (17, "abc"), (17, "\\x0"), (17, "\\xzz"), (600, "(1)"), (600, "1,2"), (600, "(1,2,3)"), (1560, "012"),
  (1082, "2024-02-30"), (1082, "2023-02-29"), (1082, "2024-13-01"), (1082, "24-1-1"), (1083, "24:00:01"), (1083, "12:60:00"),
  (1083, "12:00"), (1114, "2024-02-29T12:00:00"), (1114, "294276-12-31 23:59:59.999999"), (1184, "2024-02-29 12:00:00"),
  (1266, "12:00:00"), (1186, "1 fortnight"), (1186, "178000000 years"), (1186, "01:02"), (1007, "1,2"), (1007, "{1,2"),
  (1007, "{1,2}x"), (1007, "{1,,2}"), (1007, "{a}"), (1009, "{\"a}"), (22, "1 x"), (3643, "{NULL}"),
] as [(UInt32, String)])
func textOfAnotherFormIsATypedFailure(_ oid: UInt32, _ text: String) throws {
  let codec = try codec(oid)
  #expect(throws: DecodingFailure.self) { try decoded(text, codec) }
}

@Test func aDecimalWithoutAnUnscaledValueIsAnErrorWhereTheSchemaIsRequired() throws {
  let mapper = TypeMapper(catalog: PostgresTypeCatalog())
  let codec = try #require(mapper.codec(type: 1700, typmod: -1, notNull: true))
  #expect(throws: DecodingFailure(.outOfRange, .variableDecimal)) { try decoded("NaN", codec) }
  #expect(try decoded("1", codec) == Sample.structure(0, [1]))
}

@Test func aFailureNamesTypeTableAndColumnButNoValue() {
  let error = DecodingFailure(.malformed, .int4).error(table: "public.t", column: "c")
  #expect(error.code == "postgres.value.malformed")
  #expect(error.retry == .record)
  #expect(error.subject == "public.t")
  #expect(error.message == "a value of column c is not the text form of its type (int4)")
}
