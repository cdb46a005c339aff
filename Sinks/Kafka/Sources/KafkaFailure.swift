internal import CRdKafka
internal import MillraceCore

/// What an error of librdkafka or a broker means to an operator.
enum KafkaFailure {
  static func error(_ code: rd_kafka_resp_err_t, topic: String?, text: String? = nil) -> MillraceError {
    let (retry, message, advice) = meaning(code)
    return MillraceError(
      code: "kafka." + name(code).lowercased(), component: "kafka", retry: retry, message: message, advice: advice, subject: topic,
      serverCode: String(code.rawValue), serverText: text ?? String(cString: rd_kafka_err2str(code)))
  }

  /// Whether it is about credentials, which no waiting mends.
  static func isRefusal(_ code: rd_kafka_resp_err_t) -> Bool {
    code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED
  }

  /// Whether `code` has a meaning here of its own: then it tells what is to be done.
  static func isNamed(_ code: rd_kafka_resp_err_t) -> Bool { meaning(code).1 != fallback.1 }

  private static let fallback: (MillraceError.Retry, String, String) = (
    .stop, "the brokers refuse a record", "mend what the server text names; nothing was skipped, the next run goes on from here"
  )

  /// Such as `TOPIC_AUTHORIZATION_FAILED`, and `_MSG_TIMED_OUT` without its first underscore.
  private static func name(_ code: rd_kafka_resp_err_t) -> String {
    let name = String(cString: rd_kafka_err2name(code))
    return name.hasPrefix("_") ? String(name.dropFirst()) : name
  }

  private static func meaning(_ code: rd_kafka_resp_err_t) -> (MillraceError.Retry, String, String) {
    switch code {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      (.record, "a record is larger than the topic takes",
        "raise max.message.bytes of the topic and producer.max.request.size here, or compress (producer.compression.type=zstd)")
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      (.stop, "the user may not write to the topic", "grant it: kafka-acls --add --producer --topic … --allow-principal …")
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      (.stop, "the user may not produce idempotently", "grant IdempotentWrite on the cluster, or set producer.enable.idempotence=false")
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      (.stop, "the brokers refuse the credentials", "correct producer.sasl.* and producer.security.protocol")
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      (.stop, "the topic does not exist", "create it, or switch auto.create.topics.enable on in the brokers")
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      (.stop, "the topic has no such partition", "correct the transform that chooses the partition, or add partitions to the topic")
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT:
      (.retry, "a record was not acknowledged in time", "look after the brokers, or raise producer.delivery.timeout.ms")
    case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE:
      (.retry, "no broker can be reached", "check producer.bootstrap.servers, the network and that the brokers run")
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR__INVALID_ARG:
      (.stop, "the record or its topic is not valid", "correct topic.prefix or the routing that makes the topic's name")
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
      RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
      (.retry, "the producer lost its place in the order of records", "nothing was skipped: start again from the last checkpoint")
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
      (.retry, "a partition has no leader at the moment", "wait for the election; look after the brokers if it lasts")
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
      (.retry, "too few replicas are in step", "look after the brokers, or lower min.insync.replicas of the topic")
    case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
      (.stop, "another producer with the same transactional.id has taken over", "stop the second instance, or give each its own name")
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      (.stop, "the user may not use this transactional.id",
        "grant it: kafka-acls --add --producer --transactional-id … --allow-principal …, or set producer.transactional.id")
    case RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
      RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
      (.retry, "the transaction was broken off", "nothing of it counts: it comes again from the last checkpoint")
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
      (.stop, "the brokers are too old for this", "use brokers of Kafka 0.11 or later, or do without what the server text names")
    default: fallback
    }
  }
}
