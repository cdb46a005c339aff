internal import MillraceCore

/// What both phases share: turns documents into records of one batch. Knows where in the batch the topic, the schemas and the headers
/// of the current collection are, so that a run of records of one collection looks nothing up.
struct DocumentWriter: ~Copyable {
  enum Operation { case create, update, delete, read }

  /// Where a change stands: what differs from record to record in its source block.
  struct Place {
    /// ns since 1970.
    var time: Int64
    var ord: Int64 = -1
    /// JSON text; null outside of transactions.
    var lsid = Slot.null
    var txnNumber = Slot.null
    /// ms since 1970; null before MongoDB 6.
    var wallTime = Slot.null
  }

  private let contextHeaders: ContextHeaders?
  private let name: String
  /// nil while streaming.
  private let marker: SnapshotMarker?
  /// How `before` and `after` are printed.
  let document: ExtendedJSON

  private(set) var shape: CollectionShape?
  private var generation: UInt64 = 0
  private var template = 0
  private var topic: UInt32 = 0
  private var keySchema: UInt32 = 0
  private var envelopeSchema: UInt32 = 0
  private var headers: (first: UInt32, count: UInt32) = (0, 0)
  private var operations = (create: Slot.null, update: Slot.null, delete: Slot.null, read: Slot.null)
  private var scratch = FieldRules.Scratch()

  init(contextHeaders: ContextHeaders?, name: String, marker: SnapshotMarker?, document: ExtendedJSON = .document) {
    self.contextHeaders = contextHeaders
    self.name = name
    self.marker = marker
    self.document = document
  }

  /// Makes `shape` the current one for `batch`.
  @inline(__always)
  mutating func enter(_ shape: CollectionShape, _ batch: inout RecordBatch) {
    if generation == batch.generation, self.shape === shape { return }
    enterSlowly(shape, &batch)
  }

  @inline(never)
  private mutating func enterSlowly(_ shape: CollectionShape, _ batch: inout RecordBatch) {
    if generation != batch.generation {
      generation = batch.generation
      template = SourceBlock.appendTemplate(to: &batch, name: name, marker: marker)
      headers = contextHeaders?.append(to: &batch) ?? (0, 0)
      operations = (batch.text("c"), batch.text("u"), batch.text("d"), batch.text("r"))
    }
    self.shape = shape
    let database = batch.text(shape.database), collection = batch.text(shape.name)
    batch.slots[template + SourceBlock.Field.db] = database
    batch.slots[template + SourceBlock.Field.collection] = collection
    topic = batch.intern(topic: shape.topic)
    keySchema = batch.intern(schema: shape.key)
    envelopeSchema = batch.intern(schema: shape.envelope)
  }

  /// The key struct: the value of `_id` as relaxed extended JSON.
  func appendKey(_ id: BSONElement, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    let start = batch.arena.count
    try ExtendedJSON.identity.append(value: id, to: &batch.arena)
    let text = Slot.text(offset: start, length: batch.arena.count - start)
    return .structure(first: batch.slots.append(repeating: text, count: 1), count: 1)
  }

  /// A document of the current collection as JSON text, without the fields that are left out.
  mutating func appendDocument(_ bytes: UnsafeRawBufferPointer, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    let start = batch.arena.count
    if let rules = shape?.fields {
      try scratch.withDocument(bytes, rules) { bytes throws(MillraceError) in try document.append(bytes, to: &batch.arena) }
    } else {
      try document.append(bytes, to: &batch.arena)
    }
    return .text(offset: start, length: batch.arena.count - start)
  }

  /// Appends a source run for one record of the current collection.
  @inline(__always)
  func appendSource(_ place: Place, _ batch: inout RecordBatch) -> Slot {
    let first = batch.slots.append(copyOf: template, count: SourceBlock.Field.count)
    batch.slots[first + SourceBlock.Field.tsMs] = .integer(Clock.floorDivide(place.time, 1_000_000))
    batch.slots[first + SourceBlock.Field.tsUs] = .integer(Clock.floorDivide(place.time, 1000))
    batch.slots[first + SourceBlock.Field.tsNs] = .integer(place.time)
    batch.slots[first + SourceBlock.Field.ord] = .integer(place.ord)
    batch.slots[first + SourceBlock.Field.lsid] = place.lsid
    batch.slots[first + SourceBlock.Field.txnNumber] = place.txnNumber
    batch.slots[first + SourceBlock.Field.wallTime] = place.wallTime
    return .structure(first: first, count: SourceBlock.Field.count)
  }

  /// Appends an envelope. `now` is the time of reading, ns since 1970.
  @inline(__always)
  func appendEnvelope(
    _ operation: Operation, before: Slot = .null, after: Slot, update: Slot = .null, source: Slot, transaction: Slot = .null,
    now: Int64, _ batch: inout RecordBatch
  ) -> Slot {
    let first = batch.slots.append(repeating: .null, count: DocumentEnvelope.fieldCount)
    batch.slots[first + DocumentEnvelope.before] = before
    batch.slots[first + DocumentEnvelope.after] = after
    batch.slots[first + DocumentEnvelope.updateDescription] = update
    batch.slots[first + DocumentEnvelope.source] = source
    let text =
      switch operation {
      case .create: operations.create
      case .update: operations.update
      case .delete: operations.delete
      case .read: operations.read
      }
    batch.slots[first + DocumentEnvelope.op] = text
    batch.slots[first + DocumentEnvelope.tsMs] = .integer(now / 1_000_000)
    batch.slots[first + DocumentEnvelope.transaction] = transaction
    return .structure(first: first, count: DocumentEnvelope.fieldCount)
  }

  /// Appends a record of the current collection; without value it is a tombstone.
  @inline(__always)
  func appendRecord(key: Slot, value: Slot, order: Record.Order, _ batch: inout RecordBatch) {
    batch.records.append(
      Record(
        topic: topic, keySchema: keySchema, key: key, valueSchema: value.isNull ? Record.noSchema : envelopeSchema, value: value,
        firstHeader: headers.first, headerCount: headers.count, order: order))
  }

  /// Appends an `r` record for a document that was read: the seam of the snapshot. Whole or not at all.
  /// - Parameter now: the time of reading, ns since 1970.
  mutating func appendRead(_ bytes: UnsafeRawBufferPointer, of shape: CollectionShape, order: Record.Order, now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
    enter(shape, &batch)
    let slots = batch.slots.count, arena = batch.arena.count
    do throws(MillraceError) {
      guard let id = try BSONReader.find("_id", in: bytes) else { throw BSONReader.malformed("has no _id") }
      let key = try appendKey(id, &batch)
      let after = try appendDocument(bytes, &batch)
      let source = appendSource(Place(time: now), &batch)
      let value = appendEnvelope(.read, after: after, source: source, now: now, &batch)
      appendRecord(key: key, value: value, order: order, &batch)
    } catch {
      batch.slots.truncate(to: slots)
      batch.arena.truncate(to: arena)
      throw error.of(shape)
    }
  }
}

extension MillraceError {
  /// With the collection's name.
  func of(_ shape: CollectionShape) -> MillraceError {
    var error = self
    if error.subject == nil { error.subject = shape.namespace }
    return error
  }
}
