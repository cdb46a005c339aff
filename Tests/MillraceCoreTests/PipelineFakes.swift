import MillraceCore
import Synchronization

/// What happened in a run, in order.
final class Journal: Sendable {
  enum Event: Sendable, Equatable {
    case opened(Int64?)
    case wrote([Int64])
    case refused
    /// All rows up to this one are durable in the sink.
    case durable(Int64)
    case stored(Int64)
    case confirmed(Int64)
    case closed(String)
  }

  private let state = Mutex<[Event]>([])

  func add(_ event: Event) { state.withLock { $0.append(event) } }

  var events: [Event] { state.withLock { $0 } }
  var written: [Int64] { events.flatMap { event -> [Int64] in if case .wrote(let rows) = event { rows } else { [] } } }
  var stored: [Int64] { events.compactMap { if case .stored(let row) = $0 { row } else { nil } } }
  var confirmed: [Int64] { events.compactMap { if case .confirmed(let row) = $0 { row } else { nil } } }
  var opened: [Int64?] { events.compactMap { event -> Int64?? in if case .opened(let row) = event { .some(row) } else { nil } } }
  var closed: [String] { events.compactMap { if case .closed(let name) = $0 { name } else { nil } } }
  var refusals: Int { events.count { $0 == .refused } }

  /// Invariants 1 and 2: nothing is stored that is not durable, nothing confirmed that is not stored, nothing moves back.
  var keepsTheInvariants: Bool {
    var durable: Int64 = 0, stored: Int64 = 0, confirmed: Int64 = 0
    for event in events {
      switch event {
      case .durable(let row): durable = row
      case .stored(let row):
        guard row <= durable, row >= stored else { return false }
        stored = row
      case .confirmed(let row):
        guard row == stored, row >= confirmed else { return false }
        confirmed = row
      default: break
      }
    }
    return true
  }
}

/// A log of rows 1, 2, … handed on in batches; each batch has its last row as position.
final class ScriptedConnector: Connector {
  struct Script: Sendable {
    var rows: Int64
    var batch: Int64 = 5
    /// Rows behind which the source fails, each once, in this order.
    var failures: [Int64] = []
    var retry = MillraceError.Retry.retry
    /// Whether it waits for the stop at its end instead of ending.
    var waits = false
    /// What is to be stored before the first row, where nothing is.
    var position: Int64?
  }

  private struct State {
    var next: Int64 = 1
    var failures: [Int64]
    var handed: Int64 = 0
  }

  let partition = [Checkpoint.Entry("server", .text("test"))]
  private let script: Script
  private let journal: Journal
  private let snapshot: FakeSnapshotSource?
  private let state: Mutex<State>

  init(_ script: Script, _ journal: Journal, snapshot: FakeSnapshotSource? = nil) {
    self.script = script
    self.journal = journal
    self.snapshot = snapshot
    state = Mutex(State(failures: script.failures))
  }

  /// The last row that was handed on.
  var handed: Int64 { state.withLock { $0.handed } }

  func check() async -> [Finding] { [] }

  func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning {
    let position = checkpoint?.row
    journal.add(.opened(position))
    state.withLock { $0.next = (position ?? 0) + 1 }
    let first = position == nil ? script.position.map { Checkpoint(partition: partition, row: $0) } : nil
    return Beginning(snapshot: snapshot, streams: true, position: first)
  }

  func stream(into output: any BatchOutput) async throws(MillraceError) {
    try await BlockingThread.run { [self] () throws(MillraceError) in try read(output) }
  }

  private func read(_ output: any BatchOutput) throws(MillraceError) {
    while !output.isStopping {
      let (next, failure) = state.withLock { ($0.next, $0.failures.first) }
      if failure == next - 1 {
        state.withLock { _ = $0.failures.removeFirst() }
        throw .test("source.failed", script.retry)
      }
      if next > script.rows {
        if !script.waits { return }
        output.waitForRoom(milliseconds: 100)
        continue
      }
      let last = min(next + script.batch - 1, script.rows, failure ?? .max)
      let box = output.take()
      for row in next...last { box.append(row: row) }
      box.checkpoint = Checkpoint(partition: partition, row: last)
      guard output.put(box) else { return }
      state.withLock {
        $0.next = last + 1
        $0.handed = last
      }
    }
  }

