import MillraceCore
import MillraceFormats
import Testing

/// The other side of the comparisons was written by Kafka Connect 4.3.
@Suite struct PlainConverterTests {
  private func connect(_ name: String, _ kind: Schema.Kind, scale: Int? = nil) -> Schema {
    Schema(
      kind, name: "org.apache.kafka.connect.data.\(name)", version: 1,
      parameters: scale.map { [Schema.Parameter("scale", String($0))] } ?? [])
  }

  private var all: (schema: Schema, value: Value) {
    let fields: [(String, Schema, Value)] = [
      ("b", .string, .text("q\"uo\\te\nü😀")), ("a", .int32, .integer(-5)), ("o", .optionalString, .null),
      ("by", .bytes, .bytes([1, 2, 255])), ("f", .float32, .float(1.5)), ("d", .float64, .float(1e10)), ("t", .boolean, .boolean(true)),
      ("dec", connect("Decimal", .bytes, scale: 2), .integer(1230)),
      ("l", Schema(.array(.optionalString)), .array([.text("x"), .null, .text("y\"z")])),
      ("m", Schema(.map(key: .string, value: .int32)), .map([Value.Pair(.text("k"), .integer(1))])),
      ("day", connect("Date", .int32), .integer(10)), ("tm", connect("Time", .int32), .integer(3_723_004)),
      ("ts", connect("Timestamp", .int64), .integer(1_700_000_000_123)),
    ]
    return (Schema(.structure(fields.map { Schema.Field($0.0, $0.1) }), name: "k"), .structure(fields.map(\.2)))
  }

  @Test func headersOfStructsAreWhatConnectWrites() throws {
    let expected =
      #"{"b":"q\"uo\\te"# + "\n" + #"ü😀","a":-5,"o":null,"by":"AQL/","f":1.5,"d":1.0E10,"t":true,"dec":12.30,"#
      + #""l":["x",null,"y\"z"],"m":{"k":1},"day":1970-01-11,"tm":01:02:03.004Z,"ts":2023-11-14T22:13:20.123Z}"#
    #expect(try converted(all.value, all.schema, by: SimpleHeaderConverter()) == expected)
  }

  @Test func theNewKeyOfARecordedKeyChange() throws {
    let key = Schema(.structure([Schema.Field("b", .string), Schema.Field("a", .int32)]), name: "srv.inventory.orders.Key")
    #expect(
      try converted(.structure([.text("k"), .integer(2)]), key, by: SimpleHeaderConverter()) == #"{"b":"k","a":2}"#)
  }

  @Test func headersOfOtherValues() throws {
    let cases: [(Value, Schema?, String?)] = [
      (.text("raw \"q\" \\ x"), .string, "raw \"q\" \\ x"), (.null, .optionalString, nil), (.null, nil, nil),
      (.integer(5), .int64, "5"), (.float(0.1), .float64, "0.1"), (.float(.nan), .float64, "NaN"), (.float(1e10), .float32, "1.0E10"),
      (.boolean(false), .boolean, "false"), (.bytes([1, 2, 3]), .bytes, "AQID"),
      (.integer(150), connect("Decimal", .bytes, scale: 2), "1.50"), (.array([]), Schema(.array(.string)), "[]"),
      (.map([Value.Pair(.integer(1), .null)]), Schema(.map(key: .int32, value: .optionalString)), "{1:null}"),
      (.array([.array([.bytes([1])])]), Schema(.array(Schema(.array(.bytes)))), #"[["AQ=="]]"#),
      (.integer(19_782), connect("Date", .int32), "2024-02-29"),
    ]
    for (value, schema, expected) in cases {
      #expect(try converted(value, schema, by: SimpleHeaderConverter()) == expected)
    }
  }

  @Test func stringsAreWhatJavaMakesOfThem() throws {
    let converter = StringConverter()
    #expect(try converted(.text("a\"b"), .string, by: converter) == "a\"b")
    #expect(try converted(.null, .optionalString, by: converter) == nil)
    #expect(try converted(.float(1e10), .float64, by: converter) == "1.0E10")
    let fields = ["b", "a", "o", "l", "m"].map { name in all.schema.fields[all.schema.index(of: name) ?? 0] }
    let values: [Value] = [
      .text("x"), .integer(-5), .null, .array([.text("x"), .null, .text("y\"z")]), .map([Value.Pair(.text("k"), .integer(1))]),
    ]
    let inner = Schema(.structure(fields))
    #expect(try converted(.structure(values), inner, by: converter) == "Struct{b=x,a=-5,l=[x, null, y\"z],m={k=1}}")
    let outer = Schema(.structure([Schema.Field("s", inner)]))
    #expect(
      try converted(.structure([.structure(values)]), outer, by: converter) == "Struct{s=Struct{b=x,a=-5,l=[x, null, y\"z],m={k=1}}}")
    var configuration = Configuration(["converter.encoding": "UTF-16"])
    _ = StringConverter(&configuration)
    #expect(configuration.findings.map(\.key) == ["converter.encoding"])
  }

  @Test func bytesPassAndOthersAreErrors() throws {
    let converter = ByteArrayConverter()
    #expect(try converted(.bytes([0x61, 0x62]), .bytes, by: converter) == "ab")
    #expect(try converted(.text("é"), .string, by: converter) == "é")
    #expect(try converted(.null, .optionalBytes, by: converter) == nil)
    let error = #expect(throws: MillraceError.self) { try converted(.integer(1), .int32, by: converter) }
    #expect(error?.code == "format.bytes.mismatch")
  }
}
