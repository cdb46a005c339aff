internal import Synchronization

/// One embedded run: checks, then a pipeline whose sink hands its batches to the consumer. It begins with the first `next`.
final class ChangeRun: Sendable {
  private enum Phase {
    case fresh, checking
    case running(Task<Void, Never>)
    case over
  }

  private struct State {
    var phase = Phase.fresh
    var hasIterator = false
    var failure: MillraceError?
  }

  private let connector: any Connector
  private let settings: Configuration
  private let resuming: Checkpoint?
  private let pipeline: Pipeline
  private let handover: Handover
  private let log: Log
  private let state = Mutex(State())

  init(
    connector: any Connector, settings: Configuration, resuming: Checkpoint?, pipeline: Pipeline, handover: Handover, log: Log
  ) {
    self.connector = connector
    self.settings = settings
    self.resuming = resuming
    self.pipeline = pipeline
    self.handover = handover
    self.log = log
  }

  var progress: Progress { pipeline.progress }

  /// Whether the caller is the first: a run has one consumer.
  func claim() -> Bool {
    state.withLock { state in
      defer { state.hasIterator = true }
      return !state.hasIterator
    }
  }

  /// The next batch; nil when the run has ended gracefully and all that was acknowledged is stored and confirmed.
  func next() async throws(MillraceError) -> ChangeBatch? {
    if Task.isCancelled { leave() }
    try await begin()
    let batch = await withTaskCancellationHandler {
      await handover.take()
    } onCancel: {
      leave()
    }
    if let batch { return batch }
    try await finish()
    return nil
  }

  func stop() { pipeline.stop() }

  /// The consumer goes away, for whatever reason; the run ends behind it.
  func leave() {
    handover.leave()
    pipeline.stop()
  }

  /// Waits for the end of the run. Throws what ended it, once.
  func finish() async throws(MillraceError) {
    if case .running(let task) = state.withLock({ $0.phase }) { await task.value }
    let failure = state.withLock { state in
      state.phase = .over
      return state.failure.take()
    }
    if let failure { throw failure }
  }

  private func begin() async throws(MillraceError) {
    let isFirst = state.withLock { state in
      guard case .fresh = state.phase else { return false }
      state.phase = .checking
      return true
    }
    guard isFirst else { return }
    do throws(MillraceError) {
      try await check()
    } catch {
      state.withLock { $0.phase = .over }
      handover.leave()
      throw error
    }
    let task = Task {
      do throws(MillraceError) {
        try await pipeline.run()
      } catch {
        state.withLock { $0.failure = error }
      }
      handover.end()
    }
    state.withLock { $0.phase = .running(task) }
  }

  /// Everything that is wrong with the settings, else everything that is wrong with the server, before anything is started.
  private func check() async throws(MillraceError) {
    if let resuming, !resuming.isOf(connector.partition) {
      throw MillraceError(
        code: "offsets.foreign", component: "offsets", retry: .stop, message: "the checkpoint belongs to another run",
        advice: "give the checkpoint of a batch that a connector with this topic.prefix has read, or nil to begin anew")
    }
    var findings = settings.findings + EmbeddedSettings.findings(settings, options: connector.options)
    var isFaulty = findings.contains { $0.severity == .error }
    if !isFaulty {
      findings += await connector.check()
      isFaulty = findings.contains { $0.severity == .error }
      // A run that begins goes on with the connection of the check.
      if isFaulty || handover.isLeft { await connector.close(isFinal: false) }
    }
    if isFaulty { throw MillraceError(findings: findings) }
    for finding in findings { log.warning("\(finding.key) \(finding.problem)", ("advice", finding.advice)) }
  }
}
