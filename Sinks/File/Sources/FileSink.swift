internal import Glibc
public import MillraceCore
internal import Synchronization

/// Appends one JSON line for each record to a file, durable once fsync returned.
///
/// With rotation, the file is complete when it is as large or as old as was asked for: it is then made durable and renamed to
/// `PATH.00000001`, `PATH.00000002`, …, one higher than the highest that is there, and a new file begins. Lines are never split or
/// reordered; no file is larger than `rotate.bytes`, unless one write of at most half a megabyte, or one line, is.
///
/// A name that begins with `.` or `_` is one that readers of folders pass over: a complete file then loses that mark with its
/// renaming, and the end of a run completes it, too.
///
/// `@unchecked Sendable`: the calls come one at a time (`Sink`); what the thread that synchronises shares with them is in `shared`.
public final class FileSink: Sink, @unchecked Sendable {
  /// The settings below `sink.file.`.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption(
      "path", required: true,
      "The file to append to; its folder must exist. A torn last line is cut off at the start. For readers of a folder its name begins "
        + "with . or _, which a complete file loses."),
    ConfigurationOption(
      "lines", .choice(Lines.allCases.map(\.rawValue)), default: "record",
      "What a line is: the record with topic, key and headers, or its value alone (JSON, or text without line feeds); then records "
        + "without value leave none."),
    ConfigurationOption(
      "rotate.bytes", default: "0", "Begin a new file before this one would become larger than so many bytes; 0: never."),
    ConfigurationOption(
      "rotate.interval.ms", default: "0", "Begin a new file when this one was begun (after a restart: last written before it) so many milliseconds "
        + "ago; 0: never. An empty file stays."),
  ]

  enum Lines: String, CaseIterable, Sendable { case record, value }

  /// Lines are written whenever so many bytes of them are ready, and at the end of each batch.
  static let writeSize = 512 * 1024

  private struct Shared {
    var durable: UInt64 = 0
    var isSynchronizing = false
    var failure: MillraceError?
  }

  private let path: String
  private let rotation: Rotation
  private let lines: Lines
  /// What each line begins with.
  private var beginning: StaticString = "{\"topic\":"
  private var encoder: LineEncoder?
  private var file: LineFile?
  private var opened: Int64 = 0
  private var written: UInt64 = 0
  private var log = Log.none
  private let thread = WorkerThread()
  private let shared = Mutex(Shared())

  /// - Parameter configuration: the settings below `sink.file.`; mistakes are reported to it.
  public init(_ configuration: inout Configuration) {
    path = configuration.required("path", "name the file to write, such as sink.file.path=records.jsonl")
    rotation = Rotation(
      bytes: configuration.integer("rotate.bytes", default: 0), milliseconds: configuration.integer("rotate.interval.ms", default: 0))
    lines = configuration.choice("lines", default: .record)
    if path.hasSuffix("/") {
      configuration.report(Finding(key: "path", problem: "is a folder", advice: "name a file in it, such as \(path)records.jsonl"))
    }
  }

  public func check() async -> [Finding] {
    do throws(MillraceError) {
      let path = path
      return try await thread.run { () throws(MillraceError) in FileProbe(path: path).findings() }
    } catch {
      return [Finding(key: "path", problem: error.message, advice: error.advice)]
    }
  }

  public func start(_ context: SinkContext) async throws(MillraceError) {
    encoder = LineEncoder(context.converters, valueAlone: lines == .value)
    if lines == .value { if case .json = context.converters.value.form { beginning = "{" } else { beginning = "" } }
    log = context.log
    written = 0
    shared.withLock { $0 = Shared() }
    try open()
  }

  public func write(_ box: BatchBox) async throws(MillraceError) {
    try throwFailure()
    try await rotate(adding: 0)
    var index = 0
    repeat {
      index = try encoder?.encode(box.batch, from: index, limit: Self.writeSize) ?? box.batch.records.count
      try await rotate(adding: encoder?.output.count ?? 0)
      try append()
    } while index < box.batch.records.count
    written = box.sequence
  }

  public func flush(waiting: Bool) async throws(MillraceError) -> UInt64 {
    try throwFailure()
    try await rotate(adding: 0)
    if waiting, Rotation.isHidden(path), file?.isRegular == true, file?.size ?? 0 > 0 {
      try await complete()
    } else if waiting {
      try await synchronize()
    } else {
      beginSynchronizing()
    }
    try throwFailure()
    return shared.withLock { $0.durable }
  }

  public func close() async {
    _ = try? await thread.run { () throws(MillraceError) in }
    file = nil
    encoder = nil
  }

  // MARK: writing

  private func open() throws(MillraceError) {
    do throws(LineFile.Failure) {
      let file = try LineFile(path, beginning: beginning)
      if file.repaired > 0 {
        log.warning("a torn last line was cut off", ("file", path), ("bytes", String(file.repaired)))
      }
      opened = file.lastWritten ?? FileAge.now
      self.file = consume file
    } catch {
      throw error.error(path: path)
    }
  }

  private func append() throws(MillraceError) {
    guard let count = encoder?.output.count, count > 0 else { return }
    defer { encoder?.output.removeAll(keeping: 2 * Self.writeSize) }
    do throws(SystemError) {
      try Self.append(&encoder, to: &file)
    } catch {
      let torn = file?.isTorn ?? true
      let failure = error.error(
        code: error.isFull ? "file.full" : "file.write", component: "file",
        message: torn ? "writing failed, and the file could not be cut back to its last whole line" : "writing failed",
        path: path, setting: "sink.file.path", retry: torn ? .stop : nil)
      if torn { shared.withLock { $0.failure = failure } }
      throw failure
    }
  }

  private static func append(_ encoder: inout LineEncoder?, to file: inout LineFile?) throws(SystemError) {
    guard file != nil else { throw SystemError("write", EBADF) }
    try encoder?.output.withBytes { (lines) throws(SystemError) in try file?.append(lines) }
  }

  // MARK: durability

  private func throwFailure() throws(MillraceError) {
    if let failure = shared.withLock({ $0.failure }) { throw failure }
  }

  /// Makes durable what is written so far, on the thread; one fsync at a time.
  private func beginSynchronizing() {
    guard let descriptor = file?.descriptor else { return }
    let sequence = written
    let begins = shared.withLock { shared in
      if shared.isSynchronizing || shared.durable >= sequence { return false }
      shared.isSynchronizing = true
      return true
    }
    // The descriptor stays open: rotation and close wait for the thread first.
    if begins { thread.enqueue { self.synchronize(descriptor, upTo: sequence) } }
  }

  private func synchronize() async throws(MillraceError) {
    guard let descriptor = file?.descriptor else { return }
    let sequence = written
    try await thread.run { () throws(MillraceError) in
      if self.shared.withLock({ $0.durable < sequence }) { self.synchronize(descriptor, upTo: sequence) }
    }
  }

  private func synchronize(_ descriptor: Int32, upTo sequence: UInt64) {
    var failure: MillraceError?
    do throws(SystemError) {
      try OpenFile.synchronize(descriptor)
    } catch {
      // After a failed fsync nobody knows which pages are on disk (Invariant 10): never tried again.
      failure = error.error(
        code: "file.fsync", component: "file", message: "the file could not be made durable", path: path,
        setting: "sink.file.path", retry: .stop)
    }
    shared.withLock { shared in
      shared.isSynchronizing = false
      if let failure { shared.failure = shared.failure ?? failure } else { shared.durable = max(shared.durable, sequence) }
    }
  }

  // MARK: rotation

  /// Completes the file where it is due: old enough, or too large with `bytes` more.
  private func rotate(adding bytes: Int) async throws(MillraceError) {
    guard rotation.isOn, let size = file?.size, file?.isRegular == true,
      rotation.isDue(size: size, adding: bytes, opened: opened, now: FileAge.now)
    else { return }
    try await complete()
  }

  /// Gives the file the name of a complete one, and begins another.
  private func complete() async throws(MillraceError) {
    // Everything in the file becomes durable before it gets its name; `written` does not count lines of the batch at hand.
    guard let descriptor = file?.descriptor, let size = file?.size else { return }
    let sequence = written
    try await thread.run { () throws(MillraceError) in self.synchronize(descriptor, upTo: sequence) }
    try throwFailure()
    do throws(SystemError) {
      let target = try rotation.nextName(of: path)
      guard rename(path, target) == 0 else { throw SystemError("rename") }
      try OpenFile.synchronize(folder: Path.folder(of: path))
      log.info("a file is complete", ("file", target), ("bytes", String(size)))
    } catch {
      throw error.error(
        code: "file.rotate", component: "file", message: "the complete file could not be renamed", path: path,
        setting: "sink.file.path", retry: .stop)
    }
    file = nil
    try open()
  }
}
