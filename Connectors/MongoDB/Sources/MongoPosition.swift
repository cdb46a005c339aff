internal import MillraceCore

/// Where in the change stream the connector is: behind an event, or behind what the server has looked through without one.
struct MongoPosition: Sendable, Equatable {
  /// Behind it the stream goes on; nil before the first.
  var token: BSONDocument?
  /// The cluster time of the last event; nil where the token stands behind none.
  var time: UInt64?
  /// How many events of that time are done: the operations of a transaction share one.
  var events: UInt64 = 0
  /// The session of the last event's transaction, as JSON text, and the transaction's number.
  var session: String?
  var transactionNumber: Int64?
  /// Where the metadata of that transaction stand.
  var transaction: TransactionMetadata.Progress?
}

/// The checkpoint: Debezium's offset form (io.debezium.connector.mongodb.MongoDbOffsetContext), which says all about the stream but
/// the count of events; that and the progress of a snapshot are in `state`.
extension MongoPosition {
  func checkpoint(partition: [Checkpoint.Entry], snapshot: SnapshotState? = nil, requests: SnapshotRequests = SnapshotRequests()) -> Checkpoint {
    let isComplete = snapshot?.progress.isComplete ?? true
    var offset: [Checkpoint.Entry] = [
      .init("sec", .integer(time.map { Int64($0 >> 32) } ?? -1)), .init("ord", .integer(time.map { Int64(Int32(truncatingIfNeeded: $0)) } ?? -1)),
    ]
    if let session, transactionNumber != nil { offset.append(.init("lsid", .text(session))) }
    if let token { offset.append(.init("resume_token", .text(token.base64))) }
    if session != nil, let transactionNumber { offset.append(.init("txnNumber", .integer(transactionNumber))) }
    if !isComplete { offset.append(.init("initsync", .boolean(true))) }
    offset += transaction?.entries ?? []
    var state: [JSONValue.Member] = [.init("version", .integer(1)), .init("events", .string("\(events)"))]
    if let snapshot, !isComplete { state.append(.init("snapshot", snapshot.json)) }
    state += requests.members
    return Checkpoint(partition: partition, offset: offset, state: JSONValue.object(state).text())
  }
}

/// A checkpoint that was read back.
struct StoredPosition: Sendable {
  var position = MongoPosition()
  /// nil when the snapshot is complete or none was wanted.
  var snapshot: SnapshotState?
  /// What was asked for beside the stream.
  var requests = SnapshotRequests()
  /// Whether it was Debezium that stored it.
  var isForeign = false

  /// - Throws: `mongodb.offset` if the offset is damaged; damage is never taken for absence (Invariant 10).
  init(_ checkpoint: Checkpoint) throws(MillraceError) {
    func integer(_ key: String) throws(MillraceError) -> Int64? {
      switch checkpoint[key] {
      case .integer(let value)?: return value
      case .null?, nil: return nil
      default: throw StoredPosition.damaged("its \(key) is not a number")
      }
    }
    if let seconds = try integer("sec"), let ord = try integer("ord"), seconds >= 0, ord >= 0 {
      position.time = UInt64(truncatingIfNeeded: seconds) << 32 | UInt64(UInt32(truncatingIfNeeded: ord))
    }
    position.transactionNumber = try integer("txnNumber")
    if case .text(let session)? = checkpoint["lsid"] { position.session = session }
    switch checkpoint["resume_token"] {
    case .text(let text)?:
      // Before 2.4 Debezium stored the token's text alone.
      guard let token = BSONDocument(base64: text) ?? StoredPosition.token(data: text) else { throw StoredPosition.damaged("its resume_token is none") }
      position.token = token
    case .null?, nil: break
    default: throw StoredPosition.damaged("its resume_token is not a text")
    }
    guard let text = checkpoint.state else {
      isForeign = true
      // An offset of the time before any event, 0 or -1, says nothing.
      if position.token == nil, position.time ?? 0 == 0 { throw StoredPosition.damaged("it has neither a resume_token nor a time") }
      // A snapshot that was not complete is begun again, as Debezium does.
      if checkpoint["initsync"] == .boolean(true) { snapshot = SnapshotState() }
      return
    }
    position.transaction = TransactionMetadata.Progress(checkpoint)
    let state: JSONValue
    do { state = try JSONValue(parsing: text) } catch { throw StoredPosition.damaged("its state is not JSON") }
    guard state["version"]?.integer == 1 else { throw StoredPosition.damaged("another version has written it") }
    guard let events = state["events"]?.string.flatMap({ UInt64($0) }) else { throw StoredPosition.damaged("its position is incomplete") }
    position.events = events
    if position.token == nil { throw StoredPosition.damaged("it has no resume_token") }
    if let stored = state["snapshot"] { snapshot = try SnapshotState(stored) }
    guard let requests = SnapshotRequests(state: state) else { throw StoredPosition.damaged("what it says of requested snapshots is incomplete") }
    self.requests = requests
  }

  private static func token(data: String) -> BSONDocument? {
    let isHex = !data.isEmpty && data.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 | 0x20 >= 97 && $0 | 0x20 <= 102) }
    return isHex ? ["_data": .text(data)] : nil
  }

  static func damaged(_ what: String) -> MillraceError {
    MillraceError(
      code: "mongodb.offset", component: "mongodb", retry: .stop, message: "the stored offset cannot be used: \(what)",
      advice: "restore the offset from a copy, or remove it to begin with a new snapshot")
  }
}
