internal import MillraceCore

/// The connections of a snapshot: transactions that all see one moment of the log, or a later one, and what keeps the tables from being
/// altered under them.
///
/// The position is read first, the transactions begin behind it: what commits in between is in the rows and comes again as a change,
/// never the other way round (Invariant 8). Where nothing may come twice, or the place in the log says less than the engine knows (MySQL
/// without GTIDs writes its log before the engine commits), writes are held up for that moment (`FLUSH TABLES WITH READ LOCK`).
final class SnapshotConnections: @unchecked Sendable {
  // @unchecked: the coordinator's phases follow each other; each reader has a connection of its own.
  let position: MySQLPosition
  /// One for each reader.
  let readers: [MySQLConnection]
  /// Holds the locks that last; asked for plans.
  let guardian: MySQLConnection
  private let isLocked: Bool

  /// What holds still while the transactions begin.
  enum Stillness: Equatable {
    /// Nothing: what commits meanwhile comes twice. The tables are kept from being altered.
    case definitions
    /// All writes.
    case writes
    /// All writes, until the last row is read.
    case writesToTheEnd
    /// Backup locks of Percona's server.
    case backup
    /// Nothing at all: the user answers for it.
    case nothing
  }

  /// - Parameters:
  ///   - guardian: keeps the tables as they are, for as long as the snapshot lasts.
  ///   - captured: the names of the tables to read.
  ///   - connect: a connection for one reader.
  init(
    guardian: MySQLConnection, readers count: Int, captured: [TableID], settings: SnapshotSettings, stillness: Stillness,
    connect: () throws(MillraceError) -> MySQLConnection
  ) throws(MillraceError) {
    self.guardian = guardian
    let seconds = max(1, Int(settings.lockTimeout / .seconds(1)))
    try guardian.query("SET SESSION lock_wait_timeout = \(seconds)")
    var readers: [MySQLConnection] = []
    for _ in 0..<max(1, count) { readers.append(try connect()) }
    var isLocked = false
    do throws(MillraceError) {
      switch stillness {
      case .nothing: break
      case .definitions: try SnapshotConnections.hold(captured, on: guardian)
      case .writes, .writesToTheEnd: isLocked = try SnapshotConnections.lock(captured, on: guardian)
      case .backup:
        try guardian.query("LOCK TABLES FOR BACKUP")
        isLocked = true
      }
      let before = try BinlogStatus(guardian).position
      for reader in readers {
        try reader.query("SET SESSION lock_wait_timeout = \(seconds)")
        try reader.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try reader.query("START TRANSACTION WITH CONSISTENT SNAPSHOT")
      }
      position = try SnapshotConnections.exactPosition(readers[0]) ?? before
    } catch {
      throw SnapshotConnections.explained(error, stillness)
    }
    self.readers = readers
    self.isLocked = isLocked && stillness == .writesToTheEnd
    if isLocked, stillness != .writesToTheEnd {
      try guardian.query("UNLOCK TABLES")
      try SnapshotConnections.hold(captured, on: guardian)
    }
  }

  /// MariaDB knows the place in the log of a consistent snapshot, of which MySQL only knows that it is behind the place read before: a
  /// MariaDB's log is written before the engine commits, too.
  private static func exactPosition(_ reader: MySQLConnection) throws(MillraceError) -> MySQLPosition? {
    guard reader.version.isMariaDB, let place = try exactPlace(reader) else { return nil }
    var position = MySQLPosition()
    position.place = place
    let gtids = try reader.query("SELECT BINLOG_GTID_POS(\(MySQLConnection.quote(literal: place.file)), \(place.position))").first?.first.flatMap { $0 }
    position.gtids = try GTIDSet(gtids ?? "")
    position.timestamp = Clock.nanoseconds() / 1000
    return position
  }

  /// The place of the consistent snapshot that a MariaDB's session has begun; nil where it writes no log.
  static func exactPlace(_ reader: MySQLConnection) throws(MillraceError) -> BinlogPlace? {
    var file: String?, offset: UInt64?
    for row in try reader.query("SHOW STATUS LIKE 'binlog_snapshot_%'") where row.count == 2 {
      switch row[0]?.lowercased() {
      case "binlog_snapshot_file": file = row[1]
      case "binlog_snapshot_position": offset = row[1].flatMap { UInt64($0) }
      default: break
      }
    }
    guard let file, let offset, !file.isEmpty else { return nil }
    return BinlogPlace(file: file, position: offset)
  }

  /// A transaction that has looked at a table keeps it from being altered until it ends. One that is gone by now is not there to be read.
  private static func hold(_ tables: [TableID], on connection: MySQLConnection) throws(MillraceError) {
    try connection.query("START TRANSACTION READ ONLY")
    for table in tables {
      do throws(MillraceError) { try connection.query("SELECT 1 FROM \(table.quoted) LIMIT 0") } catch {
        guard error.serverCode == "1146" || error.serverCode == "1049" else { throw error }
      }
    }
  }

  /// Where the global lock is not allowed, the captured tables are locked.
  private static func lock(_ tables: [TableID], on connection: MySQLConnection) throws(MillraceError) -> Bool {
    do throws(MillraceError) {
      try connection.query("FLUSH TABLES WITH READ LOCK")
      return true
    } catch {
      // Access denied: RELOAD is missing, as on hosted servers.
      guard error.serverCode == "1045" || error.serverCode == "1227", !tables.isEmpty else { throw error }
    }
    try connection.query("LOCK TABLES \(tables.map { "\($0.quoted) READ" }.joined(separator: ", "))")
    return true
  }

  private static func explained(_ error: MillraceError, _ stillness: Stillness) -> MillraceError {
    guard error.serverCode == "1205" || error.serverCode == "1227" || error.serverCode == "1044" || error.serverCode == "1142" else { return error }
    let waits = error.serverCode == "1205"
    return MillraceError(
      code: waits ? "mysql.snapshot.lock-timeout" : "mysql.snapshot.lock", component: "mysql", retry: waits ? .retry : .stop,
      message: waits ? "a lock for the snapshot was not granted in time" : "the user may not lock for the snapshot",
      advice: waits
        ? "look for long statements and transactions, or raise snapshot.lock.timeout.ms"
        : "grant RELOAD, or LOCK TABLES on the captured tables, or leave snapshot.locking.mode out on a server with GTIDs",
      serverCode: error.serverCode, serverText: error.serverText)
  }

  /// Ends the transactions and locks.
  func finish() {
    if isLocked { _ = try? guardian.query("UNLOCK TABLES") }
    _ = try? guardian.query("ROLLBACK")
  }
}
