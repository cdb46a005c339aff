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
      throw Self.unfit(text)
    }
    self.pointer = pointer
    queue = rd_kafka_queue_get_main(pointer)
    _ = rd_kafka_set_log_queue(pointer, queue)
  }

  /// What `rd_kafka_new` has to say.
  static func unfit(_ text: [CChar]) -> MillraceError {
    MillraceError(
      code: "kafka.configuration", component: "kafka", retry: .stop, message: "the producer's settings do not fit together",
      advice: "correct the producer settings that the server text names", serverText: string(text))
  }

  /// The text of a C buffer.
  static func string(_ text: [CChar]) -> String {
    text.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
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

  /// Why the producer can never be used again; nil while it can.
  var fatalError: (rd_kafka_resp_err_t, String)? {
    var text = [CChar](repeating: 0, count: 512)
    let code = rd_kafka_fatal_error(pointer, &text, text.count)
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : (code, Self.string(text))
  }

  /// Hands over one record and waits until it is delivered, or not. Blocks; nobody else may fetch this producer's events.
  func deliver(_ record: OffsetRecord, to name: String) throws(MillraceError) {
    let code = record.produce(to: try topic(name), by: self)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaFailure.error(code, topic: name) }
    while true {
      // The producer's own time-out ends this with a report.
      guard let event = KafkaEvent(queue, milliseconds: 1000) else { continue }
      if event.kind == RD_KAFKA_EVENT_ERROR,
        rd_kafka_event_error_is_fatal(event.pointer) != 0 || KafkaFailure.isRefusal(rd_kafka_event_error(event.pointer))
      {
        purge()
        throw KafkaFailure.error(
          rd_kafka_event_error(event.pointer), topic: name, text: rd_kafka_event_error_string(event.pointer).map { String(cString: $0) })
      }
      guard event.kind == RD_KAFKA_EVENT_DR, let message = rd_kafka_event_message_next(event.pointer) else { continue }
      if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaFailure.error(message.pointee.err, topic: name) }
      return
    }
  }
}
