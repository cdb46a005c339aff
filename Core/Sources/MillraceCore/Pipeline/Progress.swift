/// What a run has done so far, for people: taken once a second at most.
public struct Progress: Sendable, Equatable {
  public enum Phase: String, Sendable { case starting, snapshot, streaming, stopping, stopped }

  public struct Table: Sendable, Equatable {
    public var name: String
    /// Tells the table from another one that has its name later; kept in the progress of a snapshot.
    public var identity: String
    public var rows: UInt64
    /// The planner's estimate; nil where there is none.
    public var estimate: UInt64?
    public init(name: String, identity: String? = nil, rows: UInt64 = 0, estimate: UInt64? = nil) {
      self.name = name
      self.identity = identity ?? name
      self.rows = rows
      self.estimate = estimate
    }
  }

  public var phase = Phase.starting
  /// The tables that the snapshot reads now, in order.
  public var tables: [Table] = []
  public var tablesDone = 0
  public var tablesTotal = 0
  /// Records delivered to the sink (accepted), dropped ones not counted.
  public var records: UInt64 = 0
  /// Records at fault that were left out or went to the dead-letter topic, in this attempt.
  public var faults: UInt64 = 0
  /// Records known to be durable.
  public var durable: UInt64 = 0
  /// How far behind the source's log end, in bytes and in milliseconds of commit time; nil where unknown.
  public var lagBytes: UInt64?
  public var lagMilliseconds: UInt64?
  public init() {}
}
