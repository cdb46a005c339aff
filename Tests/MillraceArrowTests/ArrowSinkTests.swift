import Glibc
import MillraceCore
import Synchronization
import Testing

@testable import MillraceArrow

@Suite struct ArrowSinkTests {
  private let folder = TemporaryFolder()
  private static let row = Schema(
    .structure([Schema.Field("id", .int32), Schema.Field("note", .optionalString)]), optional: true, name: "s.t.Value")
  private static let wide = Schema(
    .structure(row.fields + [Schema.Field("more", .optionalFloat64)]), optional: true, name: "s.t.Value")
  private static let key = Schema(.structure([Schema.Field("id", .int32)]), name: "s.t.Key")

  private func sink(_ settings: [String: String] = [:]) -> ArrowSink {
    var configuration = Configuration(["path": folder.path + "/out"].merging(settings) { $1 })
    let sink = ArrowSink(&configuration)
    #expect(configuration.findings.isEmpty)
    return sink
  }

  private func started(_ settings: [String: String] = [:], log: Log = .none) async throws -> ArrowSink {
    let sink = sink(settings)
    try await sink.start(SinkContext(converters: .none, log: log))
    return sink
  }

  /// Rows of one table; nil is a delete without a row.
  private func batch(_ sequence: UInt64, _ ids: [Int?], schema: Schema = row, topic: String = "s.t", key: Int? = nil) -> BatchBox {
    let box = BatchBox()
    box.sequence = sequence
    for (number, id) in ids.enumerated() {
      let fields: [Value] = [.integer(Int64(id ?? 0)), .text("n\(id ?? 0)")] + (schema === Self.wide ? [.null] : [])
      let value = box.batch.slot(id == nil ? .null : .structure(fields))
      let keySlot = box.batch.slot(.structure([.integer(Int64(key ?? id ?? 0))]))
      box.batch.records.append(
        Record(
          topic: box.batch.intern(topic: topic), keySchema: box.batch.intern(schema: Self.key), key: keySlot,
          valueSchema: id == nil ? Record.noSchema : box.batch.intern(schema: schema), value: value, firstHeader: 0, headerCount: 0,
          order: Record.Order(commit: sequence, ordinal: UInt64(number))))
    }
    return box
  }

  private func names(_ topic: String = "s.t") -> [String] { ((try? Path.names(in: folder.path + "/out/" + topic)) ?? []).sorted() }

  private func read(_ name: String, _ topic: String = "s.t") -> ArrowReading? { ArrowReading("\(folder.path)/out/\(topic)/\(name)") }

  @Test func whatIsAcceptedIsDurableOnceItsFileIsPublished() async throws {
    let sink = try await started()
    try await sink.write(batch(1, [1, 2, 3]))
    try await sink.write(batch(2, [4]))
    #expect(try await sink.flush(waiting: false) == 0)
    #expect(names() == [])
    #expect(try await sink.flush(waiting: true) == 2)
    #expect(names() == ["00000001.arrow"])
    let file = try #require(read("00000001.arrow"))
    #expect(file.rows == 4 && file.footerAgrees)
    #expect(file.columns == ["id", "note", "__op", "__commit", "__ordinal", "__unavailable"])
    try await sink.write(batch(3, [5]))
    #expect(try await sink.flush(waiting: false) == 2)
    await sink.close()
    #expect(names() == ["00000001.arrow"])
  }

  @Test func filesRollByRowsAndBytesAndAge() async throws {
    let byRows = try await started(["roll.rows": "10"])
    for number in 0..<5 { try await byRows.write(batch(UInt64(number + 1), Array(number * 7..<number * 7 + 7))) }
    #expect(try await byRows.flush(waiting: false) == 4)   // 30 of 35 rows: the fifth batch is not whole
    #expect(names().map { read($0)?.rows } == [10, 10, 10])
    #expect(try await byRows.flush(waiting: true) == 5)
    #expect(names().map { read($0)?.rows } == [10, 10, 10, 5])
    await byRows.close()
    let bySize = try await started(["roll.bytes": "2000"])
    try await bySize.write(batch(1, Array(0..<500)))
    #expect(try await bySize.flush(waiting: true) == 1)
    #expect(names().count > 10)
    #expect(names().reduce(0) { $0 + (read($1)?.rows ?? 0) } == 535)
    await bySize.close()
    let byAge = try await started(["roll.interval.ms": "1"])
    try await byAge.write(batch(1, [1]))
    usleep(5000)
    #expect(try await byAge.flush(waiting: false) == 1)
    await byAge.close()
  }

