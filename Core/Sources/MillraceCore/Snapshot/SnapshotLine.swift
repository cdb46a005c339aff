/// The order in which the boxes of a snapshot's readers are handed on, with their markers and checkpoints.
///
/// The last record of a table is known only when the table has ended, so one box of each table in progress is held back, and one
/// behind them, because only the end of all tells which record was the last. What is done is claimed by the checkpoint of a box
/// that was read no earlier, never by one before it (Invariant 1).
///
/// Used under a lock: whoever hands on a box waits in it for room, and so do all others.
struct SnapshotLine {
  /// A box on its way, and what is done once it is handed on.
  private struct Held {
    var box: BatchBox
    var finished: [Finished] = []
    /// Its records come before the first row.
    var isPreamble = false
  }

  private enum Finished {
    case chunk(Range<UInt64>, table: Int, layout: String)
    case table(Int)
  }

  private struct Table {
    var shown: Progress.Table
    let layout: String
    let isFirst: Bool
    /// Whether its first record is on its way, in this run or an earlier one.
    var hasBegun: Bool
    let isResumed: Bool
    let isRecorded: Bool
    /// Chunks that are being read.
    var chunks = 0
    /// No more chunks come.
    var isPlanned = false
    var held: Held?
  }

  private let tables: [Progress.Table]
  private let source: any SnapshotSource
  private let output: any BatchOutput
  private let notes: SnapshotNotes?
  /// Of all tables, where somebody is told.
  private let names: [String]
  private let report: @Sendable ([Progress.Table], _ done: Int, _ total: Int) -> Void
  private var progress: SnapshotProgress
  private var open: [Int: Table] = [:]
  private var last: Held?
  private var done: Int
  /// Whether the table that may begin with `first` has begun or will not: records of others have to wait for it.
  private(set) var hasBegun: Bool

  init(
    tables: [Progress.Table], source: any SnapshotSource, output: any BatchOutput, resuming progress: SnapshotProgress,
    notes: SnapshotNotes? = nil, report: @escaping @Sendable ([Progress.Table], Int, Int) -> Void
  ) {
    self.tables = tables
    self.source = source
    self.output = output
    self.notes = notes
    names = notes == nil ? [] : tables.map(\.name)
    self.report = report
    self.progress = progress
    let known = Set(progress.done)
    done = tables.reduce(0) { known.contains($1.identity) ? $0 + 1 : $0 }
    hasBegun = tables.first.map { known.contains($0.identity) } ?? true
  }

  /// The snapshot begins. Answers false if the pipeline has stopped.
  mutating func start() -> Bool { note(.started) }

  /// It ends before everything was read.
  mutating func abort() {
    last = nil
    open.removeAll()
    _ = note(.aborted)
  }

  /// Notifies, before the record that is held back. Answers false if the pipeline has stopped.
  private mutating func note(_ event: SnapshotNotes.Event, in held: BatchBox? = nil) -> Bool {
    guard let notes else { return true }
    if let box = held ?? last?.box ?? open.values.first(where: { $0.held != nil })?.held?.box {
      notes.append(event, to: box, overtakes: true, isBrief: !source.marking.marksTables)
      return true
    }
    let box = output.take()
    notes.append(event, to: box, isBrief: !source.marking.marksTables)
    if box.batch.records.isEmpty {
      output.discard(box)
      return true
    }
    return output.put(box)
  }

  /// Takes a box with records that come before the first row. Answers false if the pipeline has stopped.
  mutating func pass(preamble box: BatchBox) -> Bool { release(Held(box: box, isPreamble: true)) }

  /// A table is to be read. Answers false if the pipeline has stopped.
  mutating func begin(_ index: Int, _ plan: SnapshotPlan) -> Bool {
    var shown = tables[index]
    shown.rows = 0
    open[index] = Table(
      shown: shown, layout: plan.layout, isFirst: index == 0, hasBegun: plan.isResumed, isResumed: plan.isResumed, isRecorded: plan.isRecorded,
      isPlanned: plan.isEmpty)
    if index == 0, plan.isResumed { hasBegun = true }
    show()
    guard note(.begun(table: shown.name, of: names)) else { return false }
    return finishIfWhole(index)
  }

