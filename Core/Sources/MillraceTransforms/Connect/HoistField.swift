public import MillraceCore

/// Kafka Connect's `HoistField`: a struct with one field that holds what was there.
public enum HoistField {
  public static let options: [ConfigurationOption] = [.init("field", required: true, "The name of the field.")]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    SchemaTransform(HoistFieldWork(side: side, field: configuration.required("field", "give the name of a field")))
  }
}

struct HoistFieldWork: SchemaWork {
  let name = "HoistField"
  let side: RecordSide
  let field: String
  var nulls: NullHandling { .apply }

  func plan(for schema: Schema) -> Schema? { Schema(.structure([Schema.Field(field, schema)])) }

  func enter(_ plan: Schema, _ batch: inout RecordBatch) -> UInt32 { batch.intern(schema: plan) }

  func apply(_ schema: UInt32, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    let first = batch.slots.append(repeating: slot, count: 1)
    batch.records[index].set(side, .structure(first: first, count: 1), schema: schema)
  }

  /// Without a schema Connect makes a map of it.
  func applyToNothing(_ index: Int, of batch: inout RecordBatch) {
    let key = batch.text(field)
    let first = batch.slots.append(repeating: .null, count: 2)
    batch.slots[first] = key
    batch.records[index].set(side, .map(first: first, count: 1), schema: Record.noSchema)
  }
}
