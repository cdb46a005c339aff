internal import MillraceCore

/// What a repeatable-read transaction sees: PostgreSQL documentation, "pg_snapshot Components".
struct PostgresChunkView: ChunkView, Equatable {
  /// The first transaction number that was not given out yet.
  let next: UInt32
  /// Transactions below it that were under way.
  let running: Set<UInt32>
  /// The end of the log when the snapshot was there: the commits of all that it sees lie before it.
  let end: UInt64

  /// - Parameters:
  ///   - snapshot: the text of a pg_snapshot, `xmin:xmax:xip,…`, with 64-bit numbers.
  ///   - end: `pg_current_wal_insert_lsn()`, asked behind it.
  ///   - pageSize: `wal_block_size`. At the beginning of a page the function answers a place behind the page's header, which the
  ///     stream does not reach before something is written there.
  init?(snapshot: String, end: UInt64, pageSize: UInt64) {
    let parts = snapshot.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let next = UInt64(parts[1]) else { return nil }
    self.next = UInt32(truncatingIfNeeded: next)
    var running: Set<UInt32> = []
    for part in parts[2].split(separator: ",") {
      guard let number = UInt64(part) else { return nil }
      running.insert(UInt32(truncatingIfNeeded: number))
    }
    self.running = running
    let offset = pageSize == 0 ? 0 : end % pageSize
    self.end = offset <= PostgresChunkView.longestHeader ? end - offset : end
  }

  /// Of a WAL page, the first one of a segment.
  private static let longestHeader: UInt64 = 40

  func sees(_ transaction: UInt64) -> Bool {
    let number = UInt32(truncatingIfNeeded: transaction)
    // Numbers wrap around; what is less than 2³¹ before counts as older.
    return Int32(bitPattern: number &- next) < 0 && !running.contains(number)
  }

  func isPassed(at place: UInt64) -> Bool { place >= end }
}
