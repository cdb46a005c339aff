internal import Glibc
public import MillraceCore

/// Writes Arrow IPC files or streams, a folder for each topic, with typed columns, for readers that open them directly.
///
/// A file is written under a hidden name. When it is large, long or old enough, or its table has other columns from now on, it is
/// completed, made durable and renamed: only then its records count as durable. What a crash leaves under a hidden name is removed
/// at the next start, and its records come again. So a published file is always whole, a record is in at least one, and a change
/// that is in two has the same commit and ordinal in both.
///
/// `@unchecked Sendable`: the calls come one at a time (`Sink`); the thread is given descriptors and names only, and waited for.
public final class ArrowSink: Sink, @unchecked Sendable {
  /// Which states of a row go into a file.
  public enum Layout: String, CaseIterable, Sendable {
    /// Every change.
    case changelog
    /// The newest of each key.
    case latest
  }

  /// The settings below `sink.arrow.`.
  public static let options: [ConfigurationOption] = [
    .init(
      "path", required: true, "The folder to write into, with a folder for each topic in it. It is created if the one above exists."),
    .init(
      "format", .choice(ArrowFile.Format.allCases.map(\.rawValue)), default: "file",
      "Arrow IPC files (.arrow), or streams (.arrows)."),
    .init(
      "layout", .choice(Layout.allCases.map(\.rawValue)), default: "changelog",
      "Every change; or latest: one row per key and file, with its newest state. A file of latest is in memory until it is complete."),
    .init("roll.bytes", .integer(1...Int.max), default: "134217728", "A file is complete when it is about so large."),
    .init("roll.rows", .integer(0...Int.max), default: "0", "A file is complete when it has so many rows; 0: whatever their number."),
    .init(
      "roll.interval.ms", .integer(0...Int.max), default: "10000",
      "A file is complete so many milliseconds after its first row; 0: never. Positions are stored for complete files only."),
    .init("batch.rows", .integer(1...1 << 24), default: "65536", "So many rows, or 8 MiB of them, make a record batch."),
    .init(
      "buffer.bytes", .integer(0...Int.max), default: "33554432",
      "The memory for rows of all tables; beyond it they are written, under layout=latest published."),
    .init(
      "prefix", default: "__",
      "Begins the names of our columns: op, commit, ordinal, source_ts, unavailable, before. A column of that name keeps it."),
    .init("before", .boolean, default: "false", "Whether the row before the change is in a column of its own, a struct."),
    .init(
      "times", .choice(["time", "duration"]), default: "time",
      "Times of the day as such, or as durations: for MySQL's, which may be negative or longer than a day."),
    .init("vector.columns", "Binary columns that become lists of floats from 0 to 255: images, say."),
  ]

  /// So many bytes of rows make a record batch.
  private static let batchBytes = 8 << 20
  /// More hidden files are not open at once.
  private static let openFiles = 200

  private let path: String
  private let format: ArrowFile.Format
  private let layout: Layout
  private let rollBytes, rollRows, rollInterval, batchRows, bufferBytes: Int
  private let columns: ArrowLayout.Options
  private var folder: ArrowFolder?
  private var tables: [String: ArrowTable] = [:]
  /// The tables of the batch at hand, by the index of the topic.
  private var current: [ArrowTable] = []
  private var generation: UInt64 = 0
  private var open = 0
  /// Where record batches are put together.
  private var body = ByteArena(capacity: 64)
  private var written: UInt64 = 0
  private var log = Log.none
  private let thread = WorkerThread()

  /// - Parameter configuration: the settings below `sink.arrow.`; mistakes are reported to it.
  public init(_ configuration: inout Configuration) {
    path = configuration.required("path", "name the folder to write into, such as sink.arrow.path=changes")
    format = configuration.choice("format", default: .file)
    layout = configuration.choice("layout", default: .changelog)
    rollBytes = configuration.integer("roll.bytes", default: 128 << 20, in: 1...Int.max)
    rollRows = configuration.integer("roll.rows", default: 0)
    rollInterval = configuration.integer("roll.interval.ms", default: 10_000)
    batchRows = configuration.integer("batch.rows", default: 65_536, in: 1...1 << 24)
    bufferBytes = configuration.integer("buffer.bytes", default: 32 << 20)
    var columns = ArrowLayout.Options()
    columns.prefix = configuration.string("prefix", default: "__") ?? "__"
    columns.hasBefore = configuration.boolean("before", default: false)
    columns.rules.timesAreDurations = configuration["times"]?.lowercased() == "duration"
    columns.rules.vectors = Set(configuration.list("vector.columns"))
    self.columns = columns
  }

  public func check() async -> [Finding] {
    let path = path
    do throws(MillraceError) {
      return try await thread.run { () throws(MillraceError) in ArrowFolder.findings(path) }
    } catch {
      return [Finding(key: "path", problem: error.message, advice: error.advice)]
    }
  }

  public func start(_ context: SinkContext) async throws(MillraceError) {
    log = context.log
    written = 0
    do throws(SystemError) {
      let folder = try ArrowFolder(path)
      let count = try folder.removeUnfinished()
      if count > 0 {
        log.info("files that were not complete are removed: their records come again", ("folder", path), ("files", String(count)))
      }
      self.folder = consume folder
    } catch {
      throw error.isBusy ? Self.locked(path) : failure(error, "arrow.folder", "the folder cannot be written")
    }
  }

  static func locked(_ path: String) -> MillraceError {
    MillraceError(
      code: "arrow.locked", component: "arrow", retry: .stop, message: "another process writes the folder",
      advice: "stop the other one, or give each its own sink.arrow.path", subject: path)
  }

  // MARK: writing

