public import MillraceCore

/// Kafka Connect's `SetSchemaMetadata`: another name or version for the schema of key or value.
public enum SetSchemaMetadata {
  public static let options: [ConfigurationOption] = [
    .init("schema.name", "The name."), .init("schema.version", .integer(Int(Int32.min)...Int(Int32.max)), "The version."), .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    let name = configuration.string("schema.name")
    let version = configuration["schema.version"] == nil
      ? nil : configuration.integer("schema.version", default: 1, in: Int(Int32.min)...Int(Int32.max))
    if name == nil, version == nil {
      configuration.report(Finding(key: "schema.name", problem: "is missing, and so is schema.version", advice: "give one of the two"))
    }
    return SchemaTransform(
      SetSchemaMetadataWork(side: side, schemaName: name, version: version, replacesNull: configuration.replacesNull))
  }
}

struct SetSchemaMetadataWork: SchemaWork {
  let name = "SetSchemaMetadata"
  let side: RecordSide
  let schemaName: String?
  let version: Int?
  let replacesNull: Bool
  var nulls: NullHandling { .apply }

  struct Plan: Sendable {
    let schema: Schema
    /// nil where nothing has to be copied.
    let copy: StructCopy?
  }

  func plan(for schema: Schema) -> Plan? {
    let copy = StructCopy(of: schema.fields, replacesNull: replacesNull)
    return Plan(
      schema: Schema(
        schema.kind, optional: schema.isOptional, name: schemaName ?? schema.name, version: version ?? schema.version, doc: schema.doc,
        parameters: schema.parameters, defaultValue: schema.defaultValue),
      copy: copy.defaults.isEmpty ? nil : copy)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> (schema: UInt32, copy: StructCopy?) {
    (batch.intern(schema: plan.schema), plan.copy)
  }

  func apply(_ entry: (schema: UInt32, copy: StructCopy?), _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    var result = slot
    if let copy = entry.copy, slot.kind == .structure {
      result = .structure(first: copy.append(slot, to: &batch), count: copy.kept.count)
    }
    batch.records[index].set(side, result, schema: entry.schema)
  }
}
