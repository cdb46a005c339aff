internal import MillraceCore
internal import Synchronization

/// Counts records by topic and prints the counts whenever they are made durable: what a sink must do, and no more.
final class CountingSink: Sink {
  private struct State {
    var counts: [String: Int] = [:]
    var accepted: UInt64 = 0
  }

  private let state = Mutex(State())

  func check() async -> [Finding] { [] }

  func start(_ context: SinkContext) async throws(MillraceError) {}

  /// Accepted: the batch can be used again when this returns.
  func write(_ box: BatchBox) async throws(MillraceError) {
    state.withLock { state in
      for index in 0..<box.batch.records.count where !box.batch.records[index].isDropped {
        state.counts[box.batch.topics[Int(box.batch.records[index].topic)], default: 0] += 1
      }
      state.accepted = box.sequence
    }
  }

  /// Durable: here as soon as it is printed.
  func flush(waiting: Bool) async throws(MillraceError) -> UInt64 {
    let (counts, accepted) = state.withLock { ($0.counts, $0.accepted) }
    print(counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
    return accepted
  }

  func close() async {}
}
