import MillraceCore
import Synchronization
import Testing

@testable import MillraceFormats

/// What is asked of a registry, and when.
@Suite struct RegisteredPlansTests {
  /// Numbers schemas by subject, or refuses them.
  private final class Registry: SchemaRegistry {
    struct State {
      var asked: [String] = []
      var refuses = false
      var headers: [(name: String, value: [UInt8])] = []
    }
    let state = Mutex(State())

    func register(_ schema: RegistrySchema) async throws(MillraceError) -> RegisteredSchema {
      let (count, refuses, headers) = state.withLock { state in
        state.asked.append("\(schema.topic)-\(schema.part.rawValue)")
        return (state.asked.count, state.refuses, state.headers)
      }
      if refuses { throw MillraceError(code: "registry.incompatible", component: "registry", retry: .record, message: "no", advice: "") }
      return RegisteredSchema(number: Int64(count), prefix: headers.isEmpty ? [0, 0, 0, 0, UInt8(count)] : [], headers: headers)
    }
  }

  private let registry = Registry()
  private let schema = Schema(.structure([.init("a", .int32)]), name: "S")

  private func add(_ schema: Schema, _ topic: String, to box: BatchBox) {
    let value = box.batch.slot(.structure([.integer(1)]))
    let record = Record(
      topic: box.batch.intern(topic: topic), keySchema: Record.noSchema, key: .null, valueSchema: box.batch.intern(schema: schema), value: value,
      firstHeader: 0, headerCount: 0, order: .init(commit: 0, ordinal: 0))
    box.batch.records.append(record)
  }

  private func convert(_ index: Int, _ box: BatchBox, _ converter: AvroConverter) throws -> [UInt8] {
    var output = ByteArena()
    let record = box.batch.records[index]
    #expect(try converter.convert(record.value, schema: record.valueSchema, topic: record.topic, of: box.batch, into: &output))
    return output.withBytes { Array($0) }
  }

  @Test func aSchemaIsRegisteredOncePerTopicAcrossBatches() async throws {
    let converter = AvroConverter(AvroSettings(), registry: registry)
    for _ in 0..<3 {
      let box = BatchBox()
      for topic in ["x", "y", "x", "x", "y"] { add(schema, topic, to: box) }
      try await converter.prepare(box, .value)
      #expect(try convert(0, box, converter) == [0, 0, 0, 0, 1, 2])
      #expect(try convert(1, box, converter) == [0, 0, 0, 0, 2, 2])
      #expect(try convert(2, box, converter) == [0, 0, 0, 0, 1, 2])
    }
    #expect(registry.state.withLock { $0.asked } == ["x-value", "y-value"])
  }

  @Test func whatIsRefusedFailsItsRecordsAndIsAskedForAgain() async throws {
    let converter = AvroConverter(AvroSettings(), registry: registry)
    registry.state.withLock { $0.refuses = true }
    let box = BatchBox()
    for _ in 0..<3 { add(schema, "x", to: box) }
    try await converter.prepare(box, .value)
    #expect(registry.state.withLock { $0.asked.count } == 1)
    for index in 0..<3 {
      let error = #expect(throws: MillraceError.self) { try convert(index, box, converter) }
      #expect(error?.code == "registry.incompatible" && error?.subject == "x")
    }
    registry.state.withLock { $0.refuses = false }
    try await converter.prepare(box, .value)
    #expect(try convert(0, box, converter).suffix(1) == [2])
  }

  @Test func droppedRecordsAndNullsAskForNothing() async throws {
    let converter = AvroConverter(AvroSettings(), registry: registry)
    let box = BatchBox()
    add(schema, "x", to: box)
    box.batch.records[0].isDropped = true
    try await converter.prepare(box, .value)
    try await converter.prepare(box, .key)
    #expect(registry.state.withLock { $0.asked } == [])
  }

  @Test func aRecordThatNobodyPreparedIsAnError() throws {
    let converter = AvroConverter(AvroSettings(), registry: registry)
    let box = BatchBox()
    add(schema, "x", to: box)
    let error = #expect(throws: MillraceError.self) { try convert(0, box, converter) }
    #expect(error?.code == "registry.unprepared")
  }

  @Test func headersOfASchemaStandBehindTheRecordsOwnOnce() async throws {
    registry.state.withLock { $0.headers = [("id", [0, 7])] }
    let converter = AvroConverter(AvroSettings(), registry: registry)
    let box = BatchBox()
    for _ in 0..<2 { add(schema, "x", to: box) }
    let own = Header(name: box.batch.intern(headerName: "own"), schema: box.batch.intern(schema: .string), value: box.batch.text("v"))
    box.batch.headers.append(own)
    box.batch.records[1].headerCount = 1
    for _ in 0..<2 { try await converter.prepare(box, .value) }
    #expect(try convert(0, box, converter) == [2])
    let names = (0..<2).map { index in
      let record = box.batch.records[index]
      return (0..<record.headerCount).map { box.batch.headerNames[Int(box.batch.headers[Int(record.firstHeader + $0)].name)] }
    }
    #expect(names == [["id"], ["own", "id"]])
    // Those that have the same share them.
    let shared = BatchBox()
    for _ in 0..<3 { add(schema, "x", to: shared) }
    try await converter.prepare(shared, .value)
    #expect(shared.batch.headers.count == 1)
    #expect(shared.batch.records[2].headerCount == 1 && shared.batch.headers[0].isMade(in: shared.batch))
  }

  @Test func aValueThatDoesNotFitLeavesNothingBehind() async throws {
    let converter = AvroConverter(AvroSettings(), registry: registry)
    let error = await #expect(throws: MillraceError.self) {
      try await registered(.structure([.null]), schema, by: converter)
    }
    #expect(error?.code == "format.avro.mismatch" && error?.subject == "a")
  }

  @Test func floatsKeepTheirBitsAndPlaceholdersTheirForm() async throws {
    let converter = AvroConverter(AvroSettings(), registry: registry)
    #expect(try await registered(.float(.nan), .float32, by: converter)?.dropFirst(5) == [0, 0, 0xC0, 0x7F])
    #expect(try await registered(.float(-.infinity), .float64, by: converter)?.dropFirst(5) == [0, 0, 0, 0, 0, 0, 0xF0, 0xFF])
    let text = Array("__debezium_unavailable_value".utf8)
    #expect(try await registered(.unavailable, .optionalString, by: converter)?.dropFirst(5) == ArraySlice([2, 56] + text))
    #expect(try await registered(.unavailable, .optionalInt32, by: converter)?.dropFirst(5) == [0])
  }
}
