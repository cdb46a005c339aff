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
    var reader: FakeSnapshotReader
    var handed: [FakeOutput.Handed]
    var isWhole: Bool
    var failure: MillraceError?
  }

  private func run(
    _ snapshot: SnapshotCase, resuming progress: SnapshotProgress = SnapshotProgress(), stopAfter: Int? = nil, failing: Int64? = nil
  ) -> Outcome {
    let reader = FakeSnapshotReader(snapshot.tables, endsApart: snapshot.endsApart, failing: failing)
    let output = FakeOutput(batchRecords: snapshot.batchRecords, stopAfter: stopAfter)
    var coordinator = SnapshotCoordinator(reader: reader, output: output, resuming: progress) { _, _, _ in }
    do throws(MillraceError) {
      let isWhole = try coordinator.run()
      return Outcome(reader: reader, handed: output.handed, isWhole: isWhole, failure: nil)
    } catch {
      return Outcome(reader: reader, handed: output.handed, isWhole: false, failure: error)
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
    #expect(outcome.reader.finished == 1)
  }

  @Test(arguments: SnapshotCase.all) func theEndIsStoredWithTheLastBox(_ snapshot: SnapshotCase) throws {
    let outcome = run(snapshot)
    let last = try #require(outcome.handed.last)
    let progress = try progress(of: last, outcome.reader)
    #expect(progress?.isComplete == true)
    #expect(progress?.current == nil)
    #expect(progress?.token == nil)
    #expect(progress?.done == snapshot.tables.map(\.name))
    for box in outcome.handed.dropLast() { #expect(try self.progress(of: box, outcome.reader)?.isComplete != true) }
  }

  @Test(arguments: SnapshotCase.all) func aCheckpointClaimsNoRowThatWasNotHandedOnBefore(_ snapshot: SnapshotCase) throws {
    let outcome = run(snapshot)
    var handed: Set<Int64> = []
    for box in outcome.handed {
      handed.formUnion(box.rows)
      guard let progress = try progress(of: box, outcome.reader) else { continue }
      #expect(claimed(by: progress, snapshot).isSubset(of: handed))
    }
  }

  /// Every chunk's end is a place to go on from.
  @Test func checkpointsFollowChunksAndTables() throws {
    let tables = [FakeTable(name: "a", chunks: [[1, 2], [3]]), FakeTable(name: "b", chunks: [[4]])]
    let outcome = run(SnapshotCase(tables: tables, batchRecords: 2, endsApart: false))
    let all = try outcome.handed.map { box in
      try progress(of: box, outcome.reader).map { "\($0.done) \($0.current ?? "-") \($0.token ?? "-") \($0.isComplete)" }
    }
    #expect(all == ["[] a 1 false", "[\"a\"] - - false", "[\"a\", \"b\"] - - true"])
  }

  @Test(arguments: SnapshotCase.all) func goingOnFromAnyCheckpointReadsTheRestAndNothingThatIsDone(_ snapshot: SnapshotCase) throws {
    let first = run(snapshot)
    var handed: Set<Int64> = []
    for box in first.handed {
      handed.formUnion(box.rows)
      guard let progress = try progress(of: box, first.reader) else { continue }
      let second = run(snapshot, resuming: progress)
      #expect(second.isWhole)
      let rows = second.handed.flatMap(\.rows)
      #expect(handed.union(rows) == Set(snapshot.rows))
      #expect(claimed(by: progress, snapshot).isDisjoint(with: rows))
      #expect(Set(progress.done).isDisjoint(with: second.reader.begun))
      if let current = progress.current, let token = progress.token { #expect(second.reader.begun.first == "\(current)@\(token)") }
      #expect(second.handed.last?.markers.last ?? "last" == "last")
    }
  }

  @Test(arguments: SnapshotCase.all) func aStopAtAnyBoxClaimsNothingThatWasNotHandedOn(_ snapshot: SnapshotCase) throws {
    let boxes = run(snapshot).handed.count
    for stop in 0..<boxes {
      let outcome = run(snapshot, stopAfter: stop)
      #expect(!outcome.isWhole)
      #expect(outcome.handed.count == stop)
      #expect(outcome.reader.finished == 1)
      var handed: Set<Int64> = []
      for box in outcome.handed {
        handed.formUnion(box.rows)
        guard let progress = try progress(of: box, outcome.reader) else { continue }
        #expect(!progress.isComplete)
        #expect(claimed(by: progress, snapshot).isSubset(of: handed))
      }
    }
  }

  @Test func aTableThatGoesOnIsNotMarkedAsBeginningAgain() throws {
    let tables = [FakeTable(name: "a", chunks: [[1], [2, 3]]), FakeTable(name: "b", chunks: [[4], [5]])]
    let snapshot = SnapshotCase(tables: tables, batchRecords: 10, endsApart: false)
    var progress = SnapshotProgress()
    progress.current = "a"
    progress.token = "1"
    #expect(
      run(snapshot, resuming: progress).handed.flatMap(\.markers)
        == ["true", "last_in_data_collection", "first_in_data_collection", "last"])
    progress.done = ["a"]
    progress.current = "b"
    #expect(run(snapshot, resuming: progress).handed.flatMap(\.markers) == ["last"])
  }

  @Test func theOneRowLeftOfTheFirstTableIsTheLastOfIt() {
    let tables = [FakeTable(name: "a", chunks: [[1], [2]]), FakeTable(name: "b", chunks: [[3]])]
    var progress = SnapshotProgress()
    progress.current = "a"
    progress.token = "1"
    let outcome = run(SnapshotCase(tables: tables, batchRecords: 10, endsApart: true), resuming: progress)
    #expect(outcome.handed.flatMap(\.markers) == ["last_in_data_collection", "last"])
  }

  @Test func aTableInProgressWithoutATokenIsReadFromItsBeginning() {
    let snapshot = SnapshotCase(
      tables: [FakeTable(name: "a", chunks: [[1], [2]])], batchRecords: 10, endsApart: false)
    var progress = SnapshotProgress()
    progress.current = "a"
    let outcome = run(snapshot, resuming: progress)
    #expect(outcome.handed.flatMap(\.rows) == [1, 2])
    #expect(outcome.handed.flatMap(\.markers) == ["first", "last"])
  }

  @Test func aTokenOfATableThatIsGoneIsNotUsedForAnother() {
    let snapshot = SnapshotCase(tables: [FakeTable(name: "b", chunks: [[1], [2]])], batchRecords: 10, endsApart: false)
    var progress = SnapshotProgress()
    progress.current = "a"
    progress.token = "1"
    #expect(run(snapshot, resuming: progress).handed.flatMap(\.rows) == [1, 2])
  }

  @Test func aFailureHandsNothingOnThatClaimsMoreThanWasRead() throws {
    let tables = [FakeTable(name: "a", chunks: [[1, 2], [3, 4]]), FakeTable(name: "b", chunks: [[5, 6]])]
    let snapshot = SnapshotCase(tables: tables, batchRecords: 1, endsApart: false)
    for row in snapshot.rows {
      let outcome = run(snapshot, failing: row)
      #expect(outcome.failure?.code == "snapshot.failed")
      #expect(outcome.reader.finished == 1)
      let handed = Set(outcome.handed.flatMap(\.rows))
      #expect(handed.isSubset(of: 1..<row))
      for box in outcome.handed {
        guard let progress = try progress(of: box, outcome.reader) else { continue }
        #expect(claimed(by: progress, snapshot).isSubset(of: handed))
      }
    }
  }

  private func progress(of box: FakeOutput.Handed, _ reader: FakeSnapshotReader) throws -> SnapshotProgress? {
    guard let checkpoint = box.checkpoint else { return nil }
    return reader.asked[try #require(checkpoint.state.flatMap { Int($0) })]
  }

  /// The rows that a run going on from `progress` would not read.
  private func claimed(by progress: SnapshotProgress, _ snapshot: SnapshotCase) -> Set<Int64> {
    var rows: Set<Int64> = []
    for table in snapshot.tables {
      if progress.done.contains(table.name) {
        rows.formUnion(table.rows)
      } else if table.name == progress.current, let token = progress.token.flatMap({ Int($0) }) {
        rows.formUnion(table.chunks.prefix(token).flatMap { $0 })
      }
    }
    return rows
  }
}
