internal import MillraceCore

/// The work of `EventRouter`.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time, and so is what it remembers.
final class EventRouterWork: SchemaWork, @unchecked Sendable {
  let name = "EventRouter"
  var side: RecordSide { .value }
  var nulls: NullHandling { .apply }

  private let settings: EventRouterSettings
  private let log: Log
  private var routes = TextRoutes()
  private var json: JSONStructure
  private var payloadPlace = SchemaPlace()
  private var valuePlace = SchemaPlace()
  /// The schemas of values that are structs, by the payload's schema or by the version: each keeps the name that the first
  /// record gave it, as in the reference.
  private var structs: [Schema: Schema] = [:]
  private var versions: [Int64?: Schema] = [:]
  private var recent: (payload: Schema, result: Schema)?
  private var updates = RareWarning()
  private var texts = RareWarning()

  init(_ settings: EventRouterSettings, log: Log) {
    self.settings = settings
    self.log = log
    json = JSONStructure(keepsNulls: settings.keepsNulls, names: settings.names)
  }

  /// A column of the outbox table.
  struct Column: Sendable {
    let index: Int
    let name: String
    let schema: Schema
    let fallback: Value?
  }

  /// Where a row has what makes a message.
  struct Row: Sendable {
    let id: Column
    let key: Column
    let payload: Column
    let route: Column
    let timestamp: (column: Column, divisor: Int64)?
    let version: Column?
    /// nil for what the table lacks.
    let headers: [(column: Column, name: String)]
    let members: [(column: Column, name: String)]
    let partition: Column?
    /// The schema name of the row.
    let name: String?
  }

  enum Plan: Sendable {
    /// Not from a table: passes, unless it is null.
    case other
    /// What is wrong with the table is an error of its inserts only.
    case outbox(EnvelopePlaces, clock: Int?, Result<Row, MillraceError>)
  }

  struct Entry {
    let places: EnvelopePlaces?
    let clock: Int?
    let row: Result<Row, MillraceError>?
    let id: Header
    let headers: [Header]
    let keySchema: UInt32
  }

  func plan(for schema: Schema) -> Plan? {
    guard let places = EnvelopePlaces(schema) else { return .other }
    let row: Result<Row, MillraceError>
    do throws(MillraceError) { row = .success(try describe(schema.fields[places.after].schema)) } catch { row = .failure(error) }
    return .outbox(places, clock: schema.index(of: "ts_ms"), row)
  }

  private func describe(_ row: Schema) throws(MillraceError) -> Row {
    func column(_ name: String, _ key: String) throws(MillraceError) -> Column {
      guard let index = row.index(of: name) else {
        throw failure("EventRouter.field", "the table has no column \(name), which \(key) names", advice: "correct \(key), or choose the outbox table's records by a predicate")
      }
      return Column(index: index, name: name, schema: row.fields[index].schema, fallback: row.fields[index].schema.substitute)
    }
    func column(_ name: String, _ key: String, as kind: Schema.Kind) throws(MillraceError) -> Column {
      let column = try column(name, key)
      if column.schema.kind == kind { return column }
      throw failure("EventRouter.type", "the column \(name) is no \(kind)", advice: "correct \(key), or the column's type")
    }
    var headers: [(Column, String)] = [], members: [(Column, String)] = []
    var partition: Column?
    for item in settings.additional {
      if settings.ignoresMissing, row.index(of: item.field) == nil { continue }
      let key = "\(settings.source).fields.additional.placement"
      switch item.placement {
      case .header: headers.append((try column(item.field, key), item.alias))
      case .envelope: members.append((try column(item.field, key), item.alias))
      case .partition: partition = try column(item.field, key, as: .int32)
      }
    }
    return Row(
      id: try column(settings.id, "\(settings.source).field.event.id"), key: try column(settings.key, "\(settings.source).field.event.key"),
      payload: try column(settings.payload, "\(settings.source).field.event.payload"),
      route: try column(settings.routeBy, "route.by.field", as: .string),
      timestamp: try settings.timestamp.map { name throws(MillraceError) in
        let column = try column(name, "\(settings.source).field.event.timestamp", as: .int64)
        switch column.schema.name {
        case "io.debezium.time.Timestamp": return (column, 1)
        case "io.debezium.time.MicroTimestamp": return (column, 1000)
        case "io.debezium.time.NanoTimestamp": return (column, 1_000_000)
        default:
          throw failure("EventRouter.timestamp", "the column \(name) is no timestamp without time zone", advice: "correct \(settings.source).field.event.timestamp, or the column's type")
        }
      },
      version: try settings.hasEnvelope ? settings.version.map { name throws(MillraceError) in try column(name, "\(settings.source).field.event.schema.version", as: .int32) } : nil,
      headers: headers, members: members, partition: partition, name: row.name)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    let none = Header(name: 0, schema: Record.noSchema, value: .null)
    guard case .outbox(let places, let clock, let row) = plan else {
      return Entry(places: nil, clock: nil, row: nil, id: none, headers: [], keySchema: Record.noSchema)
    }
    guard case .success(let columns) = row else {
      return Entry(places: places, clock: clock, row: row, id: none, headers: [], keySchema: Record.noSchema)
    }
    func header(_ name: String, _ column: Column) -> Header {
      Header(name: batch.intern(headerName: name), schema: batch.intern(schema: column.schema), value: .null)
    }
    return Entry(
      places: places, clock: clock, row: row, id: header("id", columns.id), headers: columns.headers.map { header($0.name, $0.column) },
      keySchema: batch.intern(schema: columns.key.schema))
  }

