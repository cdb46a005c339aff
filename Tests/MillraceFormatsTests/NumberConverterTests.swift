import MillraceCore
import Testing

@testable import MillraceFormats

/// Compared with Kafka Connect's own converters: what these refuse is not in the recording.
@Suite struct NumberConverterTests {
  @Test(arguments: NumberConverter.Kind.allCases)
  func bytesEqualConnects(_ kind: NumberConverter.Kind) throws {
    let answers = try RecordedConversions.lines("plain")
    var seen = 0
    for (each, answer) in zip(try RecordedConversions.cases("avro"), answers) {
      var batch = RecordBatch()
      let slot = batch.slot(each.value)
      let index = each.schema.map { batch.intern(schema: $0) } ?? Record.noSchema
      let topic = batch.intern(topic: "t")
      var output = ByteArena()
      let got: JSONText?
      do {
        let isThere = try NumberConverter(kind).convert(slot, schema: index, topic: topic, of: batch, into: &output)
        got = isThere ? .string(output.withBytes { hexadecimal($0) }) : .null
      } catch {
        got = nil
      }
      // Of null, only that it is no error of ours.
      if each.value == .null { continue }
      #expect(got == answer[kind.rawValue], "line \(each.line)")
      if got != nil { seen += 1 }
    }
    #expect(seen > 0)
  }

  @Test func bytesPassAndTheRestGoesToTheDelegate() throws {
    let alone = BinaryDataConverter(delegate: nil), both = BinaryDataConverter(delegate: JSONConverter(schemas: false))
    for converter in [alone, both] {
      #expect(try converted(.bytes([1, 2]), .bytes, by: converter) == "\u{1}\u{2}")
      #expect(try converted(.null, nil, by: converter) == nil)
    }
    #expect(try converted(.structure([.integer(5)]), Schema(.structure([.init("a", .int32)])), by: both) == #"{"a":5}"#)
    let error = #expect(throws: MillraceError.self) { try converted(.integer(5), .int32, by: alone) }
    #expect(error?.code == "format.bytes.mismatch")
  }
}
