internal import Synchronization

/// Runs one connector into one sink: the only place where a position is committed.
///
/// Two halves work at the same time: the connector reads and decodes on a thread of its own, and `Delivery` transforms, converts
/// and writes; a channel bounded in bytes lies between them. When the source or the sink fails for a while, both are closed and
/// opened again, and the run goes on from the last position that is durable.
public final class Pipeline: Sendable {
  /// What is not the components' own; see the settings of the same names.
  public struct Options: Sendable {
    /// Stop gracefully after so many records were delivered.
    public var exitAfter: UInt64?
    /// Stop gracefully after so many seconds without a record, once changes are streamed.
    public var exitWhenIdle: Double?
    /// How often what is durable is stored and confirmed (`offset.flush.interval.ms`).
    public var flushInterval: Duration = .seconds(1)
    /// The most bytes and batches between the two halves (`max.queue.size.in.bytes`).
    public var queueBytes = 8 << 20
    /// Whatever their size: the other bound of the queue.
    public var queueBatches = 16
    /// When a batch is handed on.
    public var batchBytes = 256 << 10
    /// The most records in a batch.
    public var batchRecords = 2048
    /// Whether the sink, which must be a `TransactionalSink` that has adopted the store, commits records and checkpoint as one
    /// (`exactly.once.support`).
    public var isExactlyOnce = false
    /// What happens to a record that a transform or converter fails on (`errors.tolerance`).
    public var faults = FaultPolicy()
    /// For a source or sink that fails for a while (`errors.max.retries`).
    public var retry = RetryPolicy()
    /// The defaults.
    public init() {}
  }

  private let connector: any Connector
  private let transforms: [any Transform]
  private let converters: RecordConverters
  private let sink: any Sink
  private let store: any OffsetStore
  private let options: Options
  private let log: Log
  private let state = Mutex(State())

  private struct State {
    var progress = Progress()
    var channel: BatchChannel?
    /// The number of the last batch of the attempts before.
    var sequence: UInt64 = 0
    var isStopping = false
    var pause: Task<Void, Never>?
  }

  /// Takes the components for itself: none may be part of another run. Nothing happens before `run`.
  public init(
    connector: any Connector, transforms: [any Transform], converters: RecordConverters, sink: any Sink,
    store: any OffsetStore, options: Options, log: Log
  ) {
    self.connector = connector
    self.transforms = transforms
    self.converters = converters
    self.sink = sink
    self.store = store
    self.options = options
    self.log = log
  }

  /// Runs until `stop`, an exit condition, or an error. A graceful end drains, flushes, checkpoints and confirms first.
  public func run() async throws(MillraceError) {
    var failure: MillraceError?
    do throws(MillraceError) {
      if options.isExactlyOnce, !(sink is any TransactionalSink) {
        throw MillraceError(
          code: "pipeline.transactions", component: "pipeline", retry: .stop, message: "the sink has no transactions",
          advice: "deliver at least once, or choose another sink")
      }
      try await runAttempts()
    } catch {
      failure = error
    }
    await store.close()
    update { $0.phase = .stopped }
    if let failure { throw failure }
  }

  /// Asks for a graceful end. Any thread, also from a signal source.
  public func stop() {
    let (channel, pause) = state.withLock { state in
      state.isStopping = true
      return (state.channel, state.pause)
    }
    if let channel { channel.stop() } else { connector.interrupt() }
    pause?.cancel()
  }

  /// What was done so far. Any thread.
  public var progress: Progress {
    state.withLock { state in
      var progress = state.progress
      if let lag = state.channel?.lag { (progress.lagBytes, progress.lagMilliseconds) = lag }
      if progress.phase == .streaming, let tables = state.channel?.tables {
        (progress.tables, progress.tablesDone, progress.tablesTotal) = tables
      }
      return progress
    }
  }

  // MARK: one attempt after the other

  private func runAttempts() async throws(MillraceError) {
    var attempt = 0
    while !isStopping {
      let before = progress.durable
      do throws(MillraceError) {
        return try await runOnce()
      } catch {
        guard error.retry == .retry, !isStopping else { throw error }
        if progress.durable > before { attempt = 0 }
        attempt += 1
        guard let pause = options.retry.pause(before: attempt, jitter: .random(in: 0...1)) else { throw error }
        log.warning("the run is interrupted and goes on", ("error", "\(error)"), ("attempt", "\(attempt)"), ("pause", "\(pause)"))
        // What is not durable comes again.
        update { $0.records = $0.durable }
        await sleepUnlessStopped(pause)
      }
    }
  }

