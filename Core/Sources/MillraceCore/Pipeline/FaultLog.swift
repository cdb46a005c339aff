internal import Synchronization

/// Reports records at fault: each, or one line a second that counts them. Called for faults only, from any thread.
public final class FaultLog: Sendable {
  private struct State {
    var count: UInt64 = 0
    var logged: UInt64 = 0
    var next = ContinuousClock.now
  }

  private let log: Log
  private let level: Log.Level
  private let logsEach: Bool
  private let state = Mutex(State())

  public init(_ log: Log, level: Log.Level = .warning, each logsEach: Bool) {
    self.log = log
    self.level = level
    self.logsEach = logsEach
  }

  public var count: UInt64 { state.withLock { $0.count } }

  /// Counts a fault. The error holds no value of the record, nor does what is logged.
  public func report(_ message: String, _ error: MillraceError, topic: String? = nil) {
    let (isShown, before, count) = state.withLock { state in
      state.count += 1
      let isShown = logsEach || ContinuousClock.now >= state.next
      let before = state.count - state.logged - 1
      if isShown {
        state.logged = state.count
        state.next = .now + .seconds(1)
      }
      return (isShown, before, state.count)
    }
    guard isShown else { return }
    var fields = [("error", "\(error)"), ("count", "\(count)")]
    if let topic { fields.insert(("topic", topic), at: 0) }
    if before > 0 { fields.append(("not_shown", "\(before)")) }
    log.report(level, message, fields)
  }
}
