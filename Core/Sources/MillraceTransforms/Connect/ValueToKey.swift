public import MillraceCore

/// Kafka Connect's `ValueToKey`: a key made of fields of the value.
public enum ValueToKey {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("fields", required: true, "The fields of the value that make the key."), .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    SchemaTransform(
      ValueToKeyWork(
        fields: configuration.requiredList("fields", "list fields of the value"), replacesNull: configuration.replacesNull))
  }
}

struct ValueToKeyWork: SchemaWork {
  let name = "ValueToKey"
  var side: RecordSide { .value }
  let fields: [String]
  let replacesNull: Bool
  var nulls: NullHandling { .refuse }

  func plan(for schema: Schema) throws(MillraceError) -> StructChange? {
    let all = try requireFields(schema)
    var kept: [Int] = []
    for field in fields {
      guard let index = schema.index(of: field) else {
        throw failure("ValueToKey.field", "the value has no field \(field)", advice: "correct fields, or choose the records by a predicate")
      }
      kept.append(index)
    }
    return StructChange(
      copy: StructCopy(of: all, keeping: kept, replacesNull: replacesNull), schema: Schema(.structure(kept.map { all[$0] })))
  }

  func enter(_ plan: StructChange, _ batch: inout RecordBatch) -> StructChange.Entry { plan.enter(&batch) }

  func apply(_ entry: StructChange.Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    let first = entry.copy.append(slot, to: &batch)
    batch.records[index].set(.key, .structure(first: first, count: entry.copy.kept.count), schema: entry.schema)
  }
}
