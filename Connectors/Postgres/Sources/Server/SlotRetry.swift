internal import MillraceCore

/// `slot.max.retries` and `slot.retry.delay.ms`: tries again what failed because the slot is in use, or cannot be created yet.
struct SlotRetry {
  let settings: PostgresSettings
  let log: Log
  let isStopping: () -> Bool

  func run<R>(_ body: () throws(MillraceError) -> R) throws(MillraceError) -> R {
    var attempt = 0
    while true {
      do throws(MillraceError) {
        return try body()
      } catch {
        guard ["postgres.slot.active", "postgres.slot.timeout"].contains(error.code), attempt < settings.slot.retries else { throw error }
        attempt += 1
        log.warning(
          "the replication slot is not to be had yet", ("error", "\(error)"), ("attempt", "\(attempt) of \(settings.slot.retries)"),
          ("pause", "\(settings.slot.retryDelay)"))
        try pause()
      }
    }
  }

  private func pause() throws(MillraceError) {
    let end = Clock.nanoseconds() + Int64(settings.slot.retryDelay / .nanoseconds(1))
    while Clock.nanoseconds() < end {
      if isStopping() { throw PostgresFailure.interrupted }
      BlockingThread.sleep(milliseconds: 20)
    }
  }
}
