public import MillraceCore
internal import MillraceFormats

/// Debezium's `io.debezium.transforms.VectorToJsonConverter`: vectors in the value, and in the structs inside it, as JSON.
public enum VectorToJSONConverter {
  /// The settings below `transforms.<alias>.`: none.
  public static let options: [ConfigurationOption] = []

  /// Takes no settings.
  public static func transform() -> any Transform { SchemaTransform(VectorWork()) }
}

struct VectorWork: SchemaWork {
  let name = "VectorToJsonConverter"
  var side: RecordSide { .value }

  /// What becomes of a field.
  indirect enum Step: Sendable {
    case copy(fallback: Value?)
    case structure([Step])
    case dense(isSingle: Bool)
    case sparse
  }

  struct Plan: Sendable {
    let schema: Schema
    let steps: [Step]
  }

  struct Entry {
    let schema: UInt32
    let steps: [Step]
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    guard case .structure = schema.kind else {
      throw failure("VectorToJsonConverter.struct", "the value is no struct", advice: "choose the records by a predicate, or correct the order of the transforms")
    }
    guard VectorWork.hasVectors(schema) else { return nil }
    let (new, steps) = VectorWork.describe(schema)
    return Plan(schema: new, steps: steps)
  }

  /// Whether copying would change anything.
  private static func hasVectors(_ schema: Schema) -> Bool {
    schema.fields.contains { field in
      if vector(field.schema) != nil { return true }
      if case .structure = field.schema.kind { return hasVectors(field.schema) }
      return false
    }
  }

  private static func vector(_ schema: Schema) -> Step? {
    switch schema.name {
    case "io.debezium.data.DoubleVector": .dense(isSingle: false)
    case "io.debezium.data.FloatVector": .dense(isSingle: true)
    case "io.debezium.data.SparseDoubleVector": .sparse
    default: nil
    }
  }

  private static func describe(_ schema: Schema) -> (Schema, [Step]) {
    var fields: [Schema.Field] = []
    var steps: [Step] = []
    for field in schema.fields {
      if let step = vector(field.schema) {
        fields.append(Schema.Field(field.name, Schema(.string, optional: field.schema.isOptional, name: "io.debezium.data.Json", version: 1)))
        steps.append(step)
      } else if case .structure = field.schema.kind {
        let (inner, innerSteps) = describe(field.schema)
        fields.append(Schema.Field(field.name, inner))
        steps.append(.structure(innerSteps))
      } else {
        fields.append(field)
        steps.append(.copy(fallback: field.schema.substitute))
      }
    }
    return (schema.basics(.structure(fields), optional: schema.isOptional), steps)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry { Entry(schema: batch.intern(schema: plan.schema), steps: plan.steps) }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    let value = try write(entry.steps, slot, &batch)
    batch.records[index].set(.value, value, schema: entry.schema)
  }

  private func write(_ steps: [Step], _ source: Slot, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    guard source.kind == .structure else { return source }
    let first = batch.slots.append(repeating: .null, count: steps.count)
    for (place, step) in steps.enumerated() {
      var slot = batch.field(place, of: source)
      switch step {
      case .copy(let fallback): if slot.isNull, let fallback { slot = batch.slot(fallback) }
      case .structure(let inside): slot = try write(inside, slot, &batch)
      case .dense(let isSingle): if slot.kind == .array { slot = VectorWork.dense(slot, isSingle: isSingle, &batch) }
      case .sparse: if slot.kind == .structure { slot = try sparse(slot, &batch) }
      }
      batch.slots[first + place] = slot
    }
    return .structure(first: first, count: steps.count)
  }

  private static func dense(_ slot: Slot, isSingle: Bool, _ batch: inout RecordBatch) -> Slot {
    let at = batch.arena.count
    batch.arena.append("{ \"values\": [")
    for index in 0..<slot.count {
      if index > 0 { batch.arena.append(", ") }
      let element = batch.slots[slot.offset + index]
      append(element, isSingle: isSingle, &batch.arena)
    }
    batch.arena.append("] }")
    return .text(offset: at, length: batch.arena.count - at)
  }

  private static func append(_ number: Slot, isSingle: Bool, _ arena: inout ByteArena) {
    guard number.kind == .float else {
      arena.append("null")
      return
    }
    if isSingle { JavaText.append(Float(number.float), to: &arena) } else { JavaText.append(number.float, to: &arena) }
  }

  /// The pairs stand in the order of their indices.
  private func sparse(_ slot: Slot, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    guard slot.count == 2 else { return .null }
    let dimensions = batch.field(0, of: slot), map = batch.field(1, of: slot)
    guard dimensions.kind == .integer, map.kind == .map else {
      throw failure("VectorToJsonConverter.sparse", "a sparse vector has no dimensions or no values", advice: "choose the records by a predicate")
    }
    let order = (0..<map.count).sorted { batch.slots[map.offset + 2 * $0].integer < batch.slots[map.offset + 2 * $1].integer }
    let at = batch.arena.count
    batch.arena.append("{ \"dimensions\": ")
    batch.arena.append(decimal: dimensions.integer)
    batch.arena.append(", \"vector\": { ")
    for (number, pair) in order.enumerated() {
      if number > 0 { batch.arena.append(", ") }
      batch.arena.append(UInt8(ascii: "\""))
      batch.arena.append(decimal: batch.slots[map.offset + 2 * pair].integer)
      batch.arena.append("\": ")
      let value = batch.slots[map.offset + 2 * pair + 1]
      VectorWork.append(value, isSingle: false, &batch.arena)
    }
    batch.arena.append(" } }")
    return .text(offset: at, length: batch.arena.count - at)
  }
}
