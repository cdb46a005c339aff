import MillraceCore
import Testing

@testable import MillraceFormats

/// Schemas and bytes are compared with those of Confluent's ProtobufConverter.
@Suite struct ProtobufConverterTests {
  @Test func schemasAndBytesEqualConfluents() async throws { try await compare("protobuf", ProtobufSettings()) }

  @Test func schemasAndBytesEqualConfluentsWithOptionalFields() async throws {
    try await compare("protobuf-optional", ProtobufSettings(marksOptional: true, scrubsNames: true))
  }

  @Test func schemasAndBytesEqualConfluentsWithWrappers() async throws {
    try await compare("protobuf-wrapper", ProtobufSettings(wrapsNullables: true))
  }

  private func compare(_ recording: String, _ settings: ProtobufSettings) async throws {
    var compared = 0
    for each in try RecordedConversions.cases(recording) {
      // These alone have schemas of Google's, which we do not register.
      if let schema = each.schema, ProtobufLogical(schema) != nil { continue }
      let registry = NotedSchemas()
      let converter = ProtobufConverter(settings, registry: registry)
      let got: RecordedConversions.Expected
      do {
        if let bytes = try await registered(each.value, each.schema, by: converter) {
          #expect(bytes.prefix(5) == [0, 0, 0, 0, 7])
          got = .bytes(hexadecimal(bytes.dropFirst(5)), schema: registry.schemas.last?.text ?? "")
        } else {
          got = .null
        }
      } catch {
        if case .error = each.expected { continue }
        Issue.record("line \(each.line): \(error)")
        continue
      }
      #expect(got == each.expected, "line \(each.line)")
      compared += 1
    }
    #expect(compared > 100)
  }

  @Test func longContentsHaveLongLengths() async throws {
    let schema = Schema(.structure([.init("in", Schema(.structure([.init("t", .string)]), name: "p.In"))]), name: "p.Out")
    for length in [0, 1, 125, 126, 127, 128, 16380, 16384, 3_000_000] {
      let text = String(repeating: "x", count: length)
      let bytes = try #require(
        try await registered(.structure([.structure([.text(text)])]), schema, by: ProtobufConverter(ProtobufSettings(), registry: NotedSchemas())))
      func varint(_ value: Int) -> [UInt8] { value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7) }
      let inner: [UInt8] = length == 0 ? [] : [0x0A] + varint(length) + Array(text.utf8)
      #expect(bytes == [0, 0, 0, 0, 7, 0, 0x0A] + varint(inner.count) + inner)
    }
  }

  @Test func nullAmongElementsIsAnError() async throws {
    let schema = Schema(.structure([.init("a", Schema(.array(.optionalInt32)))]), name: "p.A")
    let error = await #expect(throws: MillraceError.self) {
      try await registered(.structure([.array([.integer(1), .null])]), schema, by: ProtobufConverter(ProtobufSettings(), registry: NotedSchemas()))
    }
    #expect(error?.code == "format.protobuf.mismatch")
  }
}
