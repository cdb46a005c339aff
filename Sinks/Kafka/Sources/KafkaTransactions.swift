internal import CRdKafka
internal import MillraceCore

/// The transactions of one producer: records and the checkpoint that covers them are committed as one, into the topics and into the
/// topic of the offset store.
///
/// A transaction is begun with the first record, not before: an idle pipeline holds none open. One that the brokers end by
/// themselves, because it was open for longer than `transaction.timeout.ms`, is tried again; a producer that was shut out by another
/// with the same id within that time is not.
///
/// `@unchecked Sendable`: the calls come one at a time (`Sink`); librdkafka's own calls are made on `thread`.
final class KafkaTransactions: @unchecked Sendable {
  private let handle: KafkaHandle
  private let store: KafkaOffsetStore
  private let timeout: Duration
  private let thread = WorkerThread()
  private var began: ContinuousClock.Instant?

  init(_ handle: KafkaHandle, store: KafkaOffsetStore, timeout: Duration) {
    self.handle = handle
    self.store = store
    self.timeout = timeout
  }

  /// Ends what an earlier producer with the same id has left open (a commit that was under way is completed), and shuts it out.
  func start() async throws(MillraceError) {
    try await call { rd_kafka_init_transactions($0, 30_000) }
  }

  /// Makes sure that a transaction is open.
  func begin() throws(MillraceError) {
    if began != nil { return }
    if let error = KafkaError(rd_kafka_begin_transaction(handle.pointer)) { throw failure(error) }
    began = .now
  }

  func commit(_ checkpoint: Checkpoint) async throws(MillraceError) {
    try begin()
    let record = try store.record(of: checkpoint)
    try await thread.run { [self] () throws(MillraceError) in
      let topic = try handle.topic(store.topic)
      var code = record.produce(to: topic, by: handle)
      while code == RD_KAFKA_RESP_ERR__QUEUE_FULL {
        BlockingThread.sleep(milliseconds: 5)
        code = record.produce(to: topic, by: handle)
      }
      if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw failure(KafkaFailure.error(code, topic: store.topic)) }
    }
    // -1: for as long as the brokers keep the transaction. It can be called again where it was not answered; a commit whose outcome
    // stays unknown is settled by `start` of the next attempt, before the checkpoint is read.
    try await call { rd_kafka_commit_transaction($0, -1) }
    began = nil
  }

  /// Gives up what is open, so that no reader waits for it. What fails here is ended by the brokers, or by the next `start`.
  func abort() async {
    guard began != nil else { return }
    began = nil
    let handle = handle
    _ = try? await thread.run { () throws(MillraceError) in _ = KafkaError(rd_kafka_abort_transaction(handle.pointer, 5_000)) }
  }

  /// The cause where the producer is lost for good, or else what was seen.
  func failure(_ seen: MillraceError) -> MillraceError {
    guard let (code, text) = handle.fatalError else { return seen }
    return Self.failure(code, text, age: began.map { ContinuousClock.now - $0 }, timeout: timeout, id: store.name)
  }

  private func failure(_ error: borrowing KafkaError) -> MillraceError {
    if error.isFatal {
      return Self.failure(error.code, error.text, age: began.map { ContinuousClock.now - $0 }, timeout: timeout, id: store.name)
    }
    return failure(Self.failure(error.code, error.text, isPassing: error.isPassing))
  }

  private func call(_ body: @escaping @Sendable (OpaquePointer) -> OpaquePointer?) async throws(MillraceError) {
    try await thread.run { [self] () throws(MillraceError) in
      if let error = KafkaError(body(handle.pointer)) { throw failure(error) }
    }
  }

  /// What a transaction's error means; `isPassing`: nothing was committed, and a new attempt may succeed.
  static func failure(_ code: rd_kafka_resp_err_t, _ text: String, isPassing: Bool) -> MillraceError {
    var failure = KafkaFailure.error(code, topic: nil, text: text)
    if failure.retry == .retry || !isPassing { return failure }
    // What is wrong with one record or topic stays wrong.
    if failure.retry == .stop, KafkaFailure.isNamed(code) || code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED { return failure }
    if failure.retry == .stop {
      failure.retry = .retry
      failure.message = "the transaction was broken off"
      failure.advice = "nothing of it counts: it comes again from the last checkpoint"
    }
    return failure
  }

  /// What it means that the producer is lost.
  static func failure(_ code: rd_kafka_resp_err_t, _ text: String, age: Duration?, timeout: Duration, id: String) -> MillraceError {
    let isFenced = [
      RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
      RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
    ].contains(code)
    guard isFenced else { return KafkaFailure.error(code, topic: nil, text: text) }
    if let age, age >= timeout {
      return MillraceError(
        code: "kafka.transaction.timeout", component: "kafka", retry: .retry,
        message: "the brokers have ended a transaction that was open for longer than transaction.timeout.ms",
        advice: "nothing of it counts; raise producer.transaction.timeout.ms if the source is that slow", serverCode: String(code.rawValue),
        serverText: text)
    }
    return MillraceError(
      code: "kafka.fenced", component: "kafka", retry: .stop,
      message: "another producer with the same transactional.id has taken over: a second instance of this pipeline runs",
      advice: "stop one of them, or give each its own name (and producer.transactional.id, if it is set)", subject: id,
      serverCode: String(code.rawValue), serverText: text)
  }
}

/// Owns an error object of librdkafka.
struct KafkaError: ~Copyable {
  private let pointer: OpaquePointer

  /// nil where there is none.
  init?(_ pointer: OpaquePointer?) {
    guard let pointer else { return nil }
    self.pointer = pointer
  }

  deinit { rd_kafka_error_destroy(pointer) }

  var code: rd_kafka_resp_err_t { rd_kafka_error_code(pointer) }
  var text: String { rd_kafka_error_string(pointer).map { String(cString: $0) } ?? "" }
  /// Whether the producer can never be used again.
  var isFatal: Bool { rd_kafka_error_is_fatal(pointer) != 0 }
  /// Whether the same may succeed later, or in a new transaction.
  var isPassing: Bool { rd_kafka_error_is_retriable(pointer) != 0 || rd_kafka_error_txn_requires_abort(pointer) != 0 }
}
