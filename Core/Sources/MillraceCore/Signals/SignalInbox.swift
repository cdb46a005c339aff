internal import Synchronization

/// Where signals wait for the connector. Any thread may post; the connector's own thread takes, at the price of one atomic read
/// when there is nothing.
public final class SignalInbox: Sendable {
  private let waiting = Mutex<[Signal]>([])
  private let isFilled = Atomic(false)

  /// Empty.
  public init() {}

  /// Leaves a signal; it is followed within a fraction of a second while the connector streams, and else when it does.
  public func post(_ signal: Signal) {
    waiting.withLock { $0.append(signal) }
    isFilled.store(true, ordering: .releasing)
  }

  /// Whether all that was posted has been taken.
  package var isEmpty: Bool { !isFilled.load(ordering: .acquiring) }

  /// What has come since, in order.
  package func take() -> [Signal] {
    guard isFilled.load(ordering: .acquiring) else { return [] }
    return waiting.withLock { waiting in
      isFilled.store(false, ordering: .releasing)
      defer { waiting.removeAll() }
      return waiting
    }
  }
}
