internal import MillraceCore

/// Where in the log the connector is: behind the last whole transaction, and how many of the rows of the one that follows are done.
///
/// A transaction is found again by its GTID, where there is one, or else by the place where it begins; rows are counted in the order
/// of the log, captured or not, so (transaction, rows done) finds the place again in one pass, also on a replica that has cut the
/// rows into other events.
struct MySQLPosition: Sendable, Equatable {
  /// Behind the last whole transaction: where a dump begins that goes by place.
  var place = BinlogPlace(file: "", position: 4)
  /// The whole transactions; empty where the server has no GTIDs.
  var gtids = GTIDSet()
  /// The transaction that follows, as far as it has been read.
  var gtid: GTID?
  /// Rows of it that are done; 0: none of it.
  var rowsDone: UInt64 = 0
  /// Transactions that were left within and have not come again: on another server, or from MariaDB's other domains, whole ones may come
  /// before them.
  var unfinished: [Unfinished] = []
  /// Of the last event: µs since 1970.
  var timestamp: Int64 = 0
  var serverID: UInt32 = 0
  /// Events behind the transaction's begin, and rows of the last of them that are done, as Debezium counts them.
  var event: UInt64 = 0
  var row: UInt64 = 0
  /// Where the metadata of that transaction stand; set for a checkpoint only.
  var transaction: TransactionMetadata.Progress?
  /// The signal that has set it: it comes again where it lies behind, and is then passed over.
  var setBy: String?
}

/// A transaction of which some rows are done.
struct Unfinished: Sendable, Equatable {
  var gtid: GTID
  var rowsDone: UInt64
}

extension Unfinished {
  var json: JSONValue { .object([.init("gtid", .string("\(gtid)")), .init("rowsDone", .string("\(rowsDone)"))]) }

  init(_ stored: JSONValue) throws(MillraceError) {
    guard let text = stored["gtid"]?.string, let gtid = try GTIDSet(text).only, let done = stored["rowsDone"]?.string.flatMap({ UInt64($0) })
    else { throw StoredPosition.damaged("its unfinished transactions have no name or number") }
    self.init(gtid: gtid, rowsDone: done)
  }
}

/// The checkpoint: Debezium's offset form (io.debezium.connector.binlog.BinlogOffsetContext) for tools that read it, and our exact
/// position in `state`.
extension MySQLPosition {
  /// - Parameters:
  ///   - snapshot: nil while streaming.
  ///   - requests: what is asked for beside the stream.
  ///   - tables: the table definitions at this position.
  func checkpoint(
    partition: [Checkpoint.Entry], snapshot: SnapshotState? = nil, requests: SnapshotRequests = SnapshotRequests(),
    tables: CheckpointAttachment? = nil
  ) -> Checkpoint {
    var offset: [Checkpoint.Entry] = []
    if let transaction { offset += transaction.entries }
    offset += [
      .init("ts_sec", .integer(Clock.floorDivide(timestamp, 1_000_000))), .init("file", .text(place.file)),
      .init("pos", .integer(Int64(bitPattern: place.position))),
    ]
    if !gtids.isEmpty { offset.append(.init("gtids", .text("\(gtids)"))) }
    if rowsDone > 0 { offset += [.init("row", .integer(Int64(row))), .init("event", .integer(Int64(event)))] }
    if serverID != 0 { offset.append(.init("server_id", .integer(Int64(serverID)))) }
    let isComplete = snapshot?.progress.isComplete ?? true
    if snapshot != nil {
      offset += [.init("snapshot", .text("INITIAL")), .init("snapshot_completed", .boolean(isComplete))]
    } else if !requests.blocking.isEmpty {
      offset += [.init("snapshot", .text("BLOCKING")), .init("snapshot_completed", .boolean(false))]
    }
    var state: [JSONValue.Member] = [.init("version", .integer(1))]
    if rowsDone > 0 {
      state.append(.init("rowsDone", .string("\(rowsDone)")))
      if let gtid { state.append(.init("gtid", .string("\(gtid)"))) }
    }
    if !unfinished.isEmpty { state.append(.init("unfinished", .array(unfinished.map(\.json)))) }
    if let snapshot {
      if !snapshot.streams { state.append(.init("streams", .boolean(false))) }
      if !isComplete { state.append(.init("snapshot", snapshot.json)) }
    }
    state += requests.members
    if let setBy { state.append(.init("setBy", .string(setBy))) }
    return Checkpoint(partition: partition, offset: offset, state: JSONValue.object(state).text(), attachment: tables)
  }
}

