import Synchronization
import Testing

@testable import MillraceCore

/// A view by numbers: transactions up to `last` but for those of `running`; its end in the stream is `end`.
struct NumberedView: ChunkView {
  var last: UInt64
  var running: Set<UInt64> = []
  var end: UInt64
  func sees(_ transaction: UInt64) -> Bool { transaction <= last && !running.contains(transaction) }
  func isPassed(at place: UInt64) -> Bool { place >= end }
}

/// A reader of tables that are lists of whole numbers. No server.
final class ListReader: ChunkReader, Sendable {
  struct State {
    var tables: [String: [Int64]] = [:]
    var view = NumberedView(last: 10, end: 100)
    var failures: [ChunkFailure] = []
    var limits: [Int] = []
  }
  let state: Mutex<State>
  init(_ state: State) { self.state = Mutex(state) }

  func lastKey(of table: IncrementalProgress.Table, _ form: Int) throws(ChunkFailure) -> [String?]? {
    state.withLock { $0.tables[table.name]?.max().map { ["\($0)"] } }
  }

  func read(_ table: IncrementalProgress.Table, _ form: Int, limit: Int) throws(ChunkFailure) -> Chunk<NumberedView> {
    let (rows, view, failure) = state.withLock { state -> ([Int64], NumberedView, ChunkFailure?) in
      state.limits.append(limit)
      if !state.failures.isEmpty { return ([], state.view, state.failures.removeFirst()) }
      let after = table.done.flatMap { $0[0] }.flatMap { Int64($0) } ?? .min, last = table.last.flatMap { $0[0] }.flatMap { Int64($0) } ?? .max
      return (Array((state.tables[table.name] ?? []).sorted().filter { $0 > after && $0 <= last }.prefix(limit)), state.view, nil)
    }
    if let failure { throw failure }
    let box = BatchBox()
    for row in rows { box.append(row) }
    let key = rows.last.map { ["\($0)"] as [String?] }
    return Chunk(boxes: [box], rows: rows.count, lastKey: key, isLast: rows.count < limit || key == table.last, view: view, duration: .zero)
  }

  func disconnect() {}
}

extension BatchBox {
  /// An envelope whose row is one number.
  func append(_ number: Int64) {
    let row = batch.slots.append(repeating: .integer(number), count: 1)
    let envelope = batch.slots.append(repeating: .null, count: Envelope.fieldCount)
    batch.slots[envelope + Envelope.after] = .structure(first: row, count: 1)
    batch.records.append(
      Record(
        topic: 0, keySchema: Record.noSchema, key: .null, valueSchema: Record.noSchema, value: .structure(first: envelope, count: Envelope.fieldCount),
        firstHeader: 0, headerCount: 0, order: .init(commit: 0, ordinal: 0)))
  }

  var numbers: [Int64] {
    (0..<batch.records.count).map { index in
      let row = batch.field(Envelope.after, of: batch.records[index].value)
      return Int64(bitPattern: batch.slots[row.offset].bits)
    }
  }
}

/// A stream that goes where the test wants it.
final class Stage {
  let reader: ListReader
  let snapshot: IncrementalSnapshot<ListReader>
  let notes = Mutex<[String]>([])
  var unseen = false
  var key = ["id"]
  var now: Int64 = 1_000_000_000
  var latency: UInt64 = 0

  init(_ tables: [String: [Int64]], chunk: Int? = 2, threads: Int = 1, resuming: IncrementalProgress = .init(), settings more: [String: String] = [:]) {
    var state = ListReader.State()
    state.tables = tables
    let reader = ListReader(state)
    self.reader = reader
    var configuration = Configuration(["incremental.snapshot.max.threads": "\(threads)"].merging(more) { $1 })
    configuration["incremental.snapshot.chunk.size"] = chunk.map { "\($0)" }
    var notifications = NotificationSettings(&configuration)
    let box = NoteBox()
    notifications.handler = { box.add($0) }
    noteBox = box
    snapshot = IncrementalSnapshot(
      IncrementalSettings(&configuration), resuming: resuming, notifier: Notifier(notifications, name: "srv", log: .none), log: .none
    ) { reader }
  }

  final class NoteBox: Sendable {
    let notes = Mutex<[Notification]>([])
    func add(_ note: Notification) { notes.withLock { $0.append(note) } }
  }
  let noteBox: NoteBox
  var types: [String] { noteBox.notes.withLock { $0.map(\.type) } }

  func ask(_ tables: [String], id: String = "s1") throws {
    let names = tables.map { "\"\($0)\"" }.joined(separator: ",")
    guard case .executeSnapshot(let request) = try SignalAction(Signal(id: id, type: "execute-snapshot", text: "{\"data-collections\": [\(names)]}")) else { return }
    var moment = self.moment
    try snapshot.begin(request, find: { _ throws(MillraceError) in [] }, &moment)
  }

