/// How long to wait before the next attempt: doubling from `initial` to `maximum`, with jitter, at most `attempts` times.
public struct RetryPolicy: Sendable {
  /// -1: without end (Debezium's `errors.max.retries`).
  public var attempts: Int
  public var initial: Duration
  public var maximum: Duration

  public init(attempts: Int = -1, initial: Duration = .milliseconds(300), maximum: Duration = .seconds(2)) {
    self.attempts = attempts
    self.initial = initial
    self.maximum = maximum
  }

  /// The pause before attempt `number` (from 1), or nil if there is to be none. `jitter` from 0 to 1 takes off up to half.
  public func pause(before number: Int, jitter: Double) -> Duration? {
    if attempts >= 0, number > attempts { return nil }
    var pause = initial
    for _ in 1..<max(1, min(number, 20)) where pause < maximum { pause = pause * 2 }
    return min(pause, maximum) * (1 - min(max(jitter, 0), 1) / 2)
  }
}
