internal import Synchronization

/// Where signals wait for the connector. Any thread may post; the connector's own thread takes, at the price of one atomic read
/// when there is nothing.
///
/// A signal that was taken is kept until a checkpoint is stored that was made after it: when the run is interrupted before that, it
/// comes again with the next attempt.
public final class SignalInbox: Sendable {
  /// A signal's place in the order of posting, from 1.
  package typealias Number = UInt64

  private struct Entry {
    var number: Number
    var signal: Signal
    /// Whether the source's log brings it again by itself.
    var isOfSource: Bool
  }

  private struct State {
    var last: Number = 0
    var waiting: [Entry] = []
    var unstored: [Entry] = []
    var stored: Number = 0
  }

  private let state = Mutex(State())
  private let isFilled = Atomic(false)
  private let newest = Atomic<Number>(0)

  /// Empty.
  public init() {}

  /// Leaves a signal; it is followed within a fraction of a second while the connector streams, and else when it does.
  public func post(_ signal: Signal) { _ = post(signal, isOfSource: false) }

  /// Leaves a signal, and answers its number.
  @discardableResult
  package func post(_ signal: Signal, isOfSource: Bool) -> Number {
    let number = state.withLock { state in
      state.last += 1
      state.waiting.append(Entry(number: state.last, signal: signal, isOfSource: isOfSource))
      return state.last
    }
    isFilled.store(true, ordering: .releasing)
    return number
  }

  /// Whether all that was posted has been taken.
  package var isEmpty: Bool { !isFilled.load(ordering: .acquiring) }

  /// What has come since, in order.
  package func take() -> [Signal] {
    guard isFilled.load(ordering: .acquiring) else { return [] }
    return state.withLock { state in
      isFilled.store(false, ordering: .releasing)
      let taken = state.waiting
      state.waiting = []
      state.unstored += taken
      if let number = taken.last?.number { newest.store(number, ordering: .releasing) }
      return taken.map(\.signal)
    }
  }

  // MARK: what is stored

  /// The newest signal that was taken. Checkpoints that are made from now on hold what it asks for.
  package var taken: Number { newest.load(ordering: .acquiring) }

  /// A checkpoint is stored that was made when `number` was the newest taken.
  package func stored(upTo number: Number) {
    guard number > 0 else { return }
    state.withLock { state in
      guard number > state.stored else { return }
      state.stored = number
      state.unstored.removeAll { $0.number <= number }
    }
  }

  /// Whether it does not come again.
  package func isStored(_ number: Number) -> Bool { state.withLock { number <= $0.stored } }

  /// The run begins again at the last checkpoint stored: what it does not hold waits again.
  package func giveBack() {
    state.withLock { state in
      state.waiting = (state.unstored + state.waiting).filter { !$0.isOfSource }
      state.unstored = []
      newest.store(state.stored, ordering: .releasing)
      isFilled.store(!state.waiting.isEmpty, ordering: .releasing)
    }
  }
}
