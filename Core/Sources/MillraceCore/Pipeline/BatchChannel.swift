internal import Glibc
internal import Synchronization

/// The hand-off between the reading and the delivering half: bounded in bytes first, in batches second (Invariant 7).
///
/// The reading side never suspends (it has its own thread); the delivering side awaits. Boxes come back through `recycle`, so
/// that a steady stream allocates nothing.
final class BatchChannel: BatchOutput {
  enum Item {
    case batch(BatchBox)
    /// Nothing to deliver, but time has passed.
    case tick
    /// Closed and empty.
    case end
  }

  let batchBytes: Int
  let batchRecords: Int
  private let maximumBytes: Int
  private let maximumBatches: Int

  private struct State {
    var queue: [BatchBox] = []
    var bytes = 0
    var pool: [BatchBox] = []
    var sequence: UInt64 = 0
    var waiter: CheckedContinuation<Void, Never>?
    var ticked = false
    /// The reading side should stop; what it has handed over is still delivered.
    var stopping = false
    /// Nothing more comes.
    var closed = false
    var lag: (bytes: UInt64?, milliseconds: UInt64?) = (nil, nil)
    var tables: (all: [Progress.Table], done: Int, total: Int) = ([], 0, 0)
  }

  private let state = Mutex(State())
  private let room: RoomSignal
  private let signals: SignalInbox?

  /// - Parameters:
  ///   - sequence: the number of the run's last batch so far; sinks count on numbers that never start again.
  ///   - signals: the connector's, if it follows any: checkpoints are told which of them had been taken.
  init(
    batchBytes: Int, batchRecords: Int, maximumBytes: Int, maximumBatches: Int, after sequence: UInt64 = 0, signals: SignalInbox? = nil
  ) {
    self.signals = signals
    self.batchBytes = batchBytes
    self.batchRecords = batchRecords
    self.maximumBytes = maximumBytes
    self.maximumBatches = maximumBatches
    room = RoomSignal()
    state.withLock { $0.sequence = sequence }
  }

  // MARK: the reading side

  func take() -> BatchBox {
    state.withLock { $0.pool.popLast() } ?? BatchBox(capacity: batchBytes)
  }

  func offer(_ box: BatchBox) -> Offer {
    let size = box.batch.byteCount
    if let signals { box.checkpoint?.signals = signals.taken }
    var waiter: CheckedContinuation<Void, Never>?
    let answer: Offer = state.withLock { state in
      if state.closed { return .stopped }
      // One batch always fits, whatever its size: a row may be larger than the bound.
      if !state.queue.isEmpty, state.bytes + size > maximumBytes || state.queue.count >= maximumBatches { return .full }
      state.sequence += 1
      box.sequence = state.sequence
      state.queue.append(box)
      state.bytes += size
      waiter = state.waiter.take()
      return .accepted
    }
    waiter?.resume()
    return answer
  }

  func discard(_ box: BatchBox) { recycle(box) }

  func waitForRoom(milliseconds: Int) { room.wait(milliseconds: milliseconds) }

  var isStopping: Bool { state.withLock { $0.stopping || $0.closed } }

  func report(lagBytes: UInt64?, lagMilliseconds: UInt64?) {
    state.withLock { $0.lag = (lagBytes, lagMilliseconds) }
  }

  func report(tables: [Progress.Table], done: Int, total: Int) {
    state.withLock { $0.tables = (tables, done, total) }
  }

  /// Nothing more comes: `next` answers `end` once the queue is empty.
  func finish() { wake { $0.closed = true } }

  // MARK: the delivering side

  /// The next batch, a tick, or the end. One caller at a time.
  func next() async -> Item {
    while true {
      let item: Item? = state.withLock { state in
        if !state.queue.isEmpty {
          let box = state.queue.removeFirst()
          state.bytes -= box.batch.byteCount
          return .batch(box)
        }
        if state.closed { return .end }
        if state.ticked {
          state.ticked = false
          return .tick
        }
        return nil
      }
      if let item {
        if case .batch = item { room.signal() }
        return item
      }
      await withCheckedContinuation { continuation in
        let now = state.withLock { state in
          if !state.queue.isEmpty || state.closed || state.ticked { return true }
          state.waiter = continuation
          return false
        }
        if now { continuation.resume() }
      }
    }
  }

  /// Gives a delivered box back.
  func recycle(_ box: BatchBox) {
    box.reset()
    state.withLock { if $0.pool.count < maximumBatches { $0.pool.append(box) } }
  }

  /// Makes a waiting `next` answer `tick`.
  func tick() { wake { $0.ticked = true } }

  /// Asks the reading side to end.
  func stop() {
    wake { $0.stopping = true }
    room.signal()
  }

  /// Ends both sides at once; what is queued is thrown away and was never confirmed.
  func abort() {
    wake {
      $0.stopping = true
      $0.closed = true
      $0.queue.removeAll()
      $0.bytes = 0
    }
    room.signal()
  }

  /// The number of the last batch that was handed over.
  var lastSequence: UInt64 { state.withLock { $0.sequence } }

  var lag: (bytes: UInt64?, milliseconds: UInt64?) { state.withLock { $0.lag } }

  /// The tables of a snapshot beside the stream.
  var tables: (all: [Progress.Table], done: Int, total: Int) { state.withLock { $0.tables } }

  private func wake(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      return state.waiter.take()
    }
    waiter?.resume()
  }
}

/// A condition that a thread can wait on for a limited time.
private final class RoomSignal: @unchecked Sendable {
  // @unchecked: a POSIX semaphore may be used from any thread; its memory lives as long as this object.
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() {
    var value: CInt = 0
    sem_getvalue(semaphore, &value)
    if value <= 0 { sem_post(semaphore) }
  }

  func wait(milliseconds: Int) {
    var deadline = timespec()
    clock_gettime(CLOCK_REALTIME, &deadline)
    deadline.tv_nsec += (milliseconds % 1000) * 1_000_000
    deadline.tv_sec += milliseconds / 1000 + deadline.tv_nsec / 1_000_000_000
    deadline.tv_nsec %= 1_000_000_000
    sem_timedwait(semaphore, &deadline)
  }
}
