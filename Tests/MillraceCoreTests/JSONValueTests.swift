import MillraceCore
import Testing

struct JSONValueTests {
  @Test func wholeNumbersAreExactAndOrderIsKept() throws {
    let text = #"{"b":9223372036854775807,"a":-9223372036854775808,"c":[1.50,1e3,18446744073709551615,-0,null,true,false,""]}"#
    let value = try JSONValue(parsing: text)
    #expect(value["b"]?.integer == .max)
    #expect(value["a"]?.integer == .min)
    #expect(value["c"]?.elements?[2] == .number("18446744073709551615"))
    #expect(value.text() == text)
  }

  @Test func stringsAreUnescapedAndEscapedAsJacksonDoesIt() throws {
    let value = try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u0001\u001f\u00e4\ud83d\ude00\u007f""#)
    #expect(value.string == "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{1f}ä😀\u{7f}")
    #expect(value.text() == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001Fä😀\u{7f}\"")
  }

  @Test func indentedTextIsReadBackEqual() throws {
    let value = try JSONValue(parsing: #"{"a":{},"b":[],"c":{"d":[1,{"e":null}]}}"#)
    #expect(value.text(indented: true).hasPrefix("{\n  \"a\": {},\n  \"b\": [],\n  \"c\": {\n"))
    #expect(try JSONValue(parsing: value.text(indented: true)) == value)
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\"}", "01", "1.", "-", "+1", ".5", "1e", "tru", "nul", "[1 2]", "\"\\x\"", "\"\\u12g4\"",
    "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "\"a", "{} {}", "{\"a\":1,\"a\":2}", "NaN", "'a'", "{a:1}",
  ])
  func whatIsNotJSONIsRefused(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xc3, 0x22]) }
  }

  @Test func errorsNameThePlace() {
    #expect(performing { () throws(JSONError) in _ = try JSONValue(parsing: "{\n  \"a\": x}") }?.description
      == "a value is expected at line 2, column 8")
  }

  @Test func deepNestingIsAnErrorAndNotACrash() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(performing { () throws(JSONError) in _ = try JSONValue(parsing: deep) }?.offset == JSONValue.maximumDepth)
  }

  @Test func everyTruncationOfADocumentIsRefused() throws {
    let bytes = Array(#"{"a":[1,2.5,"x\u00e4"],"b":{"c":true}}"#.utf8)
    for length in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSONValue(parsing: Array(bytes[..<length])) }
    }
  }

  @Test func randomBytesNeverTrap() {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("{}[]\",:\\u0123456789abcdefntrl -.eE\u{e4}".utf8) + [0xff, 0]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      guard let value = try? JSONValue(parsing: bytes) else { continue }
      #expect((try? JSONValue(parsing: value.text())) == value)
    }
  }

  private func performing(_ body: () throws(JSONError) -> Void) -> JSONError? {
    do throws(JSONError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func textsOfUsersAreReadAsJacksonReadsThem() throws {
    #expect(try JSONValue(parsingFirst: Array(#" {"a":1,"b":2,"a":[3]} rest"#.utf8)) == .object([.init("a", .array([.integer(3)])), .init("b", .integer(2))]))
    #expect(throws: JSONError.self) { try JSONValue(parsingFirst: Array(#"{"a":"#.utf8)) }
  }
}
