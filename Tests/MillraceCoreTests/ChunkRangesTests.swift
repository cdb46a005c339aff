import Testing

@testable import MillraceCore

struct ChunkRangesTests {
  @Test func neighboursBecomeOneInWhateverOrderTheyCome() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [2, 0, 3, 1]] {
      #expect(ChunkRanges(order.map { UInt64($0 * 10)..<UInt64($0 * 10 + 10) }).ranges == [0..<40])
    }
    #expect(ChunkRanges([0..<5, 3..<9, 20..<30, 8..<20]).ranges == [0..<30])
    #expect(ChunkRanges([0..<5, 7..<7, 10..<12]).ranges == [0..<5, 10..<12])
    #expect(ChunkRanges([5..<6, 0..<10]).ranges == [0..<10])
  }

  @Test func gapsAndPartsMakeTheWhole() {
    let ranges = ChunkRanges([2..<4, 6..<8])
    #expect(ranges.gaps(in: 0..<10) == [0..<2, 4..<6, 8..<10])
    #expect(ranges.gaps(in: 3..<7) == [4..<6])
    #expect(ranges.gaps(in: 2..<4) == [])
    #expect(ranges.parts(of: 3..<7) == [3..<4, 6..<7])
    #expect(ChunkRanges().gaps(in: 0..<1) == [0..<1])
  }

  @Test func theTextIsReadBack() {
    let ranges = ChunkRanges([0..<4096, 8192..<UInt64.max])
    #expect(ranges.text == "0-4096 8192-18446744073709551615")
    #expect(ChunkRanges(ranges.text) == ranges)
    #expect(ChunkRanges("") == ChunkRanges())
    for damaged in ["1", "1-", "-1", "2-1", "1-1", "a-b", "1-2-3", "1-99999999999999999999"] { #expect(ChunkRanges(damaged) == nil) }
  }

  @Test func aPlanIsCutIntoChunksAndTheLastTakesWhatHasGrown() {
    var plan = SnapshotPlan(
      layout: "", step: 10, isRecorded: true,
      stretches: [.init(5..<12), .init(100..<UInt64.max, end: 125), .init(0..<50, isCatchUp: true), .init(7..<7)])
    var chunks: [SnapshotChunk] = []
    while let chunk = plan.next(of: 3) { chunks.append(chunk) }
    #expect(
      chunks == [
        .init(table: 3, range: 5..<12), .init(table: 3, range: 100..<110), .init(table: 3, range: 110..<120),
        .init(table: 3, range: 120..<UInt64.max), .init(table: 3, range: 0..<50, isCatchUp: true),
      ])
    #expect(plan.isEmpty)
  }
}
