import MillraceCore
import Synchronization

/// A table of the fake source: rows in chunks.
struct FakeTable: Sendable {
  let name: String
  let chunks: [[Int64]]
  var rows: [Int64] { chunks.flatMap { $0 } }
}

/// Reads fake tables into envelopes whose `after` is one number; a unit is a chunk. What `checkpoint` was asked is kept and numbered.
final class FakeSnapshotSource: SnapshotSource {
  private struct State {
    var asked: [SnapshotProgress] = []
    var begun: [String] = []
    var finished = 0
    var finishedReaders = 0
  }

  let all: [FakeTable]
  let readers: Int
  let isReadByTable: Bool
  let marking: SnapshotMarking
  /// Whether the end of a chunk is told by a call that appends nothing, as a server's end of data is.
  fileprivate let endsApart: Bool
  fileprivate let failing: Int64?
  private let state = Mutex(State())

  /// - Parameter failing: the row at which reading fails.
  init(_ tables: [FakeTable], endsApart: Bool, failing: Int64? = nil, readers: Int = 1, isReadByTable: Bool = false, marking: SnapshotMarking = .standard) {
    all = tables
    self.endsApart = endsApart
    self.failing = failing
    self.readers = readers
    self.isReadByTable = isReadByTable
    self.marking = marking
  }

  /// The progress behind each checkpoint; the checkpoint's state is the index.
  var asked: [SnapshotProgress] { state.withLock { $0.asked } }
  /// The chunks that were begun, as `table@chunk`.
  var begun: [String] { state.withLock { $0.begun } }
  var finished: Int { state.withLock { $0.finished } }
  var finishedReaders: Int { state.withLock { $0.finishedReaders } }

  func tables() throws(MillraceError) -> [Progress.Table] { all.map { Progress.Table(name: $0.name, estimate: nil) } }

  func plan(table index: Int, after part: SnapshotProgress.Part?) throws(MillraceError) -> SnapshotPlan {
    let done = part?.layout == "fake" ? part?.ranges ?? ChunkRanges() : ChunkRanges()
    return SnapshotPlan(
      layout: "fake", step: 1, isRecorded: true, isResumed: !done.isEmpty,
      stretches: done.gaps(in: 0..<UInt64(all[index].chunks.count)).map { .init($0) })
  }

  func makeReader() throws(MillraceError) -> any SnapshotReader { FakeSnapshotReader(self) }

  func checkpoint(_ progress: SnapshotProgress) -> Checkpoint {
    state.withLock { state in
      state.asked.append(progress)
      return Checkpoint(partition: [], offset: [], state: "\(state.asked.count - 1)")
    }
  }

  func finish() { state.withLock { $0.finished += 1 } }

  fileprivate func begin(_ chunk: SnapshotChunk) {
    state.withLock { $0.begun.append("\(all[chunk.table].name)@\(chunk.range.lowerBound)") }
  }

  fileprivate func finishReader() { state.withLock { $0.finishedReaders += 1 } }
}

private final class FakeSnapshotReader: SnapshotReader {
  private let source: FakeSnapshotSource
  private let state = Mutex((rows: [Int64](), next: 0))

  init(_ source: FakeSnapshotSource) { self.source = source }

  func begin(_ chunk: SnapshotChunk) throws(MillraceError) {
    source.begin(chunk)
    let rows = source.all[chunk.table].chunks[Int(chunk.range.lowerBound)..<Int(chunk.range.upperBound)].flatMap { $0 }
    state.withLock { $0 = (rows, 0) }
  }

  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool {
    let ended: Bool? = state.withLock { state in
      while state.next < state.rows.count, box.batch.records.count < records {
        if state.rows[state.next] == source.failing { return nil }
        box.append(row: state.rows[state.next], snapshot: "true")
        state.next += 1
      }
      return state.next == state.rows.count && !(source.endsApart && !box.batch.records.isEmpty)
    }
    guard let ended else { throw .test("snapshot.failed", .retry) }
    return ended
  }

  func finish() { source.finishReader() }
}

/// Keeps what a connector hands on.
final class FakeOutput: BatchOutput {
  struct Handed: Sendable {
    var rows: [Int64]
    var markers: [String]
    var notes: [(type: String, data: [String: String])] = []
    var checkpoint: Checkpoint?
  }

  private struct State {
    var handed: [Handed] = []
    var stopAfter: Int?
  }

  let batchBytes = Int.max
  let batchRecords: Int
  private let state: Mutex<State>

  /// - Parameter stopAfter: how many boxes are taken before the pipeline stops.
  init(batchRecords: Int, stopAfter: Int? = nil) {
    self.batchRecords = batchRecords
    state = Mutex(State(stopAfter: stopAfter))
  }

  var handed: [Handed] { state.withLock { $0.handed } }
  var isStopping: Bool { state.withLock { $0.handed.count >= $0.stopAfter ?? .max } }

  func take() -> BatchBox { BatchBox(capacity: 64) }
  func discard(_ box: BatchBox) {}
  func waitForRoom(milliseconds: Int) {}
  func report(lagBytes: UInt64?, lagMilliseconds: UInt64?) {}

  func offer(_ box: BatchBox) -> Offer {
    if isStopping { return .stopped }
    state.withLock { $0.handed.append(Handed(rows: box.rows, markers: box.markers, notes: box.notes, checkpoint: box.checkpoint)) }
    return .accepted
  }
}

extension BatchBox {
  /// Appends a record whose key is `row` and whose value is an envelope with `row` as `after`.
  func append(row: Int64, snapshot: String? = nil) {
    let source: Value = .structure([.text("v"), .text("c"), .text("n"), .integer(0), snapshot.map { .text($0) } ?? .null])
    let value: Value = .structure([.null, .integer(row), source, .null, .text("c"), .null, .null, .null])
    let slot = batch.slot(value)
    batch.records.append(
      Record(
        topic: batch.intern(topic: "t"), keySchema: batch.intern(schema: .int64), key: .integer(row),
        valueSchema: Record.noSchema, value: slot, firstHeader: 0, headerCount: 0, order: .init(commit: UInt64(row), ordinal: 0)))
  }

  /// The rows of the records that are not dropped.
  var rows: [Int64] {
    (0..<batch.records.count).compactMap { batch.records[$0].isDropped || batch.records[$0].key.kind == .structure ? nil : batch.records[$0].key.integer }
  }

  /// Types and data of the notifications.
  var notes: [(type: String, data: [String: String])] {
    (0..<batch.records.count).compactMap { (index) -> (type: String, data: [String: String])? in
      let record = batch.records[index]
      guard record.key.kind == .structure, record.value.count == 5, case .map(let pairs) = batch.value(batch.field(3, of: record.value)) else { return nil }
      var data: [String: String] = [:]
      for pair in pairs {
        if case .text(let name) = pair.key, case .text(let text) = pair.value { data[name] = text }
      }
      return (batch.string(batch.field(1, of: record.value)), data)
    }
  }

  /// `source.snapshot` of each record.
  var markers: [String] {
    (0..<batch.records.count).map { index in
      // A notification has none.
      guard batch.records[index].value.count == Envelope.fieldCount else { return "" }
      let source = batch.field(Envelope.source, of: batch.records[index].value)
      return batch.string(batch.field(SnapshotMarker.field, of: source))
    }
  }
}

extension MillraceError {
  static func test(_ code: String, _ retry: Retry) -> MillraceError {
    MillraceError(code: code, component: "test", retry: retry, message: "it was scripted", advice: "")
  }
}
