/// One value in a record with its name and schema: a view, as `Row` is.
public struct FieldValue: Sendable {
  /// The name of the field; of an element, that of its array or map.
  public let name: String
  /// Its type; `schema.name` is the logical type.
  public let schema: Schema
  private let memory: BatchMemory
  private let slot: Slot

  init(_ memory: BatchMemory, _ slot: Slot, _ schema: Schema, name: String) {
    self.memory = memory
    self.slot = slot
    self.schema = schema
    self.name = name
  }

  /// Whether it is SQL's NULL.
  public var isNull: Bool { slot.kind == .null }

  /// Whether the log did not carry it, though it is not null: a large value that the update left as it was (PostgreSQL's TOAST).
  public var isUnavailable: Bool { slot.kind == .unavailable }

  /// The number where the source has a whole number, or a logical type over one (dates, times, durations); nil otherwise.
  public var integer: Int64? { slot.kind == .integer && !isDecimal ? slot.integer : nil }

  /// nil for everything but booleans.
  public var boolean: Bool? { slot.kind == .boolean ? slot.boolean : nil }

  /// A float32 is widened, which is exact.
  public var float: Double? { slot.kind == .float ? slot.float : nil }

  /// Text; invalid UTF-8 is repaired. nil for everything else, decimals included.
  public var text: String? { slot.kind == .text ? memory.box.batch.string(slot) : nil }

  /// A copy of binary data; nil for everything else, decimals included.
  public var bytes: [UInt8]? { slot.kind == .bytes && !isDecimal ? withBytes { Array($0) } : nil }

  /// A structure as a row; nil for everything else, decimals of variable scale included.
  public var row: Row? { slot.kind == .structure && !isVariableDecimal ? Row(memory, slot, schema) : nil }

  /// The elements of an array, in order.
  public var elements: [FieldValue]? {
    guard slot.kind == .array, case .array(let element) = schema.kind else { return nil }
    return (0..<slot.count).map { FieldValue(memory, memory.box.batch.slots[slot.offset + $0], element, name: name) }
  }

  /// The pairs of a map, in the order of the source.
  public var pairs: [(key: FieldValue, value: FieldValue)]? {
    guard slot.kind == .map, case .map(let key, let value) = schema.kind else { return nil }
    return (0..<slot.count).map { index in
      let at = slot.offset + 2 * index
      return (
        FieldValue(memory, memory.box.batch.slots[at], key, name: name), FieldValue(memory, memory.box.batch.slots[at + 1], value, name: name)
      )
    }
  }

  /// A decimal as exact text, as Java's `BigDecimal.toString` writes it (`12.50`, `1E-7`); nil for everything else.
  public var decimal: String? {
    if isDecimal { return decimal(slot, scale: schema.parameter("scale").flatMap { Int($0) } ?? 0) }
    guard isVariableDecimal, slot.kind == .structure, slot.count == 2 else { return nil }
    return decimal(memory.box.batch.field(1, of: slot), scale: Int(clamping: memory.box.batch.field(0, of: slot).integer))
  }

  /// The value, decoded: decimals as their exact text, everything else as it is, dates and times as the numbers that
  /// `schema.name` explains.
  public var value: Value {
    if let decimal { return .text(decimal) }
    if let row { return .structure((0..<row.count).map { row.field(at: $0).value }) }
    if let elements { return .array(elements.map(\.value)) }
    if let pairs { return .map(pairs.map { Value.Pair($0.key.value, $0.value.value) }) }
    return memory.box.batch.value(slot)
  }

  /// The value as a Swift type; see `Row.get`.
  public func get<T: RowValue>(_ type: T.Type = T.self) throws(MillraceError) -> T { try T(self) }

  /// Reads text or binary data in place, without a copy; nothing of it may be kept. Empty for everything else.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    guard slot.kind == .text || slot.kind == .bytes else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return try memory.box.batch.arena.withBytes(at: slot.offset, length: slot.count, body)
  }

  /// The error of a `RowValue` that cannot be made of this value.
  ///
  /// - Parameter wanted: what was asked for, such as `Int32`.
  public func mismatch(_ wanted: String) -> MillraceError {
    let (code, message, advice) =
      switch slot.kind {
      case .null: ("row.null", "is null", "ask for \(wanted)?")
      case .unavailable:
        ("row.unavailable", "was not carried by the log", "ask for Available<\(wanted)>, or let the table have REPLICA IDENTITY FULL")
      default: ("row.type", "cannot be had as \(wanted)", "ask for another type")
      }
    return MillraceError(
      code: code, component: "row", retry: .stop, message: "a value of \(schema.name ?? "\(schema.kind)") \(message)", advice: advice,
      subject: name)
  }

  static func subject(_ schema: Schema, _ name: String) -> String { schema.name.map { "\($0).\(name)" } ?? name }

  private var isDecimal: Bool {
    (slot.kind == .integer || slot.kind == .bytes) && schema.isDecimal
  }

  private var isVariableDecimal: Bool { schema.name == "io.debezium.data.VariableScaleDecimal" }

  private func decimal(_ slot: Slot, scale: Int) -> String? {
    switch slot.kind {
    case .integer: BigDecimalText.text(unscaled: slot.integer, scale: scale)
    case .bytes:
      BigDecimalText.text(unscaled: memory.box.batch.arena.withBytes(at: slot.offset, length: slot.count) { Array($0) }, scale: scale)
    default: nil
    }
  }
}
