internal import MillraceCore

/// Where the rows of a snapshot stand among the changes.
struct SnapshotPlace: Sendable {
  /// What their source blocks say: `start` for the LSN, transaction, and time.
  var point: PostgresPosition
  /// The end of the last transaction that was delivered before; nil before the stream.
  var lastCommit: UInt64?
  /// That of the record before; nil: below every commit of the stream.
  var order: Record.Order?
}

extension PostgresPosition {
  /// The point that a transaction with a snapshot sees.
  /// - Returns: the point, and the oldest transaction that it does not see ended, as `pg_snapshot_xmin` prints it.
  static func point(of connection: PostgresConnection) throws(MillraceError) -> (PostgresPosition, firstTransaction: String) {
    let row = try connection.query(
      """
      SELECT pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) & 4294967295, \
      pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) & 4294967295, \
      CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END - '0/0'
      """
    ).first.map { Array($0) } ?? []
    var point = PostgresPosition()
    if row.count == 3 {
      point.start = row[2].flatMap { UInt64($0) } ?? 0
      point.transactionID = row[1].flatMap { UInt32($0) } ?? 0
    }
    point.timestamp = Clock.nanoseconds() / 1000
    return (point, row.first.flatMap { $0 } ?? "0")
  }
}
