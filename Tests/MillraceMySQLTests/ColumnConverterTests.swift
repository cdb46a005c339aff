import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct ColumnConverterTests {
  private func settings(_ given: [String: String]) -> (TypeSettings, [Finding]) {
    var configuration = Configuration(given)
    let settings = TypeSettings(&configuration)
    return (settings, configuration.findings)
  }

  private let classes = "io.debezium.connector.binlog.converters."

  @Test("TINYINT(1) becomes a boolean, others only where the length is not looked at") func booleans() {
    let (short, findings) = settings(["converters": "b", "b.type": classes + "TinyIntOneToBooleanConverter", "b.selector": "d\\.t\\..*"])
    #expect(findings.isEmpty)
    var one = Decoding(.tinyint, length: 1)
    one.settings = short
    #expect(one.mapping.kind == .boolean)
    #expect(one.row(.tiny, "02") == .boolean(true))
    #expect(one.row(.tiny, "ff") == .boolean(false))
    #expect(one.text("-1") == .boolean(false))
    var any = Decoding(.tinyint)
    any.settings = short
    #expect(any.mapping.kind == .int16)
    any.settings = settings(["converters": "b", "b.type": "io.debezium.connector.mysql.converters.TinyIntOneToBooleanConverter", "b.length.checker": "false"]).0
    #expect(any.mapping.kind == .boolean)
  }

  @Test("The sink's types are 1 and 0, doubles, and texts that name their set") func sinkTypes() {
    let (given, _) = settings([
      "converters": "s", "s.type": classes + "JdbcSinkDataTypesConverter", "s.selector.boolean": "d\\.t\\.c", "s.selector.real": "other",
    ])
    var flag = Decoding(.tinyint, length: 1)
    flag.settings = given
    #expect(flag.mapping.kind == .int16)
    #expect(flag.row(.tiny, "05") == .integer(1))
    #expect(flag.row(.tiny, "ff") == .integer(0))
    var text = Decoding(.varchar, length: 5) { $0.charset = "latin1" }
    text.settings = settings(["converters": "s", "s.type": classes + "JdbcSinkDataTypesConverter", "s.selector.string": ".*"]).0
    #expect(text.mapping.parameters == [Schema.Parameter("__debezium.source.column.character_set", "latin1")])
    #expect(text.row(.varchar, size: 5, "01e9") == .text("é"))
  }

  @Test("Zero dates become what the settings say") func zeroDates() {
    let (given, findings) = settings([
      "converters": "z", "z.type": classes + "ZeroDateFallbackConverter", "z.fallback.date": "1900-01-02", "z.target.types": "DATE",
      "z.column.d.t.e.fallback": "2000-01-01",
    ])
    #expect(findings.isEmpty)
    var date = Decoding(.date)
    date.settings = given
    #expect(date.mapping.standIn == .integer(-25566))
    date.column.name = "e"
    #expect(date.mapping.standIn == .integer(10957))
    var moment = Decoding(.datetime)
    moment.settings = given
    #expect(moment.mapping.standIn == nil)
  }

  @Test("A Java class and a wrong date are findings") func findings() {
    #expect(settings(["converters": "x", "x.type": "com.example.Converter"]).1.first?.key == "x.type")
    #expect(settings(["converters": "x"]).1.first?.key == "x.type")
    let (_, findings) = settings(["converters": "z", "z.type": classes + "ZeroDateFallbackConverter", "z.fallback.date": "tomorrow"])
    #expect(findings.first?.key == "z.fallback.date")
  }
}