  func applyToNothing(_ index: Int, of batch: inout RecordBatch) { batch.records[index].isDropped = true }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    guard !slot.isNull else {
      batch.records[index].isDropped = true
      return
    }
    guard let places = entry.places, let described = entry.row else { return }
    switch batch.letter(batch.field(places.op, of: slot)) {
    case UInt8(ascii: "d"):
      batch.records[index].isDropped = true
      return
    case UInt8(ascii: "u"):
      try refuseUpdate(index, of: batch)
      batch.records[index].isDropped = true
      return
    default: break
    }
    let after = batch.field(places.after, of: slot)
    guard after.kind == .structure else {
      throw failure("EventRouter.after", "the record has no row after the change", advice: "keep truncations away: skipped.operations=t, or a predicate")
    }
    let row = try described.get()
    let route = batch.field(row.route.index, of: after)
    guard route.kind == .text else {
      throw failure("EventRouter.route", "the column \(row.route.name) names no topic", advice: "make it not null, or correct route.by.field")
    }

    var payload = batch.field(row.payload.index, of: after, orElse: row.payload.fallback)
    var payloadSchema = row.payload.schema
    let place = batch.beginHeaders(of: index)
    var id = entry.id
    id.value = batch.field(row.id.index, of: after, orElse: row.id.fallback)
    batch.headers.append(id)
    for (number, item) in row.headers.enumerated() {
      var header = entry.headers[number]
      header.value = batch.field(item.column.index, of: after, orElse: item.column.fallback)
      batch.headers.append(header)
    }
    batch.endHeaders(of: index, from: place)
    if settings.expandsJSON, let expanded = expand(payload, of: index, &batch) { (payload, payloadSchema) = expanded }