  /// A chunk is being read; `isLast`: it is the table's last one to be begun.
  mutating func begin(_ chunk: SnapshotChunk, isLast: Bool) {
    open[chunk.table]?.chunks += 1
    if isLast { open[chunk.table]?.isPlanned = true }
  }

  /// Takes a box with rows of a table. Answers false if the pipeline has stopped.
  mutating func pass(_ box: BatchBox, of index: Int) -> Bool {
    guard var table = open[index] else { return false }
    if !table.hasBegun {
      table.hasBegun = true
      (table.isFirst ? SnapshotMarker.first : .firstInDataCollection).mark(first: box, source.marking)
    }
    if index == 0 { hasBegun = true }
    table.shown.rows += UInt64(box.batch.records.count)
    let before = table.held
    table.held = Held(box: box)
    open[index] = table
    show()
    guard let before else { return true }
    return release(before)
  }

  /// A chunk has been read. Answers false if the pipeline has stopped.
  mutating func end(_ chunk: SnapshotChunk) -> Bool {
    guard var table = open[chunk.table] else { return false }
    table.chunks -= 1
    if !chunk.isCatchUp, table.isRecorded {
      // The chunk's own last box, or one behind it.
      let finished = Finished.chunk(chunk.range, table: chunk.table, layout: table.layout)
      if table.held != nil { table.held?.finished.append(finished) } else { settle(finished) }
    }
    open[chunk.table] = table
    return finishIfWhole(chunk.table)
  }

  /// Everything has been read. Answers false if the pipeline has stopped.
  mutating func end() -> Bool {
    report([], done, tables.count)
    let end = last ?? Held(box: output.take())
    last = nil
    end.finished.forEach { claim($0) }
    progress.isComplete = true
    progress.parts = []
    SnapshotMarker.last.mark(last: end.box, end.isPreamble ? source.preambleMarking : source.marking)
    notes?.append(.completed, to: end.box)
    end.box.checkpoint = source.checkpoint(progress)
    return output.put(end.box)
  }

  private mutating func finishIfWhole(_ index: Int) -> Bool {
    guard let table = open[index], table.isPlanned, table.chunks == 0 else { return true }
    open[index] = nil
    done += 1
    if index == 0 { hasBegun = true }
    show()
    guard note(.scanned(table: table.shown.name, rows: table.shown.rows, of: names), in: table.held?.box) else { return false }
    guard var held = table.held else {
      settle(.table(index))
      return true
    }
    // The very first record stays `first`, also where it is the only one of its table.
    let isOnlyFirst = table.isFirst && table.shown.rows == 1 && !table.isResumed
    if !isOnlyFirst { SnapshotMarker.lastInDataCollection.mark(last: held.box, source.marking) }
    held.finished.append(.table(index))
    return release(held)
  }

  /// Without a box of its own to wait for: done as soon as what is on its way is handed on.
  private mutating func settle(_ finished: Finished) {
    if last != nil { last?.finished.append(finished) } else { claim(finished) }
  }

  private mutating func release(_ held: Held) -> Bool {
    let before = last
    last = held
    guard let before else { return true }
    if !before.finished.isEmpty {
      before.finished.forEach { claim($0) }
      before.box.checkpoint = source.checkpoint(progress)
    }
    return output.put(before.box)
  }

  private mutating func claim(_ finished: Finished) {
    switch finished {
    case .chunk(let range, let table, let layout): progress.finish(range, of: tables[table].identity, layout: layout)
    case .table(let table): progress.finish(tables[table].identity)
    }
  }

  private func show() {
    report(open.sorted { $0.key < $1.key }.map(\.value.shown), done, tables.count)
  }
}
