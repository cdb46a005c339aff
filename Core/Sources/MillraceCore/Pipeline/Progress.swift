/// What a run has done so far, for people: taken once a second at most.
public struct Progress: Sendable, Equatable {
  /// What the run is doing now.
  public enum Phase: String, Sendable {
    /// In this order; a run that is interrupted goes back to `snapshot` or `streaming`.
    case starting, snapshot, streaming, stopping, stopped
  }

  /// A table of a snapshot.
  public struct Table: Sendable, Equatable {
    /// As people write it, schema first.
    public var name: String
    /// Tells the table from another one that has its name later; kept in the progress of a snapshot.
    public var identity: String
    /// Rows read so far in this run.
    public var rows: UInt64
    /// The planner's estimate; nil where there is none.
    public var estimate: UInt64?
    /// Where an incremental snapshot is: `KEY to KEY`.
    public var range: String?
    /// A table whose name is its identity, unless another is given.
    public init(name: String, identity: String? = nil, rows: UInt64 = 0, estimate: UInt64? = nil, range: String? = nil) {
      self.range = range
      self.name = name
      self.identity = identity ?? name
      self.rows = rows
      self.estimate = estimate
    }
  }

  /// Where the run is in its life.
  public var phase = Phase.starting
  /// The tables that the snapshot reads now, in order.
  public var tables: [Table] = []
  /// Tables of the snapshot that were read to their end.
  public var tablesDone = 0
  /// Tables that the snapshot has, once they are known.
  public var tablesTotal = 0
  /// Records delivered to the sink (accepted), dropped ones not counted.
  public var records: UInt64 = 0
  /// Records at fault that were left out or went to the dead-letter topic, in this attempt.
  public var faults: UInt64 = 0
  /// Records known to be durable.
  public var durable: UInt64 = 0
  /// How far behind the source's log end, in bytes and in milliseconds of commit time; nil where unknown.
  public var lagBytes: UInt64?
  /// By commit time, against this machine's clock; nil where unknown.
  public var lagMilliseconds: UInt64?
  /// A run that has not begun.
  public init() {}
}
