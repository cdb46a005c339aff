internal import Glibc

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

  /// Holds up the calling thread, which must be one of ours.
  package static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
}
