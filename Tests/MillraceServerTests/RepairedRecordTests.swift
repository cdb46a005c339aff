import MillraceCore
import Testing

@testable import MillraceServer

struct RepairedRecordTests {
  private let json = RepairedRecord.Forms(key: .json, value: .json, header: .text)
  private let bytes = RepairedRecord.Forms(key: .text, value: .binary, header: .binary)

  @Test func aLetterGoesWhereItWasMeantFor() throws {
    let line = #"{"topic":"letters","partition":null,"key":{"id":1},"value":{"v":12345678901234567890},"headers":[{"key":"__connect.errors.topic","value":"srv.t"},{"key":"__connect.errors.stage","value":"x"},{"key":"h","value":"1"}]}"#
    let record = try RepairedRecord(line, json, deadLetterTopic: "letters")
    #expect(record.topic == "srv.t" && record.partition == -1)
    #expect(record.key == Array(#"{"id":1}"#.utf8) && record.value == Array(#"{"v":12345678901234567890}"#.utf8))
    #expect(record.headers.map(\.name) == ["h"])
  }

  @Test func bytesAreThoseOfTheConverter() throws {
    let record = try RepairedRecord(#"{"topic":"t","partition":2,"key":"k ü","value":{"base64":"AP9q"},"headers":[]}"#, bytes, deadLetterTopic: nil)
    #expect(record.key == Array("k ü".utf8) && record.value == [0, 0xff, 0x6a] && record.partition == 2)
    #expect(try RepairedRecord(#"{"topic":"t","key":null,"value":null}"#, bytes, deadLetterTopic: nil).value == nil)
    for (text, decoded) in [("", []), ("AA==", [0]), ("AAE=", [0, 1]), ("AAEC", [0, 1, 2]), ("+/+/", [0xfb, 0xff, 0xbf])] as [(String, [UInt8])] {
      #expect(RepairedRecord.decoded(text) == decoded)
    }
    for text in ["A", "A===", "A?==", "AA=A"] { #expect(RepairedRecord.decoded(text) == nil) }
  }

  @Test func whatCannotBeDeliveredIsRefused() {
    func problem(_ line: String, _ forms: RepairedRecord.Forms) -> String? {
      do throws(RepairedRecord.Invalid) {
        _ = try RepairedRecord(line, forms, deadLetterTopic: "letters")
        return nil
      } catch {
        return error.problem
      }
    }
    #expect(problem("{", json)?.hasPrefix("is not JSON") == true)
    #expect(problem(#"{"id":1}"#, json) == "lacks topic, key or value")
    #expect(problem(#"{"topic":"letters","key":1,"value":2}"#, json) == "is to go to the dead-letter topic again")
    #expect(problem(#"{"topic":"t","key":{"id":1},"value":null}"#, bytes) == "has no text for the key")
    #expect(problem(#"{"topic":"t","key":null,"value":"x"}"#, bytes) == "has no {\"base64\":…} for the value")
    #expect(problem(#"{"topic":"t","key":1,"value":2,"headers":[{"key":"h","value":1}]}"#, json) == "has no text for a header")
  }
}
