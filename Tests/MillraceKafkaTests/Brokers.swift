import CRdKafka
import Glibc
import MillraceCore
import Testing

/// Where the tests produce to: the brokers of `KAFKA_BOOTSTRAP_SERVERS`, or librdkafka's own mock cluster in this process.
/// `@unchecked Sendable`: librdkafka's handles are made for many threads.
final class Brokers: @unchecked Sendable {
  let bootstrap: String
  private let handle: OpaquePointer?
  let mock: OpaquePointer?

  /// The real brokers where there are some.
  static func any() throws -> Brokers {
    if let real = getenv("KAFKA_BOOTSTRAP_SERVERS").map({ String(cString: $0) }), !real.isEmpty { return Brokers(real: real) }
    return try Brokers(mocked: 1)
  }

  private init(real: String) {
    bootstrap = real
    handle = nil
    mock = nil
  }

  /// Faults can be given to mocked ones only.
  init(mocked count: Int) throws {
    let settings = rd_kafka_conf_new()
    rd_kafka_conf_set(settings, "test.mock.num.brokers", String(count), nil, 0)
    rd_kafka_conf_set(settings, "log_level", "0", nil, 0)
    let handle = try #require(rd_kafka_new(RD_KAFKA_PRODUCER, settings, nil, 0))
    let mock = try #require(rd_kafka_handle_mock_cluster(handle))
    self.handle = handle
    self.mock = mock
    bootstrap = String(cString: rd_kafka_mock_cluster_bootstraps(mock))
  }

  deinit { if let handle { rd_kafka_destroy(handle) } }

  /// A topic of its own for one test.
  func topic(_ name: String, partitions: Int32 = 1) -> String {
    let name = "millrace-\(name)-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    if let mock { rd_kafka_mock_topic_create(mock, name, partitions, 1) }
    return name
  }

  /// The next requests of a kind are answered with these errors.
  func refuse(_ key: Int16, _ errors: rd_kafka_resp_err_t...) {
    guard let mock else { return }
    for error in errors { rd_kafka_mock_push_request_errors_array(mock, key, 1, [error]) }
  }

  struct Message: Equatable, Sendable {
    var key: String?
    var value: String?
    var headers: [String] = []
    var partition: Int32
    var timestamp: Int64
  }

  /// Reads `count` messages of all partitions, each partition in order; gives up after so many seconds without one.
  func read(_ topic: String, partitions: Int32 = 1, count: Int, patience: Int32 = 10) throws -> [Message] {
    let settings = rd_kafka_conf_new()
    for (name, value) in [
      ("bootstrap.servers", bootstrap), ("group.id", "millrace-test"), ("enable.auto.commit", "false"), ("log_level", "0"),
      ("fetch.wait.max.ms", "50"), ("auto.offset.reset", "earliest"),
    ] { rd_kafka_conf_set(settings, name, value, nil, 0) }
    let consumer = try #require(rd_kafka_new(RD_KAFKA_CONSUMER, settings, nil, 0))
    defer { rd_kafka_destroy(consumer) }
    rd_kafka_poll_set_consumer(consumer)
    let list = rd_kafka_topic_partition_list_new(partitions)
    for partition in 0..<partitions { rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = -2 }
    rd_kafka_assign(consumer, list)
    rd_kafka_topic_partition_list_destroy(list)
    var messages: [Message] = []
    while messages.count < count, let message = rd_kafka_consumer_poll(consumer, patience * 1000) {
      defer { rd_kafka_message_destroy(message) }
      guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
      messages.append(Self.decode(message))
    }
    rd_kafka_consumer_close(consumer)
    return messages
  }

  private static func decode(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Message {
    func text(_ start: UnsafeRawPointer?, _ count: Int) -> String? {
      start.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: count), as: UTF8.self) }
    }
    var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    var result = Message(
      key: text(message.pointee.key, message.pointee.key_len), value: text(message.pointee.payload, message.pointee.len),
      partition: message.pointee.partition, timestamp: rd_kafka_message_timestamp(message, &kind))
    var headers: OpaquePointer?
    guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return result }
    var index = 0
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let name {
      result.headers.append("\(String(cString: name))=\(text(value, size) ?? "null")")
      index += 1
    }
    return result
  }
}
