/// Transaction metadata (`provide.transaction.metadata`): a BEGIN and an END record for each transaction, and in each change the
/// block that says where in it the change stands (io.debezium.pipeline.txmetadata.TransactionMonitor).
///
/// The counters of a transaction that is under way are part of the offset, so that a restart within it goes on counting.
/// Nothing is allocated per change: collections have numbers, which are given once per table.
public struct TransactionMetadata: ~Copyable {
  private struct Collection {
    let name: String
    /// Java's hash of the name: the order of an END's list is that of a `java.util.HashMap`.
    let hash: UInt32
    /// Changes of it in this transaction.
    var count: UInt64 = 0
  }

  private let topic: String
  private var collections: [Collection] = []
  private var numbers: [String: Int] = [:]
  /// The collections of this transaction, in the order of their first change.
  private var touched: [Int] = []
  /// Buckets of that map, which grows and never shrinks.
  private var buckets = 16
  private var total: UInt64 = 0
  /// The transaction that is under way.
  private var transaction: String?

  /// - Parameter topic: `TopicNaming.transaction`.
  public init(topic: String) { self.topic = topic }

  /// The number of a table or collection, for `block`. Once per table, not per change.
  public mutating func number(of name: String) -> Int {
    if let number = numbers[name] { return number }
    let hash = name.utf16.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
    collections.append(Collection(name: name, hash: hash ^ hash >> 16))
    numbers[name] = collections.count - 1
    return collections.count - 1
  }

  // MARK: a transaction

  /// A transaction begins: appends its BEGIN.
  /// - Parameters:
  ///   - transaction: how the offset names it.
  ///   - id: how the record does, a text of `batch`. Some databases have another one for each change.
  ///   - time: ms since 1970.
  ///   - order: of the record that is appended.
  ///   - batch: where it is appended.
  public mutating func begin(_ transaction: String, id: Slot, time: Int64, order: Record.Order, in batch: inout RecordBatch) {
    reset()
    self.transaction = transaction
    append("BEGIN", id: id, count: .null, list: .null, time: time, order: order, to: &batch)
  }

  /// Counts a change of collection `number`; answers its `transaction` block.
  @inline(__always)
  public mutating func block(of number: Int, id: Slot, in batch: inout RecordBatch) -> Slot {
    total &+= 1
    if collections[number].count == 0 { touched.append(number) }
    collections[number].count &+= 1
    let first = batch.slots.append(repeating: id, count: 3)
    batch.slots[first &+ 1] = .integer(Int64(bitPattern: total))
    batch.slots[first &+ 2] = .integer(Int64(bitPattern: collections[number].count))
    return .structure(first: first, count: 3)
  }

  /// The transaction has ended: appends its END. Without one under way it does nothing.
  public mutating func end(id: Slot, time: Int64, order: Record.Order, in batch: inout RecordBatch) {
    guard transaction != nil else { return }
    sortTouched()
    let pairs = batch.slots.append(repeating: .null, count: touched.count * 2)
    let list = batch.slots.append(repeating: .null, count: touched.count)
    for (index, number) in touched.enumerated() {
      let name = batch.text(collections[number].name)
      batch.slots[pairs + 2 * index] = name
      batch.slots[pairs + 2 * index + 1] = .integer(Int64(bitPattern: collections[number].count))
      batch.slots[list + index] = .structure(first: pairs + 2 * index, count: 2)
    }
    append(
      "END", id: id, count: .integer(Int64(bitPattern: total)), list: .array(first: list, count: touched.count), time: time,
      order: order, to: &batch)
    reset()
  }

  private mutating func reset() {
    for number in touched { collections[number].count = 0 }
    touched.removeAll(keepingCapacity: true)
    total = 0
    transaction = nil
  }

  /// Into the order of the reference's map: by bucket, and within one by their first change. Few, and nearly always sorted.
  private mutating func sortTouched() {
    while touched.count * 4 > buckets * 3 { buckets *= 2 }
    for index in touched.indices.dropFirst() {
      var place = index
      while place > 0, bucket(touched[place - 1]) > bucket(touched[place]) {
        touched.swapAt(place - 1, place)
        place -= 1
      }
    }
  }

