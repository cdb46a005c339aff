internal import MillraceCore

/// How a struct is copied into a new one: which fields, and what stands for a null that has a default
/// (`replace.null.with.default`: Connect's `Struct.get` against `getWithoutDefault`).
struct StructCopy: Sendable {
  /// Indices of the fields to copy, in the order of the result.
  let kept: [Int]
  /// Places of the result whose null becomes a default.
  let defaults: [(place: Int, value: Value)]

  /// - Parameter keeping: nil for all fields.
  init(of fields: [Schema.Field], keeping kept: [Int]? = nil, replacesNull: Bool) {
    self.kept = kept ?? Array(fields.indices)
    defaults = replacesNull ? self.kept.enumerated().compactMap { place, field in fields[field].schema.substitute.map { (place, $0) } } : []
  }

  /// Appends the copy, with room for `more` slots behind it; answers its first slot.
  func append(_ row: Slot, more: Int = 0, to batch: inout RecordBatch) -> Int {
    let first = batch.slots.append(repeating: .null, count: kept.count + more)
    for (place, field) in kept.enumerated() { batch.slots[first &+ place] = batch.field(field, of: row) }
    for item in defaults where batch.slots[first + item.place].isNull {
      let slot = batch.slot(item.value)
      batch.slots[first + item.place] = slot
    }
    return first
  }
}

extension Schema {
  /// A struct with this one's name, version, doc and parameters: required, and without default
  /// (org.apache.kafka.connect.transforms.util.SchemaUtil.copySchemaBasics).
  func basics(_ kind: Kind, optional: Bool = false, defaultValue: Value? = nil) -> Schema {
    Schema(kind, optional: optional, name: name, version: version, doc: doc, parameters: parameters, defaultValue: defaultValue)
  }
}
