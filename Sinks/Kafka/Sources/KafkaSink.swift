internal import CRdKafka
public import MillraceCore

/// Produces each record to its topic through librdkafka: idempotent unless told otherwise, partitioned as Java's producer does.
///
/// A batch is durable when every record of it, and of all batches before it, is reported as delivered. A delivery that fails for
/// good fails the run: nothing is skipped (Invariant 3). A full queue makes `write` wait (Invariant 7).
///
/// `@unchecked Sendable`: the calls come one at a time (`Sink`); what the polling thread shares with them is in `DeliveryPoller`.
public final class KafkaSink: Sink, @unchecked Sendable {
  /// The settings below `sink.kafka.`.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("bootstrap.servers", "The brokers to begin with, host:port,…; short for producer.bootstrap.servers."),
    ConfigurationOption(
      "producer.*",
      "Settings of the producer, by Java's names or librdkafka's; defaults: enable.idempotence=true, acks=all, "
        + "buffer.memory=33554432, linger.ms=5, Java's partitioning. Names with password, secret or jaas are never printed."),
    ConfigurationOption(
      "wait.message.delivery.timeout.ms", default: "30000",
      "How long the end of a run waits for the brokers to acknowledge what they were sent."),
  ]

  private let producer: ProducerConfiguration
  private let deliveryTimeout: Duration
  private let bootstrap: String
  private var handle: KafkaHandle?
  private var poller: DeliveryPoller?
  private var encoder: MessageEncoder?
  private let thread = WorkerThread()

  /// - Parameter configuration: the settings below `sink.kafka.`; mistakes are reported to it.
  public init(_ configuration: inout Configuration) {
    var settings = configuration.below("producer.")
    if settings["bootstrap.servers"] == nil { settings["bootstrap.servers"] = configuration["bootstrap.servers"] }
    bootstrap = settings["bootstrap.servers"] ?? settings["metadata.broker.list"] ?? ""
    if bootstrap.isEmpty && settings["test.mock.num.brokers"] == nil {
      configuration.report(
        Finding(key: "producer.bootstrap.servers", problem: "is missing", advice: "name the brokers, such as kafka:9092"))
    }
    let timeout = configuration.integer("wait.message.delivery.timeout.ms", default: 30_000, in: 1...Int(Int32.max))
    deliveryTimeout = .milliseconds(timeout)
    producer = ProducerConfiguration(settings)
    for finding in producer.findings { configuration.report(finding) }
  }

  /// Asks the brokers who they are.
  public func check() async -> [Finding] {
    let (producer, bootstrap) = (producer, bootstrap)
    do throws(MillraceError) {
      return try await thread.run { () throws(MillraceError) in
        let handle = try KafkaHandle(producer.properties())
        guard let error = KafkaProbe.reach(handle) else { return [] }
        return [
          Finding(key: "producer.bootstrap.servers", problem: "\(bootstrap): \(error.serverText ?? error.message)", advice: error.advice)
        ]
      }
    } catch {
      return [Finding(key: "producer", problem: "\(error.message): \(error.serverText ?? "")", advice: error.advice)]
    }
  }

  public func start(_ context: SinkContext) async throws(MillraceError) {
    if !producer.isIdempotent {
      context.log.warning("the producer is not idempotent: a retry can deliver a record twice")
    }
    let handle = try KafkaHandle(producer.properties())
    let poller = DeliveryPoller(handle, log: context.log)
    self.handle = handle
    self.poller = poller
    encoder = MessageEncoder(context.converters)
    thread.enqueue { poller.serve() }
  }

  public func write(_ box: BatchBox) async throws(MillraceError) {
    guard let poller, let handle else { throw closed }
    try poller.throwFailure()
    poller.begin(box.sequence)
    var index = 0
    while true {
      let known = poller.changes
      let outcome = try encoder?.produce(box.batch, from: index, sequence: box.sequence, to: handle, counting: poller)
      guard let outcome, outcome.isFull else { return }
      index = outcome.next
      // Full: each report makes room. Nothing is dropped, nothing spins.
      if await poller.wait(since: known, until: nil) == .cancelled {
        throw MillraceError(
          code: "kafka.cancelled", component: "kafka", retry: .stop, message: "the run was cancelled while the brokers were behind",
          advice: "nothing to mend: the next run goes on from the last checkpoint")
      }
      try poller.throwFailure()
    }
  }

  public func flush(waiting: Bool) async throws(MillraceError) -> UInt64 {
    guard let poller else { throw closed }
    let deadline = ContinuousClock.now.advanced(by: deliveryTimeout)
    while true {
      let known = poller.changes
      try poller.throwFailure()
      if !waiting || poller.isClear { return poller.durable }
      switch await poller.wait(since: known, until: deadline) {
      case .changed: continue
      case .cancelled: return poller.durable
      case .timedOut:
        throw MillraceError(
          code: "kafka.delivery.timeout", component: "kafka", retry: .retry,
          message: "the brokers have not acknowledged everything within wait.message.delivery.timeout.ms",
          advice: "look after the brokers, or raise sink.kafka.wait.message.delivery.timeout.ms", subject: bootstrap)
      }
    }
  }

  public func close() async {
    guard let poller else { return }
    if !poller.isClear { handle?.purge() }
    poller.end()
    self.poller = nil
    encoder = nil
    // The last reference goes on the thread, because destroying waits for librdkafka's own.
    let last = handle.take()
    try? await thread.run { [last] () throws(MillraceError) in _ = last }
  }

  private var closed: MillraceError {
    MillraceError(code: "kafka.closed", component: "kafka", retry: .stop, message: "the sink is not started", advice: "")
  }
}
