internal import MillraceCore

/// The plans of a converter that registers its schemas, by schema object and topic: a subject is named after the topic as a rule.
///
/// `prepare` makes them, with what the registry says, once per schema and topic; `plan` finds them: by the schema's index as long as
/// batch and topic are the same. What the registry refused is kept for the batch at hand, and thrown for its records; with the next
/// batch it is asked again.
///
/// `@unchecked Sendable`: a converter is used by one stage at a time, and so is its table. The state lies behind a pointer that only
/// this object has, because an access to a class's own variable is checked at run time, for every record.
final class RegisteredPlans<Plan: Sendable>: @unchecked Sendable {
  typealias Registered = RegisteredPlan<Plan>

  /// What a schema comes to before the registry is asked.
  struct Draft: Sendable {
    var plan: Plan
    /// nil where there is nothing to register.
    var schema: RegistrySchema?
    /// Is written behind what the registry says.
    var prefix: [UInt8] = []
    /// The schema of what lies inside the value, registered first.
    var inner: RegistrySchema?
  }

  private struct Key: Hashable {
    let schema: ObjectIdentifier?
    let topic: String
  }

  private struct Found {
    let topic: UInt32
    let plan: Unmanaged<Registered>
  }

  private struct State {
    var generation: UInt64 = 0
    /// By the index of the schema, the plan for the topic that it was last used with. The last place is that of no schema.
    var current: [Found?] = []
    var none: Found?
    /// All of the batch at hand, by schema and topic.
    var pairs: [UInt64: Unmanaged<Registered>] = [:]
    var failures: [UInt64: MillraceError] = [:]
    /// The batch whose records have their headers already.
    var headed: UInt64 = 0
    /// The plans used since `recent` was full the last time, and those used before. Each holds its schema, so that the identifier
    /// stays taken.
    var recent: [Key: Registered] = [:]
    var earlier: [Key: Registered] = [:]
  }

  private let state: UnsafeMutablePointer<State>
  private let limit: Int
  private let registry: (any SchemaRegistry)?
  private let draft: @Sendable (Schema?, _ topic: String, RecordPart) throws(MillraceError) -> Draft

  /// - Parameters:
  ///   - registry: nil where no draft has a schema to register.
  ///   - draft: makes the plan of a schema; nil stands for values without one.
  init(
    limit: Int, registry: (any SchemaRegistry)?,
    draft: @escaping @Sendable (Schema?, _ topic: String, RecordPart) throws(MillraceError) -> Draft
  ) {
    self.limit = max(limit, 16)
    self.registry = registry
    self.draft = draft
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
  }

  // MARK: converting

  /// The plan for the schema and topic of the batch: held by this table until the next `prepare`.
  @inline(__always) func plan(
    _ schema: UInt32, _ topic: UInt32, of batch: borrowing RecordBatch
  ) throws(MillraceError) -> Unmanaged<Registered> {
    let place = Int(schema)
    if state.pointee.generation == batch.generation, place < state.pointee.current.count,
      let found = state.pointee.current[place], found.topic == topic
    {
      return found.plan
    }
    return try look(schema, topic, batch.generation, batch.schemas.count, Int(topic) < batch.topics.count ? batch.topics[Int(topic)] : "")
  }

  @inline(never) private func look(
    _ schema: UInt32, _ topic: UInt32, _ generation: UInt64, _ count: Int, _ name: String
  ) throws(MillraceError) -> Unmanaged<Registered> {
    if state.pointee.generation == generation {
      let pair = Self.pair(schema, topic)
      if let plan = state.pointee.pairs[pair] {
        if schema == Record.noSchema { return plan }
        while state.pointee.current.count < count { state.pointee.current.append(nil) }
        state.pointee.current[Int(schema)] = Found(topic: topic, plan: plan)
        return plan
      }
      if let failure = state.pointee.failures[pair] { throw failure }
    }
    throw MillraceError(
      code: "registry.unprepared", component: "registry", retry: .record, message: "a schema was not registered before its record",
      advice: "report this: whoever gives records to a sink has to let the converters prepare", subject: name)
  }

  private static func pair(_ schema: UInt32, _ topic: UInt32) -> UInt64 { UInt64(schema) << 32 | UInt64(topic) }

  // MARK: preparing

