import MillraceCore
import MillraceFormats
@testable import MillraceTransforms
import Testing

/// What a reader of lines gets, for each option.
@Suite struct CsvValueTests {
  private static let row = Schema(
    .structure([
      Schema.Field("id", .int32), Schema.Field("label", .optionalInt16), Schema.Field("pixels", .optionalBytes),
      Schema.Field("note", .optionalString), Schema.Field("good", .optionalBoolean), Schema.Field("x", .optionalFloat64),
      Schema.Field("f", .optionalFloat32),
      Schema.Field(
        "d",
        Schema(.bytes, optional: true, name: "org.apache.kafka.connect.data.Decimal", version: 1, parameters: [Schema.Parameter("scale", "2")])),
      Schema.Field("v", Schema(.array(.optionalFloat32), optional: true, name: "io.debezium.data.FloatVector")),
      Schema.Field("point", Schema(.structure([Schema.Field("wkb", .bytes)]), optional: true)),
    ]), optional: true, name: "srv.public.t.Value")
  private static let key = Schema(.structure([Schema.Field("id", .int32)]), name: "srv.public.t.Key")
  private static let source = Schema(.structure([Schema.Field("lsn", .optionalInt64)]), name: "Source")
  private static let envelope = Envelope.schema(topic: "srv.public.t", row: row, source: source)

  private static func values(
    id: Int64 = 7, label: Value = .integer(3), pixels: Value = .bytes([0, 9, 10, 99, 100, 255]), note: Value = .text("plain"),
    good: Value = .boolean(true), x: Value = .float(5.1), f: Value = .float(Double(Float(0.1))), d: Value = .integer(-1205),
    v: Value = .array([.float(1.5), .null, .float(-2)])
  ) -> Value {
    .structure([.integer(id), label, pixels, note, good, x, f, d, v, .null])
  }

  /// What a row becomes: (key, line, partition), nil where it is dropped.
  private func line(
    _ options: [String: String], _ row: Value = values(), schema: Schema = row, key: Value = .structure([.integer(7)])
  ) throws -> (key: Value, line: Value, partition: Int32)? {
    var configuration = Configuration(options)
    let transform = CsvValue.transform(&configuration)
    try #require(configuration.findings.isEmpty)
    var batch = RecordBatch()
    Sample.append(&batch, topic: "srv.public.t", key: key, Self.key, value: row, row == .null && schema == .string ? nil : schema)
    try transform.apply(to: &batch, where: Selection())
    let record = batch.records[0]
    if record.isDropped { return nil }
    return (batch.value(record.key), batch.value(record.value), record.partition)
  }

  private func text(_ options: [String: String], _ row: Value = values()) throws -> String? {
    guard case .text(let text)? = try line(options, row)?.line else { return nil }
    return text
  }

  @Test func imagesAreNumbersAndTheirLabelIsTheKey() throws {
    let made = try line(["columns": "pixels", "key.column": "label"])
    #expect(made?.line == .text("0,9,10,99,100,255"))
    #expect(made?.key == .text("3"))
    #expect(made?.partition == -1)
    #expect(try line(["columns": "pixels", "key.column": "label"], Self.values(label: .null))?.key == .null)
  }

  @Test func columnsComeInTheOrderAskedForAndOtherwiseAllButTheKey() throws {
    #expect(try text(["columns": "x,id,good"]) == "5.1,7,true")
    let all = Schema(.structure(Array(Self.row.fields.prefix(4))))
    let made = try line(["key.column": "id"], .structure([.integer(7), .integer(3), .bytes([1, 2]), .text("n")]), schema: all)
    #expect(made?.line == .text("3,1,2,n"))
    #expect(made?.key == .text("7"))
    #expect(try line(["columns": "id"])?.key == .structure([.integer(7)]))
  }

