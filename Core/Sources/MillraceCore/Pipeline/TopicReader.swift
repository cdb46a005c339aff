/// Reads a topic that another program has written, for a component that knows no broker itself: a connector takes over by it what
/// Debezium kept in Kafka.
public protocol TopicReader: Sendable {
  /// Hands on the values of one partition, from its beginning to what is its end at the call, in order; records without a value are left
  /// out. Blocks; on a thread that may.
  ///
  /// - Returns: false where there certainly is no such topic. Nothing is created.
  func read(_ topic: String, partition: Int, _ body: ([UInt8]) throws(MillraceError) -> Void) throws(MillraceError) -> Bool
}
