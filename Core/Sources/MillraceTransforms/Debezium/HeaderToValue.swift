public import MillraceCore

/// Debezium's `io.debezium.transforms.HeaderToValue`: headers become fields of the value, and stay or go.
public enum HeaderToValue {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("headers", required: true, "The headers."),
    .init("fields", required: true, "The names of their fields, in the same order; with dots for a field in a struct."),
    .init("operation", .choice(["move", "copy"]), required: true, "Whether the headers leave the record (move) or stay (copy)."),
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let headers = configuration.requiredList("headers", "list headers"), fields = configuration.requiredList("fields", "list names")
    for (key, items) in [("headers", headers), ("fields", fields)] {
      if let item = items.first(where: { $0.contains(where: \.isWhitespace) }) {
        configuration.report(Finding(key: key, problem: "has a blank in \"\(item)\"", advice: "separate the names by commas"))
      }
    }
    if headers.count != fields.count, !headers.isEmpty, !fields.isEmpty {
      configuration.report(
        Finding(key: "fields", problem: "has \(fields.count) names for \(headers.count) headers", advice: "give one name for each header"))
    }
    let moves = configuration.required("operation", "write move or copy").lowercased().trimmed == "move"
    return HeaderToValueTransform(Array(zip(headers, fields).map { $0 }), moves: moves)
  }
}

/// `@unchecked Sendable`: a transform is used by one stage at a time.
final class HeaderToValueTransform: Transform, @unchecked Sendable {
  private let items: [(header: String, path: [String])]
  private let moves: Bool
  private let name = "HeaderToValue"

  /// What the schema of the result depends on: the value's, and for each item the schema of its header, if there is one.
  private struct Key: Hashable {
    let value: ObjectIdentifier
    let headers: [ObjectIdentifier?]
  }

  /// Holds the schemas that it is found under, so that their identifiers stay taken.
  private struct Plan {
    let sources: [Schema]
    let schema: Schema
    let steps: [Step]
  }

  /// A field of the result.
  private indirect enum Step {
    case field(Int, fallback: Value?)
    case header(Int)
    /// A struct that is there, by its index, or a new one.
    case structure(Int?, [Step])
  }

  private var plans: [Key: Plan] = [:]