  @Test func valuesAreWrittenPlainly() throws {
    #expect(try text(["columns": "x,f,d,v,good", "null.text": "NA"]) == "5.1,0.1,-12.05,1.5,NA,-2.0,true")
    #expect(try text(["columns": "x,good", "boolean": "number"], Self.values(good: .boolean(false), x: .float(1e300))) == "1.0E300,0")
    #expect(try text(["columns": "d"], Self.values(d: .integer(7))) == "0.07")
    #expect(try text(["columns": "d"], Self.values(d: .bytes([0x01, 0, 0, 0, 0, 0, 0, 0, 0]))) == "184467440737095516.16")
    #expect(try text(["columns": "id,x,note,v"], Self.values(note: .null, x: .null, v: .null) ) == "7,,,")
    #expect(try text(["columns": "v"], Self.values(v: .array([]))) == "")
  }

  @Test(arguments: [
    (0, Int64.min, "-9223372036854775808"), (3, 5, "0.005"), (19, -1, "-0.0000000000000000001"), (25, 1, "0.0000000000000000000000001"),
    (-2, 12, "1200"), (18, Int64.max, "9.223372036854775807"), (1, 0, "0.0"),
  ])
  func decimalsNeverHaveAnExponent(scale: Int, unscaled: Int64, expected: String) throws {
    let decimal = Schema(
      .bytes, name: "org.apache.kafka.connect.data.Decimal", parameters: [Schema.Parameter("scale", String(scale))])
    let made = try line(["columns": "d"], .structure([.integer(unscaled)]), schema: Schema(.structure([Schema.Field("d", decimal)])))
    #expect(made?.line == .text(expected))
  }

  @Test func textsAreQuotedWhereTheyNeedIt() throws {
    #expect(try text(["columns": "note,id"], Self.values(note: .text("a,\"b\"\nc"))) == "\"a,\"\"b\"\"\nc\",7")
    #expect(try text(["columns": "note,id"], Self.values(note: .text(""))) == "\"\",7")
    #expect(try text(["columns": "note,x", "null.text": "NULL"], Self.values(note: .text("NULL"), x: .null)) == "\"NULL\",NULL")
    #expect(try text(["columns": "note,id,pixels,x", "quote": "all"], Self.values(x: .null)) == "\"plain\",\"7\",\"0\",\"9\",\"10\",\"99\",\"100\",\"255\",")
    #expect(try text(["columns": "note,id", "quote": "none", "delimiter": ";"], Self.values(note: .text("a,b"))) == "a,b;7")
    #expect(try text(["columns": "note,id", "delimiter": "\\t", "quote.character": "'"], Self.values(note: .text("it's\t1"))) == "'it''s\t1'\t7")
    #expect(try refused(["columns": "note", "quote": "none"], Self.values(note: .text("a,b")))?.code == "transform.CsvValue.quote")
    // A key stands alone: it is never in quotes.
    #expect(try line(["columns": "id", "key.column": "note", "quote": "all"], Self.values(note: .text("a,\"b\"")))?.key == .text("a,\"b\""))
  }

  @Test func longTextsAreCopiedWhole() throws {
    let long = String(repeating: "äö,\"", count: 5000)
    #expect(try text(["columns": "note"], Self.values(note: .text(long))) == "\"" + String(repeating: "äö,\"\"", count: 5000) + "\"")
    #expect(try text(["columns": "note", "delimiter": "|", "quote.character": "~"], Self.values(note: .text(long))) == long)
  }

  @Test func bytesAreNumbersBase64OrHex() throws {
    let row = Self.values(pixels: .bytes([0x00, 0xAB, 0xFF]))
    #expect(try text(["columns": "pixels", "bytes": "base64"], row) == "AKv/")
    #expect(try text(["columns": "pixels", "bytes": "hex"], row) == "00abff")
    for hex in ["00abFF", "\\x00ABff", "0x00abff"] {
      #expect(try text(["columns": "note", "hex.columns": "note"], Self.values(note: .text(hex))) == "0,171,255")
    }
    for bad in ["0ab", "0g", "\\x0"] {
      #expect(try refused(["columns": "note", "hex.columns": "note"], Self.values(note: .text(bad)))?.code == "transform.CsvValue.hex")
    }
  }

