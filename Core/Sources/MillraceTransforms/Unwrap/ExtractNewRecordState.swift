public import MillraceCore

/// Debezium's `io.debezium.transforms.ExtractNewRecordState`: the row instead of the envelope.
///
/// Without `add.fields` and rewriting nothing is copied: value and schema of a record point to the row inside its envelope.
/// Records that are no envelopes pass unchanged; truncations are dropped.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
public final class ExtractNewRecordState: Transform, @unchecked Sendable {
  /// What becomes of a delete and of the tombstone behind it.
  public enum DeleteHandling: String, CaseIterable, Sendable {
    /// The delete becomes null with the row's schema, the tombstone is dropped.
    case tombstone
    /// Both are dropped.
    case drop
    /// The delete becomes the row before with `__deleted` = `true`, the tombstone is dropped.
    case rewrite
    /// As `rewrite`, but the tombstone is kept.
    case rewriteWithTombstone = "rewrite-with-tombstone"
    /// The delete becomes a tombstone, without a schema; the tombstone behind it is dropped.
    case deleteToTombstone = "delete-to-tombstone"
  }

  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption(
      "delete.tombstone.handling.mode", default: "tombstone",
      "What becomes of deletes: tombstone, drop, rewrite, rewrite-with-tombstone or delete-to-tombstone."),
    ConfigurationOption("add.fields", "Fields of the envelope to add to the row: f, struct.f, each with :newName if wanted."),
    ConfigurationOption("add.fields.prefix", default: "__", "Stands before the names of added fields."),
    ConfigurationOption("add.headers", "Fields of the envelope to add as headers, in the same form as add.fields."),
    ConfigurationOption("add.headers.prefix", default: "__", "Stands before the names of added headers."),
    ConfigurationOption("route.by.field", "The string field of the row that holds the topic to send the record to."),
    ConfigurationOption("drop.fields.header.name", "A header with a list of the fields to drop from the row."),
    ConfigurationOption("drop.fields.from.key", default: "false", "Whether those fields are dropped from the key, too."),
    ConfigurationOption(
      "drop.fields.keep.schema.compatible", default: "true", "Whether only optional fields are dropped."),
    ConfigurationOption(
      "replace.null.with.default", default: "true", "Whether rewriting puts a field's default in the place of null."),
  ]

  let settings: UnwrapSettings
  /// By envelope schema; nil is not kept. Each plan holds its schema.
  private var plans: [ObjectIdentifier: UnwrapPlan] = [:]
  private var dropped = FieldDropping()

  /// Reads the options, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration) {
    var settings = UnwrapSettings()
    settings.deletes = configuration.choice("delete.tombstone.handling.mode", default: .tombstone)
    settings.fields = FieldReference.list("add.fields", &configuration)
    settings.headers = FieldReference.list("add.headers", &configuration)
    settings.routeByField = configuration.string("route.by.field").flatMap { $0.isEmpty ? nil : $0 }
    settings.dropFieldsHeader = configuration.string("drop.fields.header.name").flatMap { $0.trimmed.isEmpty ? nil : $0 }
    settings.dropsFieldsFromKey = configuration.boolean("drop.fields.from.key", default: false)
    settings.keepsSchemaCompatible = configuration.boolean("drop.fields.keep.schema.compatible", default: true)
    settings.replacesNullWithDefault = configuration.boolean("replace.null.with.default", default: true)
    self.settings = settings
  }

  /// What is needed per schema of one batch.
  private struct Entry {
    let plan: UnwrapPlan
    let row: UInt32
    let after: UInt32
    let before: UInt32
    let headers: [(place: FieldReference.Place, name: UInt32, schema: UInt32)]
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    let entries = try prepare(&batch)
    let marks = settings.rewrites ? (yes: batch.text("true"), no: batch.text("false")) : (yes: Slot.null, no: Slot.null)
    let tombstone = Header.ofTombstone(settings.headers, &batch)
    // The record behind a delete shares its headers with it, so what one gets the other has, too.
    var delete: (index: Int, headers: UInt32)?
    for index in 0..<batch.records.count {
      if batch.records[index].isDropped || !selection.contains(index) { continue }
      let value = batch.records[index].value
      let schema = batch.records[index].valueSchema
      if value.isNull {
        if settings.deletes != .rewriteWithTombstone {
          batch.records[index].isDropped = true
          continue
        }
        if let delete, delete.index == index - 1, batch.records[index].headerCount == delete.headers {
          batch.records[index].firstHeader = batch.records[delete.index].firstHeader
          batch.records[index].headerCount = batch.records[delete.index].headerCount
        }
        if let tombstone {
          let place = batch.beginHeaders(of: index)
          batch.headers.append(tombstone)
          batch.endHeaders(of: index, from: place)
        }
        continue
      }
      guard schema != Record.noSchema, let entry = entries[Int(schema)], value.kind == .structure else { continue }
      let plan = entry.plan
      let headers = batch.records[index].headerCount
      if !entry.headers.isEmpty {
        let place = batch.beginHeaders(of: index)
        for header in entry.headers {
          batch.headers.append(Header(name: header.name, schema: header.schema, value: header.place.slot(of: value, batch)))
        }
        batch.endHeaders(of: index, from: place)
      }
      let after = batch.field(plan.after, of: value)
      if !after.isNull {
        try route(index, plan.afterRoute, of: after, &batch)
        batch.records[index].value = row(after, of: value, marks.no, plan.afterDefaults, plan, &batch)
        batch.records[index].valueSchema = entry.after
      } else {
        let before = batch.field(plan.before, of: value)
        if before.isNull {
          batch.records[index].isDropped = true
          continue
        }
        switch settings.deletes {
        case .drop:
          batch.records[index].isDropped = true
          continue
        case .tombstone:
          batch.records[index].value = .null
          batch.records[index].valueSchema = entry.row
        case .deleteToTombstone:
          batch.records[index].value = .null
          batch.records[index].valueSchema = Record.noSchema
        case .rewrite, .rewriteWithTombstone:
          batch.records[index].value = row(before, of: value, marks.yes, plan.beforeDefaults, plan, &batch)
          batch.records[index].valueSchema = entry.before
        }
        delete = (index, headers)
        try route(index, plan.beforeRoute, of: before, &batch)
      }
      if let name = settings.dropFieldsHeader { dropped.drop(named: name, from: index, settings, &batch) }
    }
  }

  /// The plans for the schemas of the batch, nil for those that are no envelopes; results and headers are interned.
  private func prepare(_ batch: inout RecordBatch) throws(MillraceError) -> [Entry?] {
    var entries: [Entry?] = []
    for schema in batch.schemas {
      let known = plans[ObjectIdentifier(schema)]
      let made: UnwrapPlan? = if let known { known } else { try UnwrapPlan(schema, settings) }
      guard let plan = made else {
        entries.append(nil)
        continue
      }
      if known == nil {
        if plans.count >= 4096 { plans.removeAll() }
        plans[ObjectIdentifier(schema)] = plan
      }
      let headers = plan.headers.map { place in
        (place: place, name: batch.intern(headerName: place.newName), schema: batch.intern(schema: place.schema))
      }
      entries.append(
        Entry(
          plan: plan, row: batch.intern(schema: plan.rowSchema), after: batch.intern(schema: plan.afterSchema),
          before: batch.intern(schema: plan.beforeSchema), headers: headers))
    }
    return entries
  }

  /// The row itself, or a copy with `__deleted` and the added fields.
  private func row(
    _ row: Slot, of envelope: Slot, _ mark: Slot, _ defaults: [(field: Int, value: Value)], _ plan: UnwrapPlan,
    _ batch: inout RecordBatch
  ) -> Slot {
    if !settings.rewrites, settings.fields.isEmpty { return row }
    if row.kind != .structure { return row }
    let count = row.count + (settings.rewrites ? 1 : 0) + plan.fields.count
    let first = batch.slots.append(repeating: .null, count: count)
    for index in 0..<row.count { batch.slots[first + index] = batch.slots[row.offset + index] }
    for item in defaults where batch.slots[first + item.field].isNull {
      let slot = batch.slot(item.value)
      batch.slots[first + item.field] = slot
    }
    var next = first + row.count
    if settings.rewrites {
      batch.slots[next] = mark
      next += 1
    }
    for place in plan.fields {
      batch.slots[next] = place.slot(of: envelope, batch)
      next += 1
    }
    return .structure(first: first, count: count)
  }

  /// Sends a record to the topic that a field of its row names; an empty name changes nothing.
  private func route(_ index: Int, _ field: Int?, of row: Slot, _ batch: inout RecordBatch) throws(MillraceError) {
    guard let field, row.kind == .structure else { return }
    let slot = batch.field(field, of: row)
    guard slot.kind == .text else { return }
    let topic = batch.string(slot)
    if !topic.trimmed.isEmpty { batch.records[index].topic = batch.intern(topic: topic) }
  }
}
