internal import MillraceCore

/// Decodes pgoutput messages (protocol version 1, text values) into records: bytes in, slots appended. No input or output of its own;
/// what it needs to know of a table it asks `tables` for.
///
/// Source: PostgreSQL documentation, "Logical Replication Message Formats".
struct ChangeDecoder: ~Copyable {
  /// Answers the shape of a relation that the server has announced, or nil if the table is not captured.
  typealias TableLookup = (RelationMessage) throws(MillraceError) -> TableShape?

  private final class Relation {
    let id: UInt32
    let shape: TableShape?
    /// For each column of the server's tuple, whether it belongs to the replica identity.
    let identity: [Bool]
    /// The table's number in the transaction metadata.
    let collection: Int
    /// Notes the keys that changes touch, while an incremental snapshot reads the table.
    var watch: KeyWatch?
    var watchVersion: UInt64 = .max

    init(id: UInt32, shape: TableShape?, identity: [Bool], collection: Int) {
      self.id = id
      self.shape = shape
      self.identity = identity
      self.collection = collection
    }
  }

  /// PostgreSQL counts time from 2000-01-01; µs from 1970 until then.
  static let epoch: Int64 = 946_684_800_000_000

  private var writer: RowWriter
  private let messages: MessageRecords
  private let tombstones: Bool
  private let skipped: SkippedOperations
  /// `skip.messages.without.change`.
  private let skipsUnchanged: Bool
  private let lookup: TableLookup
  private let failures: EventFailures
  /// nil where no post-processor is configured.
  private let reselection: Reselection?
  /// nil where no transaction metadata is wanted.
  private var transactions: TransactionMetadata?
  /// The number of logical messages in the transaction metadata.
  private let messageCollection: Int
  private var relations: [UInt32: Relation] = [:]
  /// The relation of the change before: changes of one table come in runs.
  private var current: Relation?

  /// Where decoding is; a checkpoint of it may be taken after any call of `decode`.
  private(set) var position: PostgresPosition
  private(set) var isInTransaction = false
  /// Where the run began: everything up to there was delivered before and is dropped.
  private let resume: PostgresPosition
  /// The current transaction.
  private var finalLSN: UInt64 = 0
  private var changes: UInt64 = 0
  private var dropping: UInt64 = 0
  private var origin: (name: String, lsn: UInt64)?
  private var templateIsStale = true
  /// Of an incremental snapshot.
  private let watches: KeyWatches
  private let signals: SignalTable?
  /// The transactions that were read last.
  let recent = RecentTransactions()
  /// Tables that the server has announced, with their shapes, since `takeAnnounced`.
  private var announced: [TableShape] = []

  init(
    writer: consuming RowWriter, messages: MessageRecords, tombstones: Bool, skipped: SkippedOperations, skipsUnchanged: Bool = false,
    transactions: consuming TransactionMetadata? = nil, failures: EventFailures = .fatal, watches: KeyWatches = KeyWatches(),
    signals: SignalTable? = nil, resuming: PostgresPosition, reselection: Reselection? = nil, lookup: @escaping TableLookup
  ) {
    self.writer = writer
    self.messages = messages
    self.tombstones = tombstones
    self.skipped = skipped
    var transactions = transactions
    if let stored = resuming.transaction { transactions?.resume(stored) }
    messageCollection = transactions?.number(of: "message") ?? 0
    self.transactions = transactions
    self.skipsUnchanged = skipsUnchanged
    self.lookup = lookup
    self.failures = failures
    self.watches = watches
    self.signals = signals
    self.reselection = reselection
    self.resume = resuming
    self.position = resuming
  }

  /// Decodes one message.
  /// - Parameters:
  ///   - bytes: the message, without the XLogData header.
  ///   - lsn: the header's WAL start: the change's own position.
  ///   - now: the time of reading, ns since 1970.
  mutating func decode(_ bytes: UnsafeRawBufferPointer, lsn: UInt64, now: Int64, into batch: inout RecordBatch) throws(MillraceError) {
    do throws(MillraceError) {
      try decodeMessage(bytes, lsn, now, &batch)
    } catch {
      // Nothing of the change is in the batch yet: records come last.
      try failures.leaveOut(error)
    }
  }

