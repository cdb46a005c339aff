internal import CRdKafka
public import MillraceCore
internal import Synchronization

/// Keeps checkpoints in a compacted topic, in Kafka Connect's own form (`ConnectOffset`), so that Connect and Debezium read what we
/// write and the other way round. Millrace's exact position travels as a record header, which they do not look at; a record without
/// it was written by them, and the connector decides what it can do with it.
///
/// The topic is made where it is missing. It is read from beginning to end at each `load`, to the end that any producer has
/// reached: a transaction that is still open is waited for, because what it holds may be newer (Invariant 10).
public final class KafkaOffsetStore: OffsetStore, Sendable {
  /// The settings, as a configuration names them.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("offset.storage.topic", "The topic of the Kafka store; compacted, made where it is missing."),
    ConfigurationOption(
      "offset.storage.partitions", .integer(1...Int(Int32.max)), default: "25", "Its partitions, where the store makes it."),
    ConfigurationOption(
      "offset.storage.replication.factor", .integer(-1...Int(Int16.max)), default: "3",
      "Its replicas, where the store makes it; -1: what the brokers say."),
    ConfigurationOption(
      "offset.storage.kafka.*",
      "Settings of the Kafka store's own connections, by the producer's names; those of the sink hold where nothing is given."),
  ]

  /// The header that carries `Checkpoint.state`.
  static let stateHeader = "millrace.state"
  /// The header that carries `Checkpoint.attachment`.
  static let attachmentHeader = "millrace.attachment"

  let name: String
  let topic: String
  let producer: ProducerConfiguration
  private let partitions: Int32
  private let replication: Int32
  private let thread = WorkerThread()
  /// The producer of `save`, kept from one to the next.
  private let handle = Mutex<KafkaHandle?>(nil)

  /// - Parameters:
  ///   - configuration: all settings of the run; mistakes are reported to it.
  ///   - name: the connector's name, part of the key.
  public init(_ configuration: inout Configuration, name: String) {
    self.name = name
    topic = configuration.required("offset.storage.topic", "name a topic, such as offset.storage.topic=offsets")
    partitions = Int32(configuration.integer("offset.storage.partitions", default: 25, in: 1...Int(Int32.max)))
    let replicas = configuration.integer("offset.storage.replication.factor", default: 3, in: -1...Int(Int16.max))
    if replicas == 0 {
      configuration.report(
        Finding(key: "offset.storage.replication.factor", problem: "is 0", advice: "write 1 or more, or -1 for what the brokers say"))
    }
    replication = Int32(replicas)
    var settings = Configuration([:])
    let sink = configuration.below("sink.kafka.producer.")
    for key in sink.keys where ProducerConfiguration.isOfConnection(key) { settings[key] = sink[key] }
    let inherited = ProducerConfiguration(settings).findings.map(\.key)
    let own = configuration.below("offset.storage.kafka.")
    for key in own.keys { settings[key] = own[key] }
    if settings["bootstrap.servers"]?.isEmpty != false && settings["metadata.broker.list"] == nil {
      configuration.report(
        Finding(key: "bootstrap.servers", problem: "is missing: the offset store needs it", advice: "name the brokers, such as kafka:9092"))
    }
    // Durable before `save` returns, or an error within half a minute.
    if settings["delivery.timeout.ms"] == nil, settings["message.timeout.ms"] == nil { settings["delivery.timeout.ms"] = "30000" }
    settings["linger.ms"] = "0"
    producer = ProducerConfiguration(settings)
    for var finding in producer.findings where !inherited.contains(finding.key) {
      finding.key = "offset.storage.kafka." + finding.key.dropFirst("producer.".count)
      configuration.report(finding)
    }
    if !producer.isIdempotent {
      configuration.report(
        Finding(
          key: "offset.storage.kafka.acks", problem: "lets an offset be lost that was stored",
          advice: "leave out acks, retries and enable.idempotence"))
    }
  }

  public func load(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint? {
    try await thread.run { [self] () throws(MillraceError) in
      let log = OffsetLog(topic: topic, producer: producer)
      guard let content = try log.read(name, partition) else {
        try makeTopic()
        return nil
      }
      guard let record = content.record else {
        // A new snapshot because of a name would be nobody's decision (Invariant 10).
        if let other = content.others.sorted().first { throw self.named(other) }
        return nil
      }
      do throws(OffsetDamage) {
        // The partition as it was asked for: the order of its keys is ours.
        return Checkpoint(
          partition: partition, offset: try ConnectOffset.offset(record.value), state: record.state,
          attachment: record.attachment.map { text in CheckpointAttachment { text } })
      } catch {
        throw OffsetLog.damaged(error, topic)
      }
    }
  }

  public func save(_ checkpoint: Checkpoint) async throws(MillraceError) {
    let record = try record(of: checkpoint)
    try await thread.run { [self] () throws(MillraceError) in
      let open = handle.withLock { $0.take() }
      let used = if let open { open } else { try KafkaHandle(producer.properties()) }
      try used.deliver(record, to: topic)
      // One that has failed is not used again.
      handle.withLock { $0 = used }
    }
  }

  public func close() async {
    // The last reference goes on the thread, because destroying waits for librdkafka's own.
    _ = try? await thread.run { [self] () throws(MillraceError) in handle.withLock { $0 = nil } }
  }

  private func named(_ other: String) -> MillraceError {
    MillraceError(
      code: "offsets.name", component: "offsets", retry: .stop,
      message: "the offset topic holds an offset of this source under another connector's name: \(other)",
      advice: "write name=\(other) to go on from it, or another topic.prefix or offset.storage.topic to begin anew", subject: topic)
  }

  /// What is written for a checkpoint.
  func record(of checkpoint: Checkpoint) throws(MillraceError) -> OffsetRecord {
    do throws(OffsetDamage) {
      return OffsetRecord(
        key: try ConnectOffset(name: name, partition: checkpoint.partition).key(), value: try ConnectOffset.value(checkpoint.offset),
        state: checkpoint.state, attachment: checkpoint.attachment?.text)
    } catch {
      throw MillraceError(
        code: "offsets.value", component: "offsets", retry: .stop, message: "the offset topic \(error.problem)",
        advice: "report this as a bug of the connector", subject: topic)
    }
  }

  private func makeTopic() throws(MillraceError) {
    let handle = try KafkaHandle(producer.properties())
    try TopicAdmin.create(
      [NewTopic(name: topic, partitions: partitions, replication: replication, settings: [("cleanup.policy", "compact")])], by: handle,
      areAbsent: true)
  }
}

/// One record that is delivered by itself, such as those of the offset topic.
struct OffsetRecord: Sendable, Equatable {
  let key: String
  let value: String
  let state: String?
  var attachment: String?
  var partition = RD_KAFKA_PARTITION_UA

  /// Hands it to the producer, which copies it. A full queue is answered as such.
  func produce(to topic: OpaquePointer, by handle: KafkaHandle) -> rd_kafka_resp_err_t {
    var headers: OpaquePointer?
    if state != nil || attachment != nil {
      let list = KafkaHeaders()
      for (name, text) in [(KafkaOffsetStore.stateHeader, state), (KafkaOffsetStore.attachmentHeader, attachment)] {
        guard var text else { continue }
        text.withUTF8 { list.add(name, UnsafeRawBufferPointer($0)) }
      }
      headers = list.duplicate()
    }
    var key = key, value = value
    let code = key.withUTF8 { key in
      value.withUTF8 { value in
        millrace_produce(
          handle.pointer, topic, partition, key.baseAddress, key.count, value.baseAddress, value.count, 0, headers, nil)
      }
    }
    if code != RD_KAFKA_RESP_ERR_NO_ERROR, let headers { rd_kafka_headers_destroy(headers) }
    return code
  }
}
