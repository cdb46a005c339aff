internal import CRdKafka
internal import MillraceCore
internal import Synchronization

/// Takes delivery reports, errors and log lines from one producer on a thread of its own, and wakes whoever waits for them.
final class DeliveryPoller: Sendable {
  /// Why a wait ended.
  enum Wake: Sendable { case changed, timedOut, cancelled }

  private struct State {
    var ledger = DeliveryLedger()
    /// Counts the rounds in which something was reported.
    var changes: UInt64 = 0
    var failure: MillraceError?
    /// Whether `failure` is of a record that was thrown away with its transaction: not the cause.
    var isPurged = false
    var isEnded = false
    var waiter: CheckedContinuation<Wake, Never>?
    var deadline: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let handle: KafkaHandle
  private let log: Log

  init(_ handle: KafkaHandle, log: Log) {
    self.handle = handle
    self.log = log
  }

  var changes: UInt64 { state.withLock { $0.changes } }
  var durable: UInt64 { state.withLock { $0.ledger.durable } }
  var isClear: Bool { state.withLock { $0.ledger.isClear } }

  func throwFailure() throws(MillraceError) { if let failure = state.withLock({ $0.failure }) { throw failure } }
  func begin(_ sequence: UInt64) { state.withLock { $0.ledger.begin(sequence) } }
  func add(_ count: Int, to sequence: UInt64, isComplete: Bool) {
    state.withLock { $0.ledger.add(count, to: sequence, isComplete: isComplete) }
  }

  /// The first failure stays: everything after it is a consequence.
  func fail(_ failure: MillraceError) {
    let waiter = state.withLock { state in
      state.failure = state.failure ?? failure
      state.changes += 1
      return state.waiter.take()
    }
    waiter?.resume(returning: .changed)
  }

  /// Waits until something is reported that `known` does not count, at most until `deadline`. One caller at a time.
  func wait(since known: UInt64, until deadline: ContinuousClock.Instant?) async -> Wake {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let wake: Wake? = state.withLock { state in
          if state.changes != known || state.isEnded { return .changed }
          if Task.isCancelled { return .cancelled }
          state.waiter = continuation
          state.deadline = deadline
          return nil
        }
        if let wake { continuation.resume(returning: wake) }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume(returning: .cancelled)
    }
  }

  func end() { state.withLock { $0.isEnded = true } }

  /// Serves until `end`. Blocks the calling thread; looks after deadlines ten times a second.
  func serve() {
    while !state.withLock({ $0.isEnded }) {
      if let event = KafkaEvent(handle.queue, milliseconds: 100) {
        take(event)
        // Only now: the queue has room again when the event is destroyed, not when it is read.
        wake()
      }
      let late = state.withLock { state in
        state.deadline.map { $0 <= .now } ?? false ? state.waiter.take() : nil
      }
      late?.resume(returning: .timedOut)
    }
    state.withLock { $0.waiter.take() }?.resume(returning: .changed)
  }

  private func take(_ event: consuming KafkaEvent) {
    switch event.kind {
    case RD_KAFKA_EVENT_DR: takeReports(event)
    case RD_KAFKA_EVENT_ERROR: takeError(event)
    case RD_KAFKA_EVENT_LOG: takeLog(event)
    default: break
    }
  }

  /// One event holds the reports of many records; those of one batch follow each other as a rule.
  private func takeReports(_ event: borrowing KafkaEvent) {
    var failure: MillraceError?
    // What was thrown away with a transaction failed only because another record did.
    var isPurged = false
    var sequence: UInt64 = 0
    var count = 0
    state.withLock { state in
      while let message = rd_kafka_event_message_next(event.pointer) {
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
          if failure == nil || isPurged {
            failure = Self.failure(message.pointee)
            isPurged = Self.isPurge(message.pointee.err)
          }
          continue
        }
        let batch = UInt64(UInt(bitPattern: message.pointee._private))
        if batch != sequence {
          if count > 0 { state.ledger.deliver(count, of: sequence) }
          sequence = batch
          count = 0
        }
        count += 1
      }
      if count > 0 { state.ledger.deliver(count, of: sequence) }
      if let failure, state.failure == nil || state.isPurged {
        state.failure = failure
        state.isPurged = isPurged
      }
    }
  }

  private static func isPurge(_ code: rd_kafka_resp_err_t) -> Bool {
    code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT
  }

  private func wake() {
    let waiter = state.withLock { state in
      state.changes += 1
      return state.waiter.take()
    }
    waiter?.resume(returning: .changed)
  }

  private static func failure(_ message: rd_kafka_message_t) -> MillraceError {
    let topic = message.rkt.map { String(cString: rd_kafka_topic_name($0)) }
    return KafkaFailure.error(message.err, topic: topic)
  }

  private func takeError(_ event: borrowing KafkaEvent) {
    let code = rd_kafka_event_error(event.pointer)
    let text = rd_kafka_event_error_string(event.pointer).map { String(cString: $0) } ?? ""
    if rd_kafka_event_error_is_fatal(event.pointer) != 0 {
      var buffer = [CChar](repeating: 0, count: 512)
      let cause = rd_kafka_fatal_error(handle.pointer, &buffer, buffer.count)
      fail(KafkaFailure.error(cause, topic: nil, text: text))
    } else if KafkaFailure.isRefusal(code) {
      fail(KafkaFailure.error(code, topic: nil, text: text))
    } else {
      log.warning("kafka reports an error, and goes on trying", ("code", String(code.rawValue)), ("text", text))
    }
  }

  private func takeLog(_ event: borrowing KafkaEvent) {
    var facility: UnsafePointer<CChar>?
    var text: UnsafePointer<CChar>?
    var level: Int32 = 0
    guard rd_kafka_event_log(event.pointer, &facility, &text, &level) == 0, let text else { return }
    let message = String(cString: text)
    // The levels of syslog.
    if level <= 4 { log.warning(message, ("from", "librdkafka")) } else { log.debug(message, ("from", "librdkafka")) }
  }
}

/// Owns one event of a queue.
struct KafkaEvent: ~Copyable {
  let pointer: OpaquePointer
  /// nil where none came in time.
  init?(_ queue: OpaquePointer, milliseconds: Int32) {
    guard let event = rd_kafka_queue_poll(queue, milliseconds) else { return nil }
    pointer = event
  }
  deinit { rd_kafka_event_destroy(pointer) }
  var kind: Int32 { rd_kafka_event_type(pointer) }
}