  @inline(__always)
  private mutating func decodeMessage(
    _ bytes: UnsafeRawBufferPointer, _ lsn: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    var message = MessageReader(bytes)
    let kind = try message.byte()
    switch kind {
    case UInt8(ascii: "I"):
      guard let relation = try beginChange(&message, lsn, .insert) else { return }
      if skipped.creates { return }
      try insert(relation, &message, lsn, now, &batch)
    case UInt8(ascii: "U"):
      guard let relation = try beginChange(&message, lsn, .update) else { return }
      if skipped.updates { return }
      try update(relation, &message, lsn, now, &batch)
    case UInt8(ascii: "D"):
      guard let relation = try beginChange(&message, lsn, .delete) else { return }
      if skipped.deletes { return }
      try delete(relation, &message, lsn, now, &batch)
    case UInt8(ascii: "B"): try begin(&message, lsn, &batch)
    case UInt8(ascii: "C"): try commit(&message, &batch)
    case UInt8(ascii: "R"): try describe(RelationMessage(&message))
    case UInt8(ascii: "T"): try truncate(&message, lsn, now, &batch)
    case UInt8(ascii: "M"): try logicalMessage(&message, lsn, now, &batch)
    case UInt8(ascii: "O"):
      let originLSN = try message.integer(UInt64.self)
      origin = (try message.cString(), originLSN)
      templateIsStale = true
    case UInt8(ascii: "Y"):
      // The catalog tells more about a type than this.
      _ = try message.integer(UInt32.self)
      _ = try message.cString()
      _ = try message.cString()
    default: throw MessageReader.unknown("kind", kind)
    }
  }

  /// The server has sent all that there is up to `lsn`, and none of it was ours: what comes is behind it.
  mutating func passIdle(to lsn: UInt64) { position.start = max(position.start, lsn) }

  /// `source.xmin` of what comes.
  mutating func set(xmin: UInt32?) {
    guard xmin != position.xmin else { return }
    position.xmin = xmin
    templateIsStale = true
  }

  /// Up to where all commits were read.
  func passed(idle: UInt64) -> UInt64 { isInTransaction ? finalLSN &- 1 : max(position.lastCommitEnd ?? 0, idle) }

  /// The shapes that were announced since the last call.
  mutating func takeAnnounced() -> [TableShape] {
    if announced.isEmpty { return [] }
    defer { announced.removeAll() }
    return announced
  }

  // MARK: transactions

  /// The position for a checkpoint, with what the metadata of the transaction under way need to go on.
  var place: PostgresPosition {
    mutating get {
      var place = position
      place.transaction = transactions?.progress
      return place
    }
  }

  private mutating func begin(_ message: inout MessageReader, _ lsn: UInt64, _ batch: inout RecordBatch) throws(MillraceError) {
    finalLSN = try message.integer(UInt64.self)
    let time = try message.integer(Int64.self)
    let transaction = try message.integer(UInt32.self)
    isInTransaction = true
    changes = 0
    origin = nil
    templateIsStale = true
    // One pass: what was delivered before is dropped by its place (commit, number of the change).
    if finalLSN < resume.commit {
      dropping = .max
    } else if finalLSN == resume.commit {
      dropping = resume.changesDone ?? .max
    } else {
      dropping = 0
    }
    if dropping != .max {
      position.timestamp = time &+ ChangeDecoder.epoch
      position.transactionID = transaction
      if transactions != nil { beginMetadata(lsn, &batch) }
    }
  }