  var moment: IncrementalSnapshot<ListReader>.Moment { .init(box: BatchBox(), now: now, order: .init(commit: 1, ordinal: 0), latency: latency) }

  func advance() throws {
    now += 1_000_000
    var moment = self.moment
    try snapshot.advance(
      describe: { [reader, key] table throws(MillraceError) in
        if reader.state.withLock({ $0.tables[table.name] }) == nil { return .unknown }
        return key.isEmpty ? .noKey : .form(1, key: key, fields: [0])
      }, hasLatelyStreamed: { [self] _ in unseen }, &moment)
  }

  /// Goes on until a chunk is due at `place`, or nothing is left; answers its rows.
  func next(at place: UInt64 = .max) throws -> [Int64]? {
    for _ in 0..<2000 where snapshot.isActive {
      try advance()
      if let due = snapshot.due(at: place) {
        var moment = self.moment
        snapshot.delivered(due, &moment)
        return due.boxes.flatMap(\.numbers)
      }
      BlockingThread.sleep(milliseconds: 1)
    }
    return nil
  }

  func rest() throws -> [Int64] {
    var rows: [Int64] = []
    while let more = try next() { rows += more }
    return rows
  }

  /// Waits until a chunk has been read.
  func read() throws {
    for _ in 0..<2000 where !snapshot.isWaiting {
      try advance()
      BlockingThread.sleep(milliseconds: 1)
    }
    #expect(snapshot.isWaiting)
  }

  /// A change in the stream.
  func touch(_ table: String, _ number: Int64, by transaction: UInt64) {
    let box = BatchBox()
    let row = box.batch.slots.append(repeating: .integer(number), count: 1)
    snapshot.watches[table]?.note(.structure(first: row, count: 1), by: transaction, in: box.batch)
  }
}

/// Keeps what is shown of a snapshot.
final class ShownOutput: BatchOutput {
  private let kept = Mutex<[(tables: [Progress.Table], done: Int, total: Int)]>([])
  var shown: [(tables: [Progress.Table], done: Int, total: Int)] { kept.withLock { $0 } }
  func report(tables: [Progress.Table], done: Int, total: Int) { kept.withLock { $0.append((tables, done, total)) } }

  let batchBytes = Int.max, batchRecords = Int.max, isStopping = false
  func take() -> BatchBox { BatchBox() }
  func offer(_ box: BatchBox) -> Offer { .accepted }
  func discard(_ box: BatchBox) {}
  func waitForRoom(milliseconds: Int) {}
  func report(lagBytes: UInt64?, lagMilliseconds: UInt64?) {}
}

