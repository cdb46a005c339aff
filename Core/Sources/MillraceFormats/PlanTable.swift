internal import MillraceCore

/// Finds what was computed for a schema: by the schema's index as long as the batch is the same, else by the schema object.
///
/// `@unchecked Sendable`: a converter is used by one stage at a time, and so is its table.
final class PlanTable<Plan: AnyObject>: @unchecked Sendable {
  private var generation: UInt64 = 0
  /// The plans of the batch at hand, by the index of the schema.
  private var current: [Plan?] = []
  /// Each plan holds its schema, so that the identifier stays taken.
  private var known: [ObjectIdentifier: Plan] = [:]
  private let limit: Int

  /// - Parameter limit: how many plans are kept across batches.
  init(limit: Int) { self.limit = max(limit, 16) }

  /// The plan for schema `index` of the batch.
  @inline(__always) func plan(
    _ index: UInt32, of batch: borrowing RecordBatch, make: (Schema) throws(MillraceError) -> Plan
  ) throws(MillraceError) -> Plan {
    let place = Int(index)
    if generation == batch.generation, place < current.count, let plan = current[place] { return plan }
    return try look(place, batch.generation, batch.schemas, make)
  }

  @inline(never) private func look(
    _ place: Int, _ batchGeneration: UInt64, _ schemas: [Schema], _ make: (Schema) throws(MillraceError) -> Plan
  ) throws(MillraceError) -> Plan {
    guard place < schemas.count else {
      throw MillraceError(
        code: "format.schema.missing", component: "format", retry: .stop, message: "a record names a schema that its batch lacks",
        advice: "report this: it is a fault of a connector or transform")
    }
    if generation != batchGeneration {
      current.removeAll(keepingCapacity: true)
      generation = batchGeneration
    }
    while current.count < schemas.count { current.append(nil) }
    let schema = schemas[place]
    if let plan = known[ObjectIdentifier(schema)] {
      current[place] = plan
      return plan
    }
    let plan = try make(schema)
    if known.count >= limit { known.removeAll() }
    known[ObjectIdentifier(schema)] = plan
    current[place] = plan
    return plan
  }
}
