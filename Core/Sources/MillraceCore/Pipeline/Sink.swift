/// Delivers records.
///
/// Life cycle: `start`, then `write` for each batch in order, `flush` from time to time and at the end, `close`. The calls
/// come from one task, one at a time; a sink that is not ready makes `write` wait, which is the back-pressure of the whole
/// pipeline (Invariant 7). After an error of class `retry` the sink is closed and started again, and
/// everything since the last stored checkpoint comes again: so a sink never tries a failed write twice by itself.
public protocol Sink: AnyObject, Sendable {
  /// Proves that it could deliver (the folder is writable, the brokers answer) without leaving anything behind, and answers all
  /// findings at once. Used by `millrace check`, before `start` or without it; keys are those of its own settings.
  func check() async -> [Finding]

  /// Connects, opens, repairs what a crash left (a torn last line). Nothing that was accepted before counts any more.
  func start(_ context: SinkContext) async throws(MillraceError)

  /// Takes every record of the batch that is not dropped, in order. When it returns, the batch can be used again: what the
  /// sink still needs it has converted or copied. That is *accepted*, not durable.
  ///
  /// An error about one record names it (`MillraceError.record`): those before it were taken, nothing from it on. The sink may be
  /// given the same box again, then without those records and with another in the place of that one.
  func write(_ box: BatchBox) async throws(MillraceError)

  /// Makes durable what was accepted so far, or begins to, and answers the highest batch sequence up to which everything is
  /// durable. A sink that learns of durability by itself (Kafka's delivery reports) answers what it knows.
  /// - Parameter waiting: whether to wait until everything accepted is durable.
  func flush(waiting: Bool) async throws(MillraceError) -> UInt64

  /// Whether batches without records are written, too, when they hold a checkpoint: for a sink that keeps positions itself. It must
  /// then answer for them in `flush`. Otherwise they count as durable with what is before them.
  var takesPositions: Bool { get }

  /// Releases everything, also after an error and when `start` failed.
  func close() async
}

extension Sink {
  public var takesPositions: Bool { false }
}

/// What a sink is given at its start.
public struct SinkContext: Sendable {
  public let converters: RecordConverters
  public let log: Log
  public init(converters: RecordConverters, log: Log) {
    self.converters = converters
    self.log = log
  }
}
