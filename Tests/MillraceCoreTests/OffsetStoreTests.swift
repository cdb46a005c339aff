import Glibc
import MillraceCore
import Testing

struct OffsetStoreTests {
  private let folder: String
  private var path: String { folder + "/offsets.json" }

  init() {
    var template = Array("/tmp/millrace-test-XXXXXX".utf8CString)
    folder = mkdtemp(&template).map { String(cString: $0) } ?? ""
  }

  private func remove() {
    for name in ["", ".tmp", ".lock"] { unlink(path + name) }
    rmdir(folder)
  }

  private func checkpoint(_ server: String, _ lsn: Int64, state: String? = nil) -> Checkpoint {
    Checkpoint(
      partition: [Checkpoint.Entry("server", .text(server))],
      offset: [Checkpoint.Entry("lsn", .integer(lsn)), Checkpoint.Entry("snapshot", .boolean(true))], state: state)
  }

  private func failure(_ store: FileOffsetStore) async -> MillraceError? {
    do throws(MillraceError) {
      _ = try await store.load(partition: [])
      return nil
    } catch {
      return error
    }
  }

  @Test func theMemoryStoreKeepsTheLastCheckpointOfEachPartition() async {
    let store = MemoryOffsetStore()
    await store.save(checkpoint("a", 1))
    await store.save(checkpoint("b", 2))
    await store.save(checkpoint("a", 3))
    #expect(await store.load(partition: [Checkpoint.Entry("server", .text("a"))]) == checkpoint("a", 3))
    #expect(await store.load(partition: [Checkpoint.Entry("server", .text("b"))]) == checkpoint("b", 2))
    #expect(await store.load(partition: [Checkpoint.Entry("server", .text("c"))]) == nil)
  }

