import Synchronization
import Testing

@testable import MillraceCore

/// A source and how it is read.
struct SnapshotCase: Sendable, CustomTestStringConvertible {
  let tables: [FakeTable]
  let batchRecords: Int
  let endsApart: Bool

  var testDescription: String { "\(tables.map { $0.chunks.map(\.count) }) by \(batchRecords), ends apart: \(endsApart)" }
  var rows: [Int64] { tables.flatMap(\.rows) }

  /// Rows by table and chunk; each row has a number of its own.
  private static let layouts: [[[Int]]] = [
    [[3, 2], [4], [1, 1, 2]],
    [[5]], [[1]], [[]], [],
    [[1], [1], [1]],
    [[1], [3]], [[3], [1]],
    [[], [2], [3]], [[2], [], [3]], [[2], [3], []], [[], [], []], [[], [1], []], [[0], [2, 0], [0, 0, 1], [0]],
    [[2], [], []],
  ]

  static let all: [SnapshotCase] = layouts.flatMap { layout in
    var next: Int64 = 0
    let tables = layout.enumerated().map { index, chunks in
      FakeTable(
        name: "t\(index)",
        chunks: chunks.map { count in
          (0..<count).map { _ in
            next += 1
            return next
          }
        })
    }
    return [1, 2, 3, 100].flatMap { size in
      [false, true].map { SnapshotCase(tables: tables, batchRecords: size, endsApart: $0) }
    }
  }
}

struct SnapshotCoordinatorTests {
  private struct Outcome {
    var source: FakeSnapshotSource
    var handed: [FakeOutput.Handed]
    var isWhole: Bool
    var failure: MillraceError?
  }

  private func run(
    _ snapshot: SnapshotCase, resuming progress: SnapshotProgress = SnapshotProgress(), stopAfter: Int? = nil, failing: Int64? = nil,
    readers: Int = 1, isReadByTable: Bool = false
  ) -> Outcome {
    let source = FakeSnapshotSource(
      snapshot.tables, endsApart: snapshot.endsApart, failing: failing, readers: readers, isReadByTable: isReadByTable)
    let output = FakeOutput(batchRecords: snapshot.batchRecords, stopAfter: stopAfter)
    do throws(MillraceError) {
      let isWhole = try SnapshotCoordinator(source: source, output: output, resuming: progress) { _, _, _ in }.run()
      return Outcome(source: source, handed: output.handed, isWhole: isWhole, failure: nil)
    } catch {
      return Outcome(source: source, handed: output.handed, isWhole: false, failure: error)
    }
  }

  /// As io.debezium's AbstractSnapshotChangeEventSource marks them.
  private func expectedMarkers(_ snapshot: SnapshotCase) -> [String] {
    var markers: [String] = []
    for (table, content) in snapshot.tables.enumerated() {
      let count = content.rows.count
      for row in 0..<count {
        if table == 0, row == 0 {
          markers.append("first")
        } else if row == count - 1 {
          markers.append("last_in_data_collection")
        } else {
          markers.append(row == 0 ? "first_in_data_collection" : "true")
        }
      }
    }
    if !markers.isEmpty { markers[markers.count - 1] = "last" }
    return markers
  }

  @Test(arguments: SnapshotCase.all) func everyRowIsReadOnceInOrderAndMarked(_ snapshot: SnapshotCase) {
    let outcome = run(snapshot)
    #expect(outcome.isWhole)
    #expect(outcome.handed.flatMap(\.rows) == snapshot.rows)
    #expect(outcome.handed.flatMap(\.markers) == expectedMarkers(snapshot))
    #expect(outcome.source.finished == 1)
  }

