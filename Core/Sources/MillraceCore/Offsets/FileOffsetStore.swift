internal import Glibc
internal import Synchronization

/// Keeps checkpoints in one file that is replaced as a whole: written to `PATH.tmp` beside it, made durable, renamed over it,
/// the folder made durable (Invariant 5). `PATH.lock` is held for as long as the store is open, so that two processes never use
/// one file; it is left behind empty, because removing it would let two in.
///
/// A large attachment is a file of its own, written when it changes (`AttachmentFiles`).
///
/// The file may hold checkpoints of several partitions; those of others are kept as they are. A file of Debezium's
/// (`JavaOffsetFile`) is taken over: it is copied to `PATH.debezium`, and the first `save` replaces it by one of ours.
public final class FileOffsetStore: OffsetStore {
  private struct State: ~Copyable {
    var lock: OpenFile?
    var checkpoints: [Checkpoint] = []
    var attachments: AttachmentFiles
  }

  private let path: String
  private let name: String
  private let state: Mutex<State>
  private let thread = WorkerThread()

  /// Touches nothing yet: the first `load` or `save` takes the lock.
  /// `name` is the connector's in a file of Debezium's that holds offsets of several.
  public init(path: String, name: String = "") {
    self.path = path
    self.name = name
    state = Mutex(State(attachments: AttachmentFiles(path: path)))
  }

  public func load(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint? {
    try await thread.run { () throws(MillraceError) in
      try self.state.withLock { (state) throws(MillraceError) in
        try self.open(&state)
        return state.checkpoints.first { $0.isOf(partition) }
      }
    }
  }

  public func peek(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint? {
    try await thread.run { () throws(MillraceError) in
      var attachments = AttachmentFiles(path: self.path)
      let content: (checkpoints: [Checkpoint], javaBytes: [UInt8]?)
      do throws(MillraceError) { content = try self.read(&attachments) } catch {
        // Whoever holds the lock may have replaced the file and removed what it named.
        content = try self.read(&attachments)
      }
      return content.checkpoints.first { $0.isOf(partition) }
    }
  }

  public func save(_ checkpoint: Checkpoint) async throws(MillraceError) {
    try await thread.run { () throws(MillraceError) in
      try self.state.withLock { (state) throws(MillraceError) in
        try self.open(&state)
        var checkpoints = state.checkpoints
        checkpoints.replace(with: checkpoint)
        try self.write(checkpoints, &state.attachments)
        state.checkpoints = checkpoints
        state.attachments.removeOthers(than: checkpoints)
      }
    }
  }

  /// Lets others use the file.
  public func close() async {
    _ = try? await thread.run { () throws(MillraceError) in
      self.state.withLock { state in
        state.lock = nil
        state.checkpoints = []
        state.attachments = AttachmentFiles(path: self.path)
      }
    }
  }

  /// Takes the lock, clears what an interrupted save left, and reads what is there; nothing when that was done before.
  private func open(_ state: inout State) throws(MillraceError) {
    if state.lock != nil { return }
    state.lock = try takeLock()
    do throws(MillraceError) {
      if unlink(path + ".tmp") != 0 && errno != ENOENT { throw failure(SystemError("unlink"), "an old temporary file cannot be removed") }
      let content = try read(&state.attachments)
      if let bytes = content.javaBytes { try replace(path + ".debezium") { (file) throws(SystemError) in try file.write(bytes) } }
      state.checkpoints = content.checkpoints
      if !content.checkpoints.isEmpty { state.attachments.removeUnnamed() }
    } catch {
      state.lock = nil
      throw error
    }
  }

  private func takeLock() throws(MillraceError) -> OpenFile {
    do throws(SystemError) {
      let lock = try OpenFile(path + ".lock", O_RDWR | O_CREAT)
      try lock.lock()
      return lock
    } catch {
      throw error.isBusy ? busy : failure(error, "the lock file cannot be taken", path + ".lock")
    }
  }

  /// What the file holds; the bytes as well where it is one of Debezium's.
  private func read(_ attachments: inout AttachmentFiles) throws(MillraceError) -> (checkpoints: [Checkpoint], javaBytes: [UInt8]?) {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try OpenFile(path, O_RDONLY).readAll()
    } catch {
      if error.isAbsent { return ([], nil) }
      throw failure(error, "the offset file cannot be read")
    }
    let isJava = JavaOffsetFile.isOne(bytes)
    let checkpoints: [Checkpoint]
    do throws(OffsetDamage) {
      checkpoints =
        isJava
        ? try JavaOffsetFile.checkpoints(bytes, name: name)
        : try OffsetFile.checkpoints(bytes) { name throws(OffsetDamage) in try attachments.read(name) }
    } catch {
      // Invariant 10: damage is not absence. A new snapshot must be somebody's decision.
      throw MillraceError(
        code: "offsets.damaged", component: "offsets", retry: .stop, message: "the offset file \(error.problem)",
        advice: "restore it from a copy, or move it away to begin anew with a snapshot", subject: path)
    }
    return (checkpoints, isJava ? bytes : nil)
  }

  private func write(_ checkpoints: [Checkpoint], _ attachments: inout AttachmentFiles) throws(MillraceError) {
    try attachments.keep(checkpoints) { path, bytes throws(MillraceError) in
      try replace(path) { (file) throws(SystemError) in try file.write(bytes) }
    }
    let text: String
    do throws(OffsetFile.Damage) { text = try OffsetFile.text(checkpoints, file: attachments.name) } catch {
      throw MillraceError(
        code: "offsets.value", component: "offsets", retry: .stop, message: "the offset file \(error.problem)",
        advice: "report this as a bug of the connector", subject: path)
    }
    try replace(path) { (file) throws(SystemError) in try file.write(text) }
  }

  /// Puts a file in its place as a whole.
  private func replace(_ path: String, _ fill: (borrowing OpenFile) throws(SystemError) -> Void) throws(MillraceError) {
    let temporary = self.path + ".tmp"
    do throws(SystemError) {
      let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC)
      try fill(file)
      try file.synchronize()
      guard rename(temporary, path) == 0 else { throw SystemError("rename") }
      try OpenFile.synchronize(folder: Path.folder(of: path))
    } catch {
      unlink(temporary)
      throw failure(error, "the offset file cannot be written", path, retry: error.isFull ? .retry : .stop)
    }
  }

  private var busy: MillraceError {
    MillraceError(
      code: "offsets.locked", component: "offsets", retry: .stop, message: "another process uses the offset file",
      advice: "stop the other one, or give each its own offset.storage.file.filename", subject: path)
  }

  private func failure(
    _ error: SystemError, _ message: String, _ path: String? = nil, retry: MillraceError.Retry = .stop
  ) -> MillraceError {
    error.error(
      code: "offsets.file", component: "offsets", message: message, path: path ?? self.path, setting: "offset.storage.file.filename",
      retry: retry)
  }
}