  /// The BEGIN of a transaction counts as delivered with its position, so that a restart within the transaction does not repeat it.
  private mutating func beginMetadata(_ lsn: UInt64, _ batch: inout RecordBatch) {
    let transaction = "\(position.transactionID)"
    if finalLSN == resume.commit, resume.transaction?.transaction == transaction { return }
    let id = ChangeDecoder.text(position.transactionID, lsn, &batch)
    transactions?.begin(
      transaction, id: id, time: Clock.floorDivide(position.timestamp, 1000), order: Record.Order(commit: finalLSN, ordinal: 0), in: &batch)
    if finalLSN > position.commit {
      position.commit = finalLSN
      position.changesDone = 0
    }
  }

  /// Counts a change for the transaction metadata; answers its block.
  @inline(__always)
  private mutating func block(of collection: Int, _ lsn: UInt64, _ batch: inout RecordBatch) -> Slot {
    if transactions == nil { return .null }
    let id = ChangeDecoder.text(position.transactionID, lsn, &batch)
    return transactions?.block(of: collection, id: id, in: &batch) ?? .null
  }

  /// A transaction's id in records: its number and the place of the change, so that each change has another one.
  private static func text(_ transaction: UInt32, _ lsn: UInt64, _ batch: inout RecordBatch) -> Slot {
    let start = batch.arena.count
    batch.arena.append(decimal: UInt64(transaction))
    batch.arena.append(UInt8(ascii: ":"))
    batch.arena.append(decimal: lsn)
    return .text(offset: start, length: batch.arena.count - start)
  }

  private mutating func commit(_ message: inout MessageReader, _ batch: inout RecordBatch) throws(MillraceError) {
    _ = try message.byte()
    _ = try message.integer(UInt64.self)
    let end = try message.integer(UInt64.self)
    _ = try message.integer(Int64.self)
    isInTransaction = false
    if dropping != .max { recent.append(position.transactionID) }
    if origin != nil {
      // A message outside of transactions has none.
      origin = nil
      templateIsStale = true
    }
    if transactions != nil, dropping != .max {
      let id = ChangeDecoder.text(position.transactionID, end, &batch), order = lastOrder
      transactions?.end(id: id, time: Clock.floorDivide(position.timestamp, 1000), order: order, in: &batch)
    }
    if finalLSN >= position.commit {
      position.commit = finalLSN
      position.changesDone = nil
      position.lastCommitEnd = max(end, position.lastCommitEnd ?? 0)
    }
  }

  /// Counts the change; answers its relation unless it was delivered before or the table is not captured.
  @inline(__always)
  private mutating func beginChange(
    _ message: inout MessageReader, _ lsn: UInt64, _ type: PostgresPosition.MessageType
  ) throws(MillraceError) -> Relation? {
    let id = try message.integer(UInt32.self)
    guard count(lsn, type) else { return nil }
    if let current, current.id == id, current.watchVersion == watches.version { return current.shape == nil ? nil : current }
    guard let relation = relations[id] else { throw ChangeDecoder.unknownRelation(id) }
    current = relation
    if relation.watchVersion != watches.version { findWatch(relation) }
    return relation.shape == nil ? nil : relation
  }

  /// Counts a change; false if it was delivered before.
  @inline(__always)
  private mutating func count(_ lsn: UInt64, _ type: PostgresPosition.MessageType) -> Bool {
    changes &+= 1
    if changes <= dropping { return false }
    position.commit = finalLSN
    position.changesDone = changes
    position.lastChange = lsn
    position.messageType = type
    return true
  }

  private func findWatch(_ relation: Relation) {
    relation.watchVersion = watches.version
    relation.watch = relation.shape.flatMap { watches[$0.qualifiedName] }
  }

  private func order(_ part: UInt64) -> Record.Order { Record.Order(commit: finalLSN, ordinal: changes << 20 | part) }

  /// Behind all records of the change that was read last.
  var lastOrder: Record.Order { order(0xF_FFFF) }

  // MARK: relations

