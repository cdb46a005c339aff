public import MillraceCore

/// Kafka Connect's `HeaderFrom`: fields become headers, and stay or go.
public enum HeaderFrom {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("fields", required: true, "The fields."), .init("headers", required: true, "The names of their headers, in the same order."),
    .init("operation", .choice(["move", "copy"]), required: true, "Whether the fields leave the record (move) or stay (copy)."),
    .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    let fields = configuration.requiredList("fields", "list fields"), headers = configuration.requiredList("headers", "list names")
    if fields.count != headers.count, !fields.isEmpty, !headers.isEmpty {
      configuration.report(
        Finding(key: "headers", problem: "has \(headers.count) names for \(fields.count) fields", advice: "give one name for each field"))
    }
    let moves = configuration.required("operation", "write move or copy").lowercased() == "move"
    return SchemaTransform(
      HeaderFromWork(
        side: side, fields: Array(zip(fields, headers).map { $0 }), moves: moves, replacesNull: configuration.replacesNull))
  }
}

struct HeaderFromWork: SchemaWork {
  let name = "HeaderFrom"
  let side: RecordSide
  let fields: [(field: String, header: String)]
  let moves: Bool
  let replacesNull: Bool
  var nulls: NullHandling { .refuse }

  struct Plan: Sendable {
    /// nil where the struct stays as it is.
    let rest: StructChange?
    let headers: [(field: Int, name: String, schema: Schema, fallback: Value?)]
  }

  struct Entry {
    let rest: StructChange.Entry?
    let headers: [(field: Int, header: Header, fallback: Value?)]
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    let all = try requireFields(schema)
    var headers: [(field: Int, name: String, schema: Schema, fallback: Value?)] = []
    for item in fields {
      guard let index = schema.index(of: item.field) else {
        throw failure("HeaderFrom.field", "the \(side) has no field \(item.field)", advice: "correct fields, or choose the records by a predicate")
      }
      headers.append((index, item.header, all[index].schema, replacesNull ? all[index].schema.substitute : nil))
    }
    if !moves { return Plan(rest: nil, headers: headers) }
    let moved = Set(headers.map(\.field))
    let kept = all.indices.filter { !moved.contains($0) }
    let change = StructChange(
      copy: StructCopy(of: all, keeping: kept, replacesNull: replacesNull), schema: schema.basics(.structure(kept.map { all[$0] })))
    return Plan(rest: change, headers: headers)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    Entry(
      rest: plan.rest?.enter(&batch),
      headers: plan.headers.map { item in
        let name = batch.intern(headerName: item.name)
        return (item.field, Header(name: name, schema: batch.intern(schema: item.schema), value: .null), item.fallback)
      })
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    let place = batch.beginHeaders(of: index)
    for item in entry.headers {
      var header = item.header
      header.value = batch.field(item.field, of: slot)
      if header.value.isNull, let fallback = item.fallback { header.value = batch.slot(fallback) }
      batch.headers.append(header)
    }
    batch.endHeaders(of: index, from: place)
    guard let rest = entry.rest else { return }
    let first = rest.copy.append(slot, to: &batch)
    batch.records[index].set(side, .structure(first: first, count: rest.copy.kept.count), schema: rest.schema)
  }
}
