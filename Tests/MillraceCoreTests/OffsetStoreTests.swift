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
