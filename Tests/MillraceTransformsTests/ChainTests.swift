import MillraceCore
import MillraceTransforms
import Testing

@Suite struct ChainTests {
  @Test func aPredicateChoosesTheRecordsOfAStep() throws {
    for (pattern, negate, expected) in [("srv\\.public\\..*", false, 3), ("srv\\.public\\..*", true, 5), ("public", false, 5)] {
      var configuration = Configuration(["pattern": pattern])
      let predicate = TopicNameMatches(&configuration)
      #expect(configuration.findings.isEmpty)
      var batch = Sample.batch()
      let chain = TransformChain(steps: [(transform: try transform([:]), predicate: predicate, negate: negate)])
      try chain.apply(to: &batch, where: Selection())
      // Unwrapping drops the tombstone and the truncation.
      let result = try delivered(batch, schemas: false)
      #expect(result.count == expected)
    }
  }

  @Test func tombstonesCanBeKeptOutOfAStep() throws {
    var batch = Sample.batch()
    let chain = TransformChain(steps: [(transform: try transform([:]), predicate: RecordIsTombstone(), negate: true)])
    try chain.apply(to: &batch, where: Selection())
    let result = try delivered(batch, schemas: false)
    #expect(result.map(\.value) == [Expected.insert, Expected.update, "null", nil])
  }

  @Test func headersChooseRecords() throws {
    var batch = Sample.batch()
    batch.headers.append(Header(name: batch.intern(headerName: "mark"), schema: batch.intern(schema: .string), value: .null))
    batch.records[1].headerCount = 1
    let predicate = HasHeaderKey(name: "mark")
    var answers: [Bool] = []
    for index in 0..<5 { answers.append(predicate.test(index, of: batch)) }
    #expect(answers == [false, true, false, false, false])
    let other = HasHeaderKey(name: "other").test(1, of: batch)
    #expect(!other)
  }

  @Test func whatOneStepDropsTheNextDoesNotSee() throws {
    let seen = Counting()
    var batch = Sample.batch()
    let chain = TransformChain(steps: [
      (transform: try transform([:]), predicate: nil, negate: false), (transform: seen, predicate: RecordIsTombstone(), negate: true),
    ])
    try chain.apply(to: &batch, where: Selection())
    #expect(seen.chosen == [0, 1])
  }

  @Test func aSelectionFromOutsideHoldsForEveryStep() throws {
    let seen = Counting()
    var batch = Sample.batch()
    try TransformChain(steps: [(transform: seen, predicate: RecordIsTombstone(), negate: true)])
      .apply(to: &batch, where: Selection([false, true, true, true, false]))
    #expect(seen.chosen == [1, 2])
  }

  @Test func aPatternThatIsNoneIsAFinding() {
    var configuration = Configuration(["pattern": "a(b"])
    let predicate = TopicNameMatches(&configuration)
    #expect(configuration.findings.map(\.key) == ["pattern"])
    let batch = Sample.batch()
    let answer = predicate.test(0, of: batch)
    #expect(!answer)
    var empty = Configuration([:])
    _ = HasHeaderKey(&empty)
    #expect(empty.findings.map(\.key) == ["name"])
  }
}

/// Notes which records it was given.
private final class Counting: Transform, @unchecked Sendable {
  var chosen: [Int] = []
  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    for index in 0..<batch.records.count where selection.contains(index) && !batch.records[index].isDropped { chosen.append(index) }
  }
}
