@testable import MillraceTransforms
import Testing

@Suite struct CanonicalJSONTests {
  private static func printed(_ text: String) -> String? {
    (try? CanonicalJSON.printed(Array(text.utf8))).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    (#"{}"#, #"{}"#), (#"{"a": []}"#, "{\n  \"a\": []\n}"), (#"{"a": 1,"b": [true,null]}"#, "{\n  \"a\": {\n    \"$numberInt\": \"1\"\n  },\n  \"b\": [\n    true,\n    null\n  ]\n}"),
    (#"{"a": 3000000000}"#, "{\n  \"a\": {\n    \"$numberLong\": \"3000000000\"\n  }\n}"), (#"{"a": -0.0}"#, "{\n  \"a\": {\n    \"$numberDouble\": \"-0.0\"\n  }\n}"),
    (#"{"a": NaN}"#, "{\n  \"a\": {\n    \"$numberDouble\": \"NaN\"\n  }\n}"),
    (#"{"d": {"$date": 5}}"#, "{\n  \"d\": {\n    \"$date\": {\n      \"$numberLong\": \"5\"\n    }\n  }\n}"),
    (#"{"d": {"$date": "1970-01-01T00:00:01Z"}}"#, "{\n  \"d\": {\n    \"$date\": {\n      \"$numberLong\": \"1000\"\n    }\n  }\n}"),
    (#"{"r": {"$regex": "a\"b","$options": "i"}}"#, "{\n  \"r\": {\n    \"$regularExpression\": {\n      \"pattern\": \"a\\\"b\",\n      \"options\": \"i\"\n    }\n  }\n}"),
    (#"{"t": {"$timestamp": {"t": 1,"i": 2}}}"#, "{\n  \"t\": {\n    \"$timestamp\": {\n      \"t\": 1,\n      \"i\": 2\n    }\n  }\n}"),
    (#"{"m": {"$minKey": 1}}"#, "{\n  \"m\": {\n    \"$minKey\": 1\n  }\n}"),
  ])
  func anyFormBecomesCanonicalWithIndentation(text: String, wanted: String) {
    #expect(Self.printed(text) == wanted)
  }

  @Test func whatIsCanonicalAlreadyKeepsItsMeaning() {
    let wanted = Self.printed(#"{"b": {"$binary": "AP8=","$type": "04"},"d": {"$date": 5},"n": {"$numberLong": "7"}}"#)
    #expect(wanted != nil)
    #expect(wanted.flatMap { Self.printed($0) } == wanted)
  }

  @Test(arguments: ["", "{", "{\"a\"", "{\"a\": }", "{\"a\": 1", "[", "{\"a\": [1,}", "{\"a\": 1}}", "{]", "{\"$date\": {", "{\"$timestamp\": 1", "{\"$regex\": 1,\"$options\": 2}"])
  func damageIsAnError(text: String) {
    #expect(Self.printed(text) == nil)
  }

  @Test func depthIsBounded() {
    #expect(Self.printed(String(repeating: "{\"a\":", count: 600) + "1" + String(repeating: "}", count: 600)) == nil)
    #expect(Self.printed(String(repeating: "{\"a\":", count: 100) + "1" + String(repeating: "}", count: 100)) != nil)
  }
}
