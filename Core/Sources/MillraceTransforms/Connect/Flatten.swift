public import MillraceCore

/// Kafka Connect's `Flatten`: one struct with the fields of all nested structs, their names joined.
public enum Flatten {
  public static let options: [ConfigurationOption] = [.init("delimiter", default: ".", "Stands between the names.")]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    SchemaTransform(FlattenWork(side: side, delimiter: configuration.string("delimiter") ?? "."))
  }
}

struct FlattenWork: SchemaWork {
  let name = "Flatten"
  let side: RecordSide
  let delimiter: String
  var nulls: NullHandling { .apply }

  /// A field of the source: copied to the next place, or entered.
  indirect enum Step: Sendable {
    case value(fallback: Value?)
    /// A struct, with the number of places that it takes.
    case structure([Step], places: Int)
  }

  struct Plan: Sendable {
    let steps: [Step]
    let schema: Schema
  }

  struct Entry {
    let steps: [Step]
    let count: Int
    let schema: UInt32
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    let fields = try requireFields(schema)
    var flat: [Schema.Field] = []
    let steps = try describe(fields, "", schema.isOptional, schema.substitute, &flat)
    for (index, field) in flat.enumerated() where flat[..<index].contains(where: { $0.name == field.name }) {
      throw failure("Flatten.field", "two fields become \(field.name)", advice: "choose another delimiter")
    }
    return Plan(steps: steps, schema: schema.basics(.structure(flat)))
  }

  /// - Parameters:
  ///   - isOptional: whether a struct around these fields can be null.
  ///   - inherited: the default of the struct around them.
  private func describe(
    _ fields: [Schema.Field], _ prefix: String, _ isOptional: Bool, _ inherited: Value?, _ flat: inout [Schema.Field]
  ) throws(MillraceError) -> [Step] {
    var steps: [Step] = []
    for (index, field) in fields.enumerated() {
      let name = prefix.isEmpty ? field.name : prefix + delimiter + field.name
      let optional = isOptional || field.schema.isOptional
      var fallback = field.schema.substitute
      if fallback == nil, case .structure(let values)? = inherited, index < values.count, values[index] != .null { fallback = values[index] }
      switch field.schema.kind {
      case .structure(let inner):
        let before = flat.count
        let inside = try describe(inner, name, optional, fallback, &flat)
        steps.append(.structure(inside, places: flat.count - before))
      case .map:
        throw failure("Flatten.map", "\(name) is a map, which cannot be flattened", advice: "leave the field out before, by ReplaceField")
      default:
        steps.append(.value(fallback: field.schema.substitute))
        flat.append(Schema.Field(name, field.schema.basics(field.schema.kind, optional: optional, defaultValue: fallback)))
      }
    }
    return steps
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    Entry(steps: plan.steps, count: plan.schema.fields.count, schema: batch.intern(schema: plan.schema))
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    guard slot.kind == .structure else {
      batch.records[index].set(side, slot, schema: entry.schema)
      return
    }
    let first = batch.slots.append(repeating: .null, count: entry.count)
    var place = first
    copy(entry.steps, slot, &place, &batch)
    batch.records[index].set(side, .structure(first: first, count: entry.count), schema: entry.schema)
  }

  private func copy(_ steps: [Step], _ source: Slot, _ place: inout Int, _ batch: inout RecordBatch) {
    for (field, step) in steps.enumerated() {
      var slot = batch.field(field, of: source)
      switch step {
      case .value(let fallback):
        if slot.isNull, let fallback { slot = batch.slot(fallback) }
        batch.slots[place] = slot
        place += 1
      case .structure(let inside, let places):
        if slot.kind == .structure { copy(inside, slot, &place, &batch) } else { place += places }
      }
    }
  }
}
