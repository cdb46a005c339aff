import Foundation
import MillraceCore
import Synchronization
import Testing

@testable import MillraceFormats

/// Values with their schemas, and what Confluent's converters made of them: Tests/Fixtures/converters, written by
/// IntegrationTests/oracle/converters. A line of a recording answers the line of cases.jsonl with the same number.
enum RecordedConversions {
  struct Case: Sendable, CustomStringConvertible {
    let line: Int
    let schema: Schema?
    let value: Value
    let expected: Expected
    var description: String { "line \(line)" }
  }

  enum Expected: Sendable, Equatable {
    case null
    case bytes(String, schema: String)
    case error(String)
  }

  static func lines(_ name: String) throws -> [JSONText] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: folder.appending(path: "Fixtures/converters/\(name).jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { try JSONText(String($0)) }
  }

  static func cases(_ recording: String) throws -> [Case] {
    let cases = try lines("cases"), answers = try lines(recording)
    try #require(cases.count == answers.count)
    return try zip(cases, answers).enumerated().map { index, pair in
      let (given, answer) = pair
      let schema = given["schema"] == .null ? nil : try Schema(connect: #require(given["schema"]))
      let payload = try #require(given["payload"])
      let value = try schema.map { try Value(connect: payload, $0) } ?? Value(schemaless: payload)
      let expected: Expected
      if let error = answer["error"]?.string {
        expected = .error(error)
      } else if let bytes = answer["bytes"]?.string {
        expected = .bytes(bytes, schema: answer["schema"]?.string ?? "")
      } else {
        expected = .null
      }
      return Case(line: index + 1, schema: schema, value: value, expected: expected)
    }
  }
}

extension Value {
  init(schemaless json: JSONText) throws {
    switch json {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .string(let text): self = .text(text)
    case .number(let text): self = Int64(text).map { .integer($0) } ?? .float(Double(text) ?? 0)
    case .array(let values): self = .array(try values.map { try Value(schemaless: $0) })
    case .object(let members): self = .map(try members.map { Pair(.text($0.name), try Value(schemaless: $0.value)) })
    }
  }
}

/// A registry that gives every schema the same number, 7, and remembers the last.
final class NotedSchemas: SchemaRegistry {
  private let last = Mutex<[RegistrySchema]>([])
  var schemas: [RegistrySchema] { last.withLock { $0 } }

  func register(_ schema: RegistrySchema) async throws(MillraceError) -> RegisteredSchema {
    last.withLock { $0.append(schema) }
    return RegisteredSchema(number: 7, prefix: [0, 0, 0, 0, 7])
  }
}

/// One value as a record, prepared and converted; nil for null without bytes.
func registered(_ value: Value, _ schema: Schema?, by converter: any PreparingConverter, topic: String = "t") async throws -> [UInt8]? {
  let box = BatchBox()
  let index = schema.map { box.batch.intern(schema: $0) } ?? Record.noSchema
  let slot = box.batch.slot(value)
  let topic = box.batch.intern(topic: topic)
  box.batch.records.append(
    Record(
      topic: topic, keySchema: Record.noSchema, key: .null, valueSchema: index, value: slot, firstHeader: 0, headerCount: 0,
      order: .init(commit: 0, ordinal: 0)))
  try await converter.prepare(box, .value)
  var output = ByteArena()
  guard try converter.convert(slot, schema: index, topic: topic, of: box.batch, into: &output) else { return nil }
  return output.withBytes { Array($0) }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
