public import MillraceCore

/// Debezium's `io.debezium.transforms.ExtractSchemaToNewRecord`: the table's columns and their types in the envelope's field
/// `sourceSchema`, taken from what `column.propagate.source.type` puts into the schema.
public enum ExtractSchemaToNewRecord {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init(
      "schema.name.adjustment.mode", .choice(NameAdjustment.Mode.allCases.map(\.rawValue)), default: "none",
      "Changes the names of the new schemas for converters that are strict about them.")
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    SchemaTransform(SourceSchemaWork(names: NameAdjustment(configuration.choice("schema.name.adjustment.mode", default: .none), of: .schema)))
  }
}

struct SourceSchemaWork: SchemaWork {
  let name = "ExtractSchemaToNewRecord"
  var side: RecordSide { .value }
  private let block: Schema

  init(names: NameAdjustment) {
    let column = Schema(
      .structure([
        Schema.Field("name", .string), Schema.Field("typeName", .string), Schema.Field("length", .optionalInt32),
        Schema.Field("scale", .optionalInt32), Schema.Field("comment", .optionalString),
      ]), name: names.adjusted("io.debezium.connector.source.schema.Column"), version: 1)
    let table = Schema(
      .structure([Schema.Field("columns", Schema(.array(column)))]), name: "io.debezium.connector.source.schema.Table", version: 1)
    block = Schema(
      .structure([Schema.Field("id", .string), Schema.Field("table", table)]), name: names.adjusted("io.debezium.connector.source.Schema"),
      version: 1)
  }

  struct Plan: Sendable {
    let places: EnvelopePlaces
    let source: Int
    let table: Int
    let schema: Schema
    let columns: Result<Value, MillraceError>
    let copy: StructCopy
  }

  struct Entry {
    let plan: Plan
    let schema: UInt32
    let columns: Result<Slot, MillraceError>
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    guard let places = EnvelopePlaces(schema), let source = places.source, let table = schema.fields[source].schema.index(of: "table") else {
      return nil
    }
    let columns: Result<Value, MillraceError>
    do throws(MillraceError) { columns = .success(try describe(schema.fields[places.after].schema)) } catch { columns = .failure(error) }
    return Plan(
      places: places, source: source, table: table,
      schema: schema.basics(.structure(schema.fields + [Schema.Field("sourceSchema", block)]), optional: schema.isOptional),
      columns: columns, copy: StructCopy(of: schema.fields, replacesNull: true))
  }

  private func describe(_ row: Schema) throws(MillraceError) -> Value {
    var columns: [Value] = []
    for field in row.fields {
      func parameter(_ name: String) -> String? { field.schema.parameter("__debezium.source.column.\(name)") }
      guard let name = parameter("name"), let type = parameter("type") else {
        throw failure(
          "ExtractSchemaToNewRecord.type", "the schema does not tell the type of the column \(field.name)",
          advice: "write column.propagate.source.type=.*")
      }
      func number(_ name: String) -> Value { parameter(name).flatMap { Int64($0) }.map { .integer($0) } ?? .null }
      columns.append(
        .structure([.text(name), .text(type), number("length"), number("scale"), parameter("comment").map { .text($0) } ?? .null]))
    }
    return .structure([.array(columns)])
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    Entry(plan: plan, schema: batch.intern(schema: plan.schema), columns: plan.columns.map { batch.slot($0) })
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    let plan = entry.plan
    let before = plan.places.before.map { batch.field($0, of: slot) } ?? .null
    if batch.field(plan.places.after, of: slot).isNull, before.isNull { return }
    let columns = try entry.columns.get()
    let source = batch.field(plan.source, of: slot)
    let table = source.kind == .structure ? batch.field(plan.table, of: source) : .null
    let block = batch.slots.append(repeating: .null, count: 2)
    batch.slots[block] = table
    batch.slots[block + 1] = columns
    let first = plan.copy.append(slot, more: 1, to: &batch)
    batch.slots[first + plan.copy.kept.count] = .structure(first: block, count: 2)
    batch.records[index].set(.value, .structure(first: first, count: plan.copy.kept.count + 1), schema: entry.schema)
  }
}
