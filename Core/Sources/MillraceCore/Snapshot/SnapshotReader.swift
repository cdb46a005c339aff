/// Reads the rows that are there, at one consistent point, in chunks. It knows the database; `SnapshotCoordinator` decides
/// what is read when, marks the records and keeps the progress.
///
/// Blocking: the coordinator calls it on a thread of its own.
public protocol SnapshotReader: AnyObject, Sendable {
  /// The tables to read, in order, with the planner's row counts.
  func tables() throws(MillraceError) -> [Progress.Table]

  /// Plans table `index`, from its beginning or after what an interrupted run has delivered (`token`, as `ChunkState.endOfChunk` gave it).
  func begin(table index: Int, after token: String?) throws(MillraceError)

  /// Appends rows as `r` records until `box` holds `limit` bytes or the chunk ends.
  /// A record is appended whole or not at all.
  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> ChunkState

  /// The checkpoint to store when everything read so far is durable.
  func checkpoint(_ progress: SnapshotProgress) -> Checkpoint

  /// Ends the snapshot on the source (transaction, connection). Called once, also after an error.
  func finish()
}

/// What `fill` has come to.
public enum ChunkState: Sendable, Equatable {
  /// The box is full; the chunk goes on.
  case more
  /// The chunk has ended and the table goes on; `token` tells how far it is.
  case endOfChunk(token: String)
  /// The table has no more rows.
  case endOfTable
}

/// What an initial snapshot has delivered, for the checkpoint.
public struct SnapshotProgress: Sendable, Equatable {
  /// Tables that are whole.
  public var done: [String] = []
  /// The table in progress, and how far it is.
  public var current: String?
  /// As the reader gave it; only the reader knows what it means.
  public var token: String?
  /// Whether all tables were delivered.
  public var isComplete = false
  /// A snapshot that has not begun.
  public init() {}
}
