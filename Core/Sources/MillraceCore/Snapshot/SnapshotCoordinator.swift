internal import Synchronization

/// Runs an initial snapshot: tables in order, chunk by chunk, by as many readers at once as the source allows, with the markers
/// of `source.snapshot` and a checkpoint after each chunk, so that an interrupted run goes on where it was (Invariant 8).
final class SnapshotCoordinator: Sendable {
  private let source: any SnapshotSource
  private let output: any BatchOutput
  private let resumed: SnapshotProgress
  private let queue: Mutex<Queue>
  private let line: Mutex<SnapshotLine>
  private let failure = Mutex<MillraceError?>(nil)
  /// A reader has ended before its work was done.
  private let isCut = Atomic(false)

  /// What is to be read.
  private struct Queue {
    /// Tables that are not planned yet, in order.
    var tables: ArraySlice<(index: Int, identity: String)>
    /// The table whose chunks are given out now.
    var shared = Current()
  }

  private struct Current {
    var table = 0
    var plan = SnapshotPlan.empty
  }

  init(
    source: any SnapshotSource, output: any BatchOutput, resuming progress: SnapshotProgress, notes: SnapshotNotes? = nil,
    report: @escaping @Sendable ([Progress.Table], _ done: Int, _ total: Int) -> Void
  ) throws(MillraceError) {
    self.source = source
    self.output = output
    let tables: [Progress.Table]
    do throws(MillraceError) {
      tables = try source.tables()
    } catch {
      source.finish()
      throw error
    }
    var progress = progress
    progress.keep(only: Set(tables.map(\.identity)))
    resumed = progress
    let done = Set(progress.done)
    queue = Mutex(
      Queue(tables: tables.enumerated().filter { !done.contains($1.identity) }.map { ($0, $1.identity) }[...]))
    line = Mutex(SnapshotLine(tables: tables, source: source, output: output, resuming: progress, notes: notes, report: report))
  }

  /// Reads everything. Answers false if the pipeline stopped before the end.
  func run() throws(MillraceError) -> Bool {
    defer { source.finish() }
    var isWhole = false
    defer { if !isWhole { line.withLock { $0.abort() } } }
    guard line.withLock({ $0.start() }) else { return false }
    if resumed.done.isEmpty, resumed.parts.isEmpty, try !deliverPreamble() { return false }
    BlockingThread.together(max(1, source.readers)) { [self] in
      do throws(MillraceError) {
        try work()
      } catch {
        failure.withLock { $0 = $0 ?? error }
        isCut.store(true, ordering: .relaxed)
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    if isCut.load(ordering: .relaxed) { return false }
    isWhole = line.withLock { $0.end() }
    return isWhole
  }

  /// Answers false if the pipeline has stopped.
  private func deliverPreamble() throws(MillraceError) -> Bool {
    while true {
      let box = output.take()
      let hasEnded = try source.fillPreamble(box, limit: output.batchBytes, records: output.batchRecords)
      if box.batch.records.isEmpty { output.discard(box) } else if !line.withLock({ $0.pass(preamble: box) }) { return false }
      if hasEnded { return true }
      if isStopping { return false }
    }
  }

  private var isStopping: Bool { isCut.load(ordering: .relaxed) || output.isStopping }

  /// The work of one reader.
  private func work() throws(MillraceError) {
    let reader = try source.makeReader()
    defer { reader.finish() }
    var own = Current()
    while let chunk = try next(&own) {
      guard try read(chunk, with: reader) else {
        isCut.store(true, ordering: .relaxed)
        return
      }
    }
  }

  private func next(_ own: inout Current) throws(MillraceError) -> SnapshotChunk? {
    if source.isReadByTable, let chunk = take(from: &own) { return chunk }
    // Planning happens under the lock: whoever waits for a chunk waits for the plan.
    var current = own
    let chunk = try queue.withLock { (queue: inout sending Queue) throws(MillraceError) -> SnapshotChunk? in
      if !source.isReadByTable, let chunk = take(from: &queue.shared) { return chunk }
      while !isStopping, let table = queue.tables.first {
        let part = resumed.parts.first { $0.identity == table.identity }
        let plan = try source.plan(table: table.index, after: part)
        queue.tables.removeFirst()
        guard line.withLock({ $0.begin(table.index, plan) }) else { break }
        current = Current(table: table.index, plan: plan)
        if let chunk = take(from: &current) {
          if !source.isReadByTable { queue.shared = current }
          return chunk
        }
      }
      if !queue.tables.isEmpty { isCut.store(true, ordering: .relaxed) }
      return nil
    }
    own = current
    return chunk
  }

  private func take(from current: inout Current) -> SnapshotChunk? {
    guard let chunk = current.plan.next(of: current.table) else { return nil }
    let isLast = current.plan.isEmpty
    line.withLock { $0.begin(chunk, isLast: isLast) }
    return chunk
  }

  private func read(_ chunk: SnapshotChunk, with reader: any SnapshotReader) throws(MillraceError) -> Bool {
    try reader.begin(chunk)
    while true {
      if isStopping { return false }
      let box = output.take()
      let hasEnded = try reader.fill(box, limit: output.batchBytes, records: output.batchRecords)
      if box.batch.records.isEmpty {
        output.discard(box)
      } else {
        guard waitForFirst(chunk), line.withLock({ $0.pass(box, of: chunk.table) }) else { return false }
      }
      if hasEnded { return line.withLock { $0.end(chunk) } }
    }
  }

  /// The record marked `first` belongs to the first table and comes before all others. Answers false if the pipeline has stopped.
  private func waitForFirst(_ chunk: SnapshotChunk) -> Bool {
    while chunk.table != 0, !line.withLock({ $0.hasBegun }) {
      if isStopping { return false }
      BlockingThread.sleep(milliseconds: 1)
    }
    return true
  }
}