  @Test(arguments: SnapshotCase.all) func theEndIsStoredWithTheLastBox(_ snapshot: SnapshotCase) throws {
    let outcome = run(snapshot)
    let last = try #require(outcome.handed.last)
    let progress = try progress(of: last, outcome.source)
    #expect(progress?.isComplete == true)
    #expect(progress?.parts == [])
    #expect(progress?.done == snapshot.tables.map(\.name))
    for box in outcome.handed.dropLast() { #expect(try self.progress(of: box, outcome.source)?.isComplete != true) }
  }

  @Test(arguments: SnapshotCase.all) func aCheckpointClaimsNoRowThatWasNotHandedOnBefore(_ snapshot: SnapshotCase) throws {
    let outcome = run(snapshot)
    var handed: Set<Int64> = []
    for box in outcome.handed {
      handed.formUnion(box.rows)
      guard let progress = try progress(of: box, outcome.source) else { continue }
      #expect(claimed(by: progress, snapshot).isSubset(of: handed))
    }
  }

  /// Every chunk's end is a place to go on from.
  @Test func checkpointsFollowChunksAndTables() throws {
    let tables = [FakeTable(name: "a", chunks: [[1, 2], [3]]), FakeTable(name: "b", chunks: [[4]])]
    let outcome = run(SnapshotCase(tables: tables, batchRecords: 2, endsApart: false))
    let all = try outcome.handed.map { box in
      try progress(of: box, outcome.source).map { "\($0.done) \($0.parts.map { "\($0.identity) \($0.ranges.text)" }) \($0.isComplete)" }
    }
    #expect(all == ["[] [\"a 0-1\"] false", "[\"a\"] [] false", "[\"a\", \"b\"] [] true"])
  }

  @Test(arguments: SnapshotCase.all) func goingOnFromAnyCheckpointReadsTheRestAndNothingThatIsDone(_ snapshot: SnapshotCase) throws {
    let first = run(snapshot)
    var handed: Set<Int64> = []
    for box in first.handed {
      handed.formUnion(box.rows)
      guard let progress = try progress(of: box, first.source) else { continue }
      let second = run(snapshot, resuming: progress)
      #expect(second.isWhole)
      let rows = second.handed.flatMap(\.rows)
      #expect(handed.union(rows) == Set(snapshot.rows))
      #expect(claimed(by: progress, snapshot).isDisjoint(with: rows))
      #expect(second.source.begun.allSatisfy { chunk in !progress.done.contains { chunk.hasPrefix("\($0)@") } })
      #expect(second.handed.last?.markers.last ?? "last" == "last")
    }
  }

  @Test(arguments: SnapshotCase.all) func aStopAtAnyBoxClaimsNothingThatWasNotHandedOn(_ snapshot: SnapshotCase) throws {
    let boxes = run(snapshot).handed.count
    for stop in 0..<boxes {
      let outcome = run(snapshot, stopAfter: stop)
      #expect(!outcome.isWhole)
      #expect(outcome.handed.count == stop)
      #expect(outcome.source.finished == 1)
      var handed: Set<Int64> = []
      for box in outcome.handed {
        handed.formUnion(box.rows)
        guard let progress = try progress(of: box, outcome.source) else { continue }
        #expect(!progress.isComplete)
        #expect(claimed(by: progress, snapshot).isSubset(of: handed))
      }
    }
  }

  @Test func aTableThatGoesOnIsNotMarkedAsBeginningAgain() throws {
    let tables = [FakeTable(name: "a", chunks: [[1], [2, 3]]), FakeTable(name: "b", chunks: [[4], [5]])]
    let snapshot = SnapshotCase(tables: tables, batchRecords: 10, endsApart: false)
    var progress = begun("a")
    #expect(
      run(snapshot, resuming: progress).handed.flatMap(\.markers)
        == ["true", "last_in_data_collection", "first_in_data_collection", "last"])
    progress = begun("b")
    progress.done = ["a"]
    #expect(run(snapshot, resuming: progress).handed.flatMap(\.markers) == ["last"])
  }

  @Test func theOneRowLeftOfTheFirstTableIsTheLastOfIt() {
    let tables = [FakeTable(name: "a", chunks: [[1], [2]]), FakeTable(name: "b", chunks: [[3]])]
    let outcome = run(SnapshotCase(tables: tables, batchRecords: 10, endsApart: true), resuming: begun("a"))
    #expect(outcome.handed.flatMap(\.markers) == ["last_in_data_collection", "last"])
  }

  @Test func aSourceMayMarkTheLastRecordAlone() {
    let tables = [FakeTable(name: "a", chunks: [[1, 2]]), FakeTable(name: "b", chunks: [[3], [4]])]
    let source = FakeSnapshotSource(tables, endsApart: false, marking: SnapshotMarking(source: Envelope.source, marksTables: false))
    let output = FakeOutput(batchRecords: 10)
    let coordinator = try? SnapshotCoordinator(source: source, output: output, resuming: SnapshotProgress()) { _, _, _ in }
    #expect((try? coordinator?.run()) == true)
    #expect(output.handed.flatMap(\.markers) == ["true", "true", "true", "last"])
  }

  @Test func rangesOfAnotherLayoutMeanNothing() {
    let snapshot = SnapshotCase(tables: [FakeTable(name: "a", chunks: [[1], [2]])], batchRecords: 10, endsApart: false)
    let outcome = run(snapshot, resuming: begun("a", layout: "other"))
    #expect(outcome.handed.flatMap(\.rows) == [1, 2])
    #expect(outcome.handed.flatMap(\.markers) == ["first", "last"])
  }

