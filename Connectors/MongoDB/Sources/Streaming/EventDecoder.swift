internal import MillraceCore

/// Decodes the events of a change stream into records: bytes in, slots appended. No input or output of its own; what it needs to know
/// of a collection it asks `lookup` for. An event costs no allocation.
struct EventDecoder: ~Copyable {
  /// Answers the shape of a collection, or nil if it is not captured.
  typealias CollectionLookup = (_ database: String, _ collection: String) -> CollectionShape?

  private var writer: DocumentWriter
  private let changes: ExtendedJSON
  private let tombstones: Bool
  private let skips: (creates: Bool, updates: Bool, deletes: Bool)
  private let failures: EventFailures
  private let lookup: CollectionLookup
  /// Of an incremental snapshot.
  private let watches: KeyWatches?
  private let signals: SignalCollection?
  /// nil where no transaction metadata is wanted.
  private var transactions: TransactionMetadata?
  private var split = SplitEvents()
  private var scratch = FieldRules.Scratch()

  /// The collection of the event before: events of one collection come in runs.
  private var current: CollectionShape?
  private var currentNumber = 0
  /// Notes the keys of the current collection, while an incremental snapshot reads it.
  private var watch: KeyWatch?
  private var watchVersion: UInt64 = 0

  // The position, in memory that is used again.
  private var token = ByteArena(capacity: 256)
  private var session = ByteArena(capacity: 256)
  private var transactionNumber: Int64?
  private var time: UInt64?
  private var events: UInt64
  /// The cluster time of the last event, also behind places without one.
  private(set) var latest: UInt64
  /// How records name the transaction whose metadata are under way: made once for each.
  private var transactionID: String?

  init(
    writer: consuming DocumentWriter, changes: ExtendedJSON, tombstones: Bool, skipped: Set<String>,
    transactions: consuming TransactionMetadata? = nil, failures: EventFailures = .fatal, watches: KeyWatches? = nil,
    signals: SignalCollection? = nil, resuming: MongoPosition, lookup: @escaping CollectionLookup
  ) {
    self.writer = writer
    self.changes = changes
    self.tombstones = tombstones
    skips = (skipped.contains("c"), skipped.contains("u"), skipped.contains("d"))
    self.failures = failures
    self.lookup = lookup
    self.watches = watches
    self.signals = signals
    latest = resuming.clusterTime ?? 0
    var transactions = transactions
    if let stored = resuming.transaction {
      transactions?.resume(stored)
      if transactions != nil { transactionID = stored.transaction }
    }
    self.transactions = transactions
    time = resuming.time
    events = resuming.events
    transactionNumber = resuming.transactionNumber
    if let text = resuming.session { session.append(text) }
    if let bytes = resuming.token?.bytes { token.append(bytes) }
  }

  /// Decodes one event.
  /// - Parameters:
  ///   - bytes: a document of the stream.
  ///   - now: the time of reading, ns since 1970.
  mutating func decode(_ bytes: UnsafeRawBufferPointer, now: Int64, into batch: inout RecordBatch) throws(MillraceError) {
    var event = ChangeStreamEvent()
    try event.take(bytes)
    if let fragment = event.fragment {
      guard let whole = try split.take(bytes, fragment) else { return }
      event = whole
    } else if !split.isEmpty {
      throw SplitEvents.missing
    }
    guard let place = event.token else { throw BSONReader.malformed("of the change stream has no resume token") }
    move(to: event, place)
    if let signals, event.operation == .insert, signals.isNamed(event.database, event.collection), let document = event.fullDocument {
      try signals.take(document)
    }
    guard let operation = event.operation, operation != .other, let shape = try shape(of: event) else { return }
    writer.enter(shape, &batch)
    let slots = batch.slots.count, arena = batch.arena.count
    do throws(MillraceError) {
      try append(event, operation, shape, now, &batch)
    } catch {
      // Nothing of the event is in the batch: its records come last.
      batch.slots.truncate(to: slots)
      batch.arena.truncate(to: arena)
      try failures.leaveOut(error.of(shape))
    }
  }

  // MARK: position

  private mutating func move(to event: ChangeStreamEvent, _ place: UnsafeRawBufferPointer) {
    token.removeAll()
    token.append(place)
    if let clusterTime = event.clusterTime, clusterTime == time { events &+= 1 } else { events = 1 }
    time = event.clusterTime
    if let time, time > latest { latest = time }
    transactionNumber = event.session == nil ? nil : event.transactionNumber
    if transactionNumber == nil { session.removeAll() }
  }

