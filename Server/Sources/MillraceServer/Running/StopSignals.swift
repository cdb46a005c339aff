internal import Glibc
internal import Synchronization

/// Turns SIGTERM and SIGINT into one call; the second signal ends the process at once with code 1.
enum StopSignals {
  /// Counts the signals that came. A signal handler may do little more than post a semaphore (signal-safety(7)); the semaphore
  /// lives as long as the process.
  private final class Arrivals: @unchecked Sendable {
    let semaphore: UnsafeMutablePointer<sem_t>
    init() {
      semaphore = .allocate(capacity: 1)
      semaphore.initialize(to: sem_t())
      sem_init(semaphore, 0, 0)
    }
  }
  private static let arrivals = Arrivals()

  /// A reader that goes away is an error of the write, not the end of the process.
  static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// Also where the shell had SIGINT ignored, as it does for what it starts in the background.
  ///
  /// - Parameter first: called once, on a thread of its own.
  static func handle(_ first: @escaping @Sendable () -> Void) {
    _ = arrivals  // made here, not in the handler
    let box = Unmanaged.passRetained(Action(first))  // released by the thread, its only user
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let action = Unmanaged<Action>.fromOpaque(context).takeRetainedValue()
        StopSignals.waitForOne()
        action.run()
        StopSignals.waitForOne()
        _exit(ExitStatus.failed.rawValue)
      }, box.toOpaque())
    guard result == 0 else {
      box.release()  // the default stays: a signal ends the process, and the next start replays
      return
    }
    pthread_detach(thread)
    for number in [SIGTERM, SIGINT] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in sem_post(StopSignals.arrivals.semaphore) }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  private static func waitForOne() {
    while sem_wait(arrivals.semaphore) != 0 && errno == EINTR {}
  }

  private final class Action: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
