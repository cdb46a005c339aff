internal import MillraceCore

/// The logical replication slot: looks at it, creates, advances and drops it.
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
    /// Why the server cannot decode from it any more; nil where it can.
    var loss: String?
    var isFailover: Bool
  }

  func state() throws(MillraceError) -> State? {
    let version = connection.version
    let loss =
      version.tellsSlotLoss
      ? "CASE WHEN wal_status = 'lost' THEN \(version.tellsSlotConflict ? "CASE WHEN conflicting THEN 'conflict' ELSE 'removed' END" : "'removed'") END"
      : "NULL"
    let rows = try connection.query(
      """
      SELECT plugin, database, active, active_pid, confirmed_flush_lsn - '0/0', \(loss), \
      \(version.hasFailoverSlots ? "failover" : "false") \
      FROM pg_catalog.pg_replication_slots WHERE slot_name = $1
      """, [settings.slot.name])
    guard let row = rows.first else { return nil }
    let text: String? =
      switch row[5] {
      case "removed": "the server has removed log that the slot still needed (max_slot_wal_keep_size)"
      case "conflict": "the standby could not keep what the slot needed (hot_standby_feedback)"
      default: nil
      }
    return State(
      plugin: row[0] ?? "", database: row[1] ?? "", isActive: row[2] == "t", activeProcess: row[3],
      confirmed: row[4].flatMap { UInt64($0) }, loss: text, isFailover: row[6] == "t")
  }

  /// As `state`, but gives a client that has just died time to be noticed by the server.
  func settled() throws(MillraceError) -> State? {
    var state = try state()
    for _ in 0..<40 where state?.isActive == true && connection.interruption?.isRequested != true {
      BlockingThread.sleep(milliseconds: 50)
      state = try self.state()
    }
    return state
  }

  /// `slot.failover`, as far as the server can: a primary of version 17. Debezium makes a plain slot elsewhere, without a word.
  func canFailOver() throws(MillraceError) -> Bool {
    guard connection.version.hasFailoverSlots else { return false }
    return try connection.query("SELECT pg_catalog.pg_is_in_recovery()").first?.first == "f"
  }

  /// Creates the slot; answers where its stream begins and the name of the snapshot of exactly that point.
  ///
  /// Waits for every transaction that runs when it begins, `internal.create.slot.command.timeout` seconds at most.
  /// - Parameter replication: the connection that keeps the exported snapshot, until its next command.
  /// - Throws: `postgres.slot.timeout` after that time.
  func create(on replication: PostgresConnection) throws(MillraceError) -> (start: UInt64, snapshot: String?) {
    var options = ["SNAPSHOT 'export'"]
    if settings.slot.isFailover, try canFailOver() { options.append("FAILOVER") }
    let form = replication.version.takesSlotOptionList ? "(\(options.joined(separator: ", ")))" : "EXPORT_SNAPSHOT"
    replication.limit = settings.slot.createTimeout
    defer { replication.limit = settings.queryTimeout }
    let rows: [[String?]]
    do throws(MillraceError) {
      rows = try replication.query(
        "CREATE_REPLICATION_SLOT \(PostgresConnection.quote(identifier: settings.slot.name)) LOGICAL pgoutput \(form)")
    } catch {
      guard error.code == "postgres.timeout" else { throw error }
      throw MillraceError(
        code: "postgres.slot.timeout", component: "postgres", retry: .stop,
        message: "the slot could not be created within \(settings.slot.createTimeout), because transactions are open",
        advice: "end them: SELECT pid, xact_start, query FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start;",
        subject: settings.slot.name)
    }
    guard let row = rows.first, row.count >= 3, let start = row[1].flatMap({ PostgresLSN.number($0) }) else {
      throw MessageReader.truncated
    }
    return (start, row[2])
  }

  /// Lets the server forget what lies before `lsn`.
  func advance(to lsn: UInt64) throws(MillraceError) {
    _ = try connection.query(
      "SELECT pg_catalog.pg_replication_slot_advance($1, $2::pg_lsn)", [settings.slot.name, PostgresLSN.text(lsn)])
  }

  /// The oldest transaction whose catalog rows the server keeps for the slot: `source.xmin`.
  func catalogXmin() throws(MillraceError) -> UInt32? {
    let rows = try connection.query(
      "SELECT catalog_xmin FROM pg_catalog.pg_replication_slots WHERE slot_name = $1", [settings.slot.name])
    return rows.first?.first?.flatMap { UInt32($0) }
  }

  /// Drops the slot where it is there.
  func drop() throws(MillraceError) {
    guard try settled() != nil else { return }
    _ = try connection.query("SELECT pg_catalog.pg_drop_replication_slot($1)", [settings.slot.name])
  }
}
