internal import CRdKafka
public import MillraceCore
internal import Synchronization

/// The channel `kafka`: signals in the first partition of a topic, with `topic.prefix` as their key and `{"id": …, "type": …, "data": {…}}`
/// as their value (io.debezium.pipeline.signal.channels.KafkaSignalChannel). Each consumer group goes on behind what it has committed, at
/// first from the beginning.
///
/// A signal is committed some time after the connector has taken it, when its checkpoint is stored, as a rule: one that was followed
/// shortly before a crash may come again. One that was taken can only be lost where a crash follows while the sink has stood still for
/// longer than the five seconds after which it is committed.
public final class KafkaSignalChannel: SignalChannel {
  /// The settings, as a configuration names them.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("signal.kafka.topic", "The topic of the channel kafka, of one partition; topic.prefix-signal without the setting."),
    ConfigurationOption("signal.kafka.bootstrap.servers", "The brokers of the channel kafka."),
    ConfigurationOption("signal.kafka.groupId", default: "kafka-signal", "The consumer group that keeps the place in the topic."),
    ConfigurationOption(
      "signal.kafka.poll.timeout.ms", .integer(0...Int(Int32.max)), default: "0", support: .ignored(reason: "signals are read as they come"),
      "How long Debezium waits for a signal."),
    ConfigurationOption("signal.consumer.*", "Settings of the channel's consumer, by the names of Java's or librdkafka's."),
  ]

  private let topic: String
  private let key: String
  private let connection: ProducerConfiguration
  /// Settings of the consumer alone.
  private let own: [String: String]
  private let log: Log
  private let isClosing = Atomic(false)
  private let isRunning = Atomic(false)
  /// How long a signal waits for its checkpoint before it is committed, ns.
  private let patience: Int64

  /// - Parameters:
  ///   - configuration: all settings of the run; mistakes are reported to it.
  ///   - log: what is wrong with single signals.
  public convenience init(_ configuration: inout Configuration, log: Log) { self.init(&configuration, patience: 5_000_000_000, log: log) }

  init(_ configuration: inout Configuration, patience: Int64, log: Log) {
    self.log = log
    self.patience = patience
    key = configuration["topic.prefix"] ?? ""
    topic = configuration["signal.kafka.topic"].flatMap { $0.trimmed.isEmpty ? nil : $0.trimmed } ?? "\(key)-signal"
    let settings = ConsumerSettings(&configuration, below: "signal.consumer.", bootstrap: "signal.kafka.bootstrap.servers")
    connection = settings.connection
    own = ["auto.offset.reset": "earliest", "group.id": configuration["signal.kafka.groupId"] ?? "kafka-signal"].merging(settings.own) { $1 }
  }

  public func start(into inbox: SignalInbox) {
    guard !isRunning.exchange(true, ordering: .acquiringAndReleasing) else { return }
    BlockingThread.start { [self] in
      while !isClosing.load(ordering: .relaxed) {
        do throws(MillraceError) {
          try read(into: inbox)
        } catch {
          log.warning("signals cannot be read from Kafka; it is tried again", ("topic", topic), ("error", "\(error)"))
          for _ in 0..<50 where !isClosing.load(ordering: .relaxed) { BlockingThread.sleep(milliseconds: 100) }
        }
      }
      isRunning.store(false, ordering: .releasing)
    }
  }

  public func close() async {
    isClosing.store(true, ordering: .relaxed)
    while isRunning.load(ordering: .acquiring) { try? await Task.sleep(for: .milliseconds(10)) }
  }

  private func read(into inbox: SignalInbox) throws(MillraceError) {
    let reader = try KafkaReader(connection, own)
    reader.assign(topic, [0: Int64(RD_KAFKA_OFFSET_STORED)])
    // Behind what the inbox was given last, and when that was.
    var next: (offset: Int64, since: Int64)?
    var told: rd_kafka_resp_err_t = RD_KAFKA_RESP_ERR_NO_ERROR
    while !isClosing.load(ordering: .relaxed) {
      if let place = next, inbox.isEmpty, Clock.nanoseconds() - place.since >= patience {
        reader.commit(topic, 0, place.offset)
        next = nil
      }
      guard let message = KafkaMessage(reader, milliseconds: 100) else { continue }
      guard message.error == RD_KAFKA_RESP_ERR_NO_ERROR else {
        if message.error != told { log.warning("signals cannot be read from Kafka yet", ("topic", topic), ("error", "\(KafkaFailure.error(message.error, topic: topic))")) }
        told = message.error
        continue
      }
      told = RD_KAFKA_RESP_ERR_NO_ERROR
      take(message.key, message.value, into: inbox)
      next = (message.offset + 1, Clock.nanoseconds())
    }
    // The pipeline has ended: what was taken is stored.
    if let place = next, inbox.isEmpty { reader.commit(topic, 0, place.offset) }
  }

  private func take(_ key: [UInt8]?, _ value: [UInt8]?, into inbox: SignalInbox) {
    let name = key.map { String(decoding: $0, as: UTF8.self) }
    guard name == self.key else {
      return log.info("a signal is left out, because its key is another connector's", ("topic", topic), ("key", name ?? "null"))
    }
    guard let value, !value.isEmpty else { return }
    do {
      let line: JSONValue
      do { line = try JSONValue(parsing: value) } catch { throw SignalFault("it is not JSON: \(error)") }
      inbox.post(try Signal(line: line))
    } catch {
      log.warning("a signal is left out", ("topic", topic), ("problem", (error as? SignalFault)?.problem ?? "\(error)"))
    }
  }

  public func send(_ signal: Signal) async throws(MillraceError) {
    let record = OffsetRecord(key: key, value: signal.line, state: nil, partition: 0)
    var settings = Configuration([:])
    for (name, value) in connection.settings where ProducerConfiguration.isOfConnection(name) { settings[name] = value }
    settings["delivery.timeout.ms"] = "30000"
    settings["linger.ms"] = "0"
    let producer = ProducerConfiguration(settings)
    try await BlockingThread.run { [topic] () throws(MillraceError) in
      try KafkaHandle(producer.properties()).deliver(record, to: topic)
    }
  }
}
