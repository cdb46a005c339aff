internal import MillraceCore

/// How a run begins: from the stored token, from now, or with the documents that are there. Opens the change stream, which proves
/// that the server still has what follows the token.
struct StreamStart {
  let session: MongoSession
  let settings: MongoDBSettings
  let log: Log

  enum Rows: Equatable { case none, whole, rest }

  struct Decision {
    var rows: Rows
    var position: MongoPosition
    /// Whether the position is the stored one.
    var isStored: Bool
    /// Open at the position; nil where no stream follows.
    var cursor: MongoCursor?
  }

  /// - Parameter begun: where an earlier attempt of this run has begun. Without documents to read first, nothing may be missed since.
  func open(resuming stored: StoredPosition?, begun: BSONDocument? = nil) throws(MillraceError) -> Decision {
    let rules = settings.snapshot.rules
    if stored?.snapshot != nil, rules.rows == .never, !rules.leavesUnfinished { throw StreamStart.unfinished }
    if stored == nil, rules.needsPosition { throw StreamStart.noPosition }
    let wanted: Rows = rules.rows == .never ? .none : .whole
    guard let stored else { return try begin(wanted, at: wanted == .none ? begun : nil) }
    // Without a stream behind it, which sets it right, an interrupted snapshot begins again.
    if !rules.streams, stored.snapshot != nil || rules.rows == .everyStart { return try begin(wanted) }
    let start: ChangeStreamPipeline.Start
    if let token = stored.position.token {
      start = .after(token)
    } else if let time = stored.position.time {
      start = .at(time)
    } else {
      return try begin(wanted)
    }
    do throws(MillraceError) {
      let cursor = try cursor(start)
      // Only here the server looks for the place of the token.
      try cursor.fetch(wait: 200)
      var position = stored.position
      if position.token == nil { position.token = cursor.batchToken }
      let rows: Rows =
        if stored.snapshot != nil { rules.rows == .never ? .none : stored.isForeign ? .whole : .rest } else { rules.rows == .everyStart ? .whole : .none }
      return Decision(rows: rows, position: position, isStored: true, cursor: cursor)
    } catch {
      guard error.code == "mongodb.history.lost", rules.mendsLoss else { throw error }
      log.warning("the server cannot go on from the stored resume token: a new snapshot is taken", ("server", error.serverText ?? ""))
      return try begin(wanted)
    }
  }

  /// Without a stored position.
  private func begin(_ rows: Rows, at begun: BSONDocument? = nil) throws(MillraceError) -> Decision {
    let cursor = try cursor(begun.map { .after($0) } ?? settings.capture.startTime.map { .at($0) } ?? .now)
    var position = MongoPosition()
    position.token = begun ?? cursor.batchToken
    return Decision(rows: rows, position: position, isStored: false, cursor: cursor)
  }

  func cursor(_ start: ChangeStreamPipeline.Start) throws(MillraceError) -> MongoCursor {
    let (database, command) = ChangeStreamPipeline(settings).command(start)
    return try MongoCursor(command, on: database, session: session)
  }

  private static var unfinished: MillraceError {
    MillraceError(
      code: "mongodb.snapshot.unfinished", component: "mongodb", retry: .stop,
      message: "an earlier run has left its snapshot unfinished, and snapshot.mode takes none",
      advice: "write snapshot.mode=initial or when_needed to finish it, or remove the stored offset")
  }

  private static var noPosition: MillraceError {
    MillraceError(
      code: "mongodb.offset.missing", component: "mongodb", retry: .stop, message: "no offset is stored",
      advice: "write snapshot.mode=initial, or snapshot.mode.configuration.based.snapshot.on.schema.error=false")
  }
}