  public func write(_ box: BatchBox) async throws(MillraceError) {
    let now = Clock.nanoseconds() / 1_000_000
    var index = 0
    while index < box.batch.records.count {
      if let full = try take(box.batch, from: &index, sequence: box.sequence, now: now) {
        try await relieve(full)
      }
    }
    written = box.sequence
  }

  /// Takes records from `index` on, until a table has to be relieved before the next: answers it.
  private func take(
    _ batch: borrowing RecordBatch, from index: inout Int, sequence: UInt64, now: Int64
  ) throws(MillraceError) -> Relief? {
    if generation != batch.generation {
      generation = batch.generation
      current.removeAll(keepingCapacity: true)
    }
    while index < batch.records.count {
      let record = batch.records[index]
      if record.isDropped {
        index += 1
        continue
      }
      do throws(MillraceError) {
        while current.count <= Int(record.topic) { current.append(try table(batch.topics[current.count])) }
        let table = current[Int(record.topic)]
        let before = table.memory
        if try table.take(record, of: batch, sequence: sequence, now: now) == .changed { return .publish(table) }
        memory += table.memory - before
        index += 1
        if let relief = relief(table) { return relief }
      } catch {
        var error = error
        error.record = index
        throw error
      }
    }
    return nil
  }

  private enum Relief {
    case publish(ArrowTable), drain(ArrowTable), all
  }

  /// Bytes of rows in memory, of all tables.
  private var memory = 0

  private func relief(_ table: ArrowTable) -> Relief? {
    if (table.file?.size ?? 0) + table.bytes >= rollBytes || rollRows > 0 && table.unpublished >= rollRows { return .publish(table) }
    if layout == .changelog, table.rows >= batchRows || table.bytes >= Self.batchBytes { return .drain(table) }
    return memory > bufferBytes ? .all : nil
  }

  private func relieve(_ relief: Relief) async throws(MillraceError) {
    switch relief {
    case .publish(let table): try await publish(table)
    case .drain(let table): try await drain(table)
    case .all:
      for table in tables.values where table.rows > 0 {
        if layout == .latest { try await publish(table) } else { try await drain(table) }
      }
    }
  }

  private func table(_ topic: String) throws(MillraceError) -> ArrowTable {
    if let known = tables[topic] { return known }
    do throws(SystemError) {
      guard let (folder, number) = try folder?.table(topic) else { throw SystemError("open", EBADF) }
      let table = ArrowTable(topic: topic, folder: folder, number: number, columns, keepsLatest: layout == .latest)
      tables[topic] = table
      return table
    } catch {
      throw failure(error, "arrow.folder", "the folder of a topic cannot be written")
    }
  }

  /// Writes the rows in memory as a record batch of the hidden file.
  private func drain(_ table: ArrowTable) async throws(MillraceError) {
    if table.rows == 0 { return }
    if table.file == nil, open >= Self.openFiles {
      let oldest = tables.values.filter { $0.file != nil }.min { $0.begun < $1.begun }
      if let oldest { try await publish(oldest) }
    }
    do throws(SystemError) {
      let file: ArrowFile
      if let open = table.file {
        file = open
      } else {
        file = try ArrowFile(folder: table.folder, number: table.number, table.fields, topic: table.topic, format)
        table.file = file
        open += 1
      }
      let (columns, rows) = table.batch()
      defer { body.removeAll(keeping: 1 << 20) }
      try file.append(columns, rows: rows, &body)
    } catch {
      throw failure(error, error.isFull ? "arrow.full" : "arrow.write", "writing failed")
    }
    memory -= table.memory
    // Invariant 7: what the tables keep for their next rows is bounded as a whole.
    table.emptied(keeping: bufferBytes / (max(open, 1) * max(table.fields.count, 1) * 4))
    memory += table.memory
  }

  // MARK: publishing

  public func flush(waiting: Bool) async throws(MillraceError) -> UInt64 {
    let now = Clock.nanoseconds() / 1_000_000
    for table in tables.values where table.firstSequence != nil {
      if waiting || rollInterval > 0 && now - table.begun >= Int64(rollInterval) { try await publish(table) }
    }
    // Invariant 1: up to the batch before the first that has a row in no published file.
    return tables.values.compactMap(\.firstSequence).min().map { $0 - 1 } ?? written
  }

  /// Completes the file of a table, makes it durable, and gives it its name.
  private func publish(_ table: ArrowTable) async throws(MillraceError) {
    try await drain(table)
    guard let file = table.file else { return }
    do throws(SystemError) { try file.finish() } catch {
      throw failure(error, error.isFull ? "arrow.full" : "arrow.write", "writing failed")
    }
    let (descriptor, hidden, name, folder) = (file.descriptor, file.hidden, file.name, table.folder)
    let failed = try await thread.run { () throws(MillraceError) -> SystemError? in
      do throws(SystemError) {
        try OpenFile.synchronize(descriptor)
        guard rename(hidden, name) == 0 else { throw SystemError("rename") }
        try OpenFile.synchronize(folder: folder)
        return nil
      } catch {
        return error
      }
    }
    if let failed { throw failure(failed, "arrow.publish", "a complete file could not be made durable and renamed", retry: .stop) }
    log.debug("a file is complete", ("file", name), ("rows", String(file.rows)), ("bytes", String(file.size)))
    open -= 1
    table.published()
  }

  public func close() async {
    // What is hidden comes again.
    for table in tables.values { if let file = table.file { unlink(file.hidden) } }
    tables = [:]
    current = []
    generation = 0
    open = 0
    memory = 0
    folder = nil
  }

  private func failure(_ error: SystemError, _ code: String, _ message: String, retry: MillraceError.Retry? = nil) -> MillraceError {
    error.error(code: code, component: "arrow", message: message, path: path, setting: "sink.arrow.path", retry: retry)
  }
}
