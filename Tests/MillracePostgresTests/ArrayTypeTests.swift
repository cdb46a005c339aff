import MillraceCore
import Testing

@testable import MillracePostgres

extension Sample {
  static let arrays: [Sample] = [
    Sample(1007, "{1,2,NULL}", .array([.integer(1), .integer(2), .null])), Sample(1007, "{}", .array([])),
    Sample(1007, "[0:1]={5,6}", .array([.integer(5), .integer(6)])), Sample(1007, "{{1,2},{3,4}}", .array([.null, .null])),
    Sample(1009, #"{"a\"b","c\\d",NULL,"","x,y","{z}","NULL"}"#,
      .array([.text(#"a"b"#), .text(#"c\d"#), .null, .text(""), .text("x,y"), .text("{z}"), .text("NULL")])),
    Sample(1009, #"{a,"b c",NULL}"#, .array([.text("a"), .text("b c"), .null])),
    Sample(1009, #"{{"}",a},{b,"\""}}"#, .array([.null, .null])),
    Sample(1231, numeric(6, 2), "{1.10,2.20}", .array([.integer(110), .integer(220)])),
    Sample(1231, "{1.50,NULL,NaN}", .array([structure(1, [15]), .null, .null])),
    Sample(1001, #"{"\\x00ff",NULL}"#, .array([.bytes([0, 255]), .null])), Sample(1000, "{t,f}", .array([.boolean(true), .boolean(false)])),
    Sample(1115, #"{"2024-02-29 13:14:15.123456",infinity}"#, .array([.integer(1_709_212_455_123_456), .integer(9_223_372_036_825_200_000)])),
    Sample(1185, 3, #"{"2024-02-29 11:14:15.12+00"}"#, .array([.text("2024-02-29T11:14:15.120Z")])),
    Sample(1185, #"{"0044-03-15 12:00:00+00 BC"}"#, .array([.text("-0043-03-15T12:00:00.000000Z")])),
    Sample(1182, #"{2024-02-29,"0044-03-15 BC"}"#, .array([.integer(19782), .integer(-735_160)])),
    Sample(1183, "{13:14:15.123456}", .array([.integer(47_655_123_456)])),
    Sample(1270, "{13:14:15.123456+02}", .array([.text("11:14:15.123456Z")])),
    Sample(3807, #"{"{\"a\": [1, 2], \"b\": 1}",1,"null"}"#, .array([.text(#"{"a": [1, 2], "b": 1}"#), .text("1"), .text("null")])),
    Sample(3905, #"{"[1,10)",empty}"#, .array([.text("[1,10)"), .text("empty")])),
    Sample(1561, 8, "{10101010}", .array([.bytes([0xAA])])), Sample(1561, 1, "{0,1}", .array([.boolean(false), .boolean(true)])),
    Sample(22, "1 -2 3", .array([.integer(1), .integer(-2), .integer(3)])), Sample(22, "", .array([])),
    Sample(30, "1 4294967295", .array([.integer(1), .integer(4_294_967_295)])),
  ]
}

@Test func hstoreBecomesCompactJson() throws {
  let codec = ColumnCodec(.hstore)
  #expect(try decoded("", codec) == .text("{}"))
  #expect(try decoded(#""k"=>"v", "n"=>NULL"#, codec) == .text(#"{"k":"v","n":null}"#))
  #expect(
    try decoded("\"a b\"=>\"q\\\"uo\\\\te\", \"x\"=>NULL, \"ü\"=>\"\t\u{1}\u{1F}\"", codec)
      == .text(#"{"a b":"q\"uo\\te","x":null,"ü":"\t\u0001\u001F"}"#))
  for text in ["a", "\"a\"", "\"a\"=>", "\"a\"=>\"b", "\"a\"=>\"b\",", "\"a\"=>\"b\", ", "\"a\"=>b"] {
    #expect(throws: DecodingFailure(.malformed, .hstore)) { try decoded(text, codec) }
  }
}

@Test func aNullAmongRequiredElementsIsAnErrorOfItsOwn() {
  let codec = ColumnCodec(arrayOf: ColumnCodec(.text), optionalElements: false)
  #expect(throws: DecodingFailure(.nullElement, .array)) { try decoded("{sad,NULL}", codec) }
}
