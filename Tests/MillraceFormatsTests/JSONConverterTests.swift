import MillraceCore
import MillraceFormats
import Testing

/// The other side of every comparison was written by Kafka Connect 4.3 or the reference, release 3.6.3.
@Suite struct JSONConverterTests {
  let plain = JSONConverter(schemas: false)

  @Test(arguments: Recorded.messages)
  func recordedMessagesComeOutByteForByte(_ recorded: String) throws {
    let message = try JSONText(recorded)
    let schema = try Schema(connect: #require(message["schema"]))
    let value = try Value(connect: #require(message["payload"]), schema)
    let converter = JSONConverter()
    #expect(try converted(value, schema, by: converter) == recorded)
    // Again, with the plan at hand.
    #expect(try converted(value, schema, by: converter) == recorded)
    let alone = try #require(try converted(value, schema, by: plain))
    #expect(recorded.hasSuffix(#","payload":"# + alone + "}"))
  }

  @Test func nullsAreWhatConnectMakesOfThem() throws {
    let optional = Schema.optionalString
    let defaulted = Schema(.int32, optional: true, defaultValue: .integer(5))
    let required = Schema(.int32, defaultValue: .integer(5))
    #expect(try converted(.null, nil, by: JSONConverter()) == nil)
    #expect(try converted(.null, nil, by: plain) == nil)
    #expect(try converted(.null, optional, by: JSONConverter()) == #"{"schema":{"type":"string","optional":true},"payload":null}"#)
    #expect(try converted(.null, optional, by: plain) == "null")
    #expect(try converted(.null, defaulted, by: plain) == "5")
    #expect(try converted(.null, required, by: plain) == "5")
    let keeping = JSONConverter(schemas: false, replacesNullWithDefault: false)
    #expect(try converted(.null, defaulted, by: keeping) == "null")
    #expect(throws: MillraceError.self) { try converted(.null, required, by: keeping) }
    #expect(
      try converted(.null, defaulted, by: JSONConverter(replacesNullWithDefault: false))
        == #"{"schema":{"type":"int32","optional":true,"default":5},"payload":null}"#)
  }

  @Test func aValueWithoutASchemaSaysSo() throws {
    #expect(try converted(.text("x"), nil, by: JSONConverter()) == #"{"schema":null,"payload":"x"}"#)
    #expect(try converted(.map([Value.Pair(.text("a"), .array([.integer(1), .null]))]), nil, by: plain) == #"{"a":[1,null]}"#)
    #expect(try converted(.map([Value.Pair(.integer(1), .boolean(true))]), nil, by: plain) == "[[1,true]]")
  }

  @Test func textIsEscapedAsJacksonDoes() throws {
    let text = "\0\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1B}\u{1F}\u{7F}\u{80}\u{2028}\u{FFFE}/<>&'\"\\😀"
    let expected =
      #""\u0000\u0001\b\t\n\u000B\f\r\u001B\u001F"# + "\u{7F}\u{80}\u{2028}\u{FFFE}" + #"/<>&'\"\\\uD83D\uDE00""#
    #expect(try converted(.text(text), .string, by: plain) == expected)
  }

  @Test func everyCharacterSurvivesAtEveryPlaceOfABlock() throws {
    for special in ["\"", "\\", "\n", "\u{1}", "é", "漢", "😀", "\u{10FFFF}", "\u{7F}", "!"] {
      for before in 0..<20 {
        for after in 0..<20 {
          let text = String(repeating: "a", count: before) + special + String(repeating: "b", count: after) + special
          let json = try #require(try converted(.text(text), .string, by: plain))
          #expect(try JSONText(json) == .string(text))
        }
      }
    }
  }

  @Test func longTextIsWrittenInChunksWithoutBreakingCharacters() throws {
    for shift in 0..<4 {
      let text = String(repeating: "a", count: 4093 + shift) + String(repeating: "😀é漢\n", count: 5000)
      let json = try #require(try converted(.text(text), .string, by: plain))
      #expect(try JSONText(json) == .string(text))
    }
  }

  @Test func bytesThatAreNoTextDoNotReadBeyondTheEnd() throws {
    var batch = RecordBatch()
    let bytes: [UInt8] = [0x61, 0xF0, 0x9F, 0x98]
    let slot = bytes.withUnsafeBytes { batch.text($0) }
    var output = ByteArena()
    let schema = batch.intern(schema: .string)
    #expect(try plain.convert(slot, schema: schema, topic: 0, of: batch, into: &output))
    #expect(output.withBytes { Array($0) } == [0x22] + bytes + [0x22])
  }

  @Test(arguments: [
    ("0.0000001", 1, 7, "1E-7"), ("1E-10", 1, 10, "1E-10"), ("123.45", 12345, 2, "123.45"), ("0E-10", 0, 10, "0E-10"),
    ("1E+3", 1, -3, "1E+3"), ("0.00", 0, 2, "0.00"), ("-0.000001", -1, 6, "-0.000001"), ("1.23E+5", 123, -3, "1.23E+5"),
    ("7", 7, 0, "7"), ("-0.5", -5, 1, "-0.5"),
  ])
  func decimalsAreNumbersWhereAskedFor(_ name: String, _ unscaled: Int, _ scale: Int, _ expected: String) throws {
    let schema = decimal(scale)
    let numeric = JSONConverter(schemas: false, decimals: .numeric)
    #expect(try converted(.integer(Int64(unscaled)), schema, by: numeric) == expected)
    let bytes = (0..<8).reversed().map { UInt8(truncatingIfNeeded: unscaled >> ($0 * 8)) }
    #expect(try converted(.bytes(bytes), schema, by: numeric) == expected)
  }

  @Test func largeDecimalsKeepEveryDigit() throws {
    // -12345678901234567890.5, as Connect wrote it.
    let bytes: [UInt8] = [0xF9, 0x4E, 0xB1, 0x60, 0x7E, 0xD0, 0xC9, 0x93, 0xC7]
    let numeric = JSONConverter(schemas: false, decimals: .numeric)
    #expect(try converted(.bytes(bytes), decimal(1), by: numeric) == "-12345678901234567890.5")
    #expect(try converted(.bytes(bytes), decimal(1), by: plain) == #""+U6xYH7QyZPH""#)
  }

  @Test(arguments: [
    (0, "AA=="), (1, "AQ=="), (-1, "/w=="), (127, "fw=="), (128, "AIA="), (-128, "gA=="), (-129, "/38="), (255, "AP8="),
    (12345, "MDk="), (1230, "BM4="), (65535, "AP//"), (8_388_608, "AIAAAA=="), (Int64.max, "f/////////8="),
    (Int64.min, "gAAAAAAAAAA="),
  ] as [(Int64, String)])
  func unscaledNumbersAreShortestTwosComplement(_ value: Int64, _ expected: String) throws {
    #expect(try converted(.integer(value), decimal(2), by: plain) == "\"\(expected)\"")
  }

  @Test(arguments: [
    (0, "0"), (7, "7"), (10, "10"), (99_999_999, "99999999"), (100_000_000, "100000000"), (-1, "-1"),
    (9_999_999_999_999_999, "9999999999999999"), (10_000_000_000_000_000, "10000000000000000"),
    (1_795_352_612_445_538_123, "1795352612445538123"), (1_000_000_005, "1000000005"), (Int64.max, "9223372036854775807"),
    (Int64.min, "-9223372036854775808"),
  ] as [(Int64, String)])
  func integersAreWhole(_ value: Int64, _ expected: String) throws {
    #expect(try converted(.integer(value), .int64, by: plain) == expected)
  }

  @Test func mapsAreObjectsOnlyWhereTheKeysAreText() throws {
    let pairs = Value.map([Value.Pair(.integer(1), .text("a"))])
    #expect(try converted(pairs, Schema(.map(key: .int32, value: .string)), by: plain) == #"[[1,"a"]]"#)
    let object = Value.map([Value.Pair(.text("k"), .text("a")), Value.Pair(.text("l"), .null)])
    #expect(try converted(object, Schema(.map(key: .string, value: .optionalString)), by: plain) == #"{"k":"a","l":null}"#)
    #expect(try converted(object, Schema(.map(key: .optionalString, value: .optionalString)), by: plain) == #"{"k":"a","l":null}"#)
    let nameless = Value.map([Value.Pair(.null, .text("a"))])
    #expect(throws: MillraceError.self) {
      try converted(nameless, Schema(.map(key: .optionalString, value: .string)), by: plain)
    }
  }

  @Test func whatTheLogDidNotCarryIsThePlaceholderInTheFormOfItsType() throws {
    let text = "__debezium_unavailable_value"
    func written(_ schema: Schema) throws -> String? { try converted(.unavailable, schema, by: plain) }
    #expect(try written(.optionalString) == "\"\(text)\"")
    #expect(try written(.bytes) == #""X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==""#)
    #expect(try written(Schema(.array(.optionalString))) == "[\"\(text)\"]")
    #expect(try written(Schema(.array(.bytes))) == #"["X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="]"#)
    #expect(
      try written(Schema(.array(.optionalInt32)))
        == "[95,95,100,101,98,101,122,105,117,109,95,117,110,97,118,97,105,108,97,98,108,101,95,118,97,108,117,101]")
    #expect(try written(Schema(.map(key: .string, value: .optionalString))) == "{\"\(text)\":\"\(text)\"}")
    #expect(try written(Schema(.array(Schema(.string, name: "io.debezium.data.Uuid")))) == #"["b68a35a7-17ad-35b3-af2a-ae46edb4545a"]"#)
    #expect(try written(.optionalInt32) == "null")
    #expect(try written(Schema(.bytes, optional: true, name: "io.debezium.data.Bits")) == "null")
    #expect(try written(Schema(.bytes, name: "io.debezium.data.Bits")) == "\"\"")
    #expect(try written(Schema(.array(.float64), name: "io.debezium.data.DoubleVector")) == "[]")
    #expect(try written(Schema(.array(.optionalFloat64), optional: true)) == "null")
    let days = Schema(.int32, optional: true, name: "io.debezium.time.Date")
    #expect(try written(Schema(.array(days), optional: true))?.hasPrefix("[95,95,100") == true)
    let times = Schema(.int64, optional: true, name: "io.debezium.time.MicroTimestamp")
    #expect(try written(Schema(.array(times), optional: true)) == "null")
    #expect(
      try written(Schema(.string, name: "io.debezium.data.Json", placeholder: .jsonPair))
        == #""{\"__debezium_unavailable_value\":\"__debezium_unavailable_value\"}""#)
    #expect(throws: MillraceError.self) { try written(.int32) }
    let other = JSONConverter(schemas: false, placeholder: try #require(UnavailableValue.placeholder("hex:ff00")))
    #expect(try converted(.unavailable, .bytes, by: other) == #""/wA=""#)
    #expect(UnavailableValue.placeholder("hex:f") == nil)
  }

  @Test func whatDoesNotFitItsSchemaIsAnErrorThatNamesTheField() throws {
    let row = Schema(.structure([Schema.Field("id", .int64), Schema.Field("name", .string)]), name: "t.Value")
    for wrong: Value in [.structure([.text("1"), .text("a")]), .structure([.null, .text("a")]), .structure([.boolean(true), .text("a")])] {
      let error = #expect(throws: MillraceError.self) { try converted(wrong, row, by: plain) }
      #expect(error?.code == "format.json.mismatch" && error?.subject == "id" && error?.retry == .record)
    }
    for wrong: Value in [.structure([.integer(1)]), .text("a"), .array([]), .structure([])] {
      let error = #expect(throws: MillraceError.self) { try converted(wrong, row, by: plain) }
      #expect(error?.subject == "t.Value")
    }
  }

  @Test func slotsThatPointOutsideTheirBatchAreErrors() throws {
    let row = Schema(.structure([Schema.Field("name", .string)]), name: "t.Value")
    var batch = RecordBatch()
    let text = batch.text("abc")
    for (slot, schema) in [
      (Slot.text(offset: 0, length: 4), Schema.string), (Slot.text(offset: -1, length: 1), .string),
      (Slot.bytes(offset: 4, length: 0), .bytes), (Slot.structure(first: 0, count: 1), row),
      (Slot.array(first: 7, count: 3), Schema(.array(.int32))), (Slot.map(first: -5, count: 3), Schema(.map(key: .string, value: .string))),
    ] {
      #expect(throws: MillraceError.self) { try converted(slot, schema, of: &batch, by: plain) }
    }
    #expect(try converted(text, .string, of: &batch, by: plain) == "\"abc\"")
  }

  @Test func aFailureLeavesNothingInTheOutput() throws {
    let row = Schema(.structure([Schema.Field("a", .string), Schema.Field("b", .int32)]))
    var batch = RecordBatch()
    let slot = batch.slot(.structure([.text("x"), .text("y")]))
    let schema = batch.intern(schema: row)
    var output = ByteArena()
    output.append("kept")
    #expect(throws: MillraceError.self) { try plain.convert(slot, schema: schema, topic: 0, of: batch, into: &output) }
    #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == "kept")
  }

  @Test func plansAreFoundAgainInEveryBatch() throws {
    let a = Schema(.structure([Schema.Field("a", .int32)])), b = Schema(.structure([Schema.Field("b", .int32)]))
    let converter = JSONConverter(schemas: false)
    for round in 0..<3 {
      var batch = RecordBatch()
      let slot = batch.slot(.structure([.integer(Int64(round))]))
      // The same index means another schema in the next batch.
      for schema in round % 2 == 0 ? [a, b] : [b, a] {
        let name = schema === a ? "a" : "b"
        #expect(try converted(slot, schema, of: &batch, by: converter) == "{\"\(name)\":\(round)}")
      }
    }
  }

  @Test func settingsAreReadAndMistakesAreFindings() {
    var configuration = Configuration(["schemas.enable": "maybe", "decimal.format": "numeric", "schemas.cache.size": "x"])
    _ = JSONConverter(&configuration)
    #expect(configuration.findings.map(\.key) == ["schemas.enable", "schemas.cache.size"])
  }

  private func decimal(_ scale: Int) -> Schema {
    Schema(
      .bytes, name: "org.apache.kafka.connect.data.Decimal", version: 1, parameters: [Schema.Parameter("scale", String(scale))])
  }
}