  /// The server has looked up to `token` and found nothing that is ours: what comes is behind it.
  mutating func pass(to token: BSONDocument) {
    // Where a batch ends with an event, perhaps within a transaction, it is that event's own.
    if self.token.withBytes({ token.bytes.elementsEqual($0) }) { return }
    self.token.removeAll()
    self.token.append(token.bytes)
    time = nil
    events = 0
    transactionNumber = nil
    session.removeAll()
  }

  /// Whether parts of an event have been read, but not all: no position lies here.
  var isWithinEvent: Bool { !split.isEmpty }

  /// For a checkpoint: once per batch.
  var position: MongoPosition {
    mutating get {
      var position = MongoPosition()
      position.token = token.withBytes { try? BSONDocument($0) }
      position.time = time
      position.events = events
      position.transactionNumber = transactionNumber
      if transactionNumber != nil { position.session = session.withBytes { String(decoding: $0, as: UTF8.self) } }
      position.transaction = transactions?.progress
      return position
    }
  }

  private func order(_ part: UInt64) -> Record.Order { Record.Order(commit: time ?? 0, ordinal: events << 8 | part) }

  /// Behind all records of the event that was read last, also where the place lies further on.
  var lastOrder: Record.Order { time == nil ? Record.Order(commit: latest, ordinal: .max) : order(0xFF) }

  // MARK: collections

  @inline(__always)
  private mutating func shape(of event: ChangeStreamEvent) throws(MillraceError) -> CollectionShape? {
    guard let database = event.database, let collection = event.collection else { return nil }
    if let current, current.isNamed(database, collection) {
      if let watches, watches.version != watchVersion { find(watches, current) }
      return current
    }
    return try find(database, collection)
  }

  @inline(never)
  private mutating func find(_ database: UnsafeRawBufferPointer, _ collection: UnsafeRawBufferPointer) throws(MillraceError) -> CollectionShape? {
    guard let shape = lookup(String(decoding: database, as: UTF8.self), String(decoding: collection, as: UTF8.self)) else { return nil }
    current = shape
    currentNumber = transactions?.number(of: shape.namespace) ?? 0
    if let watches { find(watches, shape) }
    return shape
  }

  @inline(never)
  private mutating func find(_ watches: KeyWatches, _ shape: CollectionShape) {
    watch = watches[shape.namespace]
    watchVersion = watches.version
  }

  // MARK: records

  private mutating func append(
    _ event: ChangeStreamEvent, _ operation: ChangeStreamEvent.Operation, _ shape: CollectionShape, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    switch operation {
    case .insert where skips.creates, .update where skips.updates, .replace where skips.updates, .delete where skips.deletes:
      // Nor does a document that a chunk has read give way to what is not delivered.
      return
    default: break
    }
    guard let key = event.key, let id = try BSONReader.find("_id", in: key) else { throw BSONReader.malformed("of the change stream has no document key") }
    let milliseconds = event.wallTime ?? Int64((event.clusterTime ?? 0) >> 32) &* 1000
    // All texts first: what cannot be printed leaves nothing behind, no record and no count.
    let keySlot = try writer.appendKey(id, &batch)
    if let watch { watch.note(keySlot, by: latest, in: batch) }
    var after = Slot.null, before = Slot.null, update = Slot.null
    if operation != .delete, let document = event.fullDocument { after = try writer.appendDocument(document, &batch) }
    if operation != .insert {
      if let document = event.before { before = try writer.appendDocument(document, &batch) }
      if operation != .delete, let description = event.update { update = try append(update: description, shape, &batch) }
    }
    var place = DocumentWriter.Place(time: milliseconds &* 1_000_000)
    place.ord = Int64(Int32(truncatingIfNeeded: event.clusterTime ?? 0))
    if let wallTime = event.wallTime, wallTime != 0 { place.wallTime = .integer(wallTime) }
    if let session = event.session, let number = event.transactionNumber {
      place.lsid = try append(session: session, &batch)
      place.txnNumber = .integer(number)
    }
    let block = transactions == nil ? Slot.null : transactionBlock(event, milliseconds, &batch)
    let source = writer.appendSource(place, &batch)
    let kind: DocumentWriter.Operation = operation == .insert ? .create : operation == .delete ? .delete : .update
    let value = writer.appendEnvelope(kind, before: before, after: after, update: update, source: source, transaction: block, now: now, &batch)
    writer.appendRecord(key: keySlot, value: value, order: order(2), &batch)
    if operation == .delete, tombstones { writer.appendRecord(key: keySlot, value: .null, order: order(3), &batch) }
  }

