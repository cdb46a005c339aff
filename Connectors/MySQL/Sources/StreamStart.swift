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

  /// The start that goes with a position; nil and the reason where the server cannot go on from it.
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
      let requested = rules.requested(position.gtids, executed: server.end.gtids)
      position.gtids = requested
      return (StreamStart(dump: .behind(requested), position: position, isForeign: isForeign), nil)
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
