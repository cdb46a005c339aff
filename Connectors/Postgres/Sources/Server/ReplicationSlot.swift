internal import MillraceCore

/// The logical replication slot: looks at it, creates and drops it.
struct ReplicationSlot {
  let connection: PostgresConnection
  let settings: PostgresSettings

  struct State: Equatable {
    var plugin: String
    var database: String
    var isActive: Bool
    var activeProcess: String?
    /// nil: the slot never confirmed anything.
    var confirmed: UInt64?
    var isLost: Bool
  }

  func state() throws(MillraceError) -> State? {
    // wal_status came with version 13.
    let lost = connection.serverVersion >= 130_000 ? "wal_status = 'lost'" : "false"
    let rows = try connection.query(
      """
      SELECT plugin, database, active, active_pid, confirmed_flush_lsn - '0/0', \(lost) \
      FROM pg_catalog.pg_replication_slots WHERE slot_name = $1
      """, [settings.slot])
    guard let row = rows.first else { return nil }
    return State(
      plugin: row[0] ?? "", database: row[1] ?? "", isActive: row[2] == "t", activeProcess: row[3],
      confirmed: row[4].flatMap { UInt64($0) }, isLost: row[5] == "t")
  }

  /// As `state`, but gives a client that has just died time to be noticed by the server.
  func settled() throws(MillraceError) -> State? {
    var state = try state()
    for _ in 0..<40 where state?.isActive == true {
      BlockingThread.sleep(milliseconds: 50)
      state = try self.state()
    }
    return state
  }

  /// Creates the slot; answers where its stream begins and the name of the snapshot of exactly that point.
  /// - Parameter replication: the connection that keeps the exported snapshot, until its next command.
  func create(on replication: PostgresConnection) throws(MillraceError) -> (start: UInt64, snapshot: String?) {
    let rows = try replication.query(
      "CREATE_REPLICATION_SLOT \(PostgresConnection.quote(identifier: settings.slot)) LOGICAL pgoutput EXPORT_SNAPSHOT")
    guard let row = rows.first, row.count >= 3, let start = row[1].flatMap({ PostgresLSN.number($0) }) else {
      throw MessageReader.truncated
    }
    return (start, row[2])
  }

  /// Drops the slot where it is there.
  func drop() throws(MillraceError) {
    guard try settled() != nil else { return }
    _ = try connection.query("SELECT pg_catalog.pg_drop_replication_slot($1)", [settings.slot])
  }
}
