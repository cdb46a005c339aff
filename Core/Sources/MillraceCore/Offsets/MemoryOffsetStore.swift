/// Keeps checkpoints for the life of the process only: a restart begins anew.
public actor MemoryOffsetStore: OffsetStore {
  private var checkpoints: [Checkpoint]

  /// - Parameter checkpoint: what is taken as saved before.
  public init(_ checkpoint: Checkpoint? = nil) { checkpoints = [checkpoint].compactMap(\.self) }

  public func load(partition: [Checkpoint.Entry]) -> Checkpoint? {
    checkpoints.first { $0.isOf(partition) }
  }

  public func save(_ checkpoint: Checkpoint) {
    checkpoints.replace(with: checkpoint)
  }

  public func close() {}
}

extension Checkpoint {
  /// Whether it belongs to `partition`: the same entries, in any order.
  func isOf(_ other: [Entry]) -> Bool {
    partition.count == other.count && partition.allSatisfy { other.contains($0) }
  }
}

extension [Checkpoint] {
  mutating func replace(with checkpoint: Checkpoint) {
    if let index = firstIndex(where: { $0.isOf(checkpoint.partition) }) {
      self[index] = checkpoint
    } else {
      append(checkpoint)
    }
  }
}
