internal import Synchronization

/// Says to whoever waits for a server that it need not wait any longer. Any thread.
package final class Interruption: Sendable {
  private let requested = Atomic(false)

  package init() {}

  package var isRequested: Bool { requested.load(ordering: .relaxed) }

  package func request() { requested.store(true, ordering: .relaxed) }
}