  /// One attempt: opens both ends, works, closes them.
  private func runOnce() async throws(MillraceError) {
    var failure: MillraceError?
    do throws(MillraceError) {
      try await sink.start(SinkContext(converters: converters, log: log))
      try await work()
    } catch {
      failure = error
    }
    update { $0.phase = .stopping }
    await connector.close(isFinal: failure == nil)
    await sink.close()
    if let failure { throw failure }
  }

  private var signals: SignalInbox? { (connector as? any SignalledConnector)?.signals }

  /// Opens the source, snapshots, streams; ends with everything that was read delivered, durable, stored and confirmed.
  private func work() async throws(MillraceError) {
    signals?.giveBack()
    let checkpoint = try await store.load(partition: connector.partition)
    let beginning: Beginning
    do throws(MillraceError) {
      beginning = try await connector.open(resuming: checkpoint)
    } catch {
      guard isStopping else { throw error }
      log.info("stopped before the source was open", ("error", "\(error)"))
      return
    }
    // With transactions no record is seen without its position.
    if let position = beginning.position, !options.isExactlyOnce { try await store.save(position) }
    let channel = BatchChannel(
      batchBytes: options.batchBytes, batchRecords: options.batchRecords, maximumBytes: options.queueBytes,
      maximumBatches: options.queueBatches, after: state.withLock { $0.sequence }, signals: signals)
    // What earlier attempts have delivered counts.
    var options = options
    options.exitAfter = options.exitAfter.map { $0 - min($0, progress.records) }
    let stopped = state.withLock { state in
      state.channel = channel
      return state.isStopping
    }
    if stopped { channel.stop() }
    let delivery = Delivery(
      channel: channel, connector: connector, signals: signals,
      records: RecordDelivery(transforms: transforms, converters: converters, sink: sink, policy: options.faults, log: log), sink: sink,
      transactions: options.isExactlyOnce ? sink as? any TransactionalSink : nil, store: store, options: options, log: log,
      update: { [self] change in update(change) },
      isStreaming: { [self] in progress.phase == .streaming }, stop: { [self] in stop() })

    let delivering = Task { () -> MillraceError? in
      do throws(MillraceError) {
        try await delivery.run()
        return nil
      } catch {
        channel.abort()
        return error
      }
    }
    let ticking = Task {
      while !Task.isCancelled {
        try? await Task.sleep(for: .milliseconds(50))
        channel.tick()
      }
    }
    var failure: MillraceError?
    do throws(MillraceError) {
      try await read(beginning, after: checkpoint, into: channel)
    } catch {
      failure = error
    }
    // Graceful or not: what was read before a failure of the source is whole batches and is delivered.
    channel.finish()
    let deliveryFailure = await delivering.value
    ticking.cancel()
    state.withLock { state in
      state.channel = nil
      state.sequence = channel.lastSequence
    }
    if let error = deliveryFailure ?? failure { throw error }
  }

  private func read(_ beginning: Beginning, after stored: Checkpoint?, into channel: BatchChannel) async throws(MillraceError) {
    if let source = beginning.snapshot {
      update { $0.phase = .snapshot }
      await pause(beginning.snapshotDelay, channel)
      let update = { @Sendable [self] (tables: [Progress.Table], done: Int, total: Int) in
        self.update {
          $0.tables = tables
          $0.tablesDone = done
          $0.tablesTotal = total
        }
      }
      let whole = try await BlockingThread.run { () throws(MillraceError) in
        try SnapshotCoordinator(source: source, output: channel, resuming: beginning.progress, notes: SnapshotNotes(beginning.notifier), report: update).run()
      }
      if !whole { return }
    } else if let notes = SnapshotNotes(beginning.notifier) {
      let box = channel.take()
      notes.append(.skipped, to: box)
      // A transaction of the sink ends at a checkpoint only.
      box.checkpoint = stored ?? beginning.position
      if box.batch.records.isEmpty { channel.discard(box) } else if case .stopped = channel.offer(box) { return }
    }
    if beginning.streams { await pause(beginning.streamingDelay, channel) }
    guard beginning.streams, !channel.isStopping else { return }
    update { $0.phase = .streaming }
    try await connector.stream(into: channel)
  }

  /// Waits, unless the run ends meanwhile.
  private func pause(_ duration: Duration, _ channel: BatchChannel) async {
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end, !channel.isStopping {
      try? await Task.sleep(for: min(.milliseconds(50), end - .now))
    }
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func update(_ change: (inout Progress) -> Void) { state.withLock { change(&$0.progress) } }

  private func sleepUnlessStopped(_ pause: Duration) async {
    let timer = Task { _ = try? await Task.sleep(for: pause) }
    let stopped = state.withLock { state in
      state.pause = timer
      return state.isStopping
    }
    if stopped { timer.cancel() }
    await timer.value
    state.withLock { $0.pause = nil }
  }
}
