internal import MillraceCore

/// Where the stream begins: decided from the stored position and from what the server has.
struct StreamStart: Sendable {
  /// What is asked for.
  var dump: DumpCommand.Start
  /// Everything up to here was delivered.
  var position: MySQLPosition
  var isForeign = false

  /// What the server has.
  struct ServerLog: Sendable {
    /// Where the log ends now.
    var end: MySQLPosition
    /// The files, oldest first.
    var files: [String]
    /// Whether transactions have GTIDs that a stream can begin with.
    var hasGTIDs: Bool
    /// Transactions whose log is gone.
    var purged: GTIDSet
  }

  enum Loss: Equatable {
    /// The log that the position needs is gone.
    case purged(String)
    /// The position has transactions that the server lacks.
    case diverged(String)
  }

  /// Reads what the server has.
  static func serverLog(_ connection: MySQLConnection) throws(MillraceError) -> ServerLog {
    let end = try BinlogStatus(connection).position
    let files = try connection.query("SHOW BINARY LOGS").compactMap { $0.first.flatMap { $0 } }
    var purged = GTIDSet(), hasGTIDs: Bool
    if connection.version.isMariaDB {
      hasGTIDs = !end.gtids.isEmpty
      if let first = files.first, hasGTIDs {
        // What had been done before the oldest file begins.
        let text = try connection.query("SELECT BINLOG_GTID_POS(\(MySQLConnection.quote(literal: first)), 4)").first?.first.flatMap { $0 }
        purged = try GTIDSet(text ?? "")
      }
    } else {
      let row = try connection.query("SELECT @@GLOBAL.gtid_mode, @@GLOBAL.gtid_purged").first ?? []
      hasGTIDs = row.first.flatMap { $0 } == "ON"
      if row.count > 1, let text = row[1] { purged = try GTIDSet(text) }
    }
    return ServerLog(end: end, files: files, hasGTIDs: hasGTIDs, purged: purged)
  }

  /// Whether the server is a replica at work: what it lacks it may have received already, or still get. Who may not ask is told no.
  static func isReplicating(_ connection: MySQLConnection) throws(MillraceError) -> Bool {
    let statement =
      connection.version.isMariaDB ? "SHOW ALL SLAVES STATUS" : connection.version.number < 80022 ? "SHOW SLAVE STATUS" : "SHOW REPLICA STATUS"
    do throws(MillraceError) {
      let rows = try connection.stream(statement)
      let threads = rows.names.enumerated().filter { $1.hasSuffix("_IO_Running") || $1.hasSuffix("_SQL_Running") }.map(\.offset)
      var isRunning = false
      while let row = try rows.next() { isRunning = isRunning || threads.contains { row[$0].map { !$0.elementsEqual("No".utf8) } ?? false } }
      return isRunning
    } catch {
      if error.code == "mysql.privilege" { return false }
      throw error
    }
  }

  /// The server is a replica that has not applied what was delivered.
  static func behind(_ lacking: String, _ host: String) -> MillraceError {
    MillraceError(
      code: "mysql.log.behind", component: "mysql", retry: .retry, message: "the server is a replica that lacks transactions which were delivered: \(lacking)",
      advice: "wait until it has applied them; if it never gets them, end its replication: the run then says what to do", subject: host)
  }

  /// The start at a place that the server has just told, which may lie behind what was asked of its log before.
  static func made(at told: MySQLPosition, hasGTIDs: Bool, _ rules: GTIDRules) -> StreamStart {
    guard hasGTIDs, !told.gtids.isEmpty, !rules.ignoresStored else { return StreamStart(dump: .place(told.place), position: told) }
    var position = told
    position.gtids = rules.requested(told.gtids, executed: told.gtids)
    return StreamStart(dump: .behind(position.gtids), position: position)
  }

  /// The start that goes with a stored position; nil and the reason where the server cannot go on from it.
  static func made(
    _ position: MySQLPosition, isForeign: Bool, _ server: ServerLog, _ rules: GTIDRules
  ) -> (start: StreamStart?, loss: Loss?) {
    var position = position
    if server.hasGTIDs, !position.gtids.isEmpty, !rules.ignoresStored {
      let known = position.gtids.filtered(rules.takes), executed = server.end.gtids.filtered(rules.takes)
      let lacking = known.subtracting(executed)
      guard lacking.isEmpty else { return (nil, .diverged("\(lacking)")) }
      let missing = server.purged.filtered(rules.takes).subtracting(known)
      guard missing.isEmpty else { return (nil, .purged("transactions \(missing)")) }
      position.gtids = rules.requested(position.gtids, executed: server.end.gtids)
      return (StreamStart(dump: .behind(position.gtids), position: position, isForeign: isForeign), nil)
    }
    guard server.files.contains(position.place.file) else { return (nil, .purged("the file \(position.place.file)")) }
    return (StreamStart(dump: .place(position.place), position: position, isForeign: isForeign), nil)
  }
}

/// Where the server's log ends.
struct BinlogStatus {
  let position: MySQLPosition

  init(_ connection: MySQLConnection) throws(MillraceError) {
    let rows = try connection.query(connection.version.hasBinaryLogStatus ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS")
    guard let row = rows.first, row.count >= 2, let file = row[0], let at = row[1].flatMap({ UInt64($0) }) else {
      throw MillraceError(
        code: "mysql.log.off", component: "mysql", retry: .stop, message: "the server writes no binlog", advice: "start it with log_bin")
    }
    var position = MySQLPosition()
    position.place = BinlogPlace(file: file, position: at)
    if connection.version.isMariaDB {
      let text = try connection.query("SELECT @@GLOBAL.gtid_binlog_pos").first?.first.flatMap { $0 }
      position.gtids = try GTIDSet(text ?? "")
    } else if row.count > 4, let text = row[4] {
      position.gtids = try GTIDSet(text)
    }
    position.timestamp = Clock.nanoseconds() / 1000
    self.position = position
  }
}