  @Test func keyAndLineAreBytesIfAsked() throws {
    let made = try line(["columns": "x,id", "key.column": "label", "output": "bytes", "partition": "0"])
    #expect(made?.line == .bytes(Array("5.1,7".utf8)))
    #expect(made?.key == .bytes(Array("3".utf8)))
    #expect(made?.partition == 0)
  }

  @Test func anEnvelopeGivesTheRowAfterTheChange() throws {
    func change(before: Value, after: Value, _ op: String) -> Value {
      .structure([before, after, .structure([.integer(1)]), .null, .text(op), .integer(1), .null, .null])
    }
    let update = change(before: Self.values(label: .integer(1)), after: Self.values(label: .integer(2)), "u")
    #expect(try line(["columns": "label"], update, schema: Self.envelope)?.line == .text("2"))
    let delete = change(before: Self.values(label: .integer(1)), after: .null, "d")
    #expect(try line(["columns": "label"], delete, schema: Self.envelope) == nil)
    let passed = try line(["columns": "label", "key.column": "id", "deletes": "pass"], delete, schema: Self.envelope)
    #expect(passed?.key == .text("7"))
    #expect(passed?.line == .null)
    // The key has no label: the old row has.
    #expect(try line(["columns": "x", "key.column": "label", "deletes": "pass"], delete, schema: Self.envelope)?.key == .text("1"))
    // A truncation names no row.
    let truncate = change(before: .null, after: .null, "t")
    #expect(try line(["columns": "x", "key.column": "label", "deletes": "pass"], truncate, schema: Self.envelope) == nil)
  }

  @Test func tombstonesAreDroppedOrPassed() throws {
    #expect(try line(["columns": "x"], .null, schema: .string) == nil)
    #expect(try line(["columns": "x"], .null, schema: Self.row) == nil)
    #expect(try line(["columns": "x", "deletes": "pass"], .null, schema: .string)?.key == .structure([.integer(7)]))
    #expect(try line(["columns": "x", "key.column": "id", "deletes": "pass"], .null, schema: Self.row)?.key == .text("7"))
    #expect(try line(["columns": "x", "key.column": "label", "deletes": "pass"], .null, schema: .string) == nil)
  }

  @Test func whatTheLogDidNotCarryIsNoValue() throws {
    let row = Self.values(pixels: .unavailable)
    #expect(try refused(["columns": "id,pixels"], row)?.code == "transform.CsvValue.unavailable")
    #expect(try line(["columns": "id,pixels", "unavailable": "drop"], row) == nil)
    #expect(try text(["columns": "id,pixels", "unavailable": "null"], row) == "7,")
    #expect(try text(["columns": "id", "unavailable": "drop"], row) == "7")
  }

  @Test func otherRecordsPassAndWrongColumnsAreNamed() throws {
    let heartbeat = Schema(.structure([Schema.Field("ts_ms", .int64)]))
    #expect(try line(["columns": "x,id"], .structure([.integer(1)]), schema: heartbeat)?.line == .structure([.integer(1)]))
    #expect(try refused(["columns": "id,nosuch"], Self.values())?.code == "transform.CsvValue.column")
    #expect(try refused(["columns": "id", "key.column": "nosuch"], Self.values())?.code == "transform.CsvValue.column")
    #expect(try refused(["columns": "point"], Self.values())?.code == "transform.CsvValue.type")
  }

  private func refused(_ options: [String: String], _ row: Value) throws -> MillraceError? {
    do {
      _ = try line(options, row)
      return nil
    } catch let error as MillraceError {
      #expect(error.retry == .record && error.subject == "srv.public.t")
      return error
    }
  }

  @Test func mistakesInTheSettingsAreReportedTogether() {
    var configuration = Configuration([
      "columns": "a,a", "delimiter": "ab", "quote.character": ",", "null.text": "a,b", "quote": "some", "bytes": "octal", "deletes": "keep",
      "partition": "-2",
    ])
    _ = CsvValue.transform(&configuration)
    #expect(configuration.findings.map(\.key) == ["columns", "delimiter", "quote.character", "quote", "bytes", "null.text", "deletes", "partition"])
  }
}
