/// What an initial snapshot has delivered, for the checkpoint.
public struct SnapshotProgress: Sendable, Equatable {
  /// A table of which some is delivered.
  public struct Part: Sendable, Equatable {
    public var identity: String
    /// What the ranges count, in the source's words: ranges of another layout mean nothing.
    public var layout: String
    public var ranges: ChunkRanges

    public init(identity: String, layout: String, ranges: ChunkRanges) {
      self.identity = identity
      self.layout = layout
      self.ranges = ranges
    }
  }

  /// Identities of the tables that are whole, in the order in which they became so.
  public var done: [String] = []
  /// Tables in progress.
  public var parts: [Part] = []
  public var isComplete = false

  public init() {}

  /// Forgets tables that are not in `identities`. What is not captured any more may change unseen, so that it has to be read
  /// from its beginning if it is captured again.
  public mutating func keep(only identities: Set<String>) {
    done.removeAll { !identities.contains($0) }
    parts.removeAll { !identities.contains($0.identity) }
  }

  mutating func finish(_ range: Range<UInt64>, of identity: String, layout: String) {
    if let index = parts.firstIndex(where: { $0.identity == identity }) {
      if parts[index].layout != layout { parts[index] = Part(identity: identity, layout: layout, ranges: ChunkRanges()) }
      parts[index].ranges.insert(range)
    } else {
      parts.append(Part(identity: identity, layout: layout, ranges: ChunkRanges([range])))
    }
  }

  mutating func finish(_ identity: String) {
    parts.removeAll { $0.identity == identity }
    done.append(identity)
  }
}