  @Test func aTableThatIsBehindHoldsBackOnlyWhatItHas() async throws {
    let sink = try await started(["roll.rows": "2"])
    try await sink.write(batch(1, [1, 2]))
    try await sink.write(batch(2, [1], topic: "s.slow"))
    try await sink.write(batch(3, [3, 4]))
    #expect(try await sink.flush(waiting: false) == 1)
    #expect(try await sink.flush(waiting: true) == 3)
    #expect(names("s.slow") == ["00000001.arrow"] && names() == ["00000001.arrow", "00000002.arrow"])
    await sink.close()
  }

  @Test func recordBatchesAreBounded() async throws {
    let sink = try await started(["batch.rows": "100"])
    try await sink.write(batch(1, Array(0..<250)))
    #expect(names() == [".00000001.arrow.part"])
    #expect(try await sink.flush(waiting: true) == 1)
    let file = try #require(read("00000001.arrow"))
    #expect(file.batches == [100, 100, 50] && file.footerAgrees)
    await sink.close()
    let tight = try await started(["buffer.bytes": "0"])
    try await tight.write(batch(1, [1, 2, 3]))
    #expect(try await tight.flush(waiting: true) == 1)
    #expect(read("00000002.arrow")?.batches == [1, 1, 1])
    await tight.close()
  }

  @Test func streamsHaveNoFooter() async throws {
    let sink = try await started(["format": "stream"])
    try await sink.write(batch(1, [1, 2]))
    _ = try await sink.flush(waiting: true)
    let file = try #require(read("00000001.arrows"))
    #expect(file.rows == 2 && file.footerAgrees)
    await sink.close()
  }

  @Test func otherColumnsBeginAnotherFile() async throws {
    let sink = try await started()
    let twin = Schema(Self.row.kind, optional: true, name: "s.t.Value")
    try await sink.write(batch(1, [1]))
    try await sink.write(batch(2, [2], schema: twin))
    try await sink.write(batch(3, [3], schema: Self.wide))
    #expect(names() == ["00000001.arrow"])
    #expect(try await sink.flush(waiting: true) == 3)
    #expect(names().map { read($0)?.rows } == [2, 1])
    #expect(read("00000002.arrow")?.columns.contains("more") == true)
    await sink.close()
  }

  @Test func ofEachKeyTheNewestStateIsInAFile() async throws {
    let sink = try await started(["layout": "latest"])
    try await sink.write(batch(1, [1, 2, 1, 3]))
    try await sink.write(batch(2, [2, nil, 4]))   // the delete's key is 0
    #expect(try await sink.flush(waiting: true) == 2)
    #expect(read("00000001.arrow")?.rows == 5)   // 1, 3, 2, the delete, 4
    try await sink.write(batch(3, [2, 2, 2]))
    #expect(try await sink.flush(waiting: true) == 3)
    #expect(read("00000002.arrow")?.rows == 1)
    try await sink.write(batch(4, Array(0..<5000) + Array(0..<5000)))
    #expect(try await sink.flush(waiting: true) == 4)
    #expect(read("00000003.arrow")?.rows == 5000)
    await sink.close()
  }

  @Test func aDeleteWithoutARowHasItsKey() async throws {
    let sink = try await started()
    try await sink.write(batch(1, [nil], key: 7))
    try await sink.write(batch(2, [1]))
    try await sink.write(batch(3, [nil], key: 1))
    #expect(try await sink.flush(waiting: true) == 3)
    #expect(read("00000001.arrow")?.columns == ["id", "__op", "__commit", "__ordinal", "__unavailable"])
    #expect(read("00000002.arrow")?.rows == 2)
    // The same table goes on in other files.
    try await sink.write(batch(4, [2, 3]))
    #expect(try await sink.flush(waiting: true) == 4)
    #expect(read("00000003.arrow")?.rows == 2)
    await sink.close()
  }

