internal import CRdKafka
internal import MillraceCore

/// Owns one librdkafka producer, its main queue and its topics. Destroying waits for librdkafka's threads: on a thread that may block.
///
/// `@unchecked Sendable`: librdkafka's handles are made for many threads; `topics` is used by the one that produces.
final class KafkaHandle: @unchecked Sendable {
  let pointer: OpaquePointer
  let queue: OpaquePointer
  private var topics: [String: OpaquePointer] = [:]

  init(_ properties: borrowing KafkaProperties) throws(MillraceError) {
    let settings = properties.duplicate()
    // Reports, errors and log lines come as events to be fetched: no callback, so no context that C would hold.
    rd_kafka_conf_set_events(settings, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG)
    var text = [CChar](repeating: 0, count: 512)
    guard let pointer = rd_kafka_new(RD_KAFKA_PRODUCER, settings, &text, text.count) else {
      rd_kafka_conf_destroy(settings)
      throw MillraceError(
        code: "kafka.configuration", component: "kafka", retry: .stop, message: "the producer's settings do not fit together",
        advice: "correct the producer settings that the server text names",
        serverText: text.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    self.pointer = pointer
    queue = rd_kafka_queue_get_main(pointer)
    _ = rd_kafka_set_log_queue(pointer, queue)
  }

  deinit {
    for topic in topics.values { rd_kafka_topic_destroy(topic) }
    rd_kafka_queue_destroy(queue)
    rd_kafka_destroy(pointer)
  }

  /// The handle of a topic; made once.
  func topic(_ name: String) throws(MillraceError) -> OpaquePointer {
    if let topic = topics[name] { return topic }
    guard let topic = rd_kafka_topic_new(pointer, name, nil) else {
      throw MillraceError(
        code: "kafka.topic", component: "kafka", retry: .stop, message: "the topic cannot be used",
        advice: "correct topic.prefix or the routing that makes this name", subject: name,
        serverText: String(cString: rd_kafka_err2str(rd_kafka_last_error())))
    }
    topics[name] = topic
    return topic
  }

  /// Forgets everything that is not delivered, so that destroying does not wait for it.
  func purge() { rd_kafka_purge(pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) }
}