  /// Makes or finds the plans of all records that are not dropped, and gives these the headers that the registry asked for.
  func prepare(_ box: BatchBox, _ part: RecordPart) async throws(MillraceError) {
    if state.pointee.generation != box.batch.generation { begin(box.batch.generation) }
    // What was refused is asked for again, where the batch is given again.
    state.pointee.failures.removeAll(keepingCapacity: true)
    var last: UInt64?
    var hasHeaders = false
    for index in 0..<box.batch.records.count {
      let record = box.batch.records[index]
      if record.isDropped { continue }
      let schema = part == .key ? record.keySchema : record.valueSchema
      let slot = part == .key ? record.key : record.value
      if slot.isNull { continue }
      let pair = Self.pair(schema, record.topic)
      if pair == last { continue }
      last = pair
      if state.pointee.pairs[pair] == nil, state.pointee.failures[pair] == nil {
        try await find(pair, schema, record.topic, in: box, part)
      }
      if let plan = state.pointee.pairs[pair], !plan._withUnsafeGuaranteedRef({ $0.headers.isEmpty }) { hasHeaders = true }
    }
    if hasHeaders, state.pointee.headed != box.batch.generation { addHeaders(to: box, part) }
  }

  private func begin(_ generation: UInt64) {
    state.pointee.generation = generation
    state.pointee.current.removeAll(keepingCapacity: true)
    state.pointee.pairs.removeAll(keepingCapacity: true)
    if state.pointee.recent.count >= limit {
      // What is not used until the next time is given up: schemas of tables that have changed since.
      state.pointee.earlier = state.pointee.recent
      state.pointee.recent = [:]
    }
  }

  private func find(
    _ pair: UInt64, _ index: UInt32, _ topic: UInt32, in box: BatchBox, _ part: RecordPart
  ) async throws(MillraceError) {
    let schema = Int(index) < box.batch.schemas.count ? box.batch.schemas[Int(index)] : nil
    let name = Int(topic) < box.batch.topics.count ? box.batch.topics[Int(topic)] : ""
    let key = Key(schema: schema.map { ObjectIdentifier($0) }, topic: name)
    do throws(MillraceError) {
      let plan: Registered
      if let known = state.pointee.recent[key] ?? state.pointee.earlier[key] {
        plan = known
      } else {
        let draft = try draft(schema, name, part)
        var inner: RegisteredSchema?
        if let schema = draft.inner { inner = try await registry?.register(schema) }
        var outer: RegisteredSchema?
        if let schema = draft.schema { outer = try await registry?.register(schema) }
        plan = Registered(
          schema: schema, plan: draft.plan, number: outer?.number ?? 0, prefix: (outer?.prefix ?? []) + draft.prefix, headers: outer?.headers ?? [],
          inner: inner)
      }
      state.pointee.recent[key] = plan
      state.pointee.pairs[pair] = Unmanaged.passUnretained(plan)
    } catch {
      guard error.retry == .record else { throw error }
      var failure = error
      failure.subject = failure.subject ?? name
      state.pointee.failures[pair] = failure
    }
  }

  /// The headers of each record are copied behind the batch's others, with those of its schema behind them.
  private func addHeaders(to box: BatchBox, _ part: RecordPart) {
    state.pointee.headed = box.batch.generation
    let bytes = box.batch.intern(schema: Header.made)
    // Records that share headers and schema share the run that is made of them.
    var last: (pair: UInt64, first: UInt32, count: UInt32, made: UInt32)?
    for index in 0..<box.batch.records.count where !box.batch.records[index].isDropped {
      var record = box.batch.records[index]
      let pair = Self.pair(part == .key ? record.keySchema : record.valueSchema, record.topic)
      guard let plan = state.pointee.pairs[pair], !(part == .key ? record.key : record.value).isNull else { continue }
      let first = UInt32(box.batch.headers.count)
      if let last, last.pair == pair, last.count == record.headerCount, last.first == record.firstHeader || last.count == 0 {
        box.batch.records[index].headerCount = first - last.made
        box.batch.records[index].firstHeader = last.made
        continue
      }
      last = (pair, record.firstHeader, record.headerCount, first)
      for offset in 0..<record.headerCount {
        let header = box.batch.headers[Int(record.firstHeader + offset)]
        box.batch.headers.append(header)
      }
      for (name, value) in plan._withUnsafeGuaranteedRef({ $0.headers }) {
        let name = box.batch.intern(headerName: name)
        let slot = value.withUnsafeBytes { box.batch.bytes($0) }
        box.batch.headers.append(Header(name: name, schema: bytes, value: slot))
      }
      record.firstHeader = first
      record.headerCount = UInt32(box.batch.headers.count) - first
      box.batch.records[index] = record
    }
  }
}