  private mutating func describe(_ message: RelationMessage) throws(MillraceError) {
    var shape = try lookup(message)
    // The server announces a relation again after any invalidation; the same shape stays the same object.
    if let old = relations[message.id]?.shape, let new = shape, old.isEqual(to: new) { shape = old }
    let collection = shape.flatMap { transactions?.number(of: $0.qualifiedName) } ?? 0
    relations[message.id] = Relation(
      id: message.id, shape: shape, identity: message.columns.map(\.isIdentity), collection: collection)
    current = nil
    if let shape { announced.append(shape) }
  }

  // MARK: rows

  private mutating func enter(_ shape: TableShape?, _ batch: inout RecordBatch) {
    if writer.enter(shape, &batch) || templateIsStale {
      templateIsStale = false
      SourceBlock.set(time: position.timestamp, at: writer.template, of: &batch)
      batch.slots[writer.template + SourceBlock.Field.txId] = .integer(Int64(position.transactionID))
      batch.slots[writer.template + SourceBlock.Field.xmin] = position.xmin.map { .integer(Int64($0)) } ?? .null
      let name = origin.map { batch.text($0.name) } ?? .null
      batch.slots[writer.template + SourceBlock.Field.origin] = name
      batch.slots[writer.template + SourceBlock.Field.originLSN] = origin.map { .integer(Int64(bitPattern: $0.lsn)) } ?? .null
    }
  }

  private mutating func insert(
    _ relation: Relation, _ message: inout MessageReader, _ lsn: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    guard let shape = relation.shape else { return }
    try expect(UInt8(ascii: "N"), &message)
    enter(shape, &batch)
    let start = message
    let row = try tuple(shape, &message, &batch)
    shape.settle(row, in: &batch)
    let key = writer.appendKey(of: row, shape, &batch)
    if let reselection { try reselection.apply(to: row, of: shape, start, in: &batch) }
    relation.watch?.note(row, by: UInt64(position.transactionID), in: batch)
    if let signals, signals.name == shape.qualifiedName { signals.take(row, batch) }
    let source = writer.appendSource(lastCommit: position.lastCommitEnd, lsn: lsn, &batch)
    let place = block(of: relation.collection, lsn, &batch)
    let value = writer.appendEnvelope(.create, before: .null, after: row, source: source, transaction: place, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: order(0), &batch)
  }

  private mutating func update(
    _ relation: Relation, _ message: inout MessageReader, _ lsn: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    guard let shape = relation.shape else { return }
    enter(shape, &batch)
    let slots = batch.slots.count, bytes = batch.arena.count
    var kind = try message.byte()
    var before = Slot.null
    let isFull = kind == UInt8(ascii: "O")
    if kind == UInt8(ascii: "K") || kind == UInt8(ascii: "O") {
      before = try tuple(shape, &message, &batch)
      shape.settle(before, in: &batch)
      kind = try message.byte()
    }
    guard kind == UInt8(ascii: "N") else { throw MessageReader.unknown("tuple", kind) }
    let start = message
    let row = try tuple(shape, &message, &batch)
    // An old tuple of the key alone has nothing but stand-ins in its other columns.
    if isFull { takeUnavailable(of: row, from: before, shape.slotCount, &batch) }
    shape.settle(row, in: &batch)
    let key = writer.appendKey(of: row, shape, &batch)
    var oldKey = key, isSameKey = true
    if !before.isNull, !key.isNull, holdsKey(relation, shape) {
      oldKey = writer.appendKey(of: before, shape, &batch)
      isSameKey = isEqual(oldKey, key, batch)
    }
    if let watch = relation.watch {
      watch.note(row, by: UInt64(position.transactionID), in: batch)
      if !isSameKey { watch.note(before, by: UInt64(position.transactionID), in: batch) }
    }
    if skipsUnchanged, isSameKey, isFull, batch.holdsSame(first: before.offset, row.offset, count: shape.fieldCount) {
      batch.slots.truncate(to: slots)
      batch.arena.truncate(to: bytes)
      return
    }
    if let reselection { try reselection.apply(to: row, of: shape, start, in: &batch) }
    let source = writer.appendSource(lastCommit: position.lastCommitEnd, lsn: lsn, &batch)
    if !isSameKey { return changeKey(from: oldKey, to: key, before: before, after: row, source: source, relation.collection, lsn, now, &batch) }
    let place = block(of: relation.collection, lsn, &batch)
    let value = writer.appendEnvelope(.update, before: before, after: row, source: source, transaction: place, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: order(0), &batch)
  }

