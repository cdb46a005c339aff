/// Runs one connector into one sink: the only place where a position is committed.
public final class Pipeline: Sendable {
  public struct Options: Sendable {
    /// Stop gracefully after so many records were delivered.
    public var exitAfter: UInt64?
    /// Stop gracefully after so many seconds without a record (in streaming, or at the end of the snapshot).
    public var exitWhenIdle: Double?
    /// How often what is durable is stored and confirmed.
    public var flushInterval: Duration = .seconds(1)
    public init() {}
  }

  public init(
    connector: any Connector, transforms: [any Transform], converters: RecordConverters, sink: any Sink,
    store: any OffsetStore, options: Options, log: Log
  ) {
  }

  /// Runs until `stop`, an exit condition, or an error. A graceful end drains, flushes, checkpoints and confirms first.
  public func run() async throws(MillraceError) {
  }

  /// Asks for a graceful end. Any thread, also from a signal source.
  public func stop() {
  }

  public var progress: Progress { Progress() }
}
