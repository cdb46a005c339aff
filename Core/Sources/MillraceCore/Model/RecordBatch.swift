/// Many records in one piece of memory: an arena of bytes, an array of slots, an array of records, and references to the
/// shared topics, header names and schemas that they use.
///
/// A batch is filled by a connector, changed by transforms, read by converters and sinks, one after the other, never two at
/// once; it cannot be copied. It travels in a `BatchBox`.
public struct RecordBatch: ~Copyable, Sendable {
  public var arena: ByteArena
  public var slots: Buffer<Slot>
  public var records: Buffer<Record>
  public var headers: Buffer<Header>
  /// Indexed by `Record.topic`.
  public private(set) var topics: [String] = []
  /// Indexed by `Record.keySchema`, `.valueSchema` and `Header.schema`. Each schema object stands once.
  public private(set) var schemas: [Schema] = []
  /// Indexed by `Header.name`.
  public private(set) var headerNames: [String] = []
  /// Differs for every fill of every batch, so that whoever caches an index of this batch can tell when it is stale.
  public private(set) var generation: UInt64

  public init(capacity: Int = 64 * 1024) {
    arena = ByteArena(capacity: capacity)
    slots = Buffer(capacity: 1024)
    records = Buffer(capacity: 256)
    headers = Buffer(capacity: 16)
    generation = BatchGeneration.next()
  }

  /// Room for one record.
  init(bytes: Int, slots: Int) {
    arena = ByteArena(capacity: bytes)
    self.slots = Buffer(capacity: slots)
    records = Buffer(capacity: 8)
    headers = Buffer(capacity: 8)
    generation = BatchGeneration.next()
  }

  /// Bytes of memory in use by the content; what the hand-off between the stages is bounded by.
  public var byteCount: Int {
    arena.count + slots.count * MemoryLayout<Slot>.stride + records.count * MemoryLayout<Record>.stride
      + headers.count * MemoryLayout<Header>.stride
  }

  /// Empties the batch for the next fill. Memory beyond `keeping` bytes (after one huge row, say) is given back.
  public mutating func reset(keeping: Int = 1 << 20) {
    arena.removeAll(keeping: keeping)
    slots.removeAll(keeping: keeping / MemoryLayout<Slot>.stride)
    records.removeAll(keeping: keeping / MemoryLayout<Record>.stride)
    headers.removeAll(keeping: keeping / MemoryLayout<Header>.stride)
    topics.removeAll(keepingCapacity: true)
    schemas.removeAll(keepingCapacity: true)
    headerNames.removeAll(keepingCapacity: true)
    generation = BatchGeneration.next()
  }

  /// The index of `topic` in this batch. Linear: call once per run of records, not per record.
  public mutating func intern(topic: String) -> UInt32 {
    if let index = topics.firstIndex(of: topic) { return UInt32(index) }
    topics.append(topic)
    return UInt32(topics.count - 1)
  }

  /// The index of this schema object in this batch. Linear: call once per run of records, not per record.
  public mutating func intern(schema: Schema) -> UInt32 {
    if let index = schemas.firstIndex(where: { $0 === schema }) { return UInt32(index) }
    schemas.append(schema)
    return UInt32(schemas.count - 1)
  }

  /// The index of a header name in this batch.
  public mutating func intern(headerName: String) -> UInt32 {
    if let index = headerNames.firstIndex(of: headerName) { return UInt32(index) }
    headerNames.append(headerName)
    return UInt32(headerNames.count - 1)
  }

  /// Copies UTF-8 into the arena.
  @inlinable public mutating func text(_ bytes: UnsafeRawBufferPointer) -> Slot {
    let at = arena.count
    arena.append(bytes)
    return .text(offset: at, length: bytes.count)
  }

  public mutating func text(_ string: String) -> Slot {
    let at = arena.count
    arena.append(string)
    return .text(offset: at, length: arena.count - at)
  }

  /// Copies binary data into the arena.
  @inlinable public mutating func bytes(_ bytes: UnsafeRawBufferPointer) -> Slot {
    let at = arena.count
    arena.append(bytes)
    return .bytes(offset: at, length: bytes.count)
  }

  /// Writes a decoded value into the batch.
  public mutating func slot(_ value: Value) -> Slot {
    switch value {
    case .null: return .null
    case .unavailable: return .unavailable
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .float(let value): return .float(value)
    case .text(let value): return text(value)
    case .bytes(let value): return value.withUnsafeBytes { bytes($0) }
    case .structure(let values):
      let first = run(values)
      return .structure(first: first, count: values.count)
    case .array(let values):
      let first = run(values)
      return .array(first: first, count: values.count)
    case .map(let pairs):
      let first = run(pairs.flatMap { [$0.key, $0.value] })
      return .map(first: first, count: pairs.count)
    }
  }

  private mutating func run(_ values: [Value]) -> Int {
    let first = slots.append(repeating: .null, count: values.count)
    for (index, value) in values.enumerated() {
      let slot = slot(value)
      slots[first + index] = slot
    }
    return first
  }

  /// Decodes a slot out of the batch; the schema tells text from bytes and decimals from numbers only to the caller.
  public borrowing func value(_ slot: Slot) -> Value {
    switch slot.kind {
    case .null: return .null
    case .unavailable: return .unavailable
    case .boolean: return .boolean(slot.boolean)
    case .integer: return .integer(slot.integer)
    case .float: return .float(slot.float)
    case .text: return .text(string(slot))
    case .bytes: return .bytes(arena.withBytes(at: slot.offset, length: slot.count) { Array($0) })
    case .structure: return .structure(values(from: slot.offset, count: slot.count))
    case .array: return .array(values(from: slot.offset, count: slot.count))
    case .map:
      let flat = values(from: slot.offset, count: slot.count * 2)
      return .map(stride(from: 0, to: flat.count, by: 2).map { Value.Pair(flat[$0], flat[$0 + 1]) })
    }
  }

  private borrowing func values(from first: Int, count: Int) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    for index in 0..<count { values.append(value(slots[first + index])) }
    return values
  }

  /// The text of a `text` slot.
  public borrowing func string(_ slot: Slot) -> String {
    arena.withBytes(at: slot.offset, length: slot.count) { String(decoding: $0, as: UTF8.self) }
  }

  /// The slot of field `index` of a `structure` slot.
  @inlinable public borrowing func field(_ index: Int, of structure: Slot) -> Slot {
    precondition(structure.kind == .structure && index < structure.count)
    return slots[structure.offset &+ index]
  }
}
