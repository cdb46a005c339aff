internal import MillraceCore

/// Where in the log the connector is: the transaction being read and how much of it is done.
///
/// Commits are ordered by the LSN of their commit record, and a transaction is always sent whole, so (commit, changes done)
/// finds the place again in one pass: drop what is before it.
struct PostgresPosition: Sendable, Equatable {
  /// The commit LSN (pgoutput's `final_lsn`) of the transaction that was read last; 0 before the first.
  var commit: UInt64 = 0
  /// Changes of that transaction that are done; nil when it is whole.
  var changesDone: UInt64?
  /// The end LSN of the last whole transaction: what the server may forget up to. nil before the first.
  var lastCommitEnd: UInt64?
  /// The LSN of the last change.
  var lastChange: UInt64 = 0
  var transactionID: UInt32 = 0
  /// The slot's oldest transaction, where `xmin.fetch.interval.ms` asks for it.
  var xmin: UInt32?
  /// Commit time of the transaction, µs since 1970.
  var timestamp: Int64 = 0
  /// The kind of the last change, in Debezium's words.
  var messageType = MessageType.none

  enum MessageType: String, Sendable {
    case none = "NOOP", insert = "INSERT", update = "UPDATE", delete = "DELETE", truncate = "TRUNCATE", message = "MESSAGE"
  }
  /// Where the metadata of that transaction stand; set for a checkpoint only.
  var transaction: TransactionMetadata.Progress?
  /// Nothing that is ours lies before it: the slot's consistent point at first, later where the log was idle.
  var start: UInt64 = 0

  /// What may be confirmed to the server once everything up to here is durable.
  var flushable: UInt64 { max(lastCommitEnd ?? 0, start) }
}

/// The checkpoint: Debezium's offset form (io.debezium.connector.postgresql.PostgresOffsetContext) for tools that read it, and
/// our exact position in `state`.
extension PostgresPosition {
  func checkpoint(
    partition: [Checkpoint.Entry], snapshot: SnapshotState? = nil, requests: SnapshotRequests = SnapshotRequests()
  ) -> Checkpoint {
    var offset: [Checkpoint.Entry] = []
    let isBlocked = !requests.blocking.isEmpty
    let isComplete = snapshot?.progress.isComplete ?? true
    if snapshot != nil {
      offset = [
        .init("last_snapshot_record", .boolean(isComplete)), .init("lsn", .integer(Int64(bitPattern: start))),
        .init("txId", .integer(Int64(transactionID))), .init("ts_usec", .integer(timestamp)), .init("snapshot", .text("INITIAL")),
        .init("snapshot_completed", .boolean(isComplete)),
      ]
    } else {
      offset = [.init("lsn_proc", .integer(Int64(bitPattern: lastChange))), .init("messageType", .text(messageType.rawValue))]
      if let lastCommitEnd { offset.append(.init("lsn_commit", .integer(Int64(bitPattern: lastCommitEnd)))) }
      offset += [
        .init("lsn", .integer(Int64(bitPattern: lastChange))), .init("txId", .integer(Int64(transactionID))),
        .init("ts_usec", .integer(timestamp)),
      ]
      if let xmin { offset.append(.init("xmin", .integer(Int64(xmin)))) }
      if isBlocked {
        offset += [
          .init("last_snapshot_record", .boolean(false)), .init("snapshot", .text("BLOCKING")), .init("snapshot_completed", .boolean(false)),
        ]
      }
      offset += transaction?.entries ?? []
    }
    var state: [JSONValue.Member] = [
      .init("version", .integer(isComplete ? 1 : 2)), .init("start", .string("\(start)")), .init("commit", .string("\(commit)")),
    ]
    if let changesDone { state.append(.init("changesDone", .string("\(changesDone)"))) }
    if let lastCommitEnd { state.append(.init("lastCommitEnd", .string("\(lastCommitEnd)"))) }
    state.append(.init("lastChange", .string("\(lastChange)")))
    state += requests.members
    if let snapshot {
      if !snapshot.streams { state.append(.init("streams", .boolean(false))) }
      if !isComplete { state.append(.init("snapshot", snapshot.json)) }
    }
    return Checkpoint(partition: partition, offset: offset, state: JSONValue.object(state).text())
  }
}

