internal import CRdKafka
internal import MillraceCore

/// Tries whether the brokers answer. Creates nothing, no topic either.
enum KafkaProbe {
  /// Blocks for ten seconds at most.
  static func reach(_ handle: KafkaHandle) -> MillraceError? {
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(handle.pointer, 0, nil, &metadata, 10_000)
    if let metadata { rd_kafka_metadata_destroy(metadata) }
    if code == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
    // What the connections said tells more than that the answer did not come in time.
    var cause = KafkaFailure.error(code == RD_KAFKA_RESP_ERR__TIMED_OUT ? RD_KAFKA_RESP_ERR__TRANSPORT : code, topic: nil)
    while let event = KafkaEvent(handle.queue, milliseconds: 0) {
      guard event.kind == RD_KAFKA_EVENT_ERROR else { continue }
      let reported = rd_kafka_event_error(event.pointer)
      if reported == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN { continue }
      let text = rd_kafka_event_error_string(event.pointer).map { String(cString: $0) }
      cause = KafkaFailure.error(reported, topic: nil, text: text)
    }
    return cause
  }
}
