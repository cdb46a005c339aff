/// What a chunk of rows has seen of the log.
package protocol ChunkView: Sendable {
  /// A place in the stream.
  associatedtype Place

  /// Whether the rows contain the changes of a transaction, as `KeyWatch` names it.
  func sees(_ transaction: UInt64) -> Bool

  /// Whether the stream has delivered all transactions that the rows contain, once it has come to `place`: then the rows may follow.
  func isPassed(at place: Place) -> Bool
}

/// Reads tables in chunks, in the order of a key, while the stream goes on. Blocking; used by one thread.
package protocol ChunkReader: AnyObject, Sendable {
  associatedtype View: ChunkView
  /// How the connector describes a table to its readers.
  associatedtype Form: Sendable

  /// The key of the last row; nil if there is none that is wanted.
  func lastKey(of table: IncrementalProgress.Table, _ form: Form) throws(ChunkFailure) -> [String?]?

  /// Reads the rows behind `table.done`, up to `table.last`, at most `limit`, as `r` records into boxes of its own.
  func read(_ table: IncrementalProgress.Table, _ form: Form, limit: Int) throws(ChunkFailure) -> Chunk<View>

  /// Gives up the connection; the next call makes another.
  func disconnect()
}

/// Some rows of a table, in the order of its key.
package struct Chunk<View: ChunkView>: Sendable {
  /// Their records, whose source blocks await the stream's position.
  package var boxes: [BatchBox]
  package var rows: Int
  /// The key of the last row; nil without rows.
  package var lastKey: [String?]?
  /// Whether no rows are left.
  package var isLast: Bool
  package var view: View
  package var duration: Duration

  package init(boxes: [BatchBox], rows: Int, lastKey: [String?]?, isLast: Bool, view: View, duration: Duration) {
    self.boxes = boxes
    self.rows = rows
    self.lastKey = lastKey
    self.isLast = isLast
    self.view = view
    self.duration = duration
  }
}

/// Why a chunk could not be read.
package enum ChunkFailure: Error, Sendable {
  /// The table is not what the form says any more: it has to be described again.
  case changed
  /// The table is not there any more.
  case gone
  /// Another connection, or a later time, may help.
  case passing(MillraceError)
  /// The table cannot be read.
  case lasting(MillraceError)
}
