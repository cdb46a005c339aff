internal import Glibc
internal import Synchronization

/// Runs blocking code (a C client library) on an operating-system thread of its own, so that it never holds up Swift's
/// cooperative pool.
package enum BlockingThread {
  /// Runs `body` on a fresh thread and waits for it without blocking the caller's.
  package static func run<R: Sendable>(
    _ body: @escaping @Sendable () throws(MillraceError) -> R
  ) async throws(MillraceError) -> R {
    let result: Result<R, MillraceError> = await withCheckedContinuation { continuation in
      let job = Job {
        do throws(MillraceError) {
          continuation.resume(returning: .success(try body()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
      job.start()
    }
    return try result.get()
  }

  /// Runs `body` on a fresh thread, and does not wait.
  package static func start(_ body: @escaping @Sendable () -> Void) { Job(body).start() }

  private final class Job: Sendable {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// Answers the thread where it has to be joined.
    @discardableResult
    func start(joinable: Bool = false) -> pthread_t? {
      // The thread owns one reference, which it releases when it begins.
      let context = Unmanaged.passRetained(self).toOpaque()
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      if !joinable { pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED)) }
      pthread_attr_setstacksize(&attributes, 1 << 20)
      var thread = pthread_t()
      let failed = pthread_create(&thread, &attributes, { context in
        if let context { Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, context)
      pthread_attr_destroy(&attributes)
      if failed != 0 {
        // No thread to be had: run here rather than lose the work.
        Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }
      return joinable ? thread : nil
    }
  }
}

extension BlockingThread {
  /// Runs `body` `count` times at once, once on the calling thread, and waits for all.
  package static func together(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    let others = (1..<max(1, count)).compactMap { _ in Job(body).start(joinable: true) }
    body()
    for thread in others { pthread_join(thread, nil) }
  }

  /// Runs `body` on a fresh thread; what it answers is waited for later.
  package static func begin<R: Sendable>(_ body: @escaping @Sendable () throws(MillraceError) -> R) -> Pending<R> { Pending(body) }

  /// What a thread is at work on.
  package final class Pending<R: Sendable>: Sendable {
    private let result: Mutex<Result<R, MillraceError>?>
    private let thread: Mutex<pthread_t?>

    fileprivate init(_ body: @escaping @Sendable () throws(MillraceError) -> R) {
      result = Mutex(nil)
      thread = Mutex(nil)
      let started = Job { [self] in
        let outcome: Result<R, MillraceError>
        do throws(MillraceError) { outcome = .success(try body()) } catch { outcome = .failure(error) }
        result.withLock { $0 = outcome }
      }.start(joinable: true)
      thread.withLock { $0 = started }
    }

    /// Waits for the thread, on one of ours. Called once.
    package func wait() throws(MillraceError) -> R {
      let thread = thread.withLock { thread in
        defer { thread = nil }
        return thread
      }
      if let thread { pthread_join(thread, nil) }
      let outcome = result.withLock { $0 }
      guard let outcome else { preconditionFailure("a thread that has ended has left a result") }
      return try outcome.get()
    }
  }

  /// Holds up the calling thread, which must be one of ours.
  package static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
}
