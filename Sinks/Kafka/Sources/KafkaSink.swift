internal import CRdKafka
public import MillraceCore

/// Produces each record to its topic through librdkafka: idempotent unless told otherwise, partitioned as Java's producer does.
///
/// A batch is durable when every record of it, and of all batches before it, is reported as delivered. A delivery that fails for
/// good fails the run: nothing is skipped (Invariant 3). A full queue makes `write` wait (Invariant 7). With transactions, records
/// and checkpoint are committed as one (`KafkaTransactions`, Invariant 9). Topics are made before their first record where the
/// configuration says how (`TopicCreation`).
///
/// `@unchecked Sendable`: the calls come one at a time (`Sink`); what the polling thread shares with them is in `DeliveryPoller`.
public final class KafkaSink: TransactionalSink, @unchecked Sendable {
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("bootstrap.servers", "The brokers to begin with, host:port,…; short for producer.bootstrap.servers."),
    ConfigurationOption(
      "producer.*",
      "Settings of the producer, by Java's names or librdkafka's; defaults: enable.idempotence=true, acks=all, "
        + "buffer.memory=33554432, linger.ms=5, Java's partitioning. Names with password, secret or jaas are never printed."),
    ConfigurationOption(
      "wait.message.delivery.timeout.ms", default: "30000",
      "How long the end of a run waits for the brokers to acknowledge what they were sent."),
    ConfigurationOption("topic.creation.enable", .boolean, default: "true", "Whether topic.creation.* has an effect."),
    ConfigurationOption("topic.creation.groups", "Groups of topic settings, in the order in which they are tried; default is the last."),
    ConfigurationOption(
      "topic.creation.*",
      "How topics are made that are missing: topic.creation.GROUP.partitions, .replication.factor, .include, .exclude (lists of regular "
        + "expressions), and any setting of a topic. Without topic.creation.default.* none is made."),
  ]

  private let producer: ProducerConfiguration
  private let deliveryTimeout: Duration
  private let bootstrap: String
  private var handle: KafkaHandle?
  private var poller: DeliveryPoller?
  private var encoder: MessageEncoder?
  private let creation: TopicCreation?
  /// The topics that are known to be there.
  private var topics: Set<String> = []
  private let transactionalID: String?
  private var store: KafkaOffsetStore?
  private var transactions: KafkaTransactions?
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
    transactionalID = settings["transactional.id"]
    settings["transactional.id"] = nil
    producer = ProducerConfiguration(settings)
    creation = TopicCreation(&configuration)
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

  public func adopt(_ store: any OffsetStore) -> Finding? {
    guard let store = store as? KafkaOffsetStore else {
      return Finding(
        key: "offset.storage", problem: "must be kafka for exactly.once.support=required: records and offset share a transaction",
        advice: "write offset.storage=kafka and offset.storage.topic")
    }
    if !producer.isIdempotent {
      return Finding(key: "sink.kafka.producer.enable.idempotence", problem: "must be true for transactions", advice: "leave it, acks and retries out")
    }
    if store.producer["bootstrap.servers"] != producer["bootstrap.servers"] {
      return Finding(
        key: "offset.storage.kafka.bootstrap.servers", problem: "names other brokers than the sink: a transaction is of one cluster",
        advice: "leave it out")
    }
    self.store = store
    return nil
  }

  /// What the producer is given beside its own settings.
  private func properties() -> KafkaProperties {
    let properties = producer.properties()
    if let store { _ = properties.set("transactional.id", transactionalID ?? "millrace-\(store.name)") }
    return properties
  }

  public func start(_ context: SinkContext) async throws(MillraceError) {
    if !producer.isIdempotent {
      context.log.warning("the producer is not idempotent: a retry can deliver a record twice")
    }
    let handle = try KafkaHandle(properties())
    let poller = DeliveryPoller(handle, log: context.log)
    self.handle = handle
    self.poller = poller
    encoder = MessageEncoder(context.converters)
    topics = []
    thread.enqueue { poller.serve() }
    if let store {
      let milliseconds = producer["transaction.timeout.ms"].flatMap { Int($0) } ?? 60_000
      let transactions = KafkaTransactions(handle, store: store, timeout: .milliseconds(milliseconds))
      self.transactions = transactions
      try await transactions.start()
    }
  }

  /// Makes the topics of the batch that are missing and have records; asks once for each name.
  private func prepareTopics(_ box: BatchBox, _ creation: TopicCreation, _ handle: KafkaHandle) async throws(MillraceError) {
    guard box.batch.topics.contains(where: { !topics.contains($0) }) else { return }
    var used: Set<UInt32> = []
    for index in 0..<box.batch.records.count where !box.batch.records[index].isDropped { used.insert(UInt32(box.batch.records[index].topic)) }
    let names = used.map { box.batch.topics[Int($0)] }.filter { !topics.contains($0) }.sorted()
    if names.isEmpty { return }
    try await BlockingThread.run { () throws(MillraceError) in
      let known = try TopicAdmin.partitions(handle.pointer)
      try TopicAdmin.create(names.filter { known[$0] == nil }.map { creation.request(for: $0) }, by: handle)
    }
    topics.formUnion(names)
  }

  public func write(_ box: BatchBox) async throws(MillraceError) {
    guard let poller, let handle else { throw closed }
    try throwFailure(poller)
    if let creation { try await prepareTopics(box, creation, handle) }
    try transactions?.begin()
    poller.begin(box.sequence)
    do throws(MillraceError) {
      try await hand(box, to: handle, poller)
    } catch {
      throw transactions?.failure(error) ?? error
    }
  }

  /// The first failed delivery; with transactions, why the producer is lost.
  private func throwFailure(_ poller: DeliveryPoller) throws(MillraceError) {
    do throws(MillraceError) {
      try poller.throwFailure()
    } catch {
      throw transactions?.failure(error) ?? error
    }
  }

  private func hand(_ box: BatchBox, to handle: KafkaHandle, _ poller: DeliveryPoller) async throws(MillraceError) {
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

  public func commit(_ checkpoint: Checkpoint) async throws(MillraceError) {
    guard let transactions, let poller else { throw closed }
    // A record that was refused tells more than the commit that fails for it.
    try throwFailure(poller)
    do throws(MillraceError) {
      try await transactions.commit(checkpoint)
    } catch {
      try throwFailure(poller)
      throw error
    }
  }

  public func close() async {
    guard let poller else { return }
    await transactions?.abort()
    transactions = nil
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