  /// Prints a session's id, and keeps the text for the position.
  private mutating func append(session document: UnsafeRawBufferPointer, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    let start = batch.arena.count
    try ExtendedJSON.document.append(document, to: &batch.arena)
    let length = batch.arena.count - start
    session.removeAll()
    batch.arena.withBytes(at: start, length: length) { session.append($0) }
    return .text(offset: start, length: length)
  }

  private mutating func append(update description: UnsafeRawBufferPointer, _ shape: CollectionShape, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    var removed = Slot.null, updated = Slot.null, truncated = Slot.null
    var reader = try BSONReader(description)
    while let element = try reader.next() {
      guard let content = element.document else { continue }
      if element.isNamed("updatedFields") {
        let start = batch.arena.count
        if let rules = shape.fields {
          try scratch.withChanges(content, rules) { bytes throws(MillraceError) in try changes.append(bytes, to: &batch.arena) }
        } else {
          try changes.append(content, to: &batch.arena)
        }
        updated = .text(offset: start, length: batch.arena.count - start)
      } else if element.isNamed("removedFields") {
        removed = try append(removed: content, shape, &batch)
      } else if element.isNamed("truncatedArrays") {
        truncated = try append(truncated: content, shape, &batch)
      }
    }
    let first = batch.slots.append(repeating: .null, count: 3)
    batch.slots[first] = removed
    batch.slots[first + 1] = updated
    batch.slots[first + 2] = truncated
    return .structure(first: first, count: 3)
  }

  /// The name of a field, as the rules leave it; nil where it is left out.
  private mutating func append(name: UnsafeRawBufferPointer, _ shape: CollectionShape, _ batch: inout RecordBatch) -> Slot? {
    guard let rules = shape.fields else { return batch.text(name) }
    let start = batch.arena.count
    guard scratch.append(name: name, rules, to: &batch.arena) else { return nil }
    return .text(offset: start, length: batch.arena.count - start)
  }

  private mutating func append(removed list: UnsafeRawBufferPointer, _ shape: CollectionShape, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    let first = batch.slots.count
    var items = try BSONReader(list)
    while let item = try items.next() {
      if let text = item.text, let name = append(name: text, shape, &batch) { batch.slots.append(name) }
    }
    let count = batch.slots.count - first
    return count == 0 ? .null : .array(first: first, count: count)
  }

  private mutating func append(truncated list: UnsafeRawBufferPointer, _ shape: CollectionShape, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    // Pairs of field and size, then the structs that point to them.
    let first = batch.slots.count
    var items = try BSONReader(list)
    while let item = try items.next() {
      guard let document = item.document, let field = try BSONReader.find("field", in: document)?.text else { continue }
      let size = try BSONReader.find("newSize", in: document)?.integer ?? 0
      guard let name = append(name: field, shape, &batch) else { continue }
      batch.slots.append(name)
      batch.slots.append(.integer(size))
    }
    let count = (batch.slots.count - first) / 2
    if count == 0 { return .null }
    let structs = batch.slots.append(repeating: .null, count: count)
    for index in 0..<count { batch.slots[structs + index] = .structure(first: first + 2 * index, count: 2) }
    return .array(first: structs, count: count)
  }

  // MARK: transaction metadata

  /// Ends the transaction before and begins the event's, where they differ; counts the event and answers its block.
  private mutating func transactionBlock(_ event: ChangeStreamEvent, _ time: Int64, _ batch: inout RecordBatch) -> Slot {
    guard event.session != nil, let number = event.transactionNumber else {
      endTransaction(time, &batch)
      return .null
    }
    let start = batch.arena.count
    session.withBytes { batch.arena.append($0) }
    batch.arena.append(UInt8(ascii: ":"))
    batch.arena.append(decimal: number)
    let id = Slot.text(offset: start, length: batch.arena.count - start)
    let isSame = transactionID.map { known in
      batch.arena.withBytes(at: start, length: id.count) { known.utf8.elementsEqual($0) }
    }
    if isSame != true {
      endTransaction(time, &batch)
      let name = batch.string(id)
      transactionID = name
      let order = order(1)
      transactions?.begin(name, id: id, time: time, order: order, in: &batch)
    }
    return transactions?.block(of: currentNumber, id: id, in: &batch) ?? .null
  }

  /// The server does not say that a transaction has ended: the first event that is not of it does.
  private mutating func endTransaction(_ time: Int64, _ batch: inout RecordBatch) {
    guard let ended = transactionID else { return }
    let id = batch.text(ended), order = order(0)
    transactions?.end(id: id, time: time, order: order, in: &batch)
    transactionID = nil
  }
}
