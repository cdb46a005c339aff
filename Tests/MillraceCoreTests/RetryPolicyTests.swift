import MillraceCore
import Testing

struct RetryPolicyTests {
  private func pauses(_ policy: RetryPolicy, _ count: Int, jitter: Double = 0) -> [Duration?] {
    (1...count).map { policy.pause(before: $0, jitter: jitter) }
  }

  @Test func thePauseDoublesUntilTheMaximum() {
    let policy = RetryPolicy(initial: .milliseconds(300), maximum: .seconds(2))
    #expect(pauses(policy, 6) == [300, 600, 1200, 2000, 2000, 2000].map { .milliseconds($0) })
  }

  @Test func afterTheLastAttemptThereIsNoPause() {
    let policy = RetryPolicy(attempts: 2, initial: .seconds(1), maximum: .seconds(10))
    #expect(pauses(policy, 4) == [.seconds(1), .seconds(2), nil, nil])
    #expect(RetryPolicy(attempts: 0).pause(before: 1, jitter: 0) == nil)
  }

  @Test func minusOneMeansWithoutEnd() {
    #expect(RetryPolicy(attempts: -1, maximum: .seconds(10)).pause(before: .max, jitter: 0) == .seconds(10))
  }

  @Test func jitterTakesOffUpToHalf() {
    let policy = RetryPolicy(initial: .seconds(4), maximum: .seconds(4))
    #expect(pauses(policy, 1, jitter: 0.5) == [.seconds(3)])
    #expect(pauses(policy, 1, jitter: 1) == [.seconds(2)])
    #expect(pauses(policy, 1, jitter: 7) == [.seconds(2)])
    #expect(pauses(policy, 1, jitter: -7) == [.seconds(4)])
  }

  @Test func anInitialPauseBeyondTheMaximumIsCut() {
    #expect(RetryPolicy(initial: .seconds(9), maximum: .seconds(1)).pause(before: 1, jitter: 0) == .seconds(1))
  }

  @Test func theSettingsAreDebeziums() {
    let options = Pipeline.Options(Configuration(["errors.max.retries": "3", "retriable.restart.connector.wait.ms": "700"]))
    #expect(options.retry.attempts == 3)
    #expect(options.retry.maximum == .milliseconds(700))
    #expect(Pipeline.Options(Configuration([:])).retry.attempts == -1)
  }
}