/// A checkpoint that was read back.
struct StoredPosition {
  var position: PostgresPosition
  /// nil when the snapshot is complete or none was wanted.
  var snapshot: SnapshotState?
  /// Whether a slot has kept what follows since.
  var streams = true
  /// What was asked for beside the stream.
  var requests = SnapshotRequests()
  /// The tables that were captured, where that was kept.
  var known: KnownTables?
  /// Whether it was Debezium that stored it.
  var isForeign = false

  /// - Throws: `postgres.offset` if the state is not ours or is damaged; damage is never taken for absence (Invariant 10).
  init(_ checkpoint: Checkpoint) throws(MillraceError) {
    func integer(_ key: String) -> UInt64? {
      if case .integer(let value)? = checkpoint[key] { UInt64(bitPattern: value) } else { nil }
    }
    position = PostgresPosition()
    position.transactionID = UInt32(truncatingIfNeeded: integer("txId") ?? 0)
    position.timestamp = Int64(bitPattern: integer("ts_usec") ?? 0)
    position.transaction = TransactionMetadata.Progress(checkpoint)
    known = checkpoint.attachment.flatMap { KnownTables($0) }
    if case .text(let type)? = checkpoint["messageType"] { position.messageType = .init(rawValue: type) ?? .none }
    guard let text = checkpoint.state else {
      try takeOver(checkpoint)
      return
    }
    let state: JSONValue
    do { state = try JSONValue(parsing: text) } catch { throw StoredPosition.damaged("its state is not JSON") }
    guard let version = state["version"]?.integer, (1...2).contains(version) else { throw StoredPosition.damaged("another version has written it") }
    func number(_ key: String) throws(MillraceError) -> UInt64? {
      guard let value = state[key] else { return nil }
      guard let number = value.string.flatMap({ UInt64($0) }) else { throw StoredPosition.damaged("its position has no number") }
      return number
    }
    guard let start = try number("start"), let commit = try number("commit"), let lastChange = try number("lastChange") else {
      throw StoredPosition.damaged("its position is incomplete")
    }
    position.start = start
    position.commit = commit
    position.changesDone = try number("changesDone")
    position.lastCommitEnd = try number("lastCommitEnd")
    position.lastChange = lastChange
    if case .boolean(false)? = state["streams"] { streams = false }
    guard let requests = SnapshotRequests(state: state) else { throw StoredPosition.damaged("what it says of requested snapshots is incomplete") }
    self.requests = requests
    if let stored = state["snapshot"] { snapshot = try SnapshotState(stored, streams: streams) }
  }

  /// What the decision about a run goes by.
  static func state(_ stored: StoredPosition?) -> SnapshotDecision.Stored {
    guard let stored else { return .nothing }
    return stored.snapshot == nil ? .whole(streamed: stored.streams) : .unfinished(streamed: stored.streams)
  }

  /// An offset that Debezium has written. It names records by the LSN of a change, which changes of one transaction and truncates
  /// of several tables can share, so nothing is skipped by it: the stream begins behind the last transaction that is whole
  /// (`lsn_commit`), or, before the first, where the slot stands, which Debezium moves only to what it has stored. What lies between
  /// comes once more; nothing is lost. A snapshot that was not complete is begun again, as Debezium does.
  private mutating func takeOver(_ checkpoint: Checkpoint) throws(MillraceError) {
    func lsn(_ key: String) throws(MillraceError) -> UInt64? {
      switch checkpoint[key] {
      case .integer(let value)?: return UInt64(bitPattern: value)
      case .null?, nil: return nil
      default: throw StoredPosition.damaged("its \(key) is not a number")
      }
    }
    isForeign = true
    // Its transaction is sent whole again.
    position.transaction = nil
    guard let last = try lsn("lsn") else { throw StoredPosition.damaged("it has neither Millrace's position nor Debezium's lsn") }
    position.lastChange = max(last, try lsn("lsn_proc") ?? 0)
    position.lastCommitEnd = try lsn("lsn_commit")
    switch checkpoint["snapshot"] {
    // What a signal had asked for is not taken up again, as Debezium leaves it.
    case .null?, nil, .boolean(false)?, .text("BLOCKING")?: break
    default:
      if checkpoint["snapshot_completed"] != .boolean(true) { snapshot = SnapshotState() }
    }
  }

  static func damaged(_ what: String) -> MillraceError {
    MillraceError(
      code: "postgres.offset", component: "postgres", retry: .stop, message: "the stored offset cannot be used: \(what)",
      advice: "restore the offset from a copy, or remove it to begin with a new snapshot")
  }
}
