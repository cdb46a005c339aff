/// The records of one connector as an asynchronous sequence of batches: what a program uses to embed a connector.
///
/// ```swift
/// var settings = Configuration(["topic.prefix": "shop", …])
/// let connector = PostgresConnector(&settings, log: .none)
/// let changes = ChangeStream(from: connector, settings: settings, store: FileOffsetStore(path: "shop.offsets"))
/// for try await batch in changes {
///   for event in batch { print(event.topic, event.after?["price"] ?? .null) }
///   batch.acknowledge()
/// }
/// ```
///
/// - **Start.** Nothing happens before the first batch is asked for. Then settings and server are checked; everything that is
///   wrong is thrown as one error (`MillraceError.findings`), before anything is created or changed.
/// - **Pace.** The next batch is handed over when it is asked for; meanwhile about 8 MiB are read ahead
///   (`max.queue.size.in.bytes`), then nothing (Invariant 7).
/// - **Delivery** is at least once, in order per key (Invariant 4). What was not acknowledged, or not yet stored, comes again after
///   a restart. Exactly once at the consumer: `init(from:settings:resuming:)`.
/// - **Interruptions** (the server restarts, the network breaks) are waited for, and the run goes on from the stored position;
///   batches that were not acknowledged come again.
/// - **End.** The loop ends when the source has no more (`snapshot.mode=initial_only`), after `stop`, and when its task is
///   cancelled; then what was acknowledged is stored and confirmed to the source. When it is left early (`break`, an error of the
///   consumer's own), the same happens behind it, and `close` waits for it. Errors are `MillraceError`.
///
/// A stream can be iterated once.
public struct ChangeStream: AsyncSequence, Sendable {
  public typealias Element = ChangeBatch
  public typealias Failure = MillraceError

  private let run: ChangeRun

  /// Keeps the position in `store`: a `FileOffsetStore`, a `MemoryOffsetStore`, or one of your own.
  ///
  /// - Parameters:
  ///   - connector: a connector that no other run uses.
  ///   - settings: what the connector was made from, with what it has found wrong; also `offset.flush.interval.ms`,
  ///     `max.batch.size`, `max.queue.size.in.bytes` and `errors.max.retries` of the run. Unknown keys are errors.
  ///   - transforms: applied to each batch before it is handed over, in this order.
  ///   - acknowledgementWait: how long the end of the run waits for batches that were handed over, are still held, and were not
  ///     acknowledged, once the loop has ended.
  ///   - log: what an operator should know.
  public init(
    from connector: any Connector, settings: Configuration, transforms: [any Transform] = [], store: any OffsetStore,
    acknowledgementWait: Duration = .seconds(5), log: Log = .none
  ) {
    self.init(
      connector, settings, transforms, store, resuming: nil, options: Pipeline.Options(settings), isKeeper: false,
      acknowledgementWait, log)
  }

  /// Lets the consumer keep the position itself: exactly once, where `batch.checkpoint` is stored in the same transaction as what
  /// was made of the records, and handed in here at the next start.
  ///
  /// Batches without events are handed over, too: their checkpoint moves the position on while nothing is captured, and the source
  /// keeps its log until they are acknowledged. Acknowledge what is committed, never before. Interruptions are not waited
  /// for: they end the loop with an error whose `retry` is `.retry`, because only the consumer knows what it has committed; begin
  /// again with the checkpoint stored last, and a connector made anew.
  ///
  /// - Parameter checkpoint: where to go on; nil at the very first start.
  public init(
    from connector: any Connector, settings: Configuration, transforms: [any Transform] = [], resuming checkpoint: Checkpoint?,
    acknowledgementWait: Duration = .seconds(5), log: Log = .none
  ) {
    var options = Pipeline.Options(settings)
    options.retry.attempts = 0
    self.init(
      connector, settings, transforms, MemoryOffsetStore(checkpoint), resuming: checkpoint, options: options, isKeeper: true,
      acknowledgementWait, log)
  }

  private init(
    _ connector: any Connector, _ settings: Configuration, _ transforms: [any Transform], _ store: any OffsetStore,
    resuming: Checkpoint?, options: Pipeline.Options, isKeeper: Bool, _ patience: Duration, _ log: Log
  ) {
    let handover = Handover(takesPositions: isKeeper, patience: patience)
    let none = Unconverted()
    let pipeline = Pipeline(
      connector: connector, transforms: transforms, converters: RecordConverters(key: none, value: none, header: none),
      sink: handover, store: store, options: options, log: log)
    run = ChangeRun(
      connector: connector, settings: settings, resuming: resuming, pipeline: pipeline, handover: handover, log: log)
  }

  /// What was done so far. Any thread.
  public var progress: Progress { run.progress }

  /// Asks for a graceful end: nothing more is read, what was read is still handed over, then the loop ends. Any thread, at any
  /// time, also from inside the loop.
  public func stop() { run.stop() }

  /// Ends the run without handing anything more over, and returns when all that was acknowledged is stored and confirmed to the
  /// source. For a loop that was left early; otherwise it does nothing.
  ///
  /// - Throws: what ended the run, if the loop has not thrown it before.
  public func close() async throws(MillraceError) {
    run.leave()
    try await run.finish()
  }

  public func makeAsyncIterator() -> Iterator { Iterator(run) }

  /// Hands over one batch after the other. Letting go of it ends the run.
  public struct Iterator: AsyncIteratorProtocol {
    private let guardian: Guardian

    init(_ run: ChangeRun) { guardian = Guardian(run) }

    /// The next batch, or nil at the end of the run. A cancelled task gets nil, after a graceful end.
    public mutating func next() async throws(MillraceError) -> ChangeBatch? { try await guardian.next() }

    /// The next batch, or nil at the end of the run. A cancelled task gets nil, after a graceful end.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(MillraceError) -> ChangeBatch? {
      try await guardian.next()
    }
  }

  /// Notices that the loop was left.
  private final class Guardian: Sendable {
    private let run: ChangeRun
    private let isFirst: Bool

    init(_ run: ChangeRun) {
      self.run = run
      isFirst = run.claim()
    }

    deinit { if isFirst { run.leave() } }

    func next() async throws(MillraceError) -> ChangeBatch? {
      if isFirst { return try await run.next() }
      throw MillraceError(
        code: "embedding.iterated", component: "embedding", retry: .stop, message: "a stream of changes can be iterated once",
        advice: "make another stream, with a connector of its own")
    }
  }
}
