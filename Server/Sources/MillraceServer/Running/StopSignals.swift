internal import Glibc
internal import Synchronization

/// Turns SIGTERM and SIGINT into one call; the second signal ends the process at once with code 1.
enum StopSignals {
  /// Blocks the signals for this thread and all that it starts. Call it first, before there are other threads: a signal that is
  /// blocked everywhere waits for the thread of `handle`, whatever it interrupts otherwise.
  static func block() {
    var set = stopSet
    pthread_sigmask(SIG_BLOCK, &set, nil)
    // A reader that goes away is an error of the write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
  }

  /// - Parameter first: called once, on a thread of its own.
  static func handle(_ first: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Action(first))  // released by the thread, its only user
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, { context in
      guard let context else { return nil }
      let action = Unmanaged<Action>.fromOpaque(context).takeRetainedValue()
      var set = StopSignals.stopSet
      var number: Int32 = 0
      sigwait(&set, &number)
      action.run()
      sigwait(&set, &number)
      _exit(1)
    }, box.toOpaque())
    if result == 0 { pthread_detach(thread) } else { box.release() }
  }

  private final class Action: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private static var stopSet: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    return set
  }
}
