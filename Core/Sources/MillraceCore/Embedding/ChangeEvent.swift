/// One record as a consumer sees it: a change of a row, a row of a snapshot, a tombstone, a logical message, or whatever else a
/// connector or transform makes.
///
/// A view: it decodes on demand and keeps the memory of its whole batch. `detached` copies it out.
public struct ChangeEvent: Sendable {
  /// What happened; the raw value is that of the envelope's field `op`.
  public enum Operation: String, Sendable, Hashable, CaseIterable {
    case create = "c"
    case update = "u"
    case delete = "d"
    /// A row that was there when the snapshot was taken.
    case read = "r"
    case truncate = "t"
    /// A logical message; its content is in `value`.
    case message = "m"
  }

  /// Where the change stands in its transaction; only with `provide.transaction.metadata=true`.
  public struct Transaction: Sendable, Hashable {
    /// As the connector writes it, such as `555:24023128`.
    public let id: String
    /// Counts the events of the transaction from 1.
    public let totalOrder: Int64
    /// Counts those of this table in the transaction from 1.
    public let tableOrder: Int64
  }

  private let memory: BatchMemory
  private let record: Record

  init(_ memory: BatchMemory, _ record: Record) {
    self.memory = memory
    self.record = record
  }

  /// The topic to which the record would go, such as `shop.public.orders`.
  public var topic: String { memory.box.batch.topics[Int(record.topic)] }

  /// Grows in the order of delivery, and is the same when the record comes again: tells repeated records from new ones within
  /// one source (Invariant 9).
  public var order: Record.Order { record.order }

  /// The key; nil for a table without one.
  public var key: Row? { row(record.key, record.keySchema) }

  /// The whole value: the envelope, or what a transform has made of it. nil for a tombstone, and for values that are no structures.
  public var value: Row? { row(record.value, record.valueSchema) }

  /// Whether it only says that the key is gone, for compacted topics: it follows a delete, unless `tombstones.on.delete=false`.
  public var isTombstone: Bool { record.value.isNull && !record.key.isNull }

  /// What happened; nil for a tombstone, and for a record that is no envelope.
  public var operation: Operation? { part(layout?.op)?.text.flatMap { Operation(rawValue: $0) } }

  /// The row before the change: nil for creates and reads, and for updates and deletes where the table's replica identity does
  /// not let the log carry it.
  public var before: Row? { part(layout?.before)?.row }

  /// The row after the change; nil for deletes and truncates.
  public var after: Row? { part(layout?.after)?.row }

  /// Where the change came from, with the connector's own fields: `table`, `lsn`, `txId`, `snapshot`, ….
  public var source: Row? { part(layout?.source)?.row }

  /// The table's name, without schema.
  public var table: String? { source?.field("table")?.text }

  /// The name of the table's schema.
  public var schema: String? { source?.field("schema")?.text }

  /// Whether it is a row of a snapshot.
  public var isSnapshot: Bool { operation == .read }

  /// When the source committed it (of a snapshot: read it), by the source's clock.
  public var committedAt: Timestamp? {
    let source = source
    if let microseconds = source?.field("ts_us")?.integer { return Timestamp(microseconds: microseconds) }
    return source?.field("ts_ms")?.integer.map { Timestamp(microseconds: $0 &* 1000) }
  }

  /// When it was decoded, by this machine's clock.
  public var processedAt: Timestamp? {
    if let microseconds = part(layout?.microseconds)?.integer { return Timestamp(microseconds: microseconds) }
    return part(layout?.milliseconds)?.integer.map { Timestamp(microseconds: $0 &* 1000) }
  }

  public var transaction: Transaction? {
    guard let block = part(layout?.transaction)?.row, let id = block.field("id")?.text else { return nil }
    return Transaction(
      id: id, totalOrder: block.field("total_order")?.integer ?? 0, tableOrder: block.field("data_collection_order")?.integer ?? 0)
  }

  /// The headers, in order. Decoded at each call.
  public var headers: [(name: String, value: Value)] {
    (0..<Int(record.headerCount)).map { index in
      let header = memory.box.batch.headers[Int(record.firstHeader) + index]
      let name = memory.box.batch.headerNames[Int(header.name)]
      return (name, FieldValue(memory, header.value, schema(header.schema) ?? .optionalString, name: name).value)
    }
  }

  /// A copy with memory of its own, which holds this record only.
  public func detached() -> ChangeEvent {
    let box = BatchBox(copying: record, of: memory.box.batch)
    return ChangeEvent(BatchMemory(box), box.batch.records[0])
  }

  private var layout: EnvelopeLayout? {
    record.valueSchema == Record.noSchema ? nil : memory.layouts[Int(record.valueSchema)]
  }

  private func schema(_ index: UInt32) -> Schema? {
    index == Record.noSchema ? nil : memory.box.batch.schemas[Int(index)]
  }

  private func row(_ slot: Slot, _ index: UInt32) -> Row? {
    guard slot.kind == .structure, let schema = schema(index) else { return nil }
    return Row(memory, slot, schema)
  }

  private func part(_ index: Int?) -> FieldValue? {
    guard let index, let value, index < value.count else { return nil }
    return value.field(at: index)
  }
}