    let key = batch.field(row.key.index, of: after, orElse: row.key.fallback)
    batch.records[index].set(.key, key, schema: entry.keySchema)
    if settings.makesTombstones, EventRouterWork.isEmpty(payload, batch) {
      batch.records[index].set(.value, .null, schema: Record.noSchema)
    } else if settings.hasEnvelope {
      try envelop(payload, payloadSchema, row, after, route, index, &batch)
    } else {
      batch.records[index].set(.value, payload, schema: payloadPlace.index(of: payloadSchema, in: &batch))
    }
    var time = entry.clock.map { batch.field($0, of: slot) } ?? .null
    var divisor: Int64 = 1
    if let timestamp = row.timestamp {
      let own = batch.field(timestamp.column.index, of: after)
      if own.kind == .integer { (time, divisor) = (own, timestamp.divisor) }
      if own.kind == .integer, own.integer < 0 {
        throw failure("EventRouter.before1970", "the column \(timestamp.column.name) is before 1970, which no Kafka record can be", advice: "correct \(settings.source).field.event.timestamp, or the row")
      }
    }
    batch.records[index].timestamp = time.kind == .integer ? time.integer / divisor : -1
    let partition = row.partition.map { batch.field($0.index, of: after) } ?? .null
    batch.records[index].partition = partition.kind == .integer ? Int32(truncatingIfNeeded: partition.integer) : -1
    batch.records[index].topic = routes.topic(of: route, in: &batch) { settings.route?.replacing($0) ?? $0 }
  }

  private func refuseUpdate(_ index: Int, of batch: borrowing RecordBatch) throws(MillraceError) {
    if settings.invalidOperation == .fatal {
      throw failure("EventRouter.update", "a row of the outbox table was updated", advice: "only insert and delete there, or write \(settings.source).op.invalid.behavior=warn")
    }
    updates.give(
      log, settings.invalidOperation == .error ? .error : .warning, "an update of the outbox table is left out",
      [("topic", batch.topics[Int(batch.records[index].topic)])])
  }

  /// nil where the payload stays as it is.
  private func expand(_ payload: Slot, of index: Int, _ batch: inout RecordBatch) -> (Slot, Schema)? {
    if payload.isNull { return nil }
    do {
      guard payload.kind == .text else { throw JSONStructure.Mismatch() }
      let bytes = batch.arena.withBytes(at: payload.offset, length: payload.count) { Array($0) }
      guard bytes.first == UInt8(ascii: "{") else { throw JSONStructure.Mismatch() }
      let document = try JSONValue(parsingFirst: bytes)
      let schema = try json.schema(of: document, named: settings.payload)
      return (try json.slot(document, schema, in: &batch), schema)
    } catch {
      texts.give(log, .warning, "a payload is no JSON object that has a schema, and stays text", [("topic", batch.topics[Int(batch.records[index].topic)])])
      return nil
    }
  }

  private func envelop(
    _ payload: Slot, _ payloadSchema: Schema, _ row: Row, _ after: Slot, _ route: Slot, _ index: Int, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    let schema: Schema
    if let column = row.version {
      let version = batch.field(column.index, of: after)
      let number = version.kind == .integer ? version.integer : nil
      if let known = versions[number] {
        schema = known
      } else {
        schema = structSchema(payloadSchema, row, batch.string(route), version: number)
        versions[number] = schema
      }
    } else if let recent, recent.payload === payloadSchema {
      schema = recent.result
    } else {
      schema = structs[payloadSchema] ?? structSchema(payloadSchema, row, batch.string(route), version: nil)
      if structs.count >= 10_000 { structs.removeAll() }
      structs[payloadSchema] = schema
      recent = (payloadSchema, schema)
    }
    let count = 1 + row.members.count
    guard EventRouterWork.fits(schema, payloadSchema, row) else {
      throw failure("EventRouter.schema", "the value's schema was made by an earlier record and has other fields", advice: "raise the version with each change of structure, and route each outbox table by a transform of its own")
    }
    let first = batch.slots.append(repeating: .null, count: count)
    batch.slots[first] = payload
    for (number, member) in row.members.enumerated() {
      let value = batch.field(member.column.index, of: after, orElse: member.column.fallback)
      batch.slots[first + 1 + number] = value
    }
    batch.records[index].set(.value, .structure(first: first, count: count), schema: valuePlace.index(of: schema, in: &batch))
  }

  private static func fits(_ schema: Schema, _ payload: Schema, _ row: Row) -> Bool {
    guard case .structure(let fields) = schema.kind, fields.count == 1 + row.members.count, fields[0].schema == payload else { return false }
    for (number, member) in row.members.enumerated() where fields[number + 1].schema != member.column.schema { return false }
    return true
  }

  private func structSchema(_ payload: Schema, _ row: Row, _ route: String, version: Int64?) -> Schema {
    var name = route
    if let own = row.name {
      if let dot = own.lastIndex(of: ".") { name = "\(own[...dot])\(route).\(own[own.index(after: dot)...])" } else { name = "\(route).\(own)" }
    }
    return Schema(
      .structure([Schema.Field("payload", payload)] + row.members.map { Schema.Field($0.name, $0.column.schema) }), name: name,
      version: version.map { Int($0) })
  }

  /// Null, or a text of blanks and control characters (Java's `trim`).
  private static func isEmpty(_ payload: Slot, _ batch: borrowing RecordBatch) -> Bool {
    if payload.isNull { return true }
    guard payload.kind == .text else { return false }
    return batch.arena.withBytes(at: payload.offset, length: payload.count) { $0.allSatisfy { $0 <= 0x20 } }
  }
}
