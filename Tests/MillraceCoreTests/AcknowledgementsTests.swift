import Testing

@testable import MillraceCore

struct AcknowledgementsTests {
  private func handed(_ sequences: ClosedRange<UInt64>) -> Acknowledgements {
    var acknowledgements = Acknowledgements()
    for sequence in sequences { acknowledgements.handed(sequence) }
    return acknowledgements
  }

  @Test func oneThatIsMissingHoldsBackAllBehindIt() {
    var acknowledgements = handed(1...4)
    acknowledgements.acknowledged(3)
    acknowledgements.acknowledged(1)
    #expect(acknowledgements.durable == 1)
    acknowledgements.acknowledged(4)
    #expect(acknowledgements.durable == 1)
    acknowledgements.acknowledged(2)
    #expect(acknowledgements.durable == 4)
    #expect(!acknowledgements.isAwaiting)
  }

  @Test func oneThatWasReleasedIsNeverDurableByItself() {
    var acknowledgements = handed(1...3)
    acknowledgements.released(1)
    acknowledgements.acknowledged(2)
    acknowledgements.acknowledged(3)
    acknowledgements.acknowledged(1)
    #expect(acknowledgements.durable == 0)
    #expect(!acknowledgements.isAwaiting)
  }

  @Test func allUpToOneCanBeAcknowledgedAtOnce() {
    var acknowledgements = handed(1...4)
    acknowledgements.released(1)
    acknowledgements.released(2)
    acknowledgements.acknowledged(through: 3)
    #expect(acknowledgements.durable == 3)
    #expect(acknowledgements.isAwaiting)
  }

  @Test func aReleaseAfterTheAcknowledgementChangesNothing() {
    var acknowledgements = handed(1...2)
    acknowledgements.acknowledged(1)
    acknowledgements.released(1)
    acknowledgements.acknowledged(2)
    acknowledgements.released(2)
    #expect(acknowledgements.durable == 2)
  }

  @Test func batchesOfAnAttemptBeforeAreIgnoredAndNothingMovesBack() {
    var acknowledgements = handed(1...3)
    acknowledgements.acknowledged(1)
    acknowledgements.restart()
    acknowledgements.acknowledged(2)
    acknowledgements.acknowledged(through: 3)
    #expect(acknowledgements.durable == 1)
    acknowledgements.handed(4)
    acknowledgements.acknowledged(4)
    #expect(acknowledgements.durable == 4)
  }

  @Test func anyOrderGivesTheLastBeforeTheFirstThatIsMissing() {
    var dice = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      var acknowledgements = Acknowledgements()
      var fates: [UInt64: Bool] = [:]
      var open: [UInt64] = []
      for sequence in 1...20 as ClosedRange<UInt64> {
        acknowledgements.handed(sequence)
        open.append(sequence)
        while open.count > 4 || (Bool.random(using: &dice) && !open.isEmpty) {
          let one = open.remove(at: Int.random(in: open.indices, using: &dice))
          fates[one] = Int.random(in: 0..<20, using: &dice) != 0
          if fates[one] == true { acknowledgements.acknowledged(one) } else { acknowledgements.released(one) }
          let wanted = (1...20 as ClosedRange<UInt64>).first { fates[$0] != true }.map { $0 - 1 } ?? 20
          #expect(acknowledgements.durable == wanted)
        }
      }
    }
  }
}