  init(_ items: [(header: String, field: String)], moves: Bool) {
    self.items = items.map { ($0.header, $0.field.split(separator: ".", omittingEmptySubsequences: false).map(String.init)) }
    self.moves = moves
  }

  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    // The names of headers are those of the batch; a batch without any of them has nothing to do.
    let names = items.map { item in batch.headerNames.firstIndex(of: item.header).map { UInt32($0) } }
    if names.allSatisfy({ $0 == nil }) { return }
    var found: [Header?] = Array(repeating: nil, count: items.count)
    // Most records have the schemas of the one before.
    var seen: [UInt32?] = []
    var recent: (value: UInt32, plan: Plan, schema: UInt32)?
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let record = batch.records[index]
      guard !record.value.isNull, record.headerCount > 0 else { continue }
      var hasAny = false
      for item in found.indices { found[item] = nil }
      for place in Int(record.firstHeader)..<Int(record.firstHeader) + Int(record.headerCount) {
        guard let item = names.firstIndex(of: batch.headers[place].name) else { continue }
        found[item] = batch.headers[place]
        hasAny = true
      }
      guard hasAny else { continue }
      do throws(MillraceError) {
        guard record.value.kind == .structure, record.valueSchema != Record.noSchema else {
          throw failure("struct", "the value is no struct", "choose the records by a predicate, or correct the order of the transforms")
        }
        var isSeen = recent?.value == record.valueSchema && !seen.isEmpty
        if isSeen { for item in found.indices where found[item]?.schema != seen[item] { isSeen = false } }
        if !isSeen {
          seen = found.map { $0?.schema }
          let schemas = seen.map { $0.flatMap { $0 == Record.noSchema ? nil : batch.schemas[Int($0)] } }
          let plan = try plan(batch.schemas[Int(record.valueSchema)], schemas)
          recent = (record.valueSchema, plan, batch.intern(schema: plan.schema))
        }
        guard let recent else { continue }
        let value = write(recent.plan.steps, record.value, found, &batch)
        batch.records[index].set(.value, value, schema: recent.schema)
      } catch {
        throw error.at(record, of: batch)
      }
      if moves { remove(names, from: index, &batch) }
    }
  }

  private func failure(_ code: String, _ message: String, _ advice: String) -> MillraceError {
    MillraceError(code: "transform.HeaderToValue.\(code)", component: name, retry: .record, message: message, advice: advice)
  }

  private func plan(_ value: Schema, _ headers: [Schema?]) throws(MillraceError) -> Plan {
    let key = Key(value: ObjectIdentifier(value), headers: headers.map { $0.map { ObjectIdentifier($0) } })
    if let known = plans[key] { return known }
    let wanted = items.indices.compactMap { index in headers[index].map { (index: index, path: items[index].path[...], schema: $0) } }
    let (schema, steps) = try extend(value, wanted)
    let plan = Plan(sources: [value] + headers.compactMap { $0 }, schema: schema, steps: steps)
    if plans.count >= 4096 { plans.removeAll() }
    plans[key] = plan
    return plan
  }

  private typealias Wanted = (index: Int, path: ArraySlice<String>, schema: Schema)

  /// The struct with the headers that belong into it or below it.
  private func extend(_ schema: Schema, _ wanted: [Wanted]) throws(MillraceError) -> (Schema, [Step]) {
    guard case .structure(var fields) = schema.kind else {
      throw failure("nested", "a field to be put into stands in no struct", "correct fields")
    }
    var steps: [Step] = fields.enumerated().map { .field($0, fallback: $1.schema.substitute) }
    for (place, field) in schema.fields.enumerated() {
      let inside = wanted.filter { $0.path.count > 1 && $0.path.first == field.name }
      if inside.isEmpty { continue }
      let (inner, innerSteps) = try extend(field.schema, inside.map { ($0.index, $0.path.dropFirst(), $0.schema) })
      fields[place] = Schema.Field(field.name, inner)
      steps[place] = .structure(place, innerSteps)
    }
    for item in wanted where item.path.count == 1 {
      let name = item.path[item.path.startIndex]
      if let place = fields.firstIndex(where: { $0.name == name }) {
        // The field keeps its schema and takes the header's value.
        guard fields[place].schema.kind == item.schema.kind else {
          throw failure("type", "there is a field \(name) of another type than the header", "choose another name")
        }
        steps[place] = .header(item.index)
      } else {
        fields.append(Schema.Field(name, item.schema))
        steps.append(.header(item.index))
      }
    }
    // A struct that is not there becomes an optional one with the fields named directly below it.
    for item in wanted where item.path.count > 1 {
      let name = item.path[item.path.startIndex]
      guard !fields.contains(where: { $0.name == name }) else { continue }
      let inside = wanted.filter { $0.path.count > 1 && $0.path[$0.path.startIndex] == name }
      let inner = inside.map { Schema.Field($0.path[$0.path.startIndex + 1], $0.schema) }
      fields.append(Schema.Field(name, Schema(.structure(inner), optional: true)))
      steps.append(.structure(nil, inside.map { .header($0.index) }))
    }
    return (schema.basics(.structure(fields)), steps)
  }

  private func write(_ steps: [Step], _ source: Slot, _ headers: [Header?], _ batch: inout RecordBatch) -> Slot {
    let first = batch.slots.append(repeating: .null, count: steps.count)
    for (place, step) in steps.enumerated() {
      let slot: Slot
      switch step {
      case .field(let field, let fallback): slot = batch.field(field, of: source, orElse: fallback)
      case .header(let item): slot = headers[item]?.value ?? .null
      case .structure(nil, let inside): slot = write(inside, .null, headers, &batch)
      case .structure(let field?, let inside):
        let inner = batch.field(field, of: source)
        slot = inner.kind == .structure ? write(inside, inner, headers, &batch) : .null
      }
      batch.slots[first + place] = slot
    }
    return .structure(first: first, count: steps.count)
  }

  private func remove(_ names: [UInt32?], from index: Int, _ batch: inout RecordBatch) {
    let record = batch.records[index]
    let first = batch.headers.count
    for place in Int(record.firstHeader)..<Int(record.firstHeader) + Int(record.headerCount) where !names.contains(batch.headers[place].name) {
      batch.headers.append(batch.headers[place])
    }
    batch.endHeaders(of: index, from: first)
  }
}