  func confirm(_ checkpoint: Checkpoint) { journal.add(.confirmed(checkpoint.row ?? -1)) }
  func close(isFinal: Bool) async { journal.add(.closed("connector")) }
}

/// Does what it is told with each call.
final class ScriptedSink: Sink {
  struct Script: Sendable {
    /// How often the first row of a batch, given here, makes the sink refuse the whole batch.
    var refusals: [Int64: Int] = [:]
    /// Rows whose batch is written and then reported as failed, once.
    var failuresAfterWriting: Set<Int64> = []
    /// What a refusal means.
    var retry = MillraceError.Retry.retry
    /// By how many batches the answer about durability is behind, unless it waits.
    var late = 0
    var failingStarts = 0
    /// Whether nothing ever becomes durable.
    var isStuck = false
  }

  private struct State {
    var script: Script
    var written: [(sequence: UInt64, row: Int64)] = []
    /// Never moves back, as a sink that waits for `fsync` keeps it.
    var durable: UInt64 = 0
  }

  private let journal: Journal
  private let onWrite: @Sendable (Int64) -> Void
  private let state: Mutex<State>

  /// - Parameter onWrite: called with the last row of each batch that was written.
  init(_ script: Script, _ journal: Journal, onWrite: @escaping @Sendable (Int64) -> Void = { _ in }) {
    self.journal = journal
    self.onWrite = onWrite
    state = Mutex(State(script: script))
  }

  func check() async -> [Finding] { [] }
  /// Forgets what was accepted, but not which number was durable: numbers go on through a run.
  func start(_ context: SinkContext) async throws(MillraceError) {
    let fails = state.withLock { state in
      state.written = []
      state.script.failingStarts -= 1
      return state.script.failingStarts >= 0
    }
    if fails { throw .test("sink.unreachable", .retry) }
  }

  func write(_ box: BatchBox) async throws(MillraceError) {
    let rows = box.rows
    let first = rows.first ?? 0, last = rows.last ?? 0
    let (refuses, failsAfter, retry) = state.withLock { state in
      let left = state.script.refusals[first] ?? 0
      if left > 0 { state.script.refusals[first] = left - 1 }
      return (left > 0, state.script.failuresAfterWriting.remove(first) != nil, state.script.retry)
    }
    if refuses {
      journal.add(.refused)
      throw .test("sink.refused", retry)
    }
    journal.add(.wrote(rows))
    if failsAfter {
      journal.add(.refused)
      throw .test("sink.failed", retry)
    }
    state.withLock { $0.written.append((box.sequence, last)) }
    onWrite(last)
  }

  func flush(waiting: Bool) async throws(MillraceError) -> UInt64 {
    let (isStuck, answer, row) = state.withLock { state in
      let count = state.script.isStuck ? 0 : waiting ? state.written.count : max(0, state.written.count - state.script.late)
      let durable = state.written.prefix(count)
      state.durable = max(state.durable, durable.last?.sequence ?? 0)
      return (state.script.isStuck, state.durable, durable.last?.row)
    }
    if waiting, isStuck { throw .test("sink.stuck", .stop) }
    if let row { journal.add(.durable(row)) }
    return answer
  }

  func close() async { journal.add(.closed("sink")) }
}

/// Keeps the checkpoint in memory and tells the journal.
final class JournalStore: OffsetStore {
  private let journal: Journal
  private let checkpoint = Mutex<Checkpoint?>(nil)
  init(_ journal: Journal) { self.journal = journal }
  func load(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint? { checkpoint.withLock { $0 } }
  func save(_ checkpoint: Checkpoint) async throws(MillraceError) {
    journal.add(.stored(checkpoint.row ?? -1))
    self.checkpoint.withLock { $0 = checkpoint }
  }
  func close() async { journal.add(.closed("store")) }
}

/// Drops the rows from `first` on.
final class DroppingTransform: Transform {
  let first: Int64
  init(from first: Int64) { self.first = first }
  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    for index in 0..<batch.records.count where batch.records[index].key.integer >= first { batch.records[index].isDropped = true }
  }
}

final class NoConverter: Converter {
  let form = ConvertedForm.binary
  func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool { false }
}

extension Checkpoint {
  init(partition: [Entry], row: Int64) { self.init(partition: partition, offset: [Entry("row", .integer(row))]) }
  var row: Int64? { if case .integer(let row)? = self["row"] { row } else { nil } }
}
