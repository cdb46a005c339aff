internal import CRdKafka
public import MillraceCore

/// Reads a topic of another program's once, such as the schema history that Debezium keeps. Commits nothing.
public final class KafkaTopicReader: TopicReader {
  private let settings: ConsumerSettings

  /// - Parameters:
  ///   - configuration: all settings of the run; mistakes are reported to it.
  ///   - prefix: what stands in front of `consumer.*` and `kafka.bootstrap.servers`.
  public init(_ configuration: inout Configuration, below prefix: String) {
    settings = ConsumerSettings(&configuration, below: "\(prefix)consumer.", bootstrap: "\(prefix)kafka.bootstrap.servers")
  }

  public func read(_ topic: String, partition: Int, _ body: ([UInt8]) throws(MillraceError) -> Void) throws(MillraceError) -> Bool {
    let log = TopicLog(topic: topic, connection: settings.connection, own: settings.own) {
      MillraceError(
        code: "kafka.topic.end", component: "kafka", retry: .retry, message: "the end of the topic is not reached",
        advice: "see whether its brokers answer, and whether a producer has left a transaction open", subject: topic)
    }
    return try log.read(only: Int32(clamping: partition)) { message throws(MillraceError) in
      if let value = message.value { try body(value) }
    }
  }
}
