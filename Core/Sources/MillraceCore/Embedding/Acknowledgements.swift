/// Which batches the consumer has, and up to which one all are durable there. Pure: `Handover` keeps it under its lock.
///
/// Batches may be acknowledged in any order; the answer is the last one before the first that is not (Invariant 1), and it never
/// moves back (Invariant 2). Neighbours that the consumer no longer has are kept as one, so that the list is no longer than what
/// the consumer holds.
struct Acknowledgements {
  private enum State { case held, acknowledged, released }

  private var entries: [(sequence: UInt64, state: State)] = []
  /// All batches up to this one are acknowledged.
  private(set) var durable: UInt64 = 0

  /// Whether the consumer has a batch that it may still acknowledge.
  var isAwaiting: Bool { entries.contains { $0.state == .held } }

  /// The consumer was given this batch. Numbers only grow.
  mutating func handed(_ sequence: UInt64) { entries.append((sequence, .held)) }

  /// This batch is durable. One that is not known (of an attempt before) is ignored: its records come again.
  mutating func acknowledged(_ sequence: UInt64) {
    guard let index = entries.firstIndex(where: { $0.sequence == sequence && $0.state == .held }) else { return }
    entries[index].state = .acknowledged
    settle()
  }

  /// This batch and all before it are durable.
  mutating func acknowledged(through sequence: UInt64) {
    guard entries.contains(where: { $0.sequence >= sequence }) else { return }
    for index in entries.indices where entries[index].sequence <= sequence { entries[index].state = .acknowledged }
    settle()
  }

  /// The consumer has let go of the batch; if it was not acknowledged before, it never will be by itself.
  mutating func released(_ sequence: UInt64) {
    guard let index = entries.firstIndex(where: { $0.sequence == sequence && $0.state == .held }) else { return }
    entries[index].state = .released
    settle()
  }

  /// The run goes on from the stored position: what is not durable comes again, as other batches.
  mutating func restart() { entries.removeAll() }

  private mutating func settle() {
    while let first = entries.first, first.state == .acknowledged {
      durable = max(durable, first.sequence)
      entries.removeFirst()
    }
    var index = 1
    while index < entries.count {
      switch (entries[index - 1].state, entries[index].state) {
      case (.acknowledged, .acknowledged), (.released, .released), (.released, .acknowledged):
        // What is behind a released batch can only become durable together with it.
        entries[index].state = entries[index - 1].state
        entries.remove(at: index - 1)
      default: index += 1
      }
    }
  }
}