  @Test func whatIsSavedIsLoadedAfterARestartWithEveryKindOfValue() async throws {
    defer { remove() }
    let partition = [Checkpoint.Entry("server", .text("ä\"\n")), Checkpoint.Entry("database", .text("cdc"))]
    let saved = Checkpoint(
      partition: partition,
      offset: [
        Checkpoint.Entry("z", .integer(.max)), Checkpoint.Entry("a", .integer(.min)), Checkpoint.Entry("n", .null),
        Checkpoint.Entry("t", .boolean(false)), Checkpoint.Entry("f", .float(0.1)), Checkpoint.Entry("g", .float(3)),
        Checkpoint.Entry("e", .float(1e300)), Checkpoint.Entry("i", .float(-.infinity)), Checkpoint.Entry("b", .bytes([0, 255])),
        Checkpoint.Entry("l", .array([.integer(1), .text("x")])),
      ], state: #"{"chunks":[1,2]}"#)
    let store = FileOffsetStore(path: path)
    #expect(try await store.load(partition: partition) == nil)
    try await store.save(checkpoint("other", 5))
    try await store.save(saved)
    await store.close()
    let again = FileOffsetStore(path: path)
    #expect(try await again.load(partition: partition.reversed()) == saved)
    #expect(try await again.load(partition: checkpoint("other", 0).partition) == checkpoint("other", 5))
    await again.close()
  }

  @Test func aLargeAttachmentIsAFileOfItsOwnThatIsWrittenWhenItChanges() async throws {
    defer {
      for name in Self.attachments(in: folder) { unlink(folder + "/" + name) }
      remove()
    }
    let large = String(repeating: "table ü\n", count: 4000)
    func saved(_ lsn: Int64, _ text: String?) -> Checkpoint {
      var checkpoint = checkpoint("a", lsn)
      checkpoint.attachment = text.map { text in CheckpointAttachment { text } }
      return checkpoint
    }
    let store = FileOffsetStore(path: path)
    let first = saved(1, large)
    try await store.save(first)
    let names = Self.attachments(in: folder)
    #expect(names.count == 1)
    // The next position goes with the same attachment: nothing is written but the position.
    var second = saved(2, nil)
    second.attachment = first.attachment
    let before = try Self.status(folder + "/" + names[0])
    try await store.save(second)
    #expect(try Self.status(folder + "/" + names[0]) == before)
    #expect(try Self.size(path) < 1000)
    await store.close()
    let again = FileOffsetStore(path: path)
    #expect(try await again.load(partition: first.partition)?.attachment?.text == large)
    // Another one takes its place; a small one stands in the file itself.
    try await again.save(saved(3, large + "!"))
    #expect(Self.attachments(in: folder).count == 1 && Self.attachments(in: folder) != names)
    try await again.save(saved(4, "small"))
    #expect(Self.attachments(in: folder).isEmpty)
    #expect(try await again.load(partition: first.partition)?.attachment?.text == "small")
    await again.close()
    // A process that was killed before the offset file named what it had written.
    try OpenFile(path + ".attachment-0123456789abcdef", O_WRONLY | O_CREAT).write("x")
    let third = FileOffsetStore(path: path)
    _ = try await third.load(partition: first.partition)
    #expect(Self.attachments(in: folder).isEmpty)
    await third.close()
  }

  @Test(arguments: ["lost", "cut", "elsewhere"]) func anAttachmentThatIsLostOrDamagedIsAnError(_ how: String) async throws {
    defer {
      for name in Self.attachments(in: folder) { unlink(folder + "/" + name) }
      remove()
    }
    var saved = checkpoint("a", 1)
    saved.attachment = CheckpointAttachment { String(repeating: "x", count: 20_000) }
    let store = FileOffsetStore(path: path)
    try await store.save(saved)
    await store.close()
    let file = folder + "/" + (try #require(Self.attachments(in: folder).first))
    switch how {
    case "lost": unlink(file)
    case "cut": truncate(file, 19_000)
    default:
      let text = String(decoding: try OpenFile(path, O_RDONLY).readAll(), as: UTF8.self)
      try OpenFile(path, O_WRONLY | O_TRUNC).write(text.replacing("offsets.json.attachment-", with: "../passwd-"))
    }
    let error = await failure(FileOffsetStore(path: path))
    #expect(error?.code == "offsets.damaged")
  }

  private static func attachments(in folder: String) -> [String] {
    ((try? Path.names(in: folder)) ?? []).filter { $0.contains("attachment-") }
  }

  /// Which file it is, and when it was written.
  private static func status(_ path: String) throws -> [Int] {
    var status = stat()
    try #require(stat(path, &status) == 0)
    return [Int(status.st_ino), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
  }

  private static func size(_ path: String) throws -> Int { try OpenFile(path, O_RDONLY).readAll().count }

  @Test func theFileIsForPeople() async throws {
    defer { remove() }
    let store = FileOffsetStore(path: path)
    try await store.save(checkpoint("flink", 24_023_128))
    await store.close()
    let text = String(decoding: try OpenFile(path, O_RDONLY).readAll(), as: UTF8.self)
    #expect(
      text == """
        {
          "format": "millrace-offsets",
          "version": 1,
          "checkpoints": [
            {
              "partition": {
                "server": "flink"
              },
              "offset": {
                "lsn": 24023128,
                "snapshot": true
              }
            }
          ]
        }

        """)
  }

  @Test func damageIsNeverTakenForAbsence() async throws {
    defer { remove() }
    let store = FileOffsetStore(path: path)
    try await store.save(checkpoint("flink", 1, state: "{}"))
    await store.close()
    let bytes = try OpenFile(path, O_RDONLY).readAll()
    // Without its last line feed the document is complete, so that one is left out.
    for length in stride(from: 0, to: bytes.count - 1, by: 7) {
      try OpenFile(path, O_WRONLY | O_TRUNC).write(String(decoding: bytes[..<length], as: UTF8.self))
      let store = FileOffsetStore(path: path)
      let error = await failure(store)
      #expect(error?.code == "offsets.damaged")
      #expect(error?.advice.contains("restore it from a copy") == true)
      await store.close()
    }
  }

  @Test(arguments: [
    "{}", #"{"format":"other","version":1,"checkpoints":[]}"#, #"{"format":"millrace-offsets","version":2,"checkpoints":[]}"#,
    #"{"format":"millrace-offsets","version":1}"#, #"{"format":"millrace-offsets","version":1,"checkpoints":[{}]}"#,
    #"{"format":"millrace-offsets","version":1,"checkpoints":[{"partition":{},"offset":{"a":18446744073709551616}}]}"#,
    #"{"format":"millrace-offsets","version":1,"checkpoints":[{"partition":{},"offset":{}},{"partition":{},"offset":{}}]}"#,
    #"{"format":"millrace-offsets","version":1,"checkpoints":[{"partition":{},"offset":{"a":{"b":1}}}]}"#,
  ])
  func whatIsNotAnOffsetFileOfThisVersionIsRefused(text: String) async throws {
    defer { remove() }
    try OpenFile(path, O_WRONLY | O_CREAT).write(text)
    #expect(await failure(FileOffsetStore(path: path))?.code == "offsets.damaged")
  }

  @Test func twoStoresCannotUseOneFile() async throws {
    defer { remove() }
    let first = FileOffsetStore(path: path)
    try await first.save(checkpoint("a", 1))
    let error = await failure(FileOffsetStore(path: path))
    #expect(error?.code == "offsets.locked")
    await first.close()
    #expect(await failure(FileOffsetStore(path: path)) == nil)
  }

  @Test func whatAnInterruptedSaveLeftIsClearedAway() async throws {
    defer { remove() }
    try OpenFile(path + ".tmp", O_WRONLY | O_CREAT).write("{\"form")
    let store = FileOffsetStore(path: path)
    #expect(try await store.load(partition: []) == nil)
    #expect(access(path + ".tmp", F_OK) != 0)
    await store.close()
  }

  @Test func aMissingFolderIsNamedWithTheCommandThatMendsIt() async {
    defer { remove() }
    let error = await failure(FileOffsetStore(path: folder + "/none/offsets.json"))
    #expect(error?.code == "offsets.file")
    #expect(error?.advice == "create the folder first: mkdir -p '\(folder)/none'")
  }

  @Test func aCheckpointIsKeptAsTextAnywhere() throws {
    let checkpoint = Checkpoint(
      partition: [.init("server", .text("shop"))], offset: [.init("lsn", .integer(7)), .init("last", .boolean(true))], state: "{\"a\":1}")
    #expect(try Checkpoint(parsing: checkpoint.text()) == checkpoint)
    for text in ["", "{}", "[1]", try checkpoint.text().replacing("checkpoints", with: "checkpoint")] {
      #expect { try Checkpoint(parsing: text) } throws: { ($0 as? MillraceError)?.code == "offsets.damaged" }
    }
  }
}
