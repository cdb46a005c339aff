internal import CRdKafka
internal import MillraceCore

/// Reads an offset topic from its beginning to its end. Blocks; on a thread that may.
struct OffsetLog {
  struct Record {
    let value: [UInt8]
    let state: String?
    let attachment: String?
  }

  /// What the topic says about one partition of a source.
  struct Content {
    /// The record that counts; nil where there was none, or a tombstone followed.
    var record: Record?
    /// Connectors of other names that have an offset for it.
    var others: Set<String> = []
  }

  let topic: String
  let producer: ProducerConfiguration
  /// How long nothing may come while the end is not reached, in milliseconds.
  var patience: Int32 = 30_000

  /// What it holds for `partition`, under `name`; nil where there is no such topic.
  func read(_ name: String, _ partition: [Checkpoint.Entry]) throws(MillraceError) -> Content? {
    let log = TopicLog(topic: topic, connection: producer, patience: patience) { [topic] in
      MillraceError(
        code: "offsets.end", component: "offsets", retry: .retry, message: "the end of the offset topic is not reached",
        advice: "an unfinished transaction of another producer may hold it back until its transaction.timeout.ms is over", subject: topic)
    }
    var result = Content()
    let isThere = try log.read { message throws(MillraceError) in
      let key = try Self.key(message.key, topic)
      if key.isOf(name, partition) {
        result.record = message.value.map {
          Record(
            value: $0, state: message.header(KafkaOffsetStore.stateHeader), attachment: message.header(KafkaOffsetStore.attachmentHeader))
        }
      } else if key.isOf(key.name, partition) {
        if message.hasValue { result.others.insert(key.name) } else { result.others.remove(key.name) }
      }
    }
    return isThere ? result : nil
  }

  private static func key(_ bytes: [UInt8]?, _ topic: String) throws(MillraceError) -> ConnectOffset {
    do throws(OffsetDamage) {
      guard let bytes else { throw OffsetDamage(problem: "holds a record without key") }
      return try ConnectOffset(key: bytes)
    } catch {
      throw damaged(error, topic)
    }
  }

  /// Invariant 10: damage is not absence. A new snapshot must be somebody's decision.
  static func damaged(_ damage: OffsetDamage, _ topic: String) -> MillraceError {
    MillraceError(
      code: "offsets.damaged", component: "offsets", retry: .stop, message: "the offset topic \(damage.problem)",
      advice: "find out who writes to it; write the offset anew, or name another offset.storage.topic to begin with a new snapshot", subject: topic)
  }
}

/// Owns a consumer that stores nothing by itself. It belongs to a group only where `settings` names one, to commit its place there.
///
/// Used by one thread at a time.
struct KafkaReader: ~Copyable {
  let pointer: OpaquePointer

  init(_ producer: ProducerConfiguration, _ settings: [String: String]) throws(MillraceError) {
    let properties = KafkaProperties()
    for (name, value) in producer.settings where ProducerConfiguration.isOfConnection(name) { _ = properties.set(name, value) }
    for (name, value) in [
      ("group.id", "millrace-offsets"), ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"), ("auto.offset.reset", "error"),
      ("fetch.wait.max.ms", "100"), ("log_level", "3"),
    ] { _ = properties.set(name, value) }
    for (name, value) in settings { _ = properties.set(name, value) }
    let duplicate = properties.duplicate()
    var text = [CChar](repeating: 0, count: 512)
    guard let pointer = rd_kafka_new(RD_KAFKA_CONSUMER, duplicate, &text, text.count) else {
      rd_kafka_conf_destroy(duplicate)
      throw KafkaHandle.unfit(text)
    }
    self.pointer = pointer
    rd_kafka_poll_set_consumer(pointer)
  }

  deinit {
    rd_kafka_consumer_close(pointer)
    rd_kafka_destroy(pointer)
  }

  /// How many partitions the topic has; nil where there certainly is none of that name. Creates nothing.
  func partitions(of topic: String) throws(MillraceError) -> Int32? {
    try TopicAdmin.partitions(pointer, certainOf: topic)[topic]
  }

  /// First offset and end.
  func watermarks(_ topic: String, _ partition: Int32) throws(MillraceError) -> (Int64, Int64) {
    var low: Int64 = 0, high: Int64 = 0
    let code = rd_kafka_query_watermark_offsets(pointer, topic, partition, &low, &high, 30_000)
    // The brokers have counted this partition; librdkafka does not know it for as long as it has no leader.
    let seen = code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : code
    guard seen == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaFailure.error(seen, topic: topic) }
    return (low, high)
  }

  func assign(_ topic: String, _ begins: [Int32: Int64]) {
    let list = rd_kafka_topic_partition_list_new(Int32(begins.count))
    for (partition, offset) in begins { rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = offset }
    rd_kafka_assign(pointer, list)
    rd_kafka_topic_partition_list_destroy(list)
  }

  /// Keeps the place in the consumer group, or answers why that was not done within the time.
  func commit(_ topic: String, _ partition: Int32, _ offset: Int64, milliseconds: Int32) -> rd_kafka_resp_err_t {
    let list = rd_kafka_topic_partition_list_new(1), queue = rd_kafka_queue_new(pointer)
    defer {
      rd_kafka_topic_partition_list_destroy(list)
      rd_kafka_queue_destroy(queue)
    }
    rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = offset
    let code = rd_kafka_commit_queue(pointer, list, queue, nil, nil)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return code }
    guard let event = rd_kafka_queue_poll(queue, milliseconds) else { return RD_KAFKA_RESP_ERR__TIMED_OUT }
    defer { rd_kafka_event_destroy(event) }
    return rd_kafka_event_error(event)
  }
}

/// Owns one message of a consumer.
struct KafkaMessage: ~Copyable {
  private let pointer: UnsafeMutablePointer<rd_kafka_message_t>

  /// nil where none came in time.
  init?(_ reader: borrowing KafkaReader, milliseconds: Int32) {
    guard let message = rd_kafka_consumer_poll(reader.pointer, milliseconds) else { return nil }
    pointer = message
  }

  deinit { rd_kafka_message_destroy(pointer) }

  var error: rd_kafka_resp_err_t { pointer.pointee.err }
  var partition: Int32 { pointer.pointee.partition }
  var offset: Int64 { pointer.pointee.offset }
  var key: [UInt8]? { pointer.pointee.key.map { Array(UnsafeRawBufferPointer(start: $0, count: pointer.pointee.key_len)) } }
  var value: [UInt8]? { pointer.pointee.payload.map { Array(UnsafeRawBufferPointer(start: $0, count: pointer.pointee.len)) } }

  var hasValue: Bool { pointer.pointee.payload != nil }

  /// The last header of that name, as text.
  func header(_ name: String) -> String? {
    var headers: OpaquePointer?
    guard rd_kafka_message_headers(pointer, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return nil }
    var value: UnsafeRawPointer?
    var count = 0
    guard rd_kafka_header_get_last(headers, name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR, let value else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: value, count: count), as: UTF8.self)
  }
}
