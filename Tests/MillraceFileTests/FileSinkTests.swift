import Glibc
import MillraceCore
import Testing

@testable import MillraceFile

struct FileSinkTests {
  private let folder = Folder()
  private let journal = Journal()

  private func sink(_ settings: [String: String] = [:]) -> FileSink {
    var configuration = Configuration(["path": folder.path + "/out.jsonl"].merging(settings) { $1 })
    let sink = FileSink(&configuration)
    #expect(configuration.findings.isEmpty)
    return sink
  }

  private func started(_ settings: [String: String] = [:]) async throws -> FileSink {
    let sink = sink(settings)
    try await sink.start(SinkContext(converters: .plain(), log: journal.log))
    return sink
  }

  @Test func recordsAreAppendedAndDurableAfterAWaitingFlush() async throws {
    try folder.write("out.jsonl", "{\"topic\":\"t\",\"value\":0}\n")
    let sink = try await started()
    try await sink.write(.of(1, 1...3))
    try await sink.write(.of(2, 4...5))
    #expect(try await sink.flush(waiting: true) == 2)
    await sink.close()
    #expect(try folder.values("out.jsonl") == [0, 1, 2, 3, 4, 5])
    #expect(journal.all.isEmpty)
  }

  @Test func nothingIsDurableBeforeItWasSynchronised() async throws {
    let sink = try await started()
    try await sink.write(.of(1, 1...3))
    #expect(try await sink.flush(waiting: true) == 1)
    try await sink.write(.of(2, 4...5))
    // Begins at most: what it answers may be the batch before.
    #expect([1, 2].contains(try await sink.flush(waiting: false)))
    try await sink.write(.of(3, 6...7))
    #expect([1, 2].contains(try await sink.flush(waiting: false)))
    #expect(try await sink.flush(waiting: true) == 3)
    await sink.close()
  }

