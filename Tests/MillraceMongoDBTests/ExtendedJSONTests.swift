import MillraceCore
@testable import MillraceMongoDB
import Testing

/// The expected texts are those of the Java driver, recorded with Debezium 3.6.3 (IntegrationTests/golden).
@Suite struct ExtendedJSONTests {
  /// A document of one field `v`.
  static func text(_ type: UInt8, _ value: [UInt8], _ mode: ExtendedJSON.Mode = .strict, compact: Bool = true) throws -> String {
    var document: [UInt8] = [0, 0, 0, 0, type, UInt8(ascii: "v"), 0] + value + [0]
    document[0] = UInt8(document.count & 255)
    document[1] = UInt8(document.count >> 8)
    return try print(document, mode, compact: compact)
  }

  static func print(_ document: [UInt8], _ mode: ExtendedJSON.Mode, compact: Bool = true) throws -> String {
    var arena = ByteArena()
    try document.withUnsafeBytes { try ExtendedJSON(mode: mode, isCompact: compact).append($0, to: &arena) }
    return arena.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  static func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  static func string(_ text: String) -> [UInt8] { little(Int32(text.utf8.count + 1)) + Array(text.utf8) + [0] }

  private static let values: [(UInt8, [UInt8], strict: String, canonical: String, relaxed: String)] = [
    (0x01, little((1.5).bitPattern), "1.5", #"{"$numberDouble": "1.5"}"#, "1.5"),
    (0x01, little(Double.nan.bitPattern), "NaN", #"{"$numberDouble": "NaN"}"#, #"{"$numberDouble": "NaN"}"#),
    (0x01, little((-Double.infinity).bitPattern), "-Infinity", #"{"$numberDouble": "-Infinity"}"#, #"{"$numberDouble": "-Infinity"}"#),
    (0x01, little((-0.0).bitPattern), "-0.0", #"{"$numberDouble": "-0.0"}"#, "-0.0"),
    (0x01, little((1e300).bitPattern), "1.0E+300", #"{"$numberDouble": "1.0E+300"}"#, "1.0E+300"),
    (0x01, little((1e-300).bitPattern), "1.0E-300", #"{"$numberDouble": "1.0E-300"}"#, "1.0E-300"),
    (0x02, string("ü\u{1F600}\"\u{1}"), #""ü\ud83d\ude00\"\u0001""#, #""ü\ud83d\ude00\"\u0001""#, #""ü\ud83d\ude00\"\u0001""#),
    (0x05, little(Int32(2)) + [4, 0, 255], #"{"$binary": "AP8=","$type": "04"}"#, #"{"$binary": {"base64": "AP8=","subType": "04"}}"#, #"{"$binary": {"base64": "AP8=","subType": "04"}}"#),
    (0x05, little(Int32(6)) + [2] + little(Int32(2)) + [0, 255], #"{"$binary": "AP8=","$type": "02"}"#, #"{"$binary": {"base64": "AP8=","subType": "02"}}"#, #"{"$binary": {"base64": "AP8=","subType": "02"}}"#),
    (0x06, [], #"{"$undefined": true}"#, #"{"$undefined": true}"#, #"{"$undefined": true}"#),
    (0x07, Array(1...12), #"{"$oid": "0102030405060708090a0b0c"}"#, #"{"$oid": "0102030405060708090a0b0c"}"#, #"{"$oid": "0102030405060708090a0b0c"}"#),
    (0x08, [1], "true", "true", "true"),
    (0x09, little(Int64(1_709_212_455_120)), #"{"$date": 1709212455120}"#, #"{"$date": {"$numberLong": "1709212455120"}}"#, #"{"$date": "2024-02-29T13:14:15.12Z"}"#),
    (0x09, little(Int64(0)), #"{"$date": 0}"#, #"{"$date": {"$numberLong": "0"}}"#, #"{"$date": "1970-01-01T00:00:00Z"}"#),
    (0x09, little(Int64(-1)), #"{"$date": -1}"#, #"{"$date": {"$numberLong": "-1"}}"#, #"{"$date": {"$numberLong": "-1"}}"#),
    (0x09, little(Int64(253_402_300_800_000)), #"{"$date": 253402300800000}"#, #"{"$date": {"$numberLong": "253402300800000"}}"#, #"{"$date": {"$numberLong": "253402300800000"}}"#),
    (0x0A, [], "null", "null", "null"),
    (0x0B, Array("a.b".utf8) + [0] + Array("xi".utf8) + [0], #"{"$regex": "a.b","$options": "ix"}"#, #"{"$regularExpression": {"pattern": "a.b","options": "ix"}}"#, #"{"$regularExpression": {"pattern": "a.b","options": "ix"}}"#),
    (0x0C, string("db.c") + Array(1...12), #"{"$ref": "db.c","$id": {"$oid": "0102030405060708090a0b0c"}}"#, #"{"$dbPointer": {"$ref": "db.c","$id": {"$oid": "0102030405060708090a0b0c"}}}"#, #"{"$ref": "db.c","$id": {"$oid": "0102030405060708090a0b0c"}}"#),
    (0x0D, string("f()"), #"{"$code": "f()"}"#, #"{"$code": "f()"}"#, #"{"$code": "f()"}"#),
    (0x0E, string("s"), #"{"$symbol": "s"}"#, #"{"$symbol": "s"}"#, #"{"$symbol": "s"}"#),
    (0x0F, little(Int32(17)) + string("f()") + [5, 0, 0, 0, 0], #"{"$code": "f()","$scope": {}}"#, #"{"$code": "f()","$scope": {}}"#, #"{"$code": "f()","$scope": {}}"#),
    (0x10, little(Int32(-7)), "-7", #"{"$numberInt": "-7"}"#, "-7"),
    (0x11, little(UInt64(1_709_212_455) << 32 | 3), #"{"$timestamp": {"t": 1709212455,"i": 3}}"#, #"{"$timestamp": {"t": 1709212455,"i": 3}}"#, #"{"$timestamp": {"t": 1709212455,"i": 3}}"#),
    (0x11, little(UInt64.max), #"{"$timestamp": {"t": 4294967295,"i": 4294967295}}"#, #"{"$timestamp": {"t": 4294967295,"i": 4294967295}}"#, #"{"$timestamp": {"t": 4294967295,"i": 4294967295}}"#),
    (0x12, little(Int64.min), #"{"$numberLong": "-9223372036854775808"}"#, #"{"$numberLong": "-9223372036854775808"}"#, "-9223372036854775808"),
    (0x7F, [], #"{"$maxKey": 1}"#, #"{"$maxKey": 1}"#, #"{"$maxKey": 1}"#),
    (0xFF, [], #"{"$minKey": 1}"#, #"{"$minKey": 1}"#, #"{"$minKey": 1}"#),
  ]

  @Test("Each type is printed as the Java driver prints it, in the three modes", arguments: values.indices)
  func types(_ index: Int) throws {
    let (type, value, strict, canonical, relaxed) = Self.values[index]
    #expect(try Self.text(type, value) == #"{"v": \#(strict)}"#)
    #expect(try Self.text(type, value, .canonical) == #"{"v": \#(canonical)}"#)
    #expect(try Self.text(type, value, .relaxed) == #"{"v": \#(relaxed)}"#)
  }

  @Test("A value that is cut off at any place is an error, and never printed", arguments: values.indices)
  func truncations(_ index: Int) throws {
    let (type, value, _, _, _) = Self.values[index]
    for length in 0..<value.count {
      #expect(throws: MillraceError.self) { try Self.text(type, Array(value[..<length])) }
    }
  }

  @Test("Decimal128 has Java's text: plain, with an exponent, not canonical, not a number")
  func decimals() throws {
    func decimal(_ coefficient: UInt128, _ exponent: Int, negative: Bool = false) -> [UInt8] {
      let high = UInt64(truncatingIfNeeded: coefficient >> 64) | UInt64(exponent + 6176) << 49 | (negative ? 1 << 63 : 0)
      return Self.little(UInt64(truncatingIfNeeded: coefficient)) + Self.little(high)
    }
    let cases: [([UInt8], String)] = [
      (decimal(12_345_678_901_234_567_890, -10), "1234567890.1234567890"), (decimal(1, 30), "1E+30"), (decimal(15, -1, negative: true), "-1.5"),
      (decimal(0, 0, negative: true), "-0"), (decimal(0, -3), "0.000"), (decimal(5, -7), "5E-7"), (decimal(5, -6), "0.000005"), (decimal(123, 2), "1.23E+4"),
      (decimal(123, -10), "1.23E-8"), (decimal(10, -1), "1.0"), (decimal(9_999_999_999_999_999_999_999_999_999_999_999, 6111), "9.999999999999999999999999999999999E+6144"),
      (Self.little(UInt64(0)) + Self.little(UInt64(0x7C00_0000_0000_0000)), "NaN"), (Self.little(UInt64(0)) + Self.little(UInt64(0x7800_0000_0000_0000)), "Infinity"),
      (Self.little(UInt64(0)) + Self.little(UInt64(0xF800_0000_0000_0000)), "-Infinity"), (Self.little(UInt64(7)) + Self.little(UInt64(0x6C10_0000_0000_0000)), "0"),
    ]
    for (value, text) in cases {
      #expect(try Self.text(0x13, value) == #"{"v": {"$numberDecimal": "\#(text)"}}"#)
    }
  }

  @Test("Nested documents and arrays, empty ones, and the two kinds of separator")
  func nested() throws {
    let inner: BSONDocument = ["c": .null]
    let document: BSONDocument = ["a": .document(["b": .array([.int32(1), .document(inner)])]), "e": .document([:]), "f": .array([]), "": .int32(1)]
    #expect(try Self.print(document.bytes, .strict) == #"{"a": {"b": [1,{"c": null}]},"e": {},"f": [],"": 1}"#)
    #expect(try Self.print(document.bytes, .relaxed, compact: false) == #"{"a": {"b": [1, {"c": null}]}, "e": {}, "f": [], "": 1}"#)
  }

  @Test("Marks, formats, private and unassigned characters are escaped, letters and symbols are not")
  func escapes() throws {
    let cases = [
      ("漢字 é ß ￦", "漢字 é ß ￦"), ("e\u{301}", #"e\u0301"#), ("\u{200B}\u{200D}", #"\u200b\u200d"#), ("\u{2028}", #"\u2028"#), ("\u{E000}", #"\ue000"#),
      ("\u{7F}", #"\u007f"#), ("ʰ", #"\u02b0"#), ("\u{FEFF}", #"\ufeff"#), ("/ \\ \u{8}\u{C}\n\r\t", #"/ \\ \b\f\n\r\t"#), ("\u{A0}", "\u{A0}"), ("\u{FFFF}", #"\uffff"#),
    ]
    for (text, expected) in cases { #expect(try Self.text(0x02, Self.string(text)) == #"{"v": "\#(expected)"}"#) }
  }

  @Test("What is no UTF-8 becomes a replacement character")
  func invalid() throws {
    #expect(try Self.text(0x02, Self.little(Int32(4)) + [0x61, 0xFF, 0xC3, 0]) == "{\"v\": \"a\u{FFFD}\u{FFFD}\"}")
    // Too many bytes for the character, half of a pair, beyond all characters.
    for (bytes, count) in [([0xE0, 0x9F, 0x98], 3), ([0xF0, 0x8F, 0xBF, 0xBF], 4), ([0xED, 0xA0, 0x80], 1), ([0xF4, 0x90, 0x80, 0x80], 4)] as [([UInt8], Int)] {
      let text = try Self.text(0x02, Self.little(Int32(bytes.count + 3)) + [0x61] + bytes + [0x62, 0])
      #expect(text == "{\"v\": \"a\(String(repeating: "\u{FFFD}", count: count))b\"}")
    }
  }

  @Test("A document that is nested too deeply is an error")
  func depth() throws {
    var document = BSONDocument()
    for _ in 0...ExtendedJSON.maximumDepth { document = ["d": .document(document)] }
    #expect(throws: MillraceError.self) { try Self.print(document.bytes, .strict) }
  }

  @Test("Base64 goes there and back")
  func base64() throws {
    let document: BSONDocument = ["_data": .text("826B02A2F5000000172B0229296E04")]
    #expect(document.base64 == "LwAAAAJfZGF0YQAfAAAAODI2QjAyQTJGNTAwMDAwMDE3MkIwMjI5Mjk2RTA0AAA=")
    #expect(BSONDocument(base64: document.base64) == document)
    #expect(BSONDocument(base64: "826B02") == nil)
  }
}