  /// A changed primary key is three records at one position, which are never parted by a checkpoint (Invariant 1).
  private mutating func changeKey(
    from oldKey: Slot, to key: Slot, before: Slot, after: Slot, source: Slot, _ collection: Int, _ lsn: UInt64, _ now: Int64,
    _ batch: inout RecordBatch
  ) {
    var place = block(of: collection, lsn, &batch)
    let deletion = writer.appendEnvelope(.delete, before: before, after: .null, source: source, transaction: place, now: now, &batch)
    let toNew = writer.appendHeaders("__debezium.newkey", key: key, &batch)
    writer.appendRecord(key: oldKey, value: deletion, order: order(0), headers: toNew, &batch)
    if tombstones { writer.appendRecord(key: oldKey, value: .null, order: order(1), headers: toNew, &batch) }
    place = block(of: collection, lsn, &batch)
    let creation = writer.appendEnvelope(.create, before: .null, after: after, source: source, transaction: place, now: now, &batch)
    let toOld = writer.appendHeaders("__debezium.oldkey", key: oldKey, &batch)
    writer.appendRecord(key: key, value: creation, order: order(2), headers: toOld, &batch)
  }

  private mutating func delete(
    _ relation: Relation, _ message: inout MessageReader, _ lsn: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    guard let shape = relation.shape else { return }
    let kind = try message.byte()
    guard kind == UInt8(ascii: "K") || kind == UInt8(ascii: "O") else { throw MessageReader.unknown("tuple", kind) }
    enter(shape, &batch)
    let before = try tuple(shape, &message, &batch)
    shape.settle(before, in: &batch)
    relation.watch?.note(before, by: UInt64(position.transactionID), in: batch)
    let key = writer.appendKey(of: before, shape, &batch)
    let source = writer.appendSource(lastCommit: position.lastCommitEnd, lsn: lsn, &batch)
    let place = block(of: relation.collection, lsn, &batch)
    let value = writer.appendEnvelope(.delete, before: before, after: .null, source: source, transaction: place, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: order(0), &batch)
    if tombstones { writer.appendRecord(key: key, value: .null, order: order(1), &batch) }
  }

  private mutating func truncate(
    _ message: inout MessageReader, _ lsn: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    let count = try message.integer(UInt32.self)
    _ = try message.byte()
    guard self.count(lsn, .truncate), !skipped.truncates else { return }
    for part in 0..<UInt64(count) {
      let id = try message.integer(UInt32.self)
      guard let relation = relations[id] else { throw ChangeDecoder.unknownRelation(id) }
      guard let shape = relation.shape else { continue }
      watches[shape.qualifiedName]?.noteTruncation(by: UInt64(position.transactionID))
      enter(shape, &batch)
      let source = writer.appendSource(lastCommit: position.lastCommitEnd, lsn: lsn, &batch)
      let place = block(of: relation.collection, lsn, &batch)
      let value = writer.appendEnvelope(.truncate, before: .null, after: .null, source: source, transaction: place, now: now, &batch)
      writer.appendRecord(key: .null, value: value, order: order(part), &batch)
    }
  }

