internal import Synchronization

/// The sink of an embedded run: hands each batch to the consumer, whose pace is the back-pressure, and learns from `acknowledge`
/// what is durable.
///
/// One batch is on offer at a time; `write` returns when it was taken. When the consumer has left, batches are thrown away: they
/// are never acknowledged, so they come again.
final class Handover: Sink {
  private struct State {
    /// On offer, not taken yet.
    var offered: ChangeBatch?
    /// The consumer, waiting for a batch.
    var taker: CheckedContinuation<Void, Never>?
    /// `write`, waiting for the consumer.
    var giver: CheckedContinuation<Void, Never>?
    var hasLeft = false
    var hasEnded = false
    var acknowledgements = Acknowledgements()
  }

  private let state = Mutex(State())
  private let pool = BoxPool()
  private let patience: Duration

  /// Whether batches that hold a position only are handed over, too.
  let takesPositions: Bool

  /// - Parameter patience: how long the end of a run waits for the consumer to acknowledge what it still has.
  init(takesPositions: Bool, patience: Duration) {
    self.takesPositions = takesPositions
    self.patience = patience
  }

  // MARK: the pipeline's side

  func check() async -> [Finding] { [] }

  func start(_ context: SinkContext) async throws(MillraceError) {
    state.withLock { $0.acknowledgements.restart() }
  }

  func write(_ box: BatchBox) async throws(MillraceError) {
    if state.withLock({ $0.hasLeft }) { return }
    // The consumer gets the content, the pipeline an empty batch in its place: nothing is copied.
    let sequence = box.sequence
    let own = pool.take(like: 64 * 1024)
    swap(&own.batch, &box.batch)
    let batch = ChangeBatch(
      BatchMemory(own, pool: pool), sequence: sequence, checkpoint: box.isCut ? nil : box.checkpoint, handover: self)
    let (taker, isLeft) = state.withLock { state in
      // The consumer may have left meanwhile: nobody would take the batch, nor let it go.
      if state.hasLeft { return (nil as CheckedContinuation<Void, Never>?, true) }
      state.acknowledgements.handed(sequence)
      state.offered = batch
      return (state.taker.take(), false)
    }
    if isLeft { return }
    taker?.resume()
    await withCheckedContinuation { continuation in
      let isTaken = state.withLock { state in
        if state.offered == nil || state.hasLeft { return true }
        state.giver = continuation
        return false
      }
      if isTaken { continuation.resume() }
    }
  }

  func flush(waiting: Bool) async throws(MillraceError) -> UInt64 {
    let clock = ContinuousClock()
    var deadline: ContinuousClock.Instant?
    while waiting {
      let (isAwaiting, isIdle) = state.withLock { ($0.acknowledgements.isAwaiting, $0.taker != nil || $0.hasLeft) }
      if !isAwaiting { break }
      // As long as the consumer works on a batch it is waited for, as ever; then those who acknowledge later have their time.
      if isIdle {
        let end = deadline ?? clock.now + patience
        if clock.now >= end { break }
        deadline = end
      } else {
        deadline = nil
      }
      try? await Task.sleep(for: .milliseconds(5))
    }
    return state.withLock { $0.acknowledgements.durable }
  }

  func close() async {}

  // MARK: the consumer's side

  /// The next batch, or nil when there is none any more. One caller at a time.
  func take() async -> ChangeBatch? {
    while true {
      let (batch, giver, isOver) = state.withLock { state in
        if state.hasLeft { return (nil as ChangeBatch?, nil as CheckedContinuation<Void, Never>?, true) }
        let batch = state.offered.take()
        return (batch, batch == nil ? nil : state.giver.take(), state.hasEnded)
      }
      giver?.resume()
      if let batch { return batch }
      if isOver { return nil }
      await withCheckedContinuation { continuation in
        let now = state.withLock { state in
          if state.offered != nil || state.hasEnded || state.hasLeft { return true }
          state.taker = continuation
          return false
        }
        if now { continuation.resume() }
      }
    }
  }

  /// The consumer takes nothing any more. What it has it may still acknowledge.
  func leave() {
    // The batch is let go outside the lock, which its end takes.
    let (offered, taker, giver) = state.withLock { state in
      state.hasLeft = true
      return (state.offered.take(), state.taker.take(), state.giver.take())
    }
    withExtendedLifetime(offered) {
      taker?.resume()
      giver?.resume()
    }
  }

  var isLeft: Bool { state.withLock { $0.hasLeft } }

  /// The run is over: nothing more comes.
  func end() {
    let taker = state.withLock { state in
      state.hasEnded = true
      return state.taker.take()
    }
    taker?.resume()
  }

  func acknowledged(_ sequence: UInt64) { state.withLock { $0.acknowledgements.acknowledged(sequence) } }
  func acknowledged(through sequence: UInt64) { state.withLock { $0.acknowledgements.acknowledged(through: sequence) } }
  func released(_ sequence: UInt64) { state.withLock { $0.acknowledgements.released(sequence) } }
}

/// Stands where a sink needs none of the converters.
final class Unconverted: Converter {
  let form = ConvertedForm.binary
  func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool { false }
}