  @Test func whatAnEarlierProcessLeftUnfinishedIsRemoved() async throws {
    let journal = Mutex<[String]>([])
    try await (try started()).write(batch(1, [1]))
    await (try started(["path": folder.path + "/other"])).close()
    let out = folder.path + "/out"
    mkdir(out + "/s.t", 0o755)
    try OpenFile(out + "/s.t/.00000004.arrow.part", O_WRONLY | O_CREAT).write("ARROW1")
    try OpenFile(out + "/s.t/00000003.arrow", O_WRONLY | O_CREAT).write("ARROW1")
    let sink = try await started(log: Log { _, message, _ in journal.withLock { $0.append(message) } })
    #expect(names() == ["00000003.arrow"])
    #expect(journal.withLock { $0 } == ["files that were not complete are removed: their records come again"])
    try await sink.write(batch(1, [1]))
    #expect(try await sink.flush(waiting: true) == 1)
    #expect(names() == ["00000003.arrow", "00000004.arrow"])
    await sink.close()
  }

  @Test func twoProcessesCannotWriteOneFolder() async throws {
    let first = try await started()
    let error = await #expect(throws: MillraceError.self) { _ = try await started() }
    #expect(error?.code == "arrow.locked")
    #expect(await sink().check().map(\.problem) == ["another process writes the folder"])
    await first.close()
    #expect(await sink().check().isEmpty)
    await (try started()).close()
  }

  @Test func aRecordAtFaultLeavesNothingBehind() async throws {
    let time = Schema(.structure([Schema.Field("id", .int32), Schema.Field("at", Schema(.int64, name: "io.debezium.time.MicroTime"))]), name: "s.t.Value")
    let sink = try await started()
    let box = BatchBox()
    box.sequence = 1
    for at: Int64 in [0, 86_400_000_000, 5] {
      let value = box.batch.slot(.structure([.integer(1), .integer(at)]))
      box.batch.records.append(
        Record(
          topic: box.batch.intern(topic: "s.t"), keySchema: Record.noSchema, key: .null, valueSchema: box.batch.intern(schema: time),
          value: value, firstHeader: 0, headerCount: 0, order: Record.Order(commit: 1, ordinal: 0)))
    }
    let error = await #expect(throws: MillraceError.self) { try await sink.write(box) }
    #expect(error?.record == 1 && error?.retry == .record && error?.subject == "s.t")
    box.batch.records[0].isDropped = true
    box.batch.records[1].isDropped = true
    try await sink.write(box)
    #expect(try await sink.flush(waiting: true) == 1)
    #expect(read("00000001.arrow")?.rows == 2)
    await sink.close()
    let durations = try await started(["times": "duration"])
    for index in 0..<3 { box.batch.records[index].isDropped = false }
    try await durations.write(box)
    await durations.close()
  }

  @Test func twoTopicsNeverShareAFolder() {
    #expect(["s.t", "a/b", "a%2Fb", "..", "."].map { ArrowFolder.name(of: $0) } == ["s.t", "a%2Fb", "a%252Fb", "%2E%2E", "%2E"])
  }

  @Test func mistakesAreFoundBeforeTheStart() async throws {
    var configuration = Configuration(["format": "parquet", "layout": "all", "roll.bytes": "0", "batch.rows": "no", "before": "maybe"])
    _ = ArrowSink(&configuration)
    #expect(configuration.findings.map(\.key) == ["path", "format", "layout", "roll.bytes", "batch.rows", "before"])
    #expect(await sink().check().isEmpty)
    #expect(((try? Path.names(in: folder.path)) ?? []).isEmpty)
    try OpenFile(folder.path + "/file", O_WRONLY | O_CREAT).write("x")
    #expect(await sink(["path": folder.path + "/file"]).check().map(\.advice) == ["name a folder in sink.arrow.path"])
    #expect(await sink(["path": folder.path + "/no/such"]).check().map(\.key) == ["path"])
  }
}

extension RecordConverters {
  /// The sink takes none.
  static var none: RecordConverters { RecordConverters(key: Unused(), value: Unused(), header: Unused()) }

  private final class Unused: Converter {
    var form: ConvertedForm { .binary }
    func convert(
      _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
    ) throws(MillraceError) -> Bool { false }
  }
}

/// A folder of a test, removed with everything in it at the end.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/millrace-test-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? ""
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    for name in (try? Path.names(in: path)) ?? [] {
      let inner = path + "/" + name
      if unlink(inner) != 0 { remove(inner) }
    }
    rmdir(path)
  }
}
