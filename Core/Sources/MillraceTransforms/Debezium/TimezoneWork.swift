internal import MillraceCore

/// The work of `TimezoneConverter`.
struct TimezoneWork: SchemaWork {
  let name = "TimezoneConverter"
  var side: RecordSide { .value }
  let rules: ZoneRules
  let included: TimezoneSelection
  let excluded: TimezoneSelection

  enum Form: Sendable {
    case zonedTimestamp, zonedTime
    /// A time without offset, in so many units to the second.
    case local(Int64)
    /// A moment of the source block.
    case moment(Int64)
  }

  /// One struct of the envelope, with its times.
  struct Part: Sendable {
    let place: Int
    let times: [(field: Int, name: String, form: Form)]
  }

  struct Plan: Sendable {
    let before: Part?
    let after: Part?
    let source: Part?
    let table: Int?
  }

  /// The choice for the topic and table of the record before, which are mostly those of this one.
  final class Entry {
    let plan: Plan
    var topic = UInt32.max
    var table: [UInt8]?
    var parts: [Part] = []
    init(_ plan: Plan) { self.plan = plan }
  }

  func plan(for schema: Schema) -> Plan? {
    guard let places = EnvelopePlaces(schema) else { return nil }
    func part(_ place: Int?, isSource: Bool = false) -> Part? {
      guard let place else { return nil }
      var times: [(field: Int, name: String, form: Form)] = []
      for (index, field) in schema.fields[place].schema.fields.enumerated() {
        if let form = TimezoneWork.form(field.schema) ?? (isSource ? TimezoneWork.moment(field) : nil) { times.append((index, field.name, form)) }
      }
      return Part(place: place, times: times)
    }
    return Plan(
      before: part(places.before), after: part(places.after), source: part(places.source, isSource: true),
      table: places.source.flatMap { schema.fields[$0].schema.index(of: "table") })
  }

  private static func form(_ schema: Schema) -> Form? {
    switch schema.name {
    case "io.debezium.time.ZonedTimestamp": .zonedTimestamp
    case "io.debezium.time.ZonedTime": .zonedTime
    case "io.debezium.time.Timestamp", ConnectTime.timestampName: .local(1000)
    case "io.debezium.time.MicroTimestamp": .local(1_000_000)
    case "io.debezium.time.NanoTimestamp": .local(1_000_000_000)
    default: nil
    }
  }

  private static func moment(_ field: Schema.Field) -> Form? {
    guard field.schema.name == nil, case .int64 = field.schema.kind else { return nil }
    switch field.name {
    case "ts_ms": return .moment(1000)
    case "ts_us": return .moment(1_000_000)
    case "ts_ns": return .moment(1_000_000_000)
    default: return nil
    }
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry { Entry(plan) }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    choose(entry, slot, index, batch)
    if entry.parts.isEmpty { return }
    var result: Slot?
    for part in entry.parts {
      let old = batch.field(part.place, of: slot)
      guard old.kind == .structure, !part.times.isEmpty else { continue }
      let new = batch.copy(old)
      for time in part.times {
        let value = try converted(batch.field(time.field, of: new), time.form, time.name, &batch)
        batch.slots[new.offset + time.field] = value
      }
      let envelope = result ?? batch.copy(slot)
      batch.slots[envelope.offset + part.place] = new
      result = envelope
    }
    if let result { batch.records[index].value = result }
  }

  private func choose(_ entry: Entry, _ slot: Slot, _ index: Int, _ batch: borrowing RecordBatch) {
    let source = entry.plan.source.map { batch.field($0.place, of: slot) } ?? .null
    let table = source.kind == .structure ? entry.plan.table.map { batch.field($0, of: source) } ?? .null : .null
    let topic = batch.records[index].topic
    if entry.topic == topic {
      guard table.kind == .text else {
        if entry.table == nil { return }
        return decide(entry, nil, topic, batch)
      }
      if let known = entry.table, batch.arena.withBytes(at: table.offset, length: table.count, { $0.elementsEqual(known) }) { return }
    }
    decide(entry, table.kind == .text ? batch.string(table) : nil, topic, batch)
  }

  private func decide(_ entry: Entry, _ table: String?, _ topic: UInt32, _ batch: borrowing RecordBatch) {
    entry.topic = topic
    entry.table = table.map { Array($0.utf8) }
    let name = batch.topics[Int(topic)]
    let plan = entry.plan
    if !included.isEmpty {
      guard let fields = included.fields(table: table, topic: name) else {
        entry.parts = []
        return
      }
      entry.parts = fields.isEmpty ? [plan.before, plan.after].compactMap(\.self) : parts(plan, fields) { $0.contains($1) }
    } else if !excluded.isEmpty, let fields = excluded.fields(table: table, topic: name) {
      entry.parts = fields.isEmpty ? [] : parts(plan, fields) { !$0.contains($1) }
    } else {
      entry.parts = [plan.before, plan.after].compactMap(\.self)
    }
  }

  /// The times that `isChosen` takes, by the fields that the list has for their struct. The source block is touched only where
  /// the list names one of its fields.
  private func parts(_ plan: Plan, _ fields: Set<String>, _ isChosen: (Set<String>, String) -> Bool) -> [Part] {
    func listed(_ prefix: String, isRow: Bool) -> Set<String> {
      var result: Set<String> = []
      for field in fields {
        if field.hasPrefix(prefix) { result.insert(String(field.dropFirst(prefix.count))) } else if isRow, !["source.", "before.", "after."].contains(where: field.hasPrefix) {
          result.insert(field)
        }
      }
      return result
    }
    let source = listed("source.", isRow: false)
    let chosen: [(Part?, Set<String>)] = [
      (plan.before, listed("before.", isRow: true)), (plan.after, listed("after.", isRow: true)), (source.isEmpty ? nil : plan.source, source),
    ]
    return chosen.compactMap { part, names in
      part.map { Part(place: $0.place, times: $0.times.filter { isChosen(names, $0.name) }) }
    }
  }

  private func converted(_ slot: Slot, _ form: Form, _ name: String, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    switch (form, slot.kind) {
    case (_, .null), (_, .unavailable): return slot
    case (.local(let unit), .integer):
      let offset = rules.offset(local: Clock.floorDivide(slot.integer, unit))
      return .integer(slot.integer &- Int64(offset) &* unit)
    case (.moment(let unit), .integer):
      let offset = rules.offset(at: Clock.floorDivide(slot.integer, unit))
      return .integer(slot.integer &+ Int64(offset) &* unit)
    case (.zonedTimestamp, .text), (.zonedTime, .text):
      let hasDate = if case .zonedTimestamp = form { true } else { false }
      guard var time = batch.arena.withBytes(at: slot.offset, length: slot.count, { ISOTimeText($0, hasDate: hasDate) }) else {
        throw failure("TimezoneConverter.text", "\(name) is no time with an offset", advice: "exclude the field")
      }
      // A time without a date has the offset of today.
      time.move(to: hasDate ? rules.offset(local: time.local) : rules.offset(at: Clock.nanoseconds() / 1_000_000_000))
      let at = batch.arena.count
      time.append(to: &batch.arena)
      return .text(offset: at, length: batch.arena.count - at)
    default: throw failure("TimezoneConverter.type", "\(name) holds no time", advice: "exclude the field")
    }
  }
}
