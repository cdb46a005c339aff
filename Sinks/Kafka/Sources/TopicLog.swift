internal import CRdKafka
internal import MillraceCore

/// Reads a topic from its beginning to its end, the end that any producer has reached: a transaction that is still open is waited for.
/// Blocks; on a thread that may.
struct TopicLog {
  let topic: String
  let connection: ProducerConfiguration
  /// Further settings of the consumer.
  var own: [String: String] = [:]
  /// How long nothing may come while the end is not reached, in milliseconds.
  var patience: Int32 = 30_000
  /// What is thrown then.
  let isEndless: () -> MillraceError

  /// Hands each message to `body`: those of a partition in order, good inside it only.
  /// - Parameter only: the partition to read; nil: all.
  /// - Returns: false where there is no such topic.
  func read(
    only one: Int32? = nil, _ body: (borrowing KafkaMessage) throws(MillraceError) -> Void
  ) throws(MillraceError) -> Bool {
    // The end that counts is that of everything written, also within transactions that are still open.
    let all = try KafkaReader(connection, own.merging(["isolation.level": "read_uncommitted"]) { $1 })
    guard let count = try all.partitions(of: topic) else { return false }
    var ends: [Int32: Int64] = [:]
    var begins: [Int32: Int64] = [:]
    for partition in 0..<count where one == nil || one == partition {
      let (low, high) = try all.watermarks(topic, partition)
      if high > low { (begins[partition], ends[partition]) = (low, high) }
    }
    if ends.isEmpty { return true }
    let reader = try KafkaReader(connection, own.merging(["isolation.level": "read_committed", "enable.partition.eof": "true"]) { $1 })
    reader.assign(topic, begins)
    while !ends.isEmpty {
      guard let message = KafkaMessage(reader, milliseconds: patience) else { throw isEndless() }
      switch message.error {
      case RD_KAFKA_RESP_ERR_NO_ERROR: try body(message)
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if let end = ends[message.partition], message.offset >= end { ends[message.partition] = nil }
      case let code:
        let failure = KafkaFailure.error(code, topic: topic)
        // librdkafka goes on trying by itself; only what it cannot mend ends the reading.
        if failure.retry != .retry { throw failure }
      }
    }
    return true
  }
}