struct IncrementalSnapshotTests {
  @Test func tablesAreReadInOrderAndToldAbout() throws {
    let stage = Stage(["a": [3, 1, 2], "b": [7]])
    try stage.ask(["a", "b"])
    #expect(try stage.rest() == [1, 2, 3, 7])
    #expect(!stage.snapshot.isActive && stage.snapshot.progress.isEmpty)
    #expect(stage.types == [
      "STARTED", "IN_PROGRESS", "IN_PROGRESS", "TABLE_SCAN_COMPLETED", "IN_PROGRESS", "TABLE_SCAN_COMPLETED", "COMPLETED",
    ])
  }

  @Test func aChunkWaitsForTheStreamToPassWhatItHasSeen() throws {
    let stage = Stage(["a": [1]])
    try stage.ask(["a"])
    try stage.read()
    #expect(stage.snapshot.due(at: 99) == nil)
    #expect(stage.snapshot.due(at: 100)?.boxes.first?.numbers == [1])
  }

  @Test func aRowGivesWayToAChangeThatItsChunkHasNotSeen() throws {
    let stage = Stage(["a": [1, 2, 3, 4]], chunk: 4)
    stage.reader.state.withLock { $0.view.running = [9] }
    try stage.ask(["a"])
    try stage.read()
    stage.touch("a", 1, by: 5)    // seen: the row is as new as the change
    stage.touch("a", 2, by: 11)   // later
    stage.touch("a", 3, by: 9)    // under way at the time
    #expect(try stage.next() == [1, 4])
  }

  @Test func changesThatAChunkHasNotSeenDoNotTouchALaterOneThatHas() throws {
    let stage = Stage(["a": [1, 2, 3, 4]], chunk: 2)
    try stage.ask(["a"])
    try stage.read()
    stage.touch("a", 1, by: 11)
    stage.touch("a", 4, by: 11)
    stage.reader.state.withLock { $0.view.last = 11 }
    #expect(try stage.next() == [2])
    // The second chunk may have been read with the first view; then its row gives way, else it is as new as the change.
    let rest = try stage.rest()
    #expect(rest == [3, 4] || rest == [3])
  }

  @Test func aTruncateLeavesNothingOfAChunkThatHasNotSeenIt() throws {
    let stage = Stage(["a": [1, 2]])
    try stage.ask(["a"])
    try stage.read()
    stage.snapshot.watches["a"]?.noteTruncation(by: 11)
    #expect(try stage.next() == [])
  }

  @Test func aChunkThatLacksWhatWasDeliveredIsReadAgain() throws {
    let stage = Stage(["a": [1]])
    stage.unseen = true
    try stage.ask(["a"])
    for _ in 0..<50 {
      try stage.advance()
      #expect(stage.snapshot.due(at: .max) == nil)
      BlockingThread.sleep(milliseconds: 1)
    }
    stage.unseen = false
    #expect(try stage.next() == [1])
  }

  @Test func progressGoesOnWhereItWas() throws {
    let first = Stage(["a": [1, 2, 3, 4, 5], "b": [9]])
    try first.ask(["a", "b"])
    #expect(try first.next() == [1, 2])
    // As a checkpoint keeps it.
    let stored = try #require(IncrementalProgress(try JSONValue(parsing: first.snapshot.progress.json.text())))
    #expect(stored == first.snapshot.progress)
    let second = Stage(["a": [1, 2, 3, 4, 5, 6], "b": [9]], resuming: stored)
    // 6 came after the snapshot had begun: a change brings it.
    #expect(try second.rest() == [3, 4, 5, 9])
  }

  @Test(arguments: [
    "{}", #"{"tables": [{"name": "a"}]}"#, #"{"tables": [{"name": "a", "signal": "s", "key": ["id"], "done": ["1", "2"]}]}"#,
  ])
  func damagedProgressIsNotTakenForNone(_ text: String) throws {
    #expect(IncrementalProgress(try JSONValue(parsing: text)) == nil)
  }

  @Test func aPauseHoldsAndAStopEnds() throws {
    let stage = Stage(["a": [1, 2, 3], "b": [5], "c": [6]])
    try stage.ask(["a", "b", "c"])
    #expect(try stage.next() == [1, 2])
    var moment = stage.moment
    stage.snapshot.pause(&moment)
    #expect(!stage.snapshot.isActive && stage.snapshot.due(at: .max) == nil)
    stage.snapshot.resume(&moment)
    stage.snapshot.stop(["b"], id: "s2", &moment)
    #expect(try stage.rest() == [3, 6])
    #expect(stage.types.filter { ["PAUSED", "RESUMED", "ABORTED"].contains($0) } == ["PAUSED", "RESUMED", "ABORTED"])
  }

  @Test func tablesThatCannotBeReadSayWhy() throws {
    let stage = Stage(["empty": [], "broken": [1], "whole": [2]])
    stage.reader.state.withLock {
      $0.failures = [.lasting(MillraceError(code: "x", component: "x", retry: .stop, message: "m", advice: "a"))]
    }
    try stage.ask(["missing", "empty", "broken", "whole"])
    #expect(try stage.rest() == [2])
    let ends = stage.noteBox.notes.withLock { notes in
      notes.filter { $0.type == "TABLE_SCAN_COMPLETED" }.map { note in note.additionalData.first { $0.name == "status" }?.value }
    }
    #expect(ends == ["UNKNOWN_SCHEMA", "EMPTY", "SQL_EXCEPTION", "SUCCEEDED"])
  }

  @Test func aPassingFailureAndAChangedTableCostNoRow() throws {
    let stage = Stage(["a": [1, 2, 3]])
    stage.reader.state.withLock {
      $0.failures = [.passing(MillraceError(code: "x", component: "x", retry: .retry, message: "m", advice: "a")), .changed]
    }
    try stage.ask(["a"])
    stage.now += 1
    var rows: [Int64] = []
    for _ in 0..<3000 where stage.snapshot.isActive {
      stage.now += 50_000_000   // pauses pass quickly
      if let more = try stage.next() { rows += more }
    }
    #expect(rows == [1, 2, 3])
  }

  @Test func aChangedKeyEndsTheTable() throws {
    var progress = IncrementalProgress()
    var table = IncrementalProgress.Table(name: "a", signal: "s")
    table.key = ["other"]
    table.last = ["5"]
    progress.tables = [table]
    let stage = Stage(["a": [1]], resuming: progress)
    #expect(try stage.rest() == [])
    #expect(stage.types == ["TABLE_SCAN_COMPLETED", "COMPLETED"])
  }

  @Test func chunksGrowWhereNoSizeIsGiven() throws {
    var state = ListReader.State()
    state.tables["a"] = Array(0..<10_000)
    let stage = Stage(["a": Array(0..<10_000)], chunk: 1024)
    try stage.ask(["a"])
    #expect(try stage.rest().count == 10_000)
    #expect(stage.reader.state.withLock { Set($0.limits) } == [1024], "a size that is given is kept")
    let free = Stage(["a": Array(0..<10_000)], chunk: nil)
    try free.ask(["a"])
    #expect(try free.rest().count == 10_000)
    #expect(free.reader.state.withLock { $0.limits.first == 1024 && $0.limits.contains { $0 > 1024 } }, "chunks that take no time grow")
  }

  @Test func severalTablesAreInFlightAtOnce() throws {
    for threads in [1, 2] {
      let stage = Stage(["a": [1, 2, 3, 4], "b": [5, 6, 7, 8], "c": [9]], threads: threads)
      try stage.ask(["a", "b", "c"])
      for _ in 0..<200 {
        try stage.advance()
        BlockingThread.sleep(milliseconds: 1)
      }
      // None is due yet: what has been read and waits tells how many are in flight.
      let begun = Set(stage.noteBox.notes.withLock { notes in
        notes.filter { $0.type == "IN_PROGRESS" }.compactMap { note in note.additionalData.first { $0.name == "current_collection_in_progress" }?.value }
      })
      #expect(begun == (threads == 1 ? ["a"] : ["a", "b"]))
      #expect(try stage.rest().sorted() == Array(1...9))
    }
  }

  @Test func readingWaitsWhileTheStreamIsBehind() throws {
    let stage = Stage(["a": [1, 2, 3, 4]], settings: ["incremental.snapshot.latency.limit.ms": "500"])
    try stage.ask(["a"])
    #expect(try stage.next() == [1, 2])
    stage.latency = 501
    // What was read ahead still follows, and nothing else is read.
    let before = stage.reader.state.withLock { $0.limits.count }
    var rows: [Int64] = []
    for round in 0..<100 {
      // Between two pieces of the log it looks as if all had been read.
      stage.latency = round % 2 == 0 ? 501 : 0
      stage.now += 100_000_000
      try stage.advance()
      if let due = stage.snapshot.due(at: .max) { rows += due.boxes.flatMap(\.numbers) }
      BlockingThread.sleep(milliseconds: 1)
    }
    #expect(stage.reader.state.withLock { $0.limits.count } <= before + 1)
    stage.latency = 500
    stage.now += 1_000_000_000
    rows += try stage.rest()
    #expect(rows == [3, 4])
  }

  @Test func tablesThatAreNewAreReadWithoutBeingAskedFor() throws {
    let stage = Stage(["a": [1], "b": [2]])
    var moment = stage.moment
    stage.snapshot.begin(newTables: ["b"], &moment)
    stage.snapshot.begin(newTables: ["b"], &moment)
    #expect(try stage.rest() == [2])
    #expect(stage.types == ["STARTED", "IN_PROGRESS", "TABLE_SCAN_COMPLETED", "COMPLETED"])
  }

  @Test func knownTablesAreKeptBesideTheOffset() throws {
    var known = KnownTables(["public.a", "public.b"])
    #expect(known.missing(of: ["public.a", "public.c"]) == ["public.c"])
    let before = known.attachment
    known.insert("public.a")
    #expect(known.attachment === before, "nothing new, nothing to store")
    known.insert("public.c")
    let text = known.attachment.text
    let stored = CheckpointAttachment { text }
    let read = try #require(KnownTables(stored))
    #expect(read.missing(of: ["public.a", "public.b", "public.c", "public.d"]) == ["public.d"])
    let other = CheckpointAttachment { "CREATE TABLE" }
    #expect(KnownTables(other) == nil)
  }

  @Test func whatIsBeingReadIsShownOnceASecond() throws {
    let stage = Stage(["a": [1, 2, 3], "b": [4]]), output = ShownOutput()
    try stage.ask(["a", "b"])
    #expect(try stage.next() == [1, 2])
    stage.snapshot.report(to: output, now: stage.now)
    stage.snapshot.report(to: output, now: stage.now + 1)
    let first = try #require(output.shown.first)
    #expect(output.shown.count == 1 && first.done == 0 && first.total == 2)
    #expect(first.tables.map(\.name) == ["a"] && first.tables[0].rows == 2 && first.tables[0].range == "2 to 3")
    #expect(try stage.rest() == [3, 4])
    stage.snapshot.report(to: output, now: stage.now)
    stage.snapshot.report(to: output, now: stage.now + 5_000_000_000)
    let last = try #require(output.shown.last)
    #expect(output.shown.count == 2 && last.tables.isEmpty && last.done == 2 && last.total == 2)
  }

  @Test func aRateHoldsReadingBack() throws {
    let stage = Stage(["a": Array(0..<10)], chunk: 2, settings: ["incremental.snapshot.rows.per.second": "1000"])
    try stage.ask(["a"])
    let start = stage.now
    #expect(try stage.rest().count == 10)
    // Ten rows at a thousand a second, by the clock of the test: the first two at once.
    #expect(stage.now - start >= 8_000_000)
  }
}