  @Test func rangesOfATableThatIsGoneAreNotUsedForAnother() {
    let snapshot = SnapshotCase(tables: [FakeTable(name: "b", chunks: [[1], [2]])], batchRecords: 10, endsApart: false)
    #expect(run(snapshot, resuming: begun("a")).handed.flatMap(\.rows) == [1, 2])
  }

  /// What is left out for a while changes unseen.
  @Test func aTableThatIsNotCapturedAnyMoreIsForgotten() throws {
    let snapshot = SnapshotCase(tables: [FakeTable(name: "b", chunks: [[1]])], batchRecords: 10, endsApart: false)
    var progress = SnapshotProgress()
    progress.done = ["a"]
    let outcome = run(snapshot, resuming: progress)
    #expect(try self.progress(of: #require(outcome.handed.last), outcome.source)?.done == ["b"])
  }

  // MARK: several readers

  struct Readers: Sendable {
    let count: Int
    let isByTable: Bool
  }

  @Test(arguments: SnapshotCase.all, [Readers(count: 2, isByTable: false), Readers(count: 5, isByTable: false), Readers(count: 3, isByTable: true)])
  func severalReadersReadEachRowOnceAndMarkItRight(_ snapshot: SnapshotCase, _ readers: Readers) throws {
    for _ in 0..<5 {
      let outcome = run(snapshot, readers: readers.count, isReadByTable: readers.isByTable)
      #expect(outcome.isWhole)
      #expect(outcome.source.finished == 1)
      #expect(outcome.source.finishedReaders == readers.count)
      let rows = outcome.handed.flatMap(\.rows), markers = outcome.handed.flatMap(\.markers)
      #expect(rows.sorted() == snapshot.rows)
      #expect(markers == wantedMarkers(of: rows, snapshot))
      try expectSoundCheckpoints(outcome, snapshot)
    }
  }

  @Test(arguments: SnapshotCase.all) func goingOnWithOtherReadersReadsTheRest(_ snapshot: SnapshotCase) throws {
    let first = run(snapshot, readers: 3)
    var handed: Set<Int64> = []
    for box in first.handed {
      handed.formUnion(box.rows)
      guard let progress = try progress(of: box, first.source) else { continue }
      for readers in [1, 4] {
        let second = run(snapshot, resuming: progress, readers: readers)
        #expect(second.isWhole)
        let rows = second.handed.flatMap(\.rows)
        #expect(Set(rows).count == rows.count)
        #expect(handed.union(rows) == Set(snapshot.rows))
        #expect(claimed(by: progress, snapshot).isDisjoint(with: rows))
        #expect(second.handed.last?.markers.last ?? "last" == "last")
      }
    }
  }

  @Test(arguments: SnapshotCase.all) func aStopOrAFailureOfOneReaderEndsAllAndClaimsNothingTooMuch(_ snapshot: SnapshotCase) throws {
    for stop in 0..<run(snapshot).handed.count {
      let outcome = run(snapshot, stopAfter: stop, readers: 3)
      #expect(!outcome.isWhole)
      #expect(outcome.source.finishedReaders == 3)
      try expectSoundCheckpoints(outcome, snapshot)
    }
    for row in snapshot.rows {
      let outcome = run(snapshot, failing: row, readers: 3)
      #expect(outcome.failure?.code == "snapshot.failed")
      #expect(outcome.source.finished == 1)
      #expect(!outcome.handed.flatMap(\.rows).contains(row))
      try expectSoundCheckpoints(outcome, snapshot)
    }
  }

  private func expectSoundCheckpoints(_ outcome: Outcome, _ snapshot: SnapshotCase) throws {
    var handed: Set<Int64> = []
    for box in outcome.handed {
      handed.formUnion(box.rows)
      guard let progress = try progress(of: box, outcome.source) else { continue }
      #expect(claimed(by: progress, snapshot).isSubset(of: handed))
    }
  }

  /// As Debezium's chunked snapshot marks them: the first and the last of each table in the order of delivery.
  private func wantedMarkers(of rows: [Int64], _ snapshot: SnapshotCase) -> [String] {
    var markers = rows.map { _ in "true" }
    for (index, table) in snapshot.tables.enumerated() {
      let own = Set(table.rows)
      guard let first = rows.firstIndex(where: own.contains), let last = rows.lastIndex(where: own.contains) else { continue }
      markers[last] = "last_in_data_collection"
      if first != last || index == 0 { markers[first] = index == 0 ? "first" : "first_in_data_collection" }
    }
    if !markers.isEmpty { markers[markers.count - 1] = "last" }
    return markers
  }

