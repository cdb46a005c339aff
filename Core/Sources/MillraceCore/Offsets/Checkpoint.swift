/// Where a connector goes on after a restart: position, snapshot progress and schema state in one value (Invariant 5).
///
/// `partition` and `offset` are in the reference's own form (Debezium's `sourcePartition` and `sourceOffset`: for Postgres
/// `{"server": prefix}` and `{"lsn_proc", "lsn_commit", "lsn", "txId", "ts_usec", …}`), so that stores can be read by both.
/// Order of keys is kept.
public struct Checkpoint: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public let key: String
    public let value: Value
    public init(_ key: String, _ value: Value) {
      self.key = key
      self.value = value
    }
  }

  public var partition: [Entry]
  public var offset: [Entry]
  /// What only Millrace reads (snapshot chunks done, MySQL's table history): opaque JSON text written by the connector.
  public var state: String?

  public init(partition: [Entry], offset: [Entry], state: String? = nil) {
    self.partition = partition
    self.offset = offset
    self.state = state
  }

  public subscript(key: String) -> Value? { offset.first { $0.key == key }?.value }
}
