/// Counts what of each batch is not delivered yet, and tells up to which batch everything is.
struct DeliveryLedger: Sendable {
  private struct Entry {
    let sequence: UInt64
    /// Handed over minus reported; below zero while reports overtake the count.
    var open = 0
    var isComplete = false
  }

  /// In ascending order of sequence; everything before the first is durable.
  private var entries: [Entry] = []
  private(set) var durable: UInt64 = 0

  /// Whether every batch that was begun is durable.
  var isClear: Bool { entries.isEmpty }

  /// Batch `sequence` is being handed over. One that failed half-way can begin again.
  mutating func begin(_ sequence: UInt64) {
    if let index = index(of: sequence) { entries[index].isComplete = false } else { entries.append(Entry(sequence: sequence)) }
  }

  /// `count` records of it were handed over, and `isComplete`: no more will follow.
  mutating func add(_ count: Int, to sequence: UInt64, isComplete: Bool) {
    guard let index = index(of: sequence) else { return }
    entries[index].open += count
    entries[index].isComplete = isComplete
    advance()
  }

  /// `count` records of it were reported as delivered.
  mutating func deliver(_ count: Int, of sequence: UInt64) {
    guard let index = index(of: sequence) else { return }
    entries[index].open -= count
    advance()
  }

  private func index(of sequence: UInt64) -> Int? {
    // Sequences count without gaps as a rule, so that the place is known.
    guard let first = entries.first?.sequence, sequence >= first else { return nil }
    let guess = Int(clamping: sequence - first)
    if guess < entries.count, entries[guess].sequence == sequence { return guess }
    return entries.firstIndex { $0.sequence == sequence }
  }

  /// Invariant 1: a batch counts only when all before it do.
  private mutating func advance() {
    let done = entries.prefix { $0.isComplete && $0.open == 0 }
    if let last = done.last {
      durable = last.sequence
      entries.removeFirst(done.count)
    }
  }
}
