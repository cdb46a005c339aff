internal import CRdKafka
public import MillraceCore
internal import Synchronization

/// The channel `kafka`: signals in the first partition of a topic, with `topic.prefix` as their key and `{"id": …, "type": …, "data": {…}}`
/// as their value (io.debezium.pipeline.signal.channels.KafkaSignalChannel). Each consumer group goes on behind what it has committed, at
/// first from the beginning.
///
/// A signal is committed when a checkpoint is stored that holds what it asks for: one that was followed shortly before a crash may come
/// again, and none is lost.
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

  /// - Parameters:
  ///   - configuration: all settings of the run; mistakes are reported to it.
  ///   - log: what is wrong with single signals.
  public init(_ configuration: inout Configuration, log: Log) {
    self.log = log
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
    var place = SignalPlace()
    var told: rd_kafka_resp_err_t = RD_KAFKA_RESP_ERR_NO_ERROR
    while !isClosing.load(ordering: .relaxed) {
      commit(&place, inbox, reader)
      guard let message = KafkaMessage(reader, milliseconds: 100) else { continue }
      guard message.error == RD_KAFKA_RESP_ERR_NO_ERROR else {
        if message.error != told { log.warning("signals cannot be read from Kafka yet", ("topic", topic), ("error", "\(KafkaFailure.error(message.error, topic: topic))")) }
        told = message.error
        continue
      }
      told = RD_KAFKA_RESP_ERR_NO_ERROR
      place.read(message.offset, take(message.key, message.value, into: inbox))
    }
    commit(&place, inbox, reader)
  }

  /// Keeps the place behind what is stored. Where that fails, it is tried again.
  private func commit(_ place: inout SignalPlace, _ inbox: SignalInbox, _ reader: borrowing KafkaReader) {
    guard let offset = place.next(where: inbox.isStored), Clock.nanoseconds() >= place.pause else { return }
    let code = reader.commit(topic, 0, offset, milliseconds: 5000)
    if code == RD_KAFKA_RESP_ERR_NO_ERROR {
      place.committed(offset)
    } else {
      place.pause = Clock.nanoseconds() + 1_000_000_000
      log.warning(
        "the place in the topic of signals is not kept; it is tried again", ("topic", topic), ("error", "\(KafkaFailure.error(code, topic: topic))"))
    }
  }

  /// Leaves a signal of this connector's in the inbox, and answers its number there.
  private func take(_ key: [UInt8]?, _ value: [UInt8]?, into inbox: SignalInbox) -> SignalInbox.Number? {
    let name = key.map { String(decoding: $0, as: UTF8.self) }
    guard name == self.key else {
      log.info("a signal is left out, because its key is another connector's", ("topic", topic), ("key", name ?? "null"))
      return nil
    }
    guard let value, !value.isEmpty else { return nil }
    do {
      let line: JSONValue
      do { line = try JSONValue(parsing: value) } catch { throw SignalFault("it is not JSON: \(error)") }
      return inbox.post(try Signal(line: line), isOfSource: false)
    } catch {
      log.warning("a signal is left out", ("topic", topic), ("problem", (error as? SignalFault)?.problem ?? "\(error)"))
      return nil
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

/// The place of a consumer in the topic: behind the last message before which all signals are stored.
struct SignalPlace {
  /// Messages in order, with the number of the signal, if one was in it.
  private var messages: [(offset: Int64, number: SignalInbox.Number?)] = []
  private var done: Int64?
  /// Not before this time, ns, is it tried again to commit.
  var pause: Int64 = 0

  mutating func read(_ offset: Int64, _ number: SignalInbox.Number?) { messages.append((offset, number)) }

  /// What is to be committed; nil: that has been.
  mutating func next(where isStored: (SignalInbox.Number) -> Bool) -> Int64? {
    let count = messages.prefix { message in message.number.map(isStored) ?? true }.count
    if count > 0 { done = messages[count - 1].offset + 1 }
    messages.removeFirst(count)
    return done
  }

  mutating func committed(_ offset: Int64) { if done == offset { done = nil } }
}