/// A checkpoint that was read back.
struct StoredPosition {
  var position: MySQLPosition
  /// nil when the snapshot is complete or none was wanted.
  var snapshot: SnapshotState?
  /// What was asked for beside the stream.
  var requests = SnapshotRequests()
  /// Whether the stream was wanted when it was stored.
  var streams = true
  /// The table definitions at the position (`SchemaText`); nil where Debezium stored it.
  var tables: String?
  /// Whether it was Debezium that stored it: the position then says how many events, and rows of the last one, are done.
  var isForeign = false

  /// - Throws: `mysql.offset` if it is neither ours nor Debezium's; damage is never taken for absence (Invariant 10).
  init(_ checkpoint: Checkpoint) throws(MillraceError) {
    func integer(_ key: String) throws(MillraceError) -> UInt64? {
      switch checkpoint[key] {
      case .integer(let value)? where value >= 0: return UInt64(value)
      case .null?, nil: return nil
      default: throw StoredPosition.damaged("its \(key) is not a number")
      }
    }
    position = MySQLPosition()
    guard case .text(let file)? = checkpoint["file"], let at = try integer("pos") else { throw StoredPosition.damaged("it has no file and pos") }
    position.place = BinlogPlace(file: file, position: at)
    if case .text(let text)? = checkpoint["gtids"] { position.gtids = try GTIDSet(text) }
    position.timestamp = Int64(try integer("ts_sec") ?? 0) &* 1_000_000
    position.serverID = UInt32(truncatingIfNeeded: try integer("server_id") ?? 0)
    position.event = try integer("event") ?? 0
    position.row = try integer("row") ?? 0
    position.transaction = TransactionMetadata.Progress(checkpoint)
    guard let text = checkpoint.state else {
      isForeign = true
      // A snapshot that was not complete is begun again, as Debezium does.
      switch checkpoint["snapshot"] {
      case .null?, nil, .boolean(false)?: break
      default: if checkpoint["snapshot_completed"] != .boolean(true) { snapshot = SnapshotState() }
      }
      return
    }
    let state: JSONValue
    do { state = try JSONValue(parsing: text) } catch { throw StoredPosition.damaged("its state is not JSON") }
    guard state["version"]?.integer == 1 else { throw StoredPosition.damaged("another version has written it") }
    if let done = state["rowsDone"] {
      guard let number = done.string.flatMap({ UInt64($0) }) else { throw StoredPosition.damaged("its position has no number") }
      position.rowsDone = number
    }
    if let text = state["gtid"]?.string { position.gtid = try GTIDSet(text).only }
    for stored in state["unfinished"]?.elements ?? [] { position.unfinished.append(try Unfinished(stored)) }
    if case .boolean(false)? = state["streams"] { streams = false }
    if let stored = state["snapshot"] { snapshot = try SnapshotState(stored, streams: streams) }
    guard let requests = SnapshotRequests(state: state) else { throw StoredPosition.damaged("what it says of requested snapshots is incomplete") }
    self.requests = requests
    position.setBy = state["setBy"]?.string
    tables = checkpoint.attachment?.text
  }

  static func damaged(_ what: String) -> MillraceError {
    MillraceError(
      code: "mysql.offset", component: "mysql", retry: .stop, message: "the stored offset cannot be used: \(what)",
      advice: "restore the offset from a copy, or remove it to begin with a new snapshot")
  }
}

extension GTIDSet {
  /// The transaction of a set of one.
  var only: GTID? {
    if let (domain, last) = domains.first { return .mariadb(domain: domain, server: last.server, number: last.number) }
    guard let (source, ranges) = sources.first, let range = ranges.first else { return nil }
    return .mysql(source: source, number: range.lowerBound)
  }
}