  @Test(arguments: [1, 100, 70_000, 200_000])
  func aTornLastLineIsCutOffWithAWarning(length: Int) async throws {
    let whole = "{\"topic\":\"t\",\"value\":1}\n"
    let torn = String((#"{"topic":"t","value":""# + String(repeating: "x", count: length)).prefix(length))
    try folder.write("out.jsonl", whole + torn)
    let sink = try await started()
    #expect(journal.all == ["warning: a torn last line was cut off"])
    try await sink.write(.of(1, 2...2))
    await sink.close()
    #expect(try folder.values("out.jsonl") == [1, 2])
  }

  @Test func aFileOfOneTornLineBecomesEmpty() async throws {
    try folder.write("out.jsonl", "{\"topic\":\"t")
    await (try started()).close()
    #expect(try folder.read("out.jsonl") == "")
  }

  @Test func theEndOfSomebodyElsesFileIsNotCutOff() async throws {
    try folder.write("out.jsonl", "precious")
    let error = await #expect(throws: MillraceError.self) { _ = try await started() }
    #expect(error?.code == "file.foreign")
    #expect(try folder.read("out.jsonl") == "precious")
  }

  @Test func twoProcessesCannotWriteOneFile() async throws {
    let first = try await started()
    let error = await #expect(throws: MillraceError.self) { _ = try await started() }
    #expect(error?.code == "file.locked")
    #expect(await sink().check().map(\.problem) == ["another process writes the file"])
    await first.close()
    await (try started()).close()
  }

  @Test func filesRotateBySizeWithoutLosingOrReorderingARecord() async throws {
    let sink = try await started(["rotate.bytes": "2000"])
    for batch in 0..<50 { try await sink.write(.of(UInt64(batch + 1), batch * 10..<batch * 10 + 10)) }
    #expect(try await sink.flush(waiting: true) == 50)
    await sink.close()
    let names = folder.names
    #expect(names.count > 10 && names[0] == "out.jsonl" && names[1] == "out.jsonl.00000001")
    var values: [Int] = []
    for name in names.dropFirst() + ["out.jsonl"] {
      #expect(try folder.read(name).utf8.count <= 2000)
      values += try folder.values(name)
    }
    #expect(values == Array(0..<500))
  }

  @Test func oneBatchLargerThanAFileIsSplitBetweenLines() async throws {
    let sink = try await started(["rotate.bytes": "1000000"])
    try await sink.write(.of(1, 0..<50_000))
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
    var values: [Int] = []
    for name in folder.names.dropFirst() + ["out.jsonl"] {
      #expect(try folder.read(name).utf8.count <= 1_000_000)
      values += try folder.values(name)
    }
    #expect(folder.names.count > 3)
    #expect(values == Array(0..<50_000))
  }

  @Test func rotationGoesOnCountingAfterARestart() async throws {
    try folder.write("out.jsonl.00000041", "")
    try folder.write("out.jsonl.gz", "")
    let sink = try await started(["rotate.bytes": "1"])
    try await sink.write(.of(1, 1...1))
    try await sink.write(.of(2, 2...2))
    await sink.close()
    #expect(folder.names == ["out.jsonl", "out.jsonl.00000041", "out.jsonl.00000042", "out.jsonl.gz"])
  }

  @Test func anOldFileIsCompletedAlsoWhenNothingFollows() async throws {
    try folder.write("out.jsonl", "{\"topic\":\"t\",\"value\":1}\n")
    var times = [timeval(tv_sec: 1000, tv_usec: 0), timeval(tv_sec: 1000, tv_usec: 0)]
    #expect(utimes(folder.path + "/out.jsonl", &times) == 0)
    let sink = try await started(["rotate.interval.ms": "60000"])
    _ = try await sink.flush(waiting: false)
    #expect(try folder.values("out.jsonl.00000001") == [1])
    try await sink.write(.of(1, 2...2))
    _ = try await sink.flush(waiting: true)
    await sink.close()
    #expect(folder.names == ["out.jsonl", "out.jsonl.00000001"])
  }

  @Test func aHiddenFileIsSeenOnlyWhenItIsComplete() async throws {
    let sink = try await started(["path": folder.path + "/.out.jsonl", "rotate.bytes": "2000"])
    for batch in 0..<20 { try await sink.write(.of(UInt64(batch + 1), batch * 10..<batch * 10 + 10)) }
    #expect(folder.names.filter { !$0.hasPrefix(".") }.allSatisfy { $0.hasPrefix("out.jsonl.0000000") })
    let before = folder.names.count
    #expect(try await sink.flush(waiting: false) <= 20 && folder.names.count == before)
    #expect(try await sink.flush(waiting: true) == 20)
    await sink.close()
    #expect(try folder.names.filter { !$0.hasPrefix(".") }.flatMap { try folder.values($0) } == Array(0..<200))
    #expect(try folder.read(".out.jsonl") == "")
    #expect(Rotation.isHidden("a/_b") && !Rotation.isHidden("a/b") && !Rotation.isHidden(".a/b") && !Rotation.isHidden("_"))
  }

  @Test func aLineCanBeTheValueAlone() async throws {
    try folder.write("out.jsonl", "{\"a\":1}\n{\"a\":")
    let sink = try await started(["lines": "value"])
    let box = BatchBox.of(1, 1...2)
    box.batch.add("t", key: .integer(1), value: .null)
    try await sink.write(box)
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
    #expect(try folder.read("out.jsonl") == "{\"a\":1}\n1\n2\n")
    try folder.write("text", "one\ntorn")
    let text = self.sink(["lines": "value", "path": folder.path + "/text"])
    try await text.start(SinkContext(converters: .plain(value: .text), log: .none))
    let words = BatchBox()
    words.sequence = 1
    words.batch.add("t", key: .null, value: .text("two"))
    words.batch.add("t", key: .null, value: .text("three\nfour"))
    let error = await #expect(throws: MillraceError.self) { try await text.write(words) }
    #expect(error?.code == "file.line" && error?.record == 1)
    words.batch.records[0].isDropped = true
    words.batch.records[1].isDropped = true
    try await text.write(words)
    _ = try await text.flush(waiting: true)
    await text.close()
    #expect(try folder.read("text") == "one\ntwo\n")
  }

  @Test func whenToRotateIsDecidedBySizeAndAge() {
    let rotation = Rotation(bytes: 100, milliseconds: 50)
    #expect(!rotation.isDue(size: 0, adding: 200, opened: 0, now: 1000))
    #expect(!rotation.isDue(size: 60, adding: 40, opened: 0, now: 49))
    #expect(rotation.isDue(size: 60, adding: 41, opened: 0, now: 0))
    #expect(rotation.isDue(size: 1, adding: 0, opened: 0, now: 50))
    #expect(!Rotation(bytes: 0, milliseconds: 0).isOn)
  }

  @Test func mistakesInTheSettingsAreReportedTogether() {
    var configuration = Configuration(["rotate.bytes": "many", "rotate.interval.ms": "-1", "lines": "some"])
    _ = FileSink(&configuration)
    #expect(configuration.findings.map(\.key) == ["path", "rotate.bytes", "rotate.interval.ms", "lines"])
  }

  @Test func aMissingFolderIsNamedWithTheCommandThatMendsIt() async throws {
    let sink = sink(["path": folder.path + "/no/such/out.jsonl"])
    let error = await #expect(throws: MillraceError.self) {
      try await sink.start(SinkContext(converters: .plain(), log: .none))
    }
    #expect(error?.code == "file.open")
    #expect(error?.advice == "create the folder first: mkdir -p '\(folder.path)/no/such'")
    #expect(await sink.check().first?.advice == error?.advice)
  }

  @Test func aFolderInPlaceOfAFileIsRefused() async throws {
    let sink = sink(["path": folder.path])
    let error = await #expect(throws: MillraceError.self) {
      try await sink.start(SinkContext(converters: .plain(), log: .none))
    }
    #expect(error?.advice == "it is a folder: name a file in sink.file.path")
    #expect(await sink.check().count == 1)
  }

  @Test func aCheckLeavesNothingBehind() async throws {
    #expect(await sink().check().isEmpty)
    #expect(folder.names.isEmpty)
  }

  @Test func devicesAreWrittenWithoutRepairOrRotation() async throws {
    let sink = try await started(["path": "/dev/null", "rotate.bytes": "10"])
    try await sink.write(.of(1, 0..<100))
    #expect(try await sink.flush(waiting: true) == 1)
    #expect(await sink.check().isEmpty)
    await sink.close()
  }

  @Test func anEmptyBatchIsDurableToo() async throws {
    let sink = try await started()
    try await sink.write(.of(1, []))
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
  }
}
