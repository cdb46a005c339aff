internal import MillraceCore

/// What a consistent snapshot has seen of the log.
struct MySQLChunkView: ChunkView {
  /// Where the stream is, by all that can be held against a chunk.
  struct Place {
    var gtids: GTIDSet
    var log: BinlogPlace
  }

  enum Contents {
    /// MySQL with GTIDs: what was committed before the snapshot was taken, by `GTIDNumbers`.
    case committed([[Range<UInt64>]])
    /// MariaDB: all that begins before a place of the log, and nothing else.
    case before(BinlogPlace)
    /// MySQL without GTIDs: of no transaction since the table was begun it is known.
    case unknown
  }

  let contents: Contents
  /// All that the snapshot contains lies before it in the log; nil if it is another server's than the stream's.
  let end: BinlogPlace?
  /// The same in GTIDs; nil without them.
  let executed: GTIDSet?

  func sees(_ transaction: UInt64) -> Bool {
    switch contents {
    case .committed(let ranges): GTIDNumbers.contains(ranges, transaction)
    case .before(let place): transaction < place.order
    case .unknown: false
    }
  }

  func isPassed(at place: Place) -> Bool {
    if let end, place.log.order >= end.order { return true }
    return executed?.isSubset(of: place.gtids) ?? false
  }
}
