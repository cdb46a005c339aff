import Glibc
import MillraceCore
import Testing

struct OffsetStoreCrashTests {
  /// A child saves as fast as it can and is killed in the middle of it; what is found is always a whole checkpoint, never older
  /// than one found before.
  @Test(.timeLimit(.minutes(5))) func aKilledProcessLeavesTheOldOrTheNewCheckpoint() async throws {
    var template = Array("/tmp/millrace-test-XXXXXX".utf8CString)
    let folder = mkdtemp(&template).map { String(cString: $0) } ?? ""
    let path = folder + "/offsets.json"
    defer {
      for name in ["", ".tmp", ".lock"] { unlink(path + name) }
      rmdir(folder)
    }
    let partition = [Checkpoint.Entry("server", .text("crash"))]
    var last: Int64 = 0
    for round in 0..<12 {
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int, last = last as Int64] in
        let store = FileOffsetStore(path: path)
        var saved = last
        // Dies on another thread, after a time that differs from round to round.
        let killer = WorkerThread()
        killer.enqueue {
          usleep(UInt32(2_000 + round * 1_733))
          kill(getpid(), SIGKILL)
        }
        while true {
          saved += 1
          let checkpoint = Checkpoint(
            partition: [Checkpoint.Entry("server", .text("crash"))],
            offset: [Checkpoint.Entry("lsn", .integer(saved)), Checkpoint.Entry("again", .integer(saved))],
            state: String(repeating: "x", count: 20_000))
          try await store.save(checkpoint)
        }
      }
      let store = FileOffsetStore(path: path)
      let found = try await store.load(partition: partition)
      await store.close()
      if let found {
        let lsn: Int64 = if case .integer(let value)? = found["lsn"] { value } else { -1 }
        #expect(lsn >= last)
        #expect(found["again"] == .integer(lsn))
        #expect(found.state?.utf8.count == 20_000)
        last = lsn
      }
    }
    #expect(last > 0)
  }
}
