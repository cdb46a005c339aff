internal import MillraceCore

/// Writes events into a batch as records of the schema-change topic (`topic.prefix`).
struct SchemaChangeRecords: Sendable {
  private let topic: String
  private let keySchema: Schema
  private let valueSchema: Schema
  /// `include.schema.comments`.
  private let hasColumnComments: Bool
  /// The MariaDB connector tells those of tables always.
  private let hasTableComments: Bool

  /// Index of the source block in the value.
  static let source = 0

  /// - Parameters:
  ///   - connector: `mysql` or `mariadb`, part of the schemas' names.
  ///   - source: the schema of the source block.
  init(topic: String, connector: String, source: Schema, includesComments: Bool) {
    self.topic = topic
    hasColumnComments = includesComments
    hasTableComments = includesComments || connector == "mariadb"
    keySchema = Schema(
      .structure([.init("databaseName", .string)]), name: "io.debezium.connector.\(connector).SchemaChangeKey", version: 1)
    valueSchema = Schema(
      .structure([
        .init("source", source), .init("ts_ms", .int64), .init("databaseName", .optionalString), .init("schemaName", .optionalString),
        .init("ddl", .optionalString), .init("tableChanges", Schema(.array(Self.changeSchema))),
      ]), name: "io.debezium.connector.\(connector).SchemaChangeValue", version: 1)
  }

  private static let columnSchema = Schema(
    .structure([
      .init("name", .string), .init("jdbcType", .int32), .init("nativeType", .optionalInt32), .init("typeName", .string),
      .init("typeExpression", .optionalString), .init("charsetName", .optionalString), .init("length", .optionalInt32),
      .init("scale", .optionalInt32), .init("position", .int32), .init("optional", .optionalBoolean),
      .init("autoIncremented", .optionalBoolean), .init("generated", .optionalBoolean), .init("comment", .optionalString),
      .init("defaultValueExpression", .optionalString), .init("enumValues", Schema(.array(.string), optional: true)),
    ]), name: "io.debezium.connector.schema.Column", version: 1)

  private static let tableSchema = Schema(
    .structure([
      .init("defaultCharsetName", .optionalString), .init("primaryKeyColumnNames", Schema(.array(.string), optional: true)),
      .init("columns", Schema(.array(columnSchema))), .init("comment", .optionalString),
    ]), optional: true, name: "io.debezium.connector.schema.Table", version: 1)

  private static let changeSchema = Schema(
    .structure([.init("type", .string), .init("id", .string), .init("table", tableSchema)]), name: "io.debezium.connector.schema.Change",
    version: 1)

  /// Appends one record. `source` is a source block in the batch, its `db` and `table` as the event has them.
  /// - Parameter time: ms since 1970, now.
  func append(_ event: SchemaChangeEvent, source: Slot, time: Int64, order: Record.Order, to batch: inout RecordBatch) {
    let database = batch.text(event.database)
    let key = batch.slots.append(repeating: database, count: 1)
    let changes: [Value] = event.type.map { type in [change(type, event)] } ?? []
    let list = batch.slot(.array(changes))
    let ddl = event.ddl.map { batch.text($0) } ?? .null
    let value = batch.slots.append(repeating: .null, count: 6)
    batch.slots[value + Self.source] = source
    batch.slots[value + 1] = .integer(time)
    batch.slots[value + 2] = database
    batch.slots[value + 4] = ddl
    batch.slots[value + 5] = list
    var record = Record(
      topic: batch.intern(topic: topic), keySchema: batch.intern(schema: keySchema), key: .structure(first: key, count: 1),
      valueSchema: batch.intern(schema: valueSchema), value: .structure(first: value, count: 6), firstHeader: 0, headerCount: 0, order: order)
    record.partition = 0
    batch.records.append(record)
  }

  private func change(_ type: SchemaChangeEvent.StaticText, _ event: SchemaChangeEvent) -> Value {
    let id = event.table ?? TableID(event.database, "")
    return .structure([
      .text(type.rawValue), .text("\"\(id.database)\".\"\(id.table)\""), event.definition.map(table) ?? .null,
    ])
  }

  private func table(_ table: TableDefinition) -> Value {
    .structure([
      Self.text(table.charset), .array(table.identifyingColumns.map { .text($0) }),
      .array(table.columns.enumerated().map { column($0.element, position: $0.offset + 1) }),
      hasTableComments ? Self.text(table.comment) : .null,
    ])
  }

  private func column(_ column: ColumnDefinition, position: Int) -> Value {
    let recorded = RecordedColumn(column)
    return .structure([
      .text(column.name), .integer(recorded.jdbcType), .null, .text(recorded.typeName), .text(recorded.typeName),
      Self.text(recorded.charset), Self.number(recorded.length), Self.number(recorded.scale), .integer(Int64(position)),
      .boolean(column.isNullable), .boolean(recorded.isAutoIncremented), .boolean(recorded.isAutoIncremented),
      hasColumnComments ? Self.text(column.comment) : .null, Self.text(recorded.defaultExpression),
      recorded.members.map { .array($0.map { .text($0) }) } ?? .null,
    ])
  }

  private static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
  private static func number(_ number: Int?) -> Value { number.map { .integer(Int64($0)) } ?? .null }
}
