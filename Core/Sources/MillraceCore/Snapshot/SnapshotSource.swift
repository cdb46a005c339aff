/// The rows that are there, at one consistent point. It knows the database; `SnapshotCoordinator` decides what is read when, marks
/// the records and keeps the progress.
///
/// Blocking. `tables` comes first; `plan` is never called twice at once; the rest may be called by several threads.
public protocol SnapshotSource: AnyObject, Sendable {
  /// How many readers work at once.
  var readers: Int { get }

  /// Whether a table is read by one reader from beginning to end, instead of by whoever is free.
  var isReadByTable: Bool { get }

  /// How records are marked.
  var marking: SnapshotMarking { get }

  /// The same for those before the first row: where no row follows, the last of them is marked.
  var preambleMarking: SnapshotMarking { get }

  /// The tables to read, in order, with the planner's row counts.
  func tables() throws(MillraceError) -> [Progress.Table]

  /// Appends records that come before the first row, such as those that describe the tables, until `box` holds `limit` bytes or
  /// `records` records or nothing is left; answers whether that is so. Not asked where an earlier run has delivered rows.
  func fillPreamble(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool

  /// How table `index` is read; `part` is what an interrupted run has delivered of it.
  func plan(table index: Int, after part: SnapshotProgress.Part?) throws(MillraceError) -> SnapshotPlan

  /// A reader for the calling thread.
  func makeReader() throws(MillraceError) -> any SnapshotReader

  /// The checkpoint to store when everything delivered so far is durable.
  func checkpoint(_ progress: SnapshotProgress) -> Checkpoint

  /// Ends the snapshot on the source (transaction, connection). Called once, also after an error, when no reader is left.
  func finish()
}

extension SnapshotSource {
  /// As most sources have it.
  public var marking: SnapshotMarking { .standard }

  /// As that of rows.
  public var preambleMarking: SnapshotMarking { marking }

  /// Nothing.
  public func fillPreamble(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool { true }
}

/// Reads chunks, one after the other. Used by one thread.
public protocol SnapshotReader: AnyObject, Sendable {
  /// What `fill` reads from now on; the chunk before has ended.
  func begin(_ chunk: SnapshotChunk) throws(MillraceError)

  /// Appends rows as `r` records until `box` holds `limit` bytes or `records` records or the chunk ends; answers whether it has ended.
  /// A record is appended whole or not at all.
  func fill(_ box: BatchBox, limit: Int, records: Int) throws(MillraceError) -> Bool

  /// Gives up what it is reading and closes what it has opened. Called once, also after an error.
  func finish()
}

/// A piece of a table that is read at a stretch.
public struct SnapshotChunk: Sendable, Equatable {
  /// Index of the table in `SnapshotSource.tables`.
  public var table: Int
  /// In the units of the plan.
  public var range: Range<UInt64>
  /// Only rows that came into the range after an earlier run had read it.
  public var isCatchUp: Bool

  /// Cut by a plan, or by hand in a test of a reader.
  public init(table: Int, range: Range<UInt64>, isCatchUp: Bool = false) {
    self.table = table
    self.range = range
    self.isCatchUp = isCatchUp
  }
}

/// How a table is cut into chunks, in units that the source chooses.
public struct SnapshotPlan: Sendable, Equatable {
  /// A run of units that is cut into chunks.
  public struct Stretch: Sendable, Equatable {
    /// What is left of it, in the units of the plan.
    public var range: Range<UInt64>
    /// The last unit known to hold rows is before it: the last chunk takes in everything behind.
    public var end: UInt64
    /// As of the chunks cut from it.
    public var isCatchUp: Bool

    /// Without `end`, rows are known up to the end of the range.
    public init(_ range: Range<UInt64>, end: UInt64? = nil, isCatchUp: Bool = false) {
      self.range = range
      self.end = end ?? range.upperBound
      self.isCatchUp = isCatchUp
    }
  }

  /// Tells whether the ranges of an earlier run mean the same; kept in the checkpoint.
  public var layout: String
  /// Units of a chunk.
  public var step: UInt64
  /// Whether a chunk that is done is kept in the checkpoint. Where it is not, an interrupted table begins again.
  public var isRecorded: Bool
  /// Whether an earlier run has delivered some of the table.
  public var isResumed: Bool
  /// What is left, in order.
  public private(set) var stretches: ArraySlice<Stretch>

  /// Empty stretches are left out; a step is at least one unit.
  public init(layout: String, step: UInt64, isRecorded: Bool, isResumed: Bool = false, stretches: [Stretch]) {
    self.layout = layout
    self.step = max(1, step)
    self.isRecorded = isRecorded
    self.isResumed = isResumed
    self.stretches = stretches.filter { !$0.range.isEmpty }[...]
  }

  /// The whole table at once.
  public static var whole: SnapshotPlan {
    SnapshotPlan(layout: "", step: .max, isRecorded: false, stretches: [Stretch(0..<1)])
  }

  /// No rows to be had.
  public static var empty: SnapshotPlan { SnapshotPlan(layout: "", step: 1, isRecorded: false, stretches: []) }

  /// Whether nothing is left.
  public var isEmpty: Bool { stretches.isEmpty }

  /// Cuts off the next chunk.
  mutating func next(of table: Int) -> SnapshotChunk? {
    guard let stretch = stretches.first else { return nil }
    let (until, overflows) = stretch.range.lowerBound.addingReportingOverflow(step)
    // Rows that have moved are few: one chunk.
    if stretch.isCatchUp || overflows || until >= min(stretch.end, stretch.range.upperBound) {
      stretches.removeFirst()
      return SnapshotChunk(table: table, range: stretch.range, isCatchUp: stretch.isCatchUp)
    }
    stretches[stretches.startIndex].range = until..<stretch.range.upperBound
    return SnapshotChunk(table: table, range: stretch.range.lowerBound..<until)
  }
}
