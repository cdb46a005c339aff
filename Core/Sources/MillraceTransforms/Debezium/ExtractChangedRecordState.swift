public import MillraceCore

/// Debezium's `io.debezium.transforms.ExtractChangedRecordState`: headers with the names of the fields that an update changed, and of
/// those that it did not.
///
/// Both are there for every change, and empty where there is nothing to compare.
public enum ExtractChangedRecordState {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("header.changed.name", "The header for the names of changed fields; without it there is none."),
    .init("header.unchanged.name", "The header for the names of fields that stay as they were."),
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let changed = configuration.string("header.changed.name").flatMap { $0.trimmed.isEmpty ? nil : $0 }
    let unchanged = configuration.string("header.unchanged.name").flatMap { $0.trimmed.isEmpty ? nil : $0 }
    if changed == nil, unchanged == nil {
      configuration.report(
        Finding(.warning, key: "header.changed.name", problem: "is missing, and so is header.unchanged.name: nothing is done", advice: "name one of the two headers"))
    }
    return SchemaTransform(ChangedFieldsWork(changed: changed, unchanged: unchanged))
  }
}

struct ChangedFieldsWork: SchemaWork {
  let name = "ExtractChangedRecordState"
  var side: RecordSide { .value }
  private let headers: [(name: String, schema: Schema, isChanged: Bool)]

  init(changed: String?, unchanged: String?) {
    headers = [(changed, true), (unchanged, false)].compactMap { name, isChanged in
      name.map { ($0, Schema(.array(.optionalString), optional: true, name: $0), isChanged) }
    }
  }

  struct Plan: Sendable {
    let before: Int
    let after: Int
    /// For each field of the row after the change: its place in the row before, and its name.
    let fields: [(before: Int, name: String)]
  }

  struct Entry {
    let plan: Plan
    let names: [Slot]
    let headers: [(header: Header, isChanged: Bool)]
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    guard let places = EnvelopePlaces(schema), let before = places.before else { return nil }
    let old = schema.fields[before].schema
    var fields: [(before: Int, name: String)] = []
    for field in schema.fields[places.after].schema.fields {
      guard let index = old.index(of: field.name) else {
        throw failure("ExtractChangedRecordState.field", "the row before lacks the field \(field.name)", advice: "choose the records by a predicate")
      }
      fields.append((index, field.name))
    }
    return Plan(before: before, after: places.after, fields: fields)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    Entry(
      plan: plan, names: plan.fields.map { batch.text($0.name) },
      headers: headers.map { header in
        (Header(name: batch.intern(headerName: header.name), schema: batch.intern(schema: header.schema), value: .null), header.isChanged)
      })
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    let before = batch.field(entry.plan.before, of: slot), after = batch.field(entry.plan.after, of: slot)
    let first = batch.records[index].firstHeader, count = batch.records[index].headerCount
    let isUpdate = before.kind == .structure && after.kind == .structure
    let place = batch.beginHeaders(of: index)
    for item in entry.headers {
      let first = batch.slots.count
      var count = 0
      if isUpdate {
        for (number, field) in entry.plan.fields.enumerated() {
          let isSame = batch.holdsSame(batch.field(number, of: after), batch.field(field.before, of: before))
          if isSame == item.isChanged { continue }
          batch.slots.append(entry.names[number])
          count += 1
        }
      }
      var header = item.header
      header.value = .array(first: first, count: count)
      batch.headers.append(header)
    }
    batch.endHeaders(of: index, from: place)
    // The tombstone behind a delete shares its headers with it, so what one gets the other has, too.
    let next = index + 1
    if after.isNull, next < batch.records.count, batch.records[next].value.isNull, batch.records[next].firstHeader == first,
      batch.records[next].headerCount == count
    {
      batch.records[next].firstHeader = batch.records[index].firstHeader
      batch.records[next].headerCount = batch.records[index].headerCount
    }
  }
}
