internal import MillraceCore

/// A connection that chunks are read on: what it can tell of the place of a consistent snapshot in the log.
///
/// docs/decisions/0021 has the reasons.
struct ChunkConnection {
  let connection: MySQLConnection
  let knowledge: Knowledge
  /// Whether it is the stream's server that has answered.
  private let isStreamed: Bool

  enum Knowledge: Equatable { case gtids, exactPlace, nothing }

  /// What a server says of itself, to be told from another one behind the same address.
  static func identity(of connection: MySQLConnection) throws(MillraceError) -> String {
    let row = try connection.query(
      connection.version.isMariaDB ? "SELECT @@hostname, @@port, @@server_id" : "SELECT @@hostname, @@port, @@server_uuid").first ?? []
    return row.map { $0 ?? "" }.joined(separator: " ")
  }

  /// - Parameter server: the identity of the stream's server.
  init(_ connection: MySQLConnection, server: String) throws(MillraceError) {
    self.connection = connection
    isStreamed = try ChunkConnection.identity(of: connection) == server
    let mode = connection.version.isMariaDB ? nil : try connection.query("SELECT @@GLOBAL.gtid_mode").first?.first.flatMap { $0 }
    knowledge = connection.version.isMariaDB ? .exactPlace : mode == "ON" ? .gtids : .nothing
    if !isStreamed, knowledge != .gtids {
      throw ChunkConnection.failure("another server has answered than the one whose log is read", "name one server in database.hostname, or switch GTIDs on")
    }
    try connection.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    try connection.query("SET SESSION lock_wait_timeout = 5")
    // Else a date of zeros could not be compared with.
    try connection.query(
      "SET SESSION sql_mode = REPLACE(REPLACE(REPLACE(@@sql_mode, 'NO_ZERO_DATE', ''), 'NO_ZERO_IN_DATE', ''), 'TRADITIONAL', 'STRICT_ALL_TABLES')")
  }

  /// Begins a transaction that sees all that the stream had delivered when the table was begun, and tells what it sees.
  /// - Parameters:
  ///   - isFirst: whether nothing was read since the table was begun.
  ///   - floor: what the chunk before contained, which this one has to contain as well.
  func begin(
    _ table: TableID, since begun: TableBeginning, isFirst: Bool, floor: inout GTIDSet, numbers: GTIDNumbers
  ) throws(MillraceError) -> MySQLChunkView {
    switch knowledge {
    case .gtids:
      let committed = try committed(atLeast: isFirst ? begun.gtids : floor)
      try startTransaction()
      let status = try BinlogStatus(connection).position
      floor = committed
      return MySQLChunkView(
        contents: .committed(numbers.ranges(of: committed)), end: isStreamed ? status.place : nil, executed: status.gtids.filtered(begun.takes))
    case .exactPlace:
      try startTransaction()
      guard let place = try SnapshotConnections.exactPlace(connection) else {
        throw ChunkConnection.failure("the server does not tell the place of a snapshot in its log", "start it with log_bin")
      }
      if isFirst, place.order < begun.place { try requireContained(begun, at: place) }
      return MySQLChunkView(contents: .before(place), end: place, executed: nil)
    case .nothing:
      if isFirst { try waitForWriters(of: table) }
      try startTransaction()
      return MySQLChunkView(contents: .unknown, end: try BinlogStatus(connection).position.place, executed: nil)
    }
  }

  /// Waits until whoever begins a snapshot now sees all that the stream had delivered. Without GTIDs it does not wait: such a snapshot has to
  /// hold writes up.
  func wait(for begun: TableBeginning) throws(MillraceError) {
    switch knowledge {
    case .gtids: _ = try committed(atLeast: begun.gtids)
    case .exactPlace:
      try startTransaction()
      let place = try SnapshotConnections.exactPlace(connection)
      try connection.query("ROLLBACK")
      if let place, place.order < begun.place { try requireContained(begun, at: place) }
    case .nothing: break
    }
  }

  private func startTransaction() throws(MillraceError) { try connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY") }

  /// What is committed, once that holds what was delivered: the server sends a transaction before others can see it.
  private func committed(atLeast least: GTIDSet) throws(MillraceError) -> GTIDSet {
    for attempt in 0..<40 {
      if attempt > 0 { BlockingThread.sleep(milliseconds: 25) }
      let set = try GTIDSet(try connection.query("SELECT @@GLOBAL.gtid_executed").first?.first.flatMap { $0 } ?? "")
      if least.isSubset(of: set) { return set }
    }
    throw ChunkConnection.failure("the server does not show yet what its log has delivered", "wait: a replica that is asked for its approval may be slow")
  }

  /// The place lies before what the stream has delivered: perhaps there are only marks without transactions between.
  private func requireContained(_ begun: TableBeginning, at place: BinlogPlace) throws(MillraceError) {
    let text = try connection.query("SELECT BINLOG_GTID_POS(\(MySQLConnection.quote(literal: place.file)), \(place.position))").first?.first.flatMap { $0 }
    if begun.gtids.isSubset(of: try GTIDSet(text ?? "")) { return }
    throw ChunkConnection.failure("the server does not show yet what its log has delivered", "wait: a replica that is asked for its approval may be slow")
  }

  /// Waits until no transaction that has written to the table is under way: one that is in the log already may not be visible yet.
  private func waitForWriters(of table: TableID) throws(MillraceError) {
    do throws(MillraceError) {
      try connection.query("LOCK TABLES \(table.quoted) READ")
      try connection.query("UNLOCK TABLES")
    } catch {
      guard error.code == "mysql.privilege" else { throw error }
      throw MillraceError(
        code: "mysql.incremental.lock", component: "mysql", retry: .stop,
        message: "without GTIDs the beginning of an incremental snapshot needs a short lock, which the user may not take",
        advice: "grant LOCK TABLES on the table's database, or set gtid_mode=ON", subject: "\(table)", serverCode: error.serverCode, serverText: error.serverText)
    }
  }

  static func failure(_ message: String, _ advice: String) -> MillraceError {
    MillraceError(code: "mysql.incremental", component: "mysql", retry: .retry, message: message, advice: advice)
  }
}

/// Where the stream was when a table was begun: its first chunk has to contain what was delivered by then.
struct TableBeginning: Sendable {
  /// Told from each other, so that a reader knows a table that was begun again.
  let number: UInt64
  /// What was delivered, the transaction under way included.
  let gtids: GTIDSet
  /// Behind the begin of the last transaction that was delivered, as `BinlogPlace.order`.
  let place: UInt64
  let rules: GTIDRules

  /// Whether transactions of an origin are in the stream.
  func takes(_ origin: String) -> Bool { rules.takes(origin) }
}
