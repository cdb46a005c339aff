internal import MillraceCore

/// Drops the fields that a header lists from the rows of records, and from their keys if wanted.
struct FieldDropping {
  private struct Key: Hashable {
    let schema: ObjectIdentifier
    let names: [String]
  }

  /// What is left of a schema. Holds the schema that it was made from, so that its identifier stays taken.
  private struct Rest {
    let from: Schema
    let schema: Schema
    let kept: [Int]
    let defaults: [Value?]
  }

  private var rests: [Key: Rest] = [:]

  mutating func drop(named header: String, from index: Int, _ settings: UnwrapSettings, _ batch: inout RecordBatch) {
    guard let names = names(header, of: index, batch), !names.isEmpty else { return }
    let record = batch.records[index]
    if settings.dropsFieldsFromKey {
      if let (key, schema) = reduced(record.key, record.keySchema, names, settings, &batch) {
        batch.records[index].key = key
        batch.records[index].keySchema = schema
      }
    }
    if let (value, schema) = reduced(record.value, record.valueSchema, names, settings, &batch) {
      batch.records[index].value = value
      batch.records[index].valueSchema = schema
    }
  }

  /// The texts of the header's list; nil if the record has no such header.
  private func names(_ header: String, of index: Int, _ batch: borrowing RecordBatch) -> [String]? {
    guard let wanted = batch.headerNames.firstIndex(of: header) else { return nil }
    let record = batch.records[index]
    for place in Int(record.firstHeader)..<Int(record.firstHeader) + Int(record.headerCount)
    where batch.headers[place].name == UInt32(wanted) {
      guard case .array(let values) = batch.value(batch.headers[place].value) else { return nil }
      return values.compactMap { if case .text(let name) = $0 { name } else { nil } }
    }
    return nil
  }

  private mutating func reduced(
    _ slot: Slot, _ schema: UInt32, _ names: [String], _ settings: UnwrapSettings, _ batch: inout RecordBatch
  ) -> (Slot, UInt32)? {
    guard schema != Record.noSchema, slot.kind == .structure else { return nil }
    let rest = rest(of: batch.schemas[Int(schema)], names, settings)
    guard rest.kept.count < slot.count else { return nil }
    let first = batch.slots.append(repeating: .null, count: rest.kept.count)
    for (place, field) in rest.kept.enumerated() {
      var value = batch.field(field, of: slot)
      if value.isNull, let substitute = rest.defaults[place] { value = batch.slot(substitute) }
      batch.slots[first + place] = value
    }
    return (.structure(first: first, count: rest.kept.count), batch.intern(schema: rest.schema))
  }

  private mutating func rest(of schema: Schema, _ names: [String], _ settings: UnwrapSettings) -> Rest {
    let key = Key(schema: ObjectIdentifier(schema), names: names)
    if let rest = rests[key] { return rest }
    let fields = schema.fields
    let kept = fields.indices.filter { index in
      !names.contains(fields[index].name) || (settings.keepsSchemaCompatible && !fields[index].schema.isOptional)
    }
    let rest = Rest(
      from: schema,
      schema: Schema(
        .structure(kept.map { fields[$0] }), name: schema.name, version: schema.version, doc: schema.doc,
        parameters: schema.parameters),
      kept: Array(kept), defaults: kept.map { fields[$0].schema.defaultValue })
    if rests.count >= 4096 { rests.removeAll() }
    rests[key] = rest
    return rest
  }
}
