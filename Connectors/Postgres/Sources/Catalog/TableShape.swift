internal import MillraceCore

/// Everything that is decided once for a table's shape: topic, schemas, and how each column is decoded. Shared and immutable;
/// it lives until the table changes, because converters keep their plans by schema object.
final class TableShape: Sendable {
  /// What is needed of a column for each value: plain, so that reading it counts no references.
  struct Column: BitwiseCopyable, Sendable, Equatable {
    let codec: ColumnCodec
    /// The slot of the row's run, or -1: the column is left out.
    let field: Int
    /// Whether NULL is replaced, because the field is required (a key-only old row).
    let hasZero: Bool
  }

  let schemaName: String
  let tableName: String
  let topic: String
  /// In the order of the server's tuples.
  let columns: [Column]
  private let names: [String]
  /// What stands for NULL in a required field: its default or a zero, as Debezium has it.
  private let zeros: [Value?]
  let fieldCount: Int
  /// Slots of a row's run: its fields, and behind them key columns that the row leaves out.
  let slotCount: Int
  let row: Schema
  /// nil for a table without key.
  let key: Schema?
  let envelope: Schema
  /// Fields of the row that make the key, in key order.
  let keyFields: [Int]
  /// What the key's last field says, where several tables share a topic.
  let keyIdentifier: String?
  /// Captured columns whose type has no mapping.
  let unmapped: [String]

  var qualifiedName: String { "\(schemaName).\(tableName)" }

  init(
    schema: String, table: String, columns: [PostgresTable.Column], key: [String], naming: TopicNaming, source: Schema,
    types: TypeMapper, filter: TableFilter
  ) {
    schemaName = schema
    tableName = table
    topic = naming.dataChange(schema: schema, table: table)
    var fields: [Schema.Field] = []
    var hidden: [Schema.Field] = []
    var rowFields: [Schema.Field] = []
    var described: [Column] = []
    var zeros: [Value?] = []
    var unmapped: [String] = []
    let isCaptured = columns.map { filter.captures(schema: schema, table: table, column: $0.name) }
    let visible = zip(columns, isCaptured).filter { column, isCaptured in
      isCaptured && types.codec(type: column.type, typmod: column.modifier) != nil
    }.count
    for (column, isCaptured) in zip(columns, isCaptured) {
      let isKey = key.contains(column.name)
      let required = column.notNull || isKey
      let codec = types.codec(type: column.type, typmod: column.modifier, notNull: required)
      let schema = types.columnSchema(
        type: column.type, typmod: column.modifier, notNull: required, defaultExpression: column.defaultExpression)
      if let codec, let schema, isCaptured || isKey {
        let field = isCaptured ? fields.count : visible + hidden.count
        zeros.append(TableShape.zero(for: schema))
        described.append(Column(codec: codec, field: field, hasZero: TableShape.zero(for: schema) != nil))
        let member = Schema.Field(column.name, schema)
        if isCaptured { fields.append(member) } else { hidden.append(member) }
        if isCaptured { rowFields.append(types.rowField(member, of: column, schema: schemaName, table: table)) }
      } else {
        if isCaptured { unmapped.append(column.name) }
        zeros.append(nil)
        described.append(Column(codec: ColumnCodec(.raw), field: -1, hasZero: false))
      }
    }
    self.columns = described
    self.zeros = zeros
    names = columns.map(\.name)
    self.unmapped = unmapped
    fieldCount = fields.count
    row = Schema(.structure(rowFields), optional: true, name: "\(topic).Value")
    let all = fields + hidden
    slotCount = all.count
    let keyFields = key.compactMap { name in all.firstIndex { $0.name == name } }
    self.keyFields = keyFields
    let identifier = naming.keyIdentifier(schema: schema, table: table)
    keyIdentifier = identifier?.value
    let members = keyFields.map { all[$0] } + (identifier.map { [Schema.Field($0.field, .string)] } ?? [])
    self.key = members.isEmpty ? nil : Schema(.structure(members), name: "\(topic).Key")
    envelope = Envelope.schema(topic: topic, row: row, source: source)
  }

  /// Whether `other` gives the same records.
  func isEqual(to other: TableShape) -> Bool {
    schemaName == other.schemaName && tableName == other.tableName && names == other.names && columns == other.columns
      && keyIdentifier == other.keyIdentifier
      && row == other.row && key == other.key
  }

  /// Decodes one column's text form.
  @inline(__always)
  func decode(_ text: UnsafeRawBufferPointer, column: Int, into batch: inout RecordBatch) throws(MillraceError) -> Slot {
    do throws(DecodingFailure) {
      return try columns[column].codec.decode(text, into: &batch)
    } catch {
      throw error.error(table: qualifiedName, column: names[column])
    }
  }

  /// Writes what stands for NULL in a column; the run from `first` is null already.
  @inline(__always)
  func fillNull(column: Int, first: Int, into batch: inout RecordBatch) {
    guard columns[column].hasZero, let zero = zeros[column] else { return }
    let slot = batch.slot(zero)
    batch.slots[first &+ columns[column].field] = slot
  }

  private static func zero(for schema: Schema) -> Value? {
    if schema.isOptional { return nil }
    if let value = schema.defaultValue { return value }
    switch schema.kind {
    case .int8, .int16, .int32, .int64: return .integer(0)
    case .float32, .float64: return .float(0)
    case .boolean: return .boolean(false)
    case .string: return .text("")
    case .bytes: return schema.name == "org.apache.kafka.connect.data.Decimal" ? .integer(0) : .bytes([])
    case .array: return .array([])
    case .map: return .map([])
    case .structure(let fields): return .structure(fields.map { zero(for: $0.schema) ?? .null })
    }
  }
}
