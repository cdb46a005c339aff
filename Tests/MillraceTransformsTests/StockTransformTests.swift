import MillraceCore
import MillraceFormats
@testable import MillraceTransforms
import Testing

/// What the golden case `stock-transforms` cannot show: mistakes in settings, records that are refused, times as text.
@Suite struct StockTransformTests {
  private func findings(_ options: [String: String], _ make: (inout Configuration) -> any Transform) -> [String] {
    var configuration = Configuration(options)
    _ = make(&configuration)
    return configuration.findings.map(\.key)
  }

  @Test func whatCannotBeDoneIsFoundBeforeTheStart() {
    #expect(findings(["spec": "id:int33,n:string"]) { Cast.transform(on: .value, &$0) } == ["spec"])
    #expect(findings(["spec": "int8,n:string"]) { Cast.transform(on: .value, &$0) } == ["spec"])
    #expect(findings([:]) { Cast.transform(on: .key, &$0) } == ["spec"])
    #expect(findings(["renames": "a"]) { ReplaceField.transform(on: .value, &$0) } == ["renames"])
    #expect(findings([:]) { InsertField.transform(on: .value, &$0) } == ["static.field"])
    #expect(findings(["static.field": "x"]) { InsertField.transform(on: .value, &$0) } == ["static.value"])
    #expect(findings(["offset.field": "o"]) { InsertField.transform(on: .value, &$0) } == ["offset.field"])
    #expect(findings(["fields": "a,b", "headers": "h", "operation": "copy"]) { HeaderFrom.transform(on: .value, &$0) } == ["headers"])
    #expect(findings(["field": "a", "target.type": "string"]) { TimestampConverter.transform(on: .value, &$0) } == ["format"])
    #expect(findings(["field": "a", "target.type": "unix", "format": "YYYY"]) { TimestampConverter.transform(on: .value, &$0) } == ["format"])
    #expect(findings(["field": "`a", "field.syntax.version": "V2"]) { ExtractField.transform(on: .value, &$0) } == ["field"])
    #expect(findings([:]) { SetSchemaMetadata.transform(on: .value, &$0) } == ["schema.name"])
    #expect(findings(["header": "h"]) { InsertHeader(&$0) } == ["value.literal"])
    #expect(findings([:]) { MaskField.transform(on: .value, &$0) } == ["fields"])
    #expect(findings([:]) { ValueToKey.transform(&$0) } == ["fields"])
    #expect(findings([:]) { DropHeaders(&$0) } == ["headers"])
  }

  private func refused(_ options: [String: String], _ make: (inout Configuration) -> any Transform) throws -> MillraceError? {
    var configuration = Configuration(options)
    let transform = make(&configuration)
    try #require(configuration.findings.isEmpty)
    var batch = Sample.batch()
    do throws(MillraceError) {
      try transform.apply(to: &batch, where: Selection())
      return nil
    } catch {
      return error
    }
  }

  @Test func aRecordThatIsRefusedIsNamedByTransformTopicAndPlace() throws {
    let error = try #require(try refused(["field": "nosuch"]) { ExtractField.transform(on: .value, &$0) })
    #expect(error.retry == .record)
    #expect(error.component == "ExtractField")
    #expect(error.subject == "srv.public.t")
    #expect(error.position == "1/0")
    #expect(try refused(["spec": "op:int8"]) { Cast.transform(on: .value, &$0) }?.code == "transform.Cast.value")
    #expect(try refused(["spec": "after:string"]) { Cast.transform(on: .value, &$0) }?.code == "transform.Cast.type")
    #expect(try refused(["fields": "op"]) { ValueToKey.transform(&$0) }?.code == "transform.ValueToKey.null")
    #expect(try refused(["fields": "source"]) { MaskField.transform(on: .value, &$0) }?.code == "transform.MaskField.type")
    #expect(try refused([:]) { TimestampRouter(&$0) }?.code == "transform.TimestampRouter.missing")
    #expect(try refused(["topic.field": "op"]) { InsertField.transform(on: .value, &$0) }?.code == "transform.InsertField.field")
    #expect(try refused(["partition.field": "p!"]) { InsertField.transform(on: .value, &$0) }?.code == "transform.InsertField.missing")
  }

  @Test func fieldPathsHaveDotsAndBackticks() {
    #expect(FieldPath.steps("a.b") == ["a", "b"])
    #expect(FieldPath.steps("a") == ["a"])
    #expect(FieldPath.steps("`a.b`.c") == ["a.b", "c"])
    #expect(FieldPath.steps("a.`b.c`") == ["a", "b.c"])
    #expect(FieldPath.steps("`a`b`.c") == ["a`b", "c"])
    #expect(FieldPath.steps("a.") == ["a", ""])
    #expect(FieldPath.steps("`a.b") == nil)
  }

