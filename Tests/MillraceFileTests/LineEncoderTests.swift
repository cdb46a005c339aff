import MillraceCore
import Testing

@testable import MillraceFile

struct LineEncoderTests {
  private func lines(_ converters: RecordConverters = .plain(), _ fill: (inout RecordBatch) -> Void) throws -> String {
    var batch = RecordBatch()
    fill(&batch)
    var encoder = LineEncoder(converters)
    #expect(try encoder.encode(batch, from: 0, limit: .max) == batch.records.count)
    return encoder.output.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  @Test func aRecordIsOneLineInTheOrderOfTheReference() throws {
    let text = try lines { batch in
      batch.add("a.b", key: .integer(1), value: .text("x\n\"ä"), headers: [("__op", .text("c")), ("n", .integer(7)), ("z", .null)])
    }
    #expect(
      text == #"{"topic":"a.b","partition":null,"key":1,"value":"x\n\"ä","#
        + #""headers":[{"key":"__op","value":"c"},{"key":"n","value":"7"},{"key":"z","value":null}]}"# + "\n")
  }

  @Test func nothingIsWrittenAsNull() throws {
    #expect(
      try lines { $0.add("t", key: .null, value: .null) }
        == #"{"topic":"t","partition":null,"key":null,"value":null,"headers":[]}"# + "\n")
  }

  @Test func aPartitionThatWasAskedForIsShown() throws {
    #expect(try lines { $0.add("t", key: .null, value: .null, partition: 12) }.contains(#","partition":12,"key""#))
  }

  @Test func textIsEscapedAndOtherBytesAreBase64() throws {
    let text = try lines(.plain(key: .text, value: .binary)) { batch in
      batch.add("t", key: .text("a\"b\u{1}"), value: .bytes([0, 1, 2, 255]))
      batch.add("t", key: .text(""), value: .bytes([]))
      batch.add("t", key: .null, value: .bytes([1, 2]))
      batch.add("t", key: .null, value: .bytes([0xfb, 0xff, 0xbf]))
    }
    let parts = text.split(separator: "\n")
    #expect(parts[0].contains(#""key":"a\"b\u0001","value":{"base64":"AAEC/w=="}"#))
    #expect(parts[1].contains(#""key":"","value":{"base64":""}"#))
    #expect(parts[2].contains(#""value":{"base64":"AQI="}"#))
    #expect(parts[3].contains(#""value":{"base64":"+/+/"}"#))
  }

  @Test func jsonAndBinaryHeadersAreShownAsTheReferenceShowsThem() throws {
    let json = try lines(.plain(header: .json)) { $0.add("t", key: .null, value: .null, headers: [("a", .text("b"))]) }
    #expect(json.contains(#"[{"key":"a","value":"b"}]"#))
    let binary = try lines(.plain(header: .binary)) { $0.add("t", key: .null, value: .null, headers: [("a", .bytes([0x62, 0xff]))]) }
    #expect(binary.contains("[{\"key\":\"a\",\"value\":\"b\u{fffd}\"}]"))
  }

  @Test func topicsAndHeaderRunsThatChangeAreRenderedAnew() throws {
    let text = try lines { batch in
      batch.add("a\"", key: .null, value: .integer(1), headers: [("h", .text("1"))])
      batch.add("b", key: .null, value: .integer(2), headers: [("h", .text("2"))])
      batch.add("a\"", key: .null, value: .integer(3))
      var copy = batch.records[0]
      copy.isDropped = true
      batch.records.append(copy)
      copy.isDropped = false
      batch.records.append(copy)
      batch.records.append(copy)
    }
    let one = #"{"topic":"a\"","partition":null,"key":null,"value":1,"headers":[{"key":"h","value":"1"}]}"#
    #expect(
      text.split(separator: "\n").map(String.init) == [
        one, #"{"topic":"b","partition":null,"key":null,"value":2,"headers":[{"key":"h","value":"2"}]}"#,
        #"{"topic":"a\"","partition":null,"key":null,"value":3,"headers":[]}"#, one, one,
      ])
  }

  @Test func nothingOfOneBatchIsTakenForTheNext() throws {
    var encoder = LineEncoder(.plain())
    var batch = RecordBatch()
    batch.add("one", key: .null, value: .null, headers: [("h", .text("1"))])
    _ = try encoder.encode(batch, from: 0, limit: .max)
    batch.reset()
    encoder.output.truncate(to: 0)
    batch.add("two", key: .null, value: .null, headers: [("g", .text("2"))])
    _ = try encoder.encode(batch, from: 0, limit: .max)
    #expect(
      encoder.output.withBytes { String(decoding: $0, as: UTF8.self) }
        == #"{"topic":"two","partition":null,"key":null,"value":null,"headers":[{"key":"g","value":"2"}]}"# + "\n")
  }

  @Test func aConverterThatFailsLeavesNoPieceOfALine() throws {
    var encoder = LineEncoder(.plain())
    var batch = RecordBatch()
    batch.add("t", key: .null, value: .integer(1))
    batch.add("t", key: .null, value: .boolean(true))
    #expect(throws: MillraceError.self) { _ = try encoder.encode(batch, from: 0, limit: .max) }
    #expect(encoder.output.withBytes { $0.last } == 0x0a)
    #expect(encoder.output.withBytes { $0.count { $0 == 0x0a } } == 1)
  }

  @Test func aLimitStopsBetweenRecords() throws {
    var encoder = LineEncoder(.plain())
    var batch = RecordBatch()
    for value in 0..<10 { batch.add("t", key: .null, value: .integer(Int64(value))) }
    #expect(try encoder.encode(batch, from: 0, limit: 1) == 1)
    #expect(try encoder.encode(batch, from: 1, limit: .max) == 10)
    #expect(encoder.output.withBytes { $0.count { $0 == 0x0a } } == 10)
  }
}
