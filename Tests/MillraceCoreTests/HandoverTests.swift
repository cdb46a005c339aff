import Testing

@testable import MillraceCore

struct HandoverTests {
  @Test func aBatchThatIsOfferedWhileTheConsumerLeavesIsLetGo() async throws {
    for _ in 0..<20_000 {
      weak var left: Handover?
      do {
        let handover = Handover(takesPositions: false, patience: .zero)
        left = handover
        let box = BatchBox(capacity: 64)
        box.sequence = 1
        async let leaving: Void = handover.leave()
        try await handover.write(box)
        await leaving
      }
      if left != nil {
        Issue.record("the batch and the one who offers it hold each other")
        return
      }
    }
  }
}