  @Test func patternsOfDatesWriteAndReadTimes() throws {
    let moment: Int64 = 1_709_210_096_789   // 2024-02-29T12:34:56.789Z, a Thursday
    func text(_ pattern: String) -> String? { JavaDateFormat(pattern)?.text(moment) }
    #expect(text("yyyy-MM-dd'T'HH:mm:ss.SSSX") == "2024-02-29T12:34:56.789Z")
    #expect(text("EEE, d MMM yy h:mm a Z") == "Thu, 29 Feb 24 12:34 PM +0000")
    #expect(text("EEEE MMMM D u k K 'o''clock' zzz") == "Thursday February 60 4 12 0 o'clock UTC")
    #expect(JavaDateFormat("YYYY") == nil)
    #expect(JavaDateFormat("yyyy 'open") == nil)
    for pattern in ["yyyy-MM-dd'T'HH:mm:ss.SSSX", "d MMM yyyy, hh:mm:ss.SSS a", "yyyyMMddHHmmssSSS", "EEEE, MMMM d yyyy k:mm:ss.SSS"] {
      let format = try #require(JavaDateFormat(pattern))
      #expect(format.milliseconds(format.text(moment)) == moment, "\(pattern)")
    }
    #expect(JavaDateFormat("yyyy-MM-dd HH:mm Z")?.milliseconds("2024-02-29 14:34 +0200") == 1_709_210_040_000)
    #expect(JavaDateFormat("yyyy-MM-dd")?.milliseconds("2024-13-32") == JavaDateFormat("yyyy-MM-dd")?.milliseconds("2025-02-01"))
    #expect(JavaDateFormat("yyyy-MM-dd")?.milliseconds("no date") == nil)
    #expect(JavaDateFormat("yyyy-MM-dd")?.text(-62_135_596_800_000) == "0001-01-01")
  }

  @Test func daysAndCalendarAgreeOverTwoThousandYears() {
    var last = CivilTime(year: 1, month: 1, day: 1).days - 1
    for day in stride(from: Int64(-719_162), to: 100_000, by: 1) {
      let time = CivilTime(milliseconds: day * 86_400_000)
      if time.days != day || day != last + 1 {
        Issue.record("day \(day) is \(time)")
        return
      }
      last = day
    }
  }

  @Test func literalsAreTakenForWhatConnectTakesThem() {
    func kind(_ text: String) -> Schema.Kind? { ConnectLiteral.parse(text).schema?.kind }
    #expect(kind("1") == .int8)
    #expect(kind("-129") == .int16)
    #expect(kind("1e3") == .int16)
    #expect(kind("70000") == .int32)
    #expect(kind("5000000000") == .int64)
    #expect(kind("3.14") == .float32)
    #expect(kind("1e300") == .float64)
    #expect(kind("true") == .boolean)
    #expect(kind("null") == nil)
    #expect(kind("12:34:56.789Z") == .int32)
    #expect(ConnectLiteral.parse("2024-02-29T12:34:56.789Z").value == .integer(1_709_210_096_789))
    #expect(ConnectLiteral.parse("hello 1").value == .text("hello 1"))
    #expect(kind("[1, 2.5]") == .array(.float32) && ConnectLiteral.parse("[1, 2.5]").value == .array([.float(1), .float(2.5)]))
    #expect(kind("[1, \"a\"]") == nil && ConnectLiteral.parse("[1, \"a\"]").value == .array([.integer(1), .text("a")]))
    #expect(kind("{\"a\": [1], \"b\": [300]}") == .map(key: .string, value: Schema(.array(.int16))))
    #expect(kind("[1, 2") == .string && kind("[a]") == .string && kind("{null: 1}") == .string && kind("") == .string && kind("[") == .string)
    #expect(ConnectLiteral.parse("-32768000000000000000000").value == .bytes([0xF9, 0x0F, 0xA4, 0xA6, 0x2C, 0x4E, 0, 0, 0, 0]))
    #expect(ConnectLiteral.parse("-9223372036854775809").value == .bytes([0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]))
    #expect(ConnectLiteral.parse("-1.5e400").value == .bytes([0xF1]) && ConnectLiteral.parse("-12.8e400").value == .bytes([0x80]))
  }

  @Test func numbersNarrowAsInJava() {
    #expect(JavaNumber.saturated(3e9, as: Int32.self) == .max)
    #expect(JavaNumber.saturated(-.infinity, as: Int64.self) == .min)
    #expect(JavaNumber.saturated(.nan, as: Int32.self) == 0)
    #expect(JavaNumber.saturated(-1.9, as: Int32.self) == -1)
    #expect(JavaNumber.decimal("18446744073709551617")?.truncated == 1)
    #expect(JavaNumber.decimal("-12.99")?.truncated == -12)
    #expect(JavaNumber.decimal("1.50")?.whole == nil)
    #expect(JavaNumber.decimal("15.00")?.whole == 15)
    #expect(JavaNumber.decimal("1.5e1")?.whole == 15)
    #expect(JavaNumber.decimal("x") == nil)
    #expect(JavaNumber.double(" 1.5f ") == 1.5)
    #expect(JavaNumber.double("inf") == nil)
    #expect(JavaNumber.double("-Infinity") == -.infinity)
  }
}
