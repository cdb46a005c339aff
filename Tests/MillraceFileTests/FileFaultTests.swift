import Glibc
import MillraceCore
import Testing

@testable import MillraceFile

/// Real faults: a limit on file size for the whole process (a write that is cut short, then refused), a device that is full.
@Suite(.serialized) struct FileFaultTests {
  private let folder = Folder()

  private func started(_ path: String) async throws -> FileSink {
    var configuration = Configuration(["path": path])
    let sink = FileSink(&configuration)
    try await sink.start(SinkContext(converters: .plain(), log: .none))
    return sink
  }

  @Test func aShortWriteLeavesNoTornLineAndTheRunCanGoOnLater() async throws {
    let sink = try await started(folder.path + "/out.jsonl")
    try await sink.write(.of(1, 0..<100))
    let before = try folder.read("out.jsonl")
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(1), &limit)  // RLIMIT_FSIZE
    // Far above what other tests write to one file, and not at the end of a line.
    let room = 5_000_003
    var tight = rlimit(rlim_cur: rlim_t(room), rlim_max: limit.rlim_max)
    #expect(setrlimit(__rlimit_resource_t(1), &tight) == 0)
    var error: MillraceError?
    var sequence: UInt64 = 1
    do throws(MillraceError) {
      while sequence < 100 {
        try await sink.write(.of(sequence + 1, Int(sequence) * 5000..<Int(sequence + 1) * 5000))
        sequence += 1
      }
    } catch let failure {
      error = failure
    }
    #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)
    #expect(error?.code == "file.write")
    #expect(error?.serverCode == "errno \(EFBIG)")
    let after = try folder.read("out.jsonl")
    #expect(after.hasPrefix(before) && after.hasSuffix("}\n") && after.utf8.count <= room)
    // The batch that failed is given again, as after a pause.
    try await sink.write(.of(sequence + 1, Int(sequence) * 5000..<Int(sequence + 1) * 5000))
    #expect(try await sink.flush(waiting: true) == sequence + 1)
    await sink.close()
    let expected = Array(0..<100) + Array(5000..<Int(sequence + 1) * 5000)
    #expect(try folder.values("out.jsonl") == expected)
  }

  @Test func aFullDeviceIsAnErrorThatCanBeRetried() async throws {
    let sink = try await started("/dev/full")
    let error = await #expect(throws: MillraceError.self) { try await sink.write(.of(1, 0..<10)) }
    #expect(error?.code == "file.full")
    #expect(error?.retry == .retry)
    #expect(error?.advice.contains("free space") == true)
    #expect(try await sink.flush(waiting: true) == 0)
    await sink.close()
  }

  /// Needs a small file system, which only an administrator can mount.
  @Test func aFullDiskLeavesWholeLinesOnly() async throws {
    let mount = Folder()
    guard Glibc.mount("tmpfs", mount.path, "tmpfs", 0, "size=262144") == 0 else {
      print("skipped: no permission to mount a small tmpfs; /dev/full and RLIMIT_FSIZE are tested instead")
      return
    }
    defer { umount2(mount.path, Int32(2)) }
    let sink = try await started(mount.path + "/out.jsonl")
    try await sink.write(.of(1, 0..<1000))
    let error = await #expect(throws: MillraceError.self) { try await sink.write(.of(2, 1000..<6000)) }
    #expect(error?.code == "file.full")
    #expect(try mount.values("out.jsonl") == Array(0..<1000))
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
  }

  @Test func aFolderThatCannotBeWrittenIsFound() async throws {
    guard geteuid() != 0 else {
      // An administrator may write everywhere but in the kernel's own folders.
      var configuration = Configuration(["path": "/proc/out.jsonl"])
      let sink = FileSink(&configuration)
      #expect(await sink.check().count == 1)
      await #expect(throws: MillraceError.self) { try await sink.start(SinkContext(converters: .plain(), log: .none)) }
      return
    }
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    var configuration = Configuration(["path": folder.path + "/out.jsonl"])
    let sink = FileSink(&configuration)
    #expect(await sink.check().first?.problem == "cannot be written: Permission denied")
    let error = await #expect(throws: MillraceError.self) { try await sink.start(SinkContext(converters: .plain(), log: .none)) }
    #expect(error?.advice.contains("read and write permission") == true)
  }
}