  private func bucket(_ number: Int) -> Int { Int(collections[number].hash) & (buckets - 1) }

  // MARK: records

  private func append(
    _ status: StaticString, id: Slot, count: Slot, list: Slot, time: Int64, order: Record.Order, to batch: inout RecordBatch
  ) {
    let key = batch.slots.append(repeating: id, count: 1)
    let start = batch.arena.count
    batch.arena.append(status)
    let value = batch.slots.append(repeating: id, count: 5)
    batch.slots[value] = .text(offset: start, length: batch.arena.count - start)
    batch.slots[value + 2] = count
    batch.slots[value + 3] = list
    batch.slots[value + 4] = .integer(time)
    batch.records.append(
      Record(
        topic: batch.intern(topic: topic), keySchema: batch.intern(schema: Self.keySchema), key: .structure(first: key, count: 1),
        valueSchema: batch.intern(schema: Self.valueSchema), value: .structure(first: value, count: 5), firstHeader: 0, headerCount: 0,
        order: order))
  }

  private static let keySchema = Schema(
    .structure([.init("id", .string)]), name: "io.debezium.connector.common.TransactionMetadataKey", version: 1)
  private static let valueSchema = Schema(
    .structure([
      .init("status", .string), .init("id", .string), .init("event_count", .optionalInt64),
      .init(
        "data_collections",
        Schema(
          .array(
            Schema(
              .structure([.init("data_collection", .string), .init("event_count", .int64)]), optional: true, name: "event.collection",
              version: 1)), optional: true)),
      .init("ts_ms", .int64),
    ]), name: "io.debezium.connector.common.TransactionMetadataValue", version: 1)
}

/// The counters in an offset, as Debezium keeps them (io.debezium.pipeline.txmetadata.TransactionContext).
extension TransactionMetadata {
  /// Where the counters of a transaction stand.
  public struct Progress: Sendable, Equatable {
    /// The id, as it is in the records.
    public let transaction: String
    /// In the order of their first change.
    public let counts: [Count]

    /// Changes of one table or collection.
    public struct Count: Sendable, Equatable {
      /// The full name.
      public let collection: String
      /// Changes so far.
      public let changes: UInt64
      /// A counter.
      public init(_ collection: String, _ changes: UInt64) {
        self.collection = collection
        self.changes = changes
      }
    }

    /// Counters in the order of their first change.
    public init(transaction: String, counts: [Count]) {
      self.transaction = transaction
      self.counts = counts
    }

    private static let idKey = "transaction_id"
    private static let countKey = "transaction_data_collection_order_"

    /// As entries of an offset.
    public var entries: [Checkpoint.Entry] {
      [.init(Self.idKey, .text(transaction))]
        + counts.map { .init(Self.countKey + $0.collection, .integer(Int64(bitPattern: $0.changes))) }
    }

    /// Out of a stored offset; nil where no transaction was under way.
    public init?(_ checkpoint: Checkpoint) {
      guard case .text(let transaction)? = checkpoint[Self.idKey] else { return nil }
      self.transaction = transaction
      counts = checkpoint.offset.compactMap { entry in
        guard entry.key.hasPrefix(Self.countKey), case .integer(let changes) = entry.value else { return nil }
        return Count(String(entry.key.dropFirst(Self.countKey.utf8.count)), UInt64(bitPattern: changes))
      }
    }
  }

  /// Where the counters stand now; nil outside of transactions. Once per batch.
  public var progress: Progress? {
    transaction.map { transaction in
      Progress(transaction: transaction, counts: touched.map { .init(collections[$0].name, collections[$0].count) })
    }
  }

  /// Goes on within a transaction whose BEGIN was delivered.
  public mutating func resume(_ progress: Progress) {
    reset()
    transaction = progress.transaction
    for count in progress.counts where count.changes > 0 {
      let number = number(of: count.collection)
      // A damaged offset may name one twice.
      if collections[number].count > 0 { continue }
      collections[number].count = count.changes
      touched.append(number)
      total &+= count.changes
    }
  }
}
