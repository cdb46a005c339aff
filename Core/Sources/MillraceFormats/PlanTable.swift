internal import MillraceCore

/// Finds what was computed for a schema: by the schema's index as long as the batch is the same, else by the schema object.
///
/// `@unchecked Sendable`: a converter is used by one stage at a time, and so is its table. The state lies behind a pointer that
/// only this object has, because an access to a class's own variable is checked at run time, for every record.
final class PlanTable<Plan: AnyObject>: @unchecked Sendable {
  private struct State {
    var generation: UInt64 = 0
    /// The plans of the batch at hand, by the index of the schema. Not retained: `recent` and `earlier` have them all.
    var current: [Unmanaged<Plan>?] = []
    /// The plans used since `recent` was full the last time, and those used before. Each plan holds its schema, so that the
    /// identifier stays taken.
    var recent: [ObjectIdentifier: Plan] = [:]
    var earlier: [ObjectIdentifier: Plan] = [:]
  }

  private let state: UnsafeMutablePointer<State>
  private let limit: Int

  /// - Parameter limit: how many plans are kept across batches: so many of those used last, and as many more.
  init(limit: Int) {
    self.limit = max(limit, 16)
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// The plan for schema `index` of the batch: held by this table until the next call.
  @inline(__always) func plan(
    _ index: UInt32, of batch: borrowing RecordBatch, make: (Schema) throws(MillraceError) -> Plan
  ) throws(MillraceError) -> Unmanaged<Plan> {
    let place = Int(index)
    if state.pointee.generation == batch.generation, place < state.pointee.current.count,
      let plan = state.pointee.current[place]
    {
      return plan
    }
    return try look(place, batch.generation, batch.schemas, make)
  }

  @inline(never) private func look(
    _ place: Int, _ generation: UInt64, _ schemas: [Schema], _ make: (Schema) throws(MillraceError) -> Plan
  ) throws(MillraceError) -> Unmanaged<Plan> {
    guard place < schemas.count else {
      throw MillraceError(
        code: "format.schema.missing", component: "format", retry: .stop, message: "a record names a schema that its batch lacks",
        advice: "report this: it is a fault of a connector or transform")
    }
    if state.pointee.generation != generation {
      state.pointee.current.removeAll(keepingCapacity: true)
      state.pointee.generation = generation
    }
    if state.pointee.recent.count >= limit {
      // What is not used until the next time is given up: schemas of tables that have changed since.
      state.pointee.earlier = state.pointee.recent
      state.pointee.recent = [:]
      state.pointee.current.removeAll(keepingCapacity: true)
    }
    while state.pointee.current.count < schemas.count { state.pointee.current.append(nil) }
    let identifier = ObjectIdentifier(schemas[place])
    let plan: Plan
    if let known = state.pointee.recent[identifier] {
      plan = known
    } else {
      if let known = state.pointee.earlier[identifier] { plan = known } else { plan = try make(schemas[place]) }
      state.pointee.recent[identifier] = plan
    }
    let unmanaged = Unmanaged.passUnretained(plan)
    state.pointee.current[place] = unmanaged
    return unmanaged
  }
}
