internal import CRdKafka
internal import MillraceCore

/// A topic that is to be made.
struct NewTopic: Sendable, Equatable {
  let name: String
  /// -1: what the brokers say.
  let partitions: Int32
  /// -1: what the brokers say.
  let replication: Int32
  /// The topic's own settings.
  let settings: [(name: String, value: String)]

  static func == (a: NewTopic, b: NewTopic) -> Bool {
    a.name == b.name && a.partitions == b.partitions && a.replication == b.replication
      && a.settings.elementsEqual(b.settings) { $0.name == $1.name && $0.value == $1.value }
  }
}

/// Asks the brokers about topics, and for new ones. Blocks; on a thread that may.
enum TopicAdmin {
  /// All topics that the user may see, with the number of their partitions. Creates nothing.
  /// - Parameter wanted: a topic whose absence must be certain: where the brokers say anything else of it than that there is none,
  ///   that is an error (Invariant 10).
  static func partitions(_ client: OpaquePointer, certainOf wanted: String? = nil) throws(MillraceError) -> [String: Int32] {
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(client, 1, nil, &metadata, 30_000)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
      throw KafkaFailure.error(code == RD_KAFKA_RESP_ERR__TIMED_OUT ? RD_KAFKA_RESP_ERR__TRANSPORT : code, topic: nil)
    }
    defer { rd_kafka_metadata_destroy(metadata) }
    var result: [String: Int32] = [:]
    for index in 0..<Int(metadata.pointee.topic_cnt) {
      let topic = metadata.pointee.topics[index]
      guard let name = topic.topic.map({ String(cString: $0) }) else { continue }
      switch topic.err {
      case RD_KAFKA_RESP_ERR_NO_ERROR: result[name] = topic.partition_cnt
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: break
      default: if name == wanted { throw KafkaFailure.error(topic.err, topic: name) }
      }
    }
    return result
  }

  /// Makes the topics; one that is there already stays as it is.
  /// - Parameter areAbsent: whether it is an error that one is there already, because it was taken for absent.
  static func create(_ topics: [NewTopic], by handle: KafkaHandle, areAbsent: Bool = false) throws(MillraceError) {
    if topics.isEmpty { return }
    var requests: [OpaquePointer?] = []
    defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
    var text = [CChar](repeating: 0, count: 512)
    for topic in topics {
      guard let request = rd_kafka_NewTopic_new(topic.name, topic.partitions, topic.replication, &text, text.count) else {
        throw failure(RD_KAFKA_RESP_ERR__INVALID_ARG, topic.name, KafkaHandle.string(text))
      }
      requests.append(request)
      for setting in topic.settings {
        let code = rd_kafka_NewTopic_set_config(request, setting.name, setting.value)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw failure(code, topic.name, nil) }
      }
    }
    let answers = rd_kafka_queue_new(handle.pointer)
    defer { rd_kafka_queue_destroy(answers) }
    let options = rd_kafka_AdminOptions_new(handle.pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
    defer { rd_kafka_AdminOptions_destroy(options) }
    _ = rd_kafka_AdminOptions_set_request_timeout(options, 30_000, &text, text.count)
    // The brokers' own patience: the topic is there when they answer.
    _ = rd_kafka_AdminOptions_set_operation_timeout(options, 20_000, &text, text.count)
    rd_kafka_CreateTopics(handle.pointer, &requests, requests.count, options, answers)
    guard let answers, let event = KafkaEvent(answers, milliseconds: 35_000) else { throw failure(RD_KAFKA_RESP_ERR__TIMED_OUT, topics[0].name, nil) }
    let whole = rd_kafka_event_error(event.pointer)
    guard whole == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw failure(whole, topics[0].name, rd_kafka_event_error_string(event.pointer).map { String(cString: $0) })
    }
    var count = 0
    guard let result = rd_kafka_event_CreateTopics_result(event.pointer), let list = rd_kafka_CreateTopics_result_topics(result, &count) else { return }
    for index in 0..<count {
      let code = rd_kafka_topic_result_error(list[index])
      if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS && !areAbsent { continue }
      throw failure(
        code, rd_kafka_topic_result_name(list[index]).map { String(cString: $0) } ?? "",
        rd_kafka_topic_result_error_string(list[index]).map { String(cString: $0) })
    }
  }

  static func failure(_ code: rd_kafka_resp_err_t, _ topic: String, _ text: String?) -> MillraceError {
    var error = KafkaFailure.error(code, topic: topic, text: text)
    error.message = "the topic cannot be created: \(error.message)"
    switch code {
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      error.retry = .retry
      error.message = "the topic is there, but could not be seen a moment ago"
      error.advice = "wait; if it goes on, grant the user Describe and Read on it"
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      error.message = "the user may not create the topic"
      error.advice = "create it, or grant it: kafka-acls --add --operation Create --topic … --allow-principal …"
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      error.message = "the topic cannot be created: the brokers cannot give it so many replicas"
      error.advice = "lower its replication.factor to the number of brokers, or write -1 for what the brokers say"
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, RD_KAFKA_RESP_ERR_INVALID_CONFIG, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
      RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      error.message = "the topic cannot be created as it is asked for"
      error.advice = "correct the partitions, replicas and settings that the server text names"
    default: break
    }
    return error
  }
}
