/// What a sink delivers: topic, key, value, headers, as indices and slots into the batch that holds it.
///
/// A plain value, so that a batch of them is one allocation. An index of a topic or schema counts in the batch's own
/// tables (`RecordBatch.topics`, `.schemas`).
public struct Record: BitwiseCopyable, Sendable {
  /// No schema: the key or value is null without a schema (a tombstone's value, a keyless table's key).
  @inlinable public static var noSchema: UInt32 { .max }

  /// An index into `RecordBatch.topics`.
  public var topic: UInt32
  /// The partition that a transform asked for, or -1: the sink decides.
  public var partition: Int32 = -1
  /// An index into `RecordBatch.schemas`, or `noSchema`.
  public var keySchema: UInt32
  /// An index into `RecordBatch.schemas`, or `noSchema`.
  public var valueSchema: UInt32
  /// Null for a table without key.
  public var key: Slot
  /// Null for a tombstone.
  public var value: Slot
  /// A run of `headerCount` headers in the batch.
  public var firstHeader: UInt32
  /// How many headers follow `firstHeader`; 0 for none.
  public var headerCount: UInt32
  /// Kafka's record timestamp in ms since the epoch, or -1: the producer's clock.
  public var timestamp: Int64 = -1
  /// Deterministic and growing in the order of delivery: the same record has the same order after a restart (Invariant 9).
  public var order: Order
  /// Set by a transform or filter; a dropped record is never delivered, and counts as durable.
  public var isDropped = false

  /// A place in the source's log: compared by commit, then by ordinal.
  public struct Order: BitwiseCopyable, Sendable, Hashable, Comparable {
    /// The position of the commit in the log (an LSN, a binlog position, a cluster time).
    public var commit: UInt64
    /// Counts the records of that commit from 0.
    public var ordinal: UInt64
    /// Both come from the source, never from a clock: the same record has the same order in every run.
    @inlinable public init(commit: UInt64, ordinal: UInt64) {
      self.commit = commit
      self.ordinal = ordinal
    }
    /// Earlier in the log.
    @inlinable public static func < (a: Order, b: Order) -> Bool {
      a.commit != b.commit ? a.commit < b.commit : a.ordinal < b.ordinal
    }
  }

  /// All slots and indices belong to the batch that the record is appended to.
  @inlinable public init(
    topic: UInt32, keySchema: UInt32, key: Slot, valueSchema: UInt32, value: Slot, firstHeader: UInt32, headerCount: UInt32,
    order: Order
  ) {
    self.topic = topic
    self.keySchema = keySchema
    self.key = key
    self.valueSchema = valueSchema
    self.value = value
    self.firstHeader = firstHeader
    self.headerCount = headerCount
    self.order = order
  }
}

/// One header: name and schema as indices into the batch's tables.
public struct Header: BitwiseCopyable, Sendable {
  /// An index into `RecordBatch.headerNames`.
  public var name: UInt32
  /// An index into `RecordBatch.schemas`.
  public var schema: UInt32
  /// A slot of the same batch.
  public var value: Slot
  /// All of it belongs to the batch that the header is appended to.
  @inlinable public init(name: UInt32, schema: UInt32, value: Slot) {
    self.name = name
    self.schema = schema
    self.value = value
  }

  /// The schema of headers that a key's or value's converter has made: their bytes go out as they are, past the header converter, as
  /// those that Kafka Connect's converters add.
  public static let made = Schema(.bytes, name: "io.millrace.MadeHeader")

  /// Whether it goes past the header converter.
  package func isMade(in batch: borrowing RecordBatch) -> Bool {
    schema != Record.noSchema && batch.schemas[Int(schema)] === Header.made
  }
}
