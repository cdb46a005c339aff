internal import Synchronization

/// Says to whoever waits for the server that it need not wait any longer. Any thread.
final class Interruption: Sendable {
  private let requested = Atomic(false)

  var isRequested: Bool { requested.load(ordering: .relaxed) }

  func request() { requested.store(true, ordering: .relaxed) }
}
