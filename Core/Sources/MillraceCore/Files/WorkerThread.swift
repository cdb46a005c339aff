internal import Glibc
internal import Synchronization

/// A thread of its own for calls that block (fsync, a full pipe, a C library), so that Swift's few shared threads never do.
/// Jobs run in the order in which they were given.
package final class WorkerThread: Sendable {
  private let inbox: Inbox

  package init() {
    inbox = Inbox()
    // Retained once here; released by the thread, or below where there is none.
    let context = Unmanaged.passRetained(inbox)
    var thread = pthread_t()
    let failure = pthread_create(&thread, nil, { context in
      guard let context else { return nil }
      Unmanaged<Inbox>.fromOpaque(context).takeRetainedValue().serve()
      return nil
    }, context.toOpaque())
    if failure == 0 {
      pthread_detach(thread)
    } else {
      context.release()
      inbox.runInPlace()
    }
  }

  /// Jobs given before are still run.
  deinit { inbox.end() }

  /// Runs `job` later; any thread.
  package func enqueue(_ job: @escaping @Sendable () -> Void) { inbox.put(job) }

  /// Runs `body` on the thread and waits for its answer without blocking.
  package func run<Answer: Sendable>(
    _ body: @escaping @Sendable () throws(MillraceError) -> Answer
  ) async throws(MillraceError) -> Answer {
    let result = await withCheckedContinuation { continuation in
      enqueue {
        continuation.resume(returning: Result { () throws(MillraceError) in try body() })
      }
    }
    return try result.get()
  }
}

/// The jobs that wait for the thread. `@unchecked Sendable`: the semaphore is made for many threads and never moves.
private final class Inbox: @unchecked Sendable {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var isEnded = false
    var isInPlace = false
  }

  private let state = Mutex(State())
  private let filled: UnsafeMutablePointer<sem_t>

  init() {
    filled = .allocate(capacity: 1)
    sem_init(filled, 0, 0)
  }

  deinit {
    sem_destroy(filled)
    filled.deallocate()
  }

  /// Where the system gave no thread: jobs run where they are given.
  func runInPlace() { state.withLock { $0.isInPlace = true } }

  func put(_ job: @escaping @Sendable () -> Void) {
    let isInPlace = state.withLock { state in
      if !state.isInPlace { state.jobs.append(job) }
      return state.isInPlace
    }
    if isInPlace { job() } else { sem_post(filled) }
  }

  func end() {
    state.withLock { $0.isEnded = true }
    sem_post(filled)
  }

  func serve() {
    while true {
      while sem_wait(filled) != 0 {}
      let (jobs, isEnded) = state.withLock { state in
        let jobs = state.jobs
        state.jobs.removeAll()
        return (jobs, state.isEnded)
      }
      for job in jobs { job() }
      if isEnded { return }
    }
  }
}
