internal import MillraceCore

/// What a run does first, decided from the rules, the stored position and the server's slot. Nothing here asks or changes anything.
struct SnapshotDecision: Equatable {
  enum Rows: Equatable { case none, whole, rest }

  enum Start: Equatable {
    case noStream
    case storedPosition
    /// Where the slot stands, whatever is stored.
    case slot
    case newSlot
    /// The slot is of no use: it is dropped and made again.
    case replacedSlot
  }

  var rows: Rows
  var start: Start

  enum Stored: Equatable {
    case nothing
    /// `streamed`: the run that wrote it had a slot which keeps what follows.
    case whole(streamed: Bool)
    case unfinished(streamed: Bool)
  }

  /// Why the server cannot send what follows the stored position.
  enum Loss: Error, Equatable {
    case slotGone
    /// The server has removed log that the slot needed.
    case slotLost
    /// Somebody has confirmed more than is stored.
    case slotAhead
    /// The publication is younger than the position.
    case unpublished
  }

  enum Refusal: Error, Equatable {
    case loss(Loss)
    case unfinished
    case noPosition
  }

  /// - Parameters:
  ///   - hasSlot: whether the slot is there.
  ///   - loss: what is wrong with the slot. Without a stored position only a lost slot is.
  static func made(_ rules: SnapshotRules, _ stored: Stored, hasSlot: Bool, loss: Loss?) throws(Refusal) -> SnapshotDecision {
    let wanted: Rows = rules.rows == .never ? .none : .whole
    if case .unfinished = stored, rules.rows == .never, !rules.leavesUnfinished { throw .unfinished }
    if stored == .nothing, rules.needsPosition { throw .noPosition }
    guard rules.streams else {
      // Without a stream behind it, only a snapshot of one point in time is consistent: an interrupted one begins again.
      if case .whole = stored, rules.rows == .once { return SnapshotDecision(rows: .none, start: .noStream) }
      return SnapshotDecision(rows: wanted, start: .noStream)
    }
    let begins = SnapshotDecision(rows: wanted, start: hasSlot ? .slot : .newSlot)
    let ignoresStored = stored == .nothing || rules.rows == .everyStart || stored == .unfinished(streamed: false)
    if let loss, !ignoresStored || loss == .slotLost || loss == .unpublished {
      guard rules.mendsLoss else { throw .loss(loss) }
      switch loss {
      case .slotGone: return SnapshotDecision(rows: wanted, start: .newSlot)
      case .slotAhead: return SnapshotDecision(rows: wanted, start: .slot)
      case .slotLost, .unpublished: return SnapshotDecision(rows: wanted, start: .replacedSlot)
      }
    }
    if ignoresStored { return begins }
    switch stored {
    case .nothing: return begins
    // A slot that is older than a snapshot without one: what follows the slot's position is right at its end.
    case .whole(let streamed): return SnapshotDecision(rows: .none, start: streamed ? .storedPosition : .slot)
    case .unfinished: return SnapshotDecision(rows: rules.rows == .never ? .none : .rest, start: .storedPosition)
    }
  }
}
