public import MillraceCore

/// Debezium's `io.debezium.transforms.SchemaChangeEventFilter`: leaves out records of the schema-change topic by what was changed.
public enum SchemaChangeEventFilter {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init(
      "schema.change.event.exclude.list", required: true,
      "What is left out: \(SchemaChangeType.allCases.map(\.rawValue).joined(separator: ", ")). Records that tell no table are left out always.")
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let key = "schema.change.event.exclude.list"
    var excluded: Set<SchemaChangeType> = []
    for item in configuration.requiredList(key, "list types, such as TRUNCATE,DROP") {
      if let type = SchemaChangeType(rawValue: item) { excluded.insert(type) } else {
        configuration.report(
          Finding(
            key: key, problem: "has \"\(item)\", which is no type of change",
            advice: "write types of \(SchemaChangeType.allCases.map(\.rawValue).joined(separator: ", ")), in capitals"))
      }
    }
    return SchemaTransform(SchemaChangeFilterWork(excluded: excluded))
  }
}

/// What a record of the schema-change topic can tell (io.debezium.schema.SchemaChangeEvent.SchemaChangeEventType).
enum SchemaChangeType: String, CaseIterable, Sendable {
  case create = "CREATE"
  case alter = "ALTER"
  case drop = "DROP"
  case truncate = "TRUNCATE"
  case database = "DATABASE"
}

struct SchemaChangeFilterWork: SchemaWork {
  let name = "SchemaChangeEventFilter"
  var side: RecordSide { .value }
  let excluded: Set<SchemaChangeType>

  struct Plan: Sendable {
    let changes: Int
    let type: Int
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    guard let name = schema.name, name.hasSuffix(".SchemaChangeValue") || name.hasSuffix(".SchemaChangeKey") else { return nil }
    guard let changes = schema.index(of: "tableChanges"), case .array(let change) = schema.fields[changes].schema.kind,
      let type = change.index(of: "type")
    else { throw failure("SchemaChangeEventFilter.struct", "the record tells no changes of tables", advice: "choose the records by a predicate") }
    return Plan(changes: changes, type: type)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Plan { plan }

  func apply(_ plan: Plan, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    let changes = batch.field(plan.changes, of: slot)
    guard changes.kind == .array else {
      batch.records[index].isDropped = true
      return
    }
    var type: SchemaChangeType? = .database
    if changes.count > 0 {
      let change = batch.slots[changes.offset]
      let text = change.kind == .structure ? batch.field(plan.type, of: change) : .null
      type = text.kind == .text ? SchemaChangeType(rawValue: batch.string(text)) : nil
    }
    guard let type else {
      throw failure("SchemaChangeEventFilter.type", "the record tells a change of an unknown type", advice: "choose the records by a predicate")
    }
    if excluded.contains(type) { batch.records[index].isDropped = true }
  }
}
