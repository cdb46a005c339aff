import Testing

@testable import MillraceCore

struct RowTests {
  private static let decimal = Schema(
    .bytes, optional: true, name: "org.apache.kafka.connect.data.Decimal", version: 1, parameters: [.init("scale", "2")])
  private static let variable = Schema(
    .structure([.init("scale", .int32), .init("value", .bytes)]), optional: true, name: "io.debezium.data.VariableScaleDecimal")

  private static func time(_ kind: Schema.Kind, _ name: String) -> Schema { Schema(kind, optional: true, name: name) }

  private static let schema = Schema(
    .structure([
      .init("id", .int64), .init("name", .optionalString), .init("price", decimal), .init("huge", decimal), .init("any", variable),
      .init("ok", .boolean), .init("ratio", .float64), .init("data", .optionalBytes), .init("note", .optionalString),
      .init("long", .optionalString), .init("tags", Schema(.array(.string))), .init("pairs", Schema(.map(key: .string, value: .int32))),
      .init("at", time(.int64, "io.debezium.time.MicroTimestamp")), .init("zoned", time(.string, "io.debezium.time.ZonedTimestamp")),
      .init("day", time(.int32, "io.debezium.time.Date")), .init("clock", time(.int32, "io.debezium.time.Time")),
      .init("span", time(.int64, "io.debezium.time.MicroDuration")),
    ]), name: "t.Value")

  private let row: Row = {
    let box = BatchBox()
    let slot = box.batch.slot(
      .structure([
        .integer(7), .text("Ada"), .integer(1250), .bytes([0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0]), .structure([.integer(3), .integer(-5)]),
        .boolean(true), .float(0.5), .bytes([1, 2]), .null, .unavailable, .array([.text("a"), .text("b")]),
        .map([.init(.text("x"), .integer(1))]), .integer(-1), .text("2024-02-29T12:30:15.5+01:00"), .integer(-1), .integer(86_399_999),
        .integer(90_000_000),
      ]))
    return Row(BatchMemory(box), slot, RowTests.schema)
  }()

  private func code<T: RowValue>(_ name: String, _ type: T.Type) -> String? {
    do throws(MillraceError) {
      _ = try row.get(name, as: type)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func valuesAreDecodedByTheirSchemas() {
    #expect(row["id"] == .integer(7))
    #expect(row["price"] == .text("12.50"))
    #expect(row["huge"] == .text("-47223664828696452136.96"))
    #expect(row["any"] == .text("-0.005"))
    #expect(row["note"] == .null)
    #expect(row["long"] == .unavailable)
    #expect(row["tags"] == .array([.text("a"), .text("b")]))
    #expect(row["pairs"] == .map([.init(.text("x"), .integer(1))]))
    #expect(row["nothing"] == nil)
    #expect(row.count == 17)
  }

  @Test func typedAccessGivesSwiftValues() throws {
    #expect(try row.get("id") == 7 as Int64)
    #expect(try row.get("id") == 7 as UInt8)
    #expect(try row.get("name") == "Ada")
    #expect(try row.get("price", as: String.self) == "12.50")
    #expect(try row.get("price", as: Double.self) == 12.5)
    #expect(try row.get("ok") == true)
    #expect(try row.get("data") == [1, 2] as [UInt8])
    #expect(try row.get("tags") == ["a", "b"])
    #expect(try row.get("note", as: String?.self) == nil)
    #expect(try row.get("long", as: Available<String?>.self) == .unavailable)
    #expect(try row.get("name", as: Available<String?>.self) == .value("Ada"))
    #expect(row.field("name")?.withBytes { $0.count } == 3)
  }

  @Test func timesAreMicrosecondsAndDays() throws {
    #expect(try row.get("at") == Timestamp(microseconds: -1))
    #expect(try row.get("zoned") == Timestamp(microseconds: 1_709_206_215_500_000))
    #expect(try row.get("day") == CalendarDate(days: -1))
    #expect(try row.get("clock") == TimeOfDay(microseconds: 86_399_999_000))
    #expect(try row.get("span") == Duration.seconds(90))
    #expect(try row.get("at") == -1 as Int64)
  }

  @Test func whatDoesNotFitIsAnErrorThatNamesTheFieldAndNoValue() {
    #expect(code("nmae", String.self) == "row.field")
    #expect(code("note", String.self) == "row.null")
    #expect(code("long", String.self) == "row.unavailable")
    #expect(code("long", String?.self) == "row.unavailable")
    #expect(code("name", Int.self) == "row.type")
    #expect(code("clock", Int8.self) == "row.type")
    #expect(code("id", Timestamp.self) == "row.type")
    #expect(code("price", Int64.self) == "row.type")
    #expect(throws: MillraceError.self) { try row.get("name", as: Int.self) }
    do throws(MillraceError) { _ = try row.get("name", as: Int.self) } catch {
      #expect(!error.description.contains("Ada"))
      #expect(error.subject == "name")
    }
  }

  private struct Order: Decodable, Equatable {
    var id: Int
    var name: String
    var price: String
    var note: String?
    var absent: Int?
    var long: Available<String?>
    var tags: [String]
    var pairs: [String: Int]
    var data: [UInt8]
    var at: Timestamp
  }

  @Test func aRowIsDecodedAsATypeOfOnesOwn() throws {
    #expect(
      try row.decode(Order.self)
        == Order(
          id: 7, name: "Ada", price: "12.50", note: nil, absent: nil, long: .unavailable, tags: ["a", "b"], pairs: ["x": 1],
          data: [1, 2], at: Timestamp(microseconds: -1)))
  }

  private struct Missing: Decodable { var nothing: Int }
  private struct Null: Decodable { var note: String }
  private struct Unavailable: Decodable { var long: String? }
  private struct Wrong: Decodable { var name: Int }

  @Test func whatCannotBeDecodedIsADecodingError() {
    #expect { try row.decode(Missing.self) } throws: { if case DecodingError.keyNotFound = $0 { true } else { false } }
    #expect { try row.decode(Null.self) } throws: { if case DecodingError.valueNotFound = $0 { true } else { false } }
    #expect { try row.decode(Unavailable.self) } throws: { if case DecodingError.valueNotFound = $0 { true } else { false } }
    #expect { try row.decode(Wrong.self) } throws: { if case DecodingError.typeMismatch = $0 { true } else { false } }
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ("2000-03-01T00:00:00-05:30", 951_888_600_000_000), ("-0001-01-01T00:00:00Z", -62_198_755_200_000_000),
    ("12024-01-01T00:00:00Z", 317_273_587_200_000_000 as Int64), ("2024-1-01T00:00:00Z", nil), ("2024-01-01T00:00:00", nil), ("", nil),
    ("999999999-01-01T00:00:00Z", nil),
  ] as [(String, Int64?)])
  func zonedTimesAreRead(text: String, microseconds: Int64?) {
    var reader = ISOText(text)
    #expect(reader.timestamp() == microseconds)
  }

  @Test func timesOfDayWithAZoneAreTakenInUTC() {
    for (text, hours) in [("01:00:00+02:00", 23), ("24:00:00Z", 24), ("23:30:00-00:30", 24), ("12:00:00Z", 12)] as [(String, Int64)] {
      var reader = ISOText(text)
      #expect(reader.timeOfDay() == hours * 3_600_000_000)
    }
  }
}
