import MillraceCore
import Testing

@testable import MillraceFormats

/// Schemas and bytes are compared with those of Confluent's AvroConverter.
@Suite struct AvroConverterTests {
  static let options = AvroSettings(hasMetadata: false, isEnhanced: true, scrubsNames: true, allowsOptionalKeys: true)

  @Test func schemasAndBytesEqualConfluents() async throws {
    try await compare("avro", AvroSettings())
  }

  @Test func schemasAndBytesEqualConfluentsWithEveryOption() async throws {
    try await compare("avro-options", Self.options)
  }

  private func compare(_ recording: String, _ settings: AvroSettings) async throws {
    for each in try RecordedConversions.cases(recording) {
      let registry = NotedSchemas()
      let converter = AvroConverter(settings, registry: registry)
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
    }
  }
}
