internal import MillraceCore

/// What a run does first, decided from the rules and the stored position. Nothing here asks or changes anything.
struct SnapshotDecision: Equatable {
  enum Rows: Equatable { case none, whole, rest }

  enum Start: Equatable {
    case noStream
    case storedPosition
    /// Where the server's log ends when the snapshot is taken.
    case snapshot
  }

  var rows: Rows
  var start: Start

  enum Stored: Equatable {
    case nothing
    /// `streamed`: the run that wrote it was to go on with the changes, so that the log from its position on was wanted.
    case whole(streamed: Bool)
    case unfinished(streamed: Bool)
  }

  enum Refusal: Error, Equatable {
    /// The server no longer has the log behind the stored position.
    case lost
    case unfinished
    case noPosition
  }

  /// - Parameter isLost: whether the server no longer has the log behind the stored position.
  static func made(_ rules: SnapshotRules, _ stored: Stored, isLost: Bool) throws(Refusal) -> SnapshotDecision {
    let wanted: Rows = rules.rows == .never ? .none : .whole
    if case .unfinished = stored, rules.rows == .never, !rules.leavesUnfinished { throw .unfinished }
    if stored == .nothing, rules.needsPosition { throw .noPosition }
    guard rules.streams else {
      // Without a stream behind it, only a snapshot of one point in time is consistent: an interrupted one begins again.
      if case .whole = stored, rules.rows == .once { return SnapshotDecision(rows: .none, start: .noStream) }
      return SnapshotDecision(rows: wanted, start: .noStream)
    }
    let begins = SnapshotDecision(rows: wanted, start: .snapshot)
    if stored == .nothing || rules.rows == .everyStart || stored == .unfinished(streamed: false) { return begins }
    if isLost {
      guard rules.mendsLoss else { throw .lost }
      return begins
    }
    if case .unfinished = stored { return SnapshotDecision(rows: rules.rows == .never ? .none : .rest, start: .storedPosition) }
    return SnapshotDecision(rows: .none, start: .storedPosition)
  }
}
