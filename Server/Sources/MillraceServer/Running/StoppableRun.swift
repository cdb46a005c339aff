internal import Synchronization

/// Whether a run has begun: a stop before that has nothing to drain.
final class StoppableRun: Sendable {
  private let begun = Atomic(false)

  func begin() { begun.store(true, ordering: .sequentiallyConsistent) }

  /// Whether there is a run to be stopped.
  func stop() -> Bool { begun.load(ordering: .sequentiallyConsistent) }
}