  private func begun(_ table: String, layout: String = "fake") -> SnapshotProgress {
    var progress = SnapshotProgress()
    progress.parts = [.init(identity: table, layout: layout, ranges: ChunkRanges([0..<1]))]
    return progress
  }

  @Test func aFailureHandsNothingOnThatClaimsMoreThanWasRead() throws {
    let tables = [FakeTable(name: "a", chunks: [[1, 2], [3, 4]]), FakeTable(name: "b", chunks: [[5, 6]])]
    let snapshot = SnapshotCase(tables: tables, batchRecords: 1, endsApart: false)
    for row in snapshot.rows {
      let outcome = run(snapshot, failing: row)
      #expect(outcome.failure?.code == "snapshot.failed")
      #expect(outcome.source.finished == 1)
      let handed = Set(outcome.handed.flatMap(\.rows))
      #expect(handed.isSubset(of: 1..<row))
      for box in outcome.handed {
        guard let progress = try progress(of: box, outcome.source) else { continue }
        #expect(claimed(by: progress, snapshot).isSubset(of: handed))
      }
    }
  }

  @Test(arguments: SnapshotCase.all) func notificationsOvertakeTheRecordThatIsHeldBackAndNothingElseChanges(_ snapshot: SnapshotCase) throws {
    var configuration = Configuration(["notification.enabled.channels": "sink", "notification.sink.topic.name": "notes"])
    let notifier = Notifier(NotificationSettings(&configuration), name: "srv", log: .none)
    let source = FakeSnapshotSource(snapshot.tables, endsApart: snapshot.endsApart)
    let output = FakeOutput(batchRecords: snapshot.batchRecords)
    let isWhole = try SnapshotCoordinator(source: source, output: output, resuming: SnapshotProgress(), notes: SnapshotNotes(notifier)) { _, _, _ in }
      .run()
    #expect(isWhole)
    #expect(output.handed.flatMap(\.rows) == snapshot.rows)
    #expect(output.handed.flatMap(\.markers).filter { !$0.isEmpty } == expectedMarkers(snapshot))
    let told = output.handed.flatMap(\.notes)
    let tables = snapshot.tables.map(\.name)
    #expect(told.map(\.type) == ["STARTED"] + tables.flatMap { _ in ["IN_PROGRESS", "TABLE_SCAN_COMPLETED"] } + ["COMPLETED"])
    for (index, table) in snapshot.tables.enumerated() {
      #expect(told[1 + 2 * index].data["current_collection_in_progress"] == table.name)
      #expect(told[2 + 2 * index].data["scanned_collection"] == table.name)
      #expect(told[2 + 2 * index].data["total_rows_scanned"] == "\(table.rows.count)")
      #expect(told[2 + 2 * index].data["data_collections"] == tables.joined(separator: ","))
    }
    let last = output.handed.last { !$0.rows.isEmpty }
    #expect(last?.notes.last?.type == (snapshot.rows.isEmpty ? nil : "COMPLETED"))
  }

  @Test func aSnapshotThatFailsIsAborted() throws {
    var configuration = Configuration([:])
    var settings = NotificationSettings(&configuration)
    let told = Mutex<[String]>([])
    settings.handler = { note in told.withLock { $0.append(note.type) } }
    let notes = SnapshotNotes(Notifier(settings, name: "srv", log: .none))
    let source = FakeSnapshotSource([FakeTable(name: "t", chunks: [[1, 2]])], endsApart: false, failing: 2)
    let coordinator = try SnapshotCoordinator(source: source, output: FakeOutput(batchRecords: 1), resuming: SnapshotProgress(), notes: notes) { _, _, _ in }
    #expect(throws: MillraceError.self) { try coordinator.run() }
    #expect(told.withLock { $0 } == ["STARTED", "IN_PROGRESS", "ABORTED"])
  }

  private func progress(of box: FakeOutput.Handed, _ source: FakeSnapshotSource) throws -> SnapshotProgress? {
    guard let checkpoint = box.checkpoint else { return nil }
    return source.asked[try #require(checkpoint.state.flatMap { Int($0) })]
  }

  /// The rows that a run going on from `progress` would not read.
  private func claimed(by progress: SnapshotProgress, _ snapshot: SnapshotCase) -> Set<Int64> {
    var rows: Set<Int64> = []
    for table in snapshot.tables {
      if progress.done.contains(table.name) {
        rows.formUnion(table.rows)
      } else if let part = progress.parts.first(where: { $0.identity == table.name }) {
        for range in part.ranges.ranges { rows.formUnion(table.chunks[Int(range.lowerBound)..<Int(range.upperBound)].flatMap { $0 }) }
      }
    }
    return rows
  }
}
