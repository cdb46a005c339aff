internal import MillraceCore

/// Infers Connect schemas from JSON documents, and makes structs of them (io.debezium.transforms.outbox.JsonSchemaData).
///
/// Documents of equal structure get the same schema object. A document is read as a tree: this is no path for every record of a
/// large table.
struct JSONStructure {
  /// What no schema can be inferred for: arrays whose members differ, and numbers that fit no type.
  struct Mismatch: Error {}

  /// Whether null members are kept, as optional bytes.
  let keepsNulls: Bool
  let names: NameAdjustment
  private var known: [Schema: Schema] = [:]

  init(keepsNulls: Bool, names: NameAdjustment = NameAdjustment(.none, of: .field)) {
    self.keepsNulls = keepsNulls
    self.names = names
  }

  /// The schema of a document that is an object.
  mutating func schema(of document: JSONValue, named name: String?) throws(Mismatch) -> Schema {
    guard case .object = document, let schema = try infer(document, name) else { throw Mismatch() }
    if let shared = known[schema] { return shared }
    if known.count >= 4096 { known.removeAll() }
    known[schema] = schema
    return schema
  }

  /// - Returns: nil for what is left out: nulls, unless they are kept, and empty arrays.
  private func infer(_ value: JSONValue, _ name: String?) throws(Mismatch) -> Schema? {
    switch value {
    case .string: return .optionalString
    case .boolean: return .optionalBoolean
    case .integer(let number): return Int32(exactly: number) == nil ? .optionalInt64 : .optionalInt32
    case .number(let text):
      // A whole number that fits no type is no double for the reference, and no struct takes it.
      guard text.contains(where: { $0 == "." || $0 == "e" || $0 == "E" }) else { throw Mismatch() }
      return .optionalFloat64
    case .null: return keepsNulls ? .optionalBytes : nil
    case .array(let elements):
      if elements.isEmpty { return nil }
      return Schema(.array(try element(of: elements, name)), optional: true)
    case .object(let members):
      var fields: [Schema.Field] = []
      for member in members {
        let field = names.adjusted(member.key)
        let path = if let name, !name.trimmed.isEmpty { "\(name).\(field)" } else { field }
        if let schema = try infer(member.value, path), !fields.contains(where: { $0.name == field }) { fields.append(.init(field, schema)) }
      }
      return Schema(.structure(fields), optional: true, name: name)
    }
  }

  private func element(of elements: [JSONValue], _ name: String?) throws(Mismatch) -> Schema {
    let values = elements.filter { !$0.isNull }
    let sample = values.first ?? .null
    let sampleSchema = if case .integer = sample { try infer(sample, nil) } else { Schema?.none }
    for value in values {
      guard JSONStructure.isAlike(value, sample) else { throw Mismatch() }
      switch value {
      case .integer, .number:
        let expected = if let sampleSchema { sampleSchema } else { try infer(sample, nil) }
        guard try infer(value, nil) === expected else { throw Mismatch() }
      default: break
      }
    }
    guard case .object = sample else {
      guard let schema = try infer(sample, nil) else { throw Mismatch() }
      return schema
    }
    var merged: Schema?
    var seen: [Schema] = []
    for value in values {
      guard let schema = try infer(value, name), !seen.contains(schema) else { continue }
      seen.append(schema)
      merged = if let merged { JSONStructure.merged(merged, schema) } else { schema }
    }
    guard let merged else { throw Mismatch() }
    return merged
  }

  private static func isAlike(_ a: JSONValue, _ b: JSONValue) -> Bool {
    switch (a, b) {
    case (.string, .string), (.boolean, .boolean), (.array, .array), (.object, .object): true
    case (.integer, .integer), (.number, .number), (.integer, .number), (.number, .integer): true
    default: false
    }
  }

  /// The members of both, those of the first as they are there; one that was null there takes the other's type. No longer optional.
  private static func merged(_ a: Schema, _ b: Schema) -> Schema {
    var fields = a.fields
    for field in b.fields {
      guard let place = fields.firstIndex(where: { $0.name == field.name }) else {
        fields.append(field)
        continue
      }
      if case .bytes = fields[place].schema.kind, fields[place].schema != field.schema { fields[place] = field }
    }
    return a.basics(.structure(fields))
  }

  /// Writes the document under the schema that was inferred for it.
  func slot(_ value: JSONValue, _ schema: Schema, in batch: inout RecordBatch) throws(Mismatch) -> Slot {
    switch (value, schema.kind) {
    case (.null, _): return .null
    case (.string(let text), .string): return batch.text(text)
    case (.boolean(let value), .boolean): return .boolean(value)
    case (.integer(let value), .int32) where Int32(exactly: value) != nil: return .integer(value)
    case (.integer(let value), .int64): return .integer(value)
    case (.number(let text), .float64):
      guard let number = Double(text) else { throw Mismatch() }
      return .float(number)
    case (.array(let elements), .array(let inner)):
      let first = batch.slots.append(repeating: .null, count: elements.count)
      for (index, element) in elements.enumerated() {
        let slot = try slot(element, inner, in: &batch)
        batch.slots[first + index] = slot
      }
      return .array(first: first, count: elements.count)
    case (.object, .structure(let fields)):
      let first = batch.slots.append(repeating: .null, count: fields.count)
      for (index, field) in fields.enumerated() {
        // By the adjusted name, as the reference looks: a member whose name was changed stays null.
        guard let member = value[field.name] else { continue }
        let slot = try slot(member, field.schema, in: &batch)
        batch.slots[first + index] = slot
      }
      return .structure(first: first, count: fields.count)
    default: throw Mismatch()
    }
  }
}
