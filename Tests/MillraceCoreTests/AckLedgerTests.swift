import Testing

@testable import MillraceCore

struct AckLedgerTests {
  private func checkpoint(_ position: Int64) -> Checkpoint {
    Checkpoint(partition: [], offset: [Checkpoint.Entry("position", .integer(position))])
  }

  @Test func aBatchThatIsLateHoldsBackAllBehindIt() {
    var ledger = AckLedger()
    for sequence in 1...3 { ledger.accepted(UInt64(sequence), records: 1, checkpoint: checkpoint(Int64(sequence))) }
    #expect(ledger.durable(upTo: 0) == nil)
    #expect(ledger.durable(upTo: 2) == checkpoint(2))
    #expect(!ledger.isSettled)
    #expect(ledger.durable(upTo: 3) == checkpoint(3))
    #expect(ledger.isSettled)
  }

  @Test func anAnswerIsGivenOnce() {
    var ledger = AckLedger()
    ledger.accepted(1, records: 1, checkpoint: checkpoint(1))
    #expect(ledger.durable(upTo: 1) == checkpoint(1))
    #expect(ledger.durable(upTo: 1) == nil)
  }

  @Test func theAnswersNeverMoveBack() {
    var ledger = AckLedger()
    for sequence in 1...3 { ledger.accepted(UInt64(sequence), records: 1, checkpoint: checkpoint(Int64(sequence))) }
    #expect(ledger.durable(upTo: 2) == checkpoint(2))
    #expect(ledger.durable(upTo: 1) == nil)
    #expect(ledger.durableSequence == 2)
    ledger.accepted(4, records: 1, checkpoint: checkpoint(4))
    #expect(ledger.durable(upTo: 3) == checkpoint(3))
  }

  @Test func batchesWithoutRecordsSettleWithTheirPredecessor() {
    var ledger = AckLedger()
    ledger.accepted(1, records: 2, checkpoint: checkpoint(1))
    ledger.accepted(2, records: 0, checkpoint: checkpoint(2))
    ledger.accepted(3, records: 0, checkpoint: nil)
    ledger.accepted(4, records: 1, checkpoint: checkpoint(4))
    ledger.accepted(5, records: 0, checkpoint: checkpoint(5))
    #expect(ledger.durable(upTo: 0) == nil)
    #expect(ledger.durable(upTo: 1) == checkpoint(2))
    #expect(!ledger.isSettled)
    #expect(ledger.durable(upTo: 4) == checkpoint(5))
    #expect(ledger.isSettled)
  }

  @Test func aBatchWithoutRecordsNeedsNoAnswerOfTheSink() {
    var ledger = AckLedger()
    ledger.accepted(1, records: 0, checkpoint: checkpoint(1))
    #expect(ledger.durable(upTo: 0) == checkpoint(1))
  }

  @Test func aBatchWithoutPositionLeavesTheOneBefore() {
    var ledger = AckLedger()
    ledger.accepted(1, records: 1, checkpoint: checkpoint(1))
    ledger.accepted(2, records: 1, checkpoint: nil)
    #expect(ledger.durable(upTo: 2) == checkpoint(1))
  }

  @Test func recordsAreCountedWhenTheyAreDurable() {
    var ledger = AckLedger()
    ledger.accepted(1, records: 3, checkpoint: nil)
    ledger.accepted(2, records: 4, checkpoint: nil)
    #expect(ledger.durableRecords == 0)
    _ = ledger.durable(upTo: 1)
    #expect(ledger.durableRecords == 3)
    _ = ledger.durable(upTo: 2)
    #expect(ledger.durableRecords == 7)
  }

  /// Against a ledger without bounds: never more is allowed, and in the end as much.
  @Test func aSilentSinkDoesNotMakeItGrowAndNothingIsAllowedEarly() {
    var dice = SystemRandomNumberGenerator()
    for _ in 0..<6 {
      var ledger = AckLedger()
      var all: [(sequence: UInt64, records: UInt64, needsReceipt: Bool, position: Int64?)] = []
      var known: UInt64 = 0, last: Int64 = 0
      for sequence in UInt64(1)...30_000 {
        let records: UInt64 = Bool.random(using: &dice) ? 1 : 0
        let position: Int64? = Int.random(in: 0..<3, using: &dice) > 0 ? Int64(sequence) : nil
        ledger.accepted(sequence, records: records, checkpoint: position.map(checkpoint))
        all.append((sequence, records, records > 0, position))
        #expect(ledger.count <= 4097)
        guard sequence % 6000 == 0 else { continue }
        known = UInt64.random(in: known...sequence, using: &dice)
        let allowed = all.prefix { $0.sequence <= known || !$0.needsReceipt }.compactMap(\.position).last ?? 0
        if case .integer(let position)? = ledger.durable(upTo: known)?["position"] {
          #expect(position <= allowed && position > last, "\(position) of \(allowed) behind \(last)")
          last = position
        }
      }
      let newest = all.compactMap(\.position).last
      if case .integer(let position)? = ledger.durable(upTo: 30_000)?["position"] { last = position }
      #expect(last == newest)
      #expect(ledger.isSettled)
      #expect(ledger.durableRecords == all.reduce(0) { $0 + $1.records })
    }
  }
}
