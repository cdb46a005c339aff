/// What signals and settings have asked for beside the stream, as a checkpoint keeps it in its state.
package struct SnapshotRequests: Sendable, Equatable {
  /// Where the snapshot is that is read while the stream goes on.
  package var incremental: IncrementalProgress
  /// The snapshots that the stream has to wait for.
  package var blocking: BlockingRequests
  /// Which tables are captured; nil where those captured later are not looked for.
  package var captures: CaptureChoice?

  package init(
    incremental: IncrementalProgress = IncrementalProgress(), blocking: BlockingRequests = BlockingRequests(), captures: CaptureChoice? = nil
  ) {
    self.incremental = incremental
    self.blocking = blocking
    self.captures = captures
  }

  /// For a state; empty where nothing is asked for.
  package var members: [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    if !incremental.isEmpty { members.append(.init("incremental", incremental.json)) }
    if !blocking.isEmpty { members.append(.init("blocking", blocking.json)) }
    if let captures { members.append(.init("captures", captures.json)) }
    return members
  }

  /// What is left once the first blocking snapshot has come so far.
  package func after(_ progress: SnapshotProgress) -> SnapshotRequests {
    SnapshotRequests(incremental: incremental, blocking: blocking.after(progress), captures: captures)
  }

  /// Out of a state; nil if it is damaged.
  package init?(state: JSONValue) {
    self.init()
    if let stored = state["incremental"] {
      guard let progress = IncrementalProgress(stored) else { return nil }
      incremental = progress
    }
    if let stored = state["blocking"] {
      guard let requests = BlockingRequests(stored) else { return nil }
      blocking = requests
    }
    if let stored = state["captures"] {
      guard let choice = CaptureChoice(stored) else { return nil }
      captures = choice
    }
  }
}

/// The settings that choose what is captured, kept in checkpoints so that a table which another choice has captured before can be told
/// from one that is new.
package struct CaptureChoice: Sendable, Equatable {
  private let values: [String: String]
  /// Made once: it goes with every checkpoint.
  package let json: JSONValue

  package static func == (a: CaptureChoice, b: CaptureChoice) -> Bool { a.values == b.values }

  /// - Parameter keys: the settings.
  package init(_ keys: [String], of configuration: Configuration) {
    self.init(Dictionary(keys.compactMap { key in configuration[key].map { (key, $0) } }, uniquingKeysWith: { first, _ in first }))
  }

  private init(_ values: [String: String]) {
    self.values = values
    json = .object(values.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
  }

  init?(_ json: JSONValue) {
    guard let members = json.members else { return nil }
    var values: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else { return nil }
      values[member.key] = text
    }
    self.init(values)
  }

  /// The settings by themselves.
  package var configuration: Configuration { Configuration(values) }
}