  private mutating func logicalMessage(
    _ message: inout MessageReader, _ lsn: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    let isTransactional = try message.byte() & 1 == 1
    _ = try message.integer(UInt64.self)
    let prefix = try message.cString()
    let content = try message.take(Int(message.integer(UInt32.self)))
    if isTransactional {
      guard count(lsn, .message) else { return }
    } else {
      // Sent again after a restart only if nothing behind it was confirmed. It comes before every transaction that commits
      // behind it, whose changes may lie before it.
      guard lsn > max(resume.lastChange, resume.commit) else { return }
      position.lastChange = max(lsn, position.lastChange)
      position.messageType = .message
    }
    guard messages.takes(prefix: prefix) else { return }
    enter(nil, &batch)
    let source = writer.appendSource(lastCommit: position.lastCommitEnd, lsn: lsn, &batch)
    if !isTransactional { batch.slots[source.offset + SourceBlock.Field.txId] = .null }
    let at = isTransactional ? order(0) : Record.Order(commit: lsn, ordinal: 0)
    let place = isTransactional ? block(of: messageCollection, lsn, &batch) : .null
    messages.append(prefix: prefix, content: content, source: source, transaction: place, now: now, order: at, to: &batch)
  }

  /// Decodes a tuple into a run of slots in the order of the row struct.
  @inline(__always)
  private func tuple(
    _ shape: TableShape, _ message: inout MessageReader, _ batch: inout RecordBatch
  ) throws(MillraceError) -> Slot {
    let count = Int(try message.integer(UInt16.self))
    guard count == shape.columns.count else {
      throw MillraceError(
        code: "postgres.protocol", component: "postgres", retry: .stop,
        message: "a row has \(count) columns, its relation \(shape.columns.count)",
        advice: "report this with the server's version; the position is not confirmed, nothing is lost", subject: shape.qualifiedName)
    }
    let first = batch.slots.append(repeating: .null, count: shape.slotCount)
    for index in 0..<count {
      let kind = try message.byte()
      switch kind {
      case UInt8(ascii: "t"):
        let text = try message.take(Int(message.integer(UInt32.self)))
        try shape.place(text, column: index, first: first, into: &batch)
      case UInt8(ascii: "n"):
        shape.fillNull(column: index, first: first, into: &batch)
      case UInt8(ascii: "u"):
        shape.markUnavailable(column: index, first: first, into: &batch)
      default: throw MessageReader.unknown("column kind", kind)
      }
    }
    return .structure(first: first, count: shape.fieldCount)
  }

  /// An unchanged TOAST value that the full old row holds is the new row's value too.
  private func takeUnavailable(of row: Slot, from before: Slot, _ count: Int, _ batch: inout RecordBatch) {
    for index in 0..<count where batch.slots[row.offset + index].kind == .unavailable {
      let old = batch.slots[before.offset + index]
      if !old.isNull { batch.slots[row.offset + index] = old }
    }
  }

  /// Whether an old tuple of this relation carries the key.
  private func holdsKey(_ relation: Relation, _ shape: TableShape) -> Bool {
    for column in shape.keyColumns {
      guard column < relation.identity.count, relation.identity[column] else { return false }
    }
    return true
  }

  /// Whether two keys are equal; what is not known is no difference.
  private func isEqual(_ a: Slot, _ b: Slot, _ batch: borrowing RecordBatch) -> Bool {
    for index in 0..<min(a.count, b.count) {
      let left = batch.slots[a.offset + index], right = batch.slots[b.offset + index]
      if left.kind == .unavailable || right.kind == .unavailable { continue }
      if !batch.holdsSame(left, right) { return false }
    }
    return true
  }

  private func expect(_ wanted: UInt8, _ message: inout MessageReader) throws(MillraceError) {
    let kind = try message.byte()
    guard kind == wanted else { throw MessageReader.unknown("tuple", kind) }
  }

  private static func unknownRelation(_ id: UInt32) -> MillraceError {
    MillraceError(
      code: "postgres.protocol", component: "postgres", retry: .stop, message: "a change names relation \(id), which was not announced",
      advice: "report this with the server's version; the position is not confirmed, nothing is lost")
  }
}
