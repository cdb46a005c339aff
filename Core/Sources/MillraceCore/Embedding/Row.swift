/// A row, a key, a source block, or any other structure of a record.
///
/// A view: it decodes on demand and keeps the memory of its whole batch. `detached` copies it out.
///
/// ```swift
/// row["note"]                                   // a Value, .null and .unavailable among them; nil: no such column
/// let id: Int64 = try row.get("id")             // typed; nil only for an Optional
/// let price = try row.get("price", as: String.self)   // a decimal as exact text
/// let order = try row.decode(Order.self)        // Decodable
/// ```
public struct Row: Sendable {
  /// The shape: field names, types, logical types.
  public let schema: Schema
  private let memory: BatchMemory
  private let slot: Slot

  init(_ memory: BatchMemory, _ slot: Slot, _ schema: Schema) {
    self.memory = memory
    self.slot = slot
    self.schema = schema
  }

  /// The number of fields.
  public var count: Int { min(schema.fields.count, slot.count) }

  /// The fields' names, in order.
  public var names: [String] { schema.fields.map(\.name) }

  /// The field at `index`, which must be less than `count`.
  public func field(at index: Int) -> FieldValue {
    let field = schema.fields[index]
    return FieldValue(memory, memory.box.batch.field(index, of: slot), field.schema, name: field.name)
  }

  /// The field called `name`; nil where there is none. Searches the names.
  public func field(_ name: String) -> FieldValue? {
    guard let index = schema.index(of: name), index < slot.count else { return nil }
    return field(at: index)
  }

  /// The value of the field called `name`, decoded as `FieldValue.value` says; nil where there is no such field.
  public subscript(name: String) -> Value? { field(name)?.value }

  /// The value of the field called `name` as a Swift type.
  ///
  /// - Throws: `row.field` where there is none of that name, `row.null` and `row.unavailable` where it has no value and `T` has no
  ///   place for that (`Optional`, `Available`), `row.type` where it is of another type or does not fit. Never names a value.
  public func get<T: RowValue>(_ name: String, as type: T.Type = T.self) throws(MillraceError) -> T {
    guard let field = field(name) else {
      throw MillraceError(
        code: "row.field", component: "row", retry: .stop, message: "there is no field of this name",
        advice: NearestName.of(name, among: names).map { "ask for \($0)" } ?? "ask for one of \(names.joined(separator: ", "))",
        subject: FieldValue.subject(schema, name))
    }
    return try field.get(type)
  }

  /// The row as a type of your own: field names are coding keys. `[UInt8]`, `Timestamp`, `CalendarDate`, `TimeOfDay`, `Duration` and
  /// `Available` are decoded as by `get`; a decimal decodes as `String` (exact) or `Double`. Keys without a field are absent; null
  /// decodes as nil.
  ///
  /// - Throws: `DecodingError`, without values in it.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
    try T(from: FieldDecoder(FieldValue(memory, slot, schema, name: schema.name ?? "row"), path: []))
  }

  /// A copy with memory of its own, which holds this row only.
  public func detached() -> Row {
    let box = BatchBox(bytes: 256, slots: count)
    let copy = memory.box.batch.copy(slot, into: &box.batch)
    return Row(BatchMemory(box), copy, schema)
  }
}
