internal import MillraceCore

/// The index of the schema that was asked for last, so that records of one schema in a row do not search for it.
struct SchemaPlace {
  private var schema: Schema?
  private var generation: UInt64 = 0
  private var index: UInt32 = 0

  mutating func index(of schema: Schema, in batch: inout RecordBatch) -> UInt32 {
    if self.schema === schema, generation == batch.generation { return index }
    index = batch.intern(schema: schema)
    self.schema = schema
    generation = batch.generation
    return index
  }
}
