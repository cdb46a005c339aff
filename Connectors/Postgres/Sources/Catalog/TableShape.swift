internal import MillraceCore

/// Everything that is decided once for a table's shape: topic, schemas, and how each column is decoded. Shared and immutable;
/// it lives until the table changes, because converters keep their plans by schema object.
final class TableShape: Sendable {
  /// What is needed of a column for each value: plain, so that reading it counts no references.
  struct Column: BitwiseCopyable, Sendable, Equatable {
    let codec: ColumnCodec
    /// The slot of the row's run; `leftOut`, or `changed`.
    let field: Int
    /// Whether NULL is replaced, because the field is required (a key-only old row) or masked.
    let hasZero: Bool

    static let leftOut = -1
    /// Its values are masked or cut: `AlteredColumn` says how.
    static let changed = -2
  }

  let schemaName: String
  let tableName: String
  let topic: String
  /// In the order of the server's tuples.
  let columns: [Column]
  let names: [String]
  /// What stands for NULL in a required field: its default or a zero, as Debezium has it.
  private let zeros: [Value?]
  /// Whether a required field has a default of its own.
  private let hasDefault: [Bool]
  private let failures: EventFailures
  /// By column; empty where no column is altered.
  private let altered: [AlteredColumn?]
  let fieldCount: Int
  /// Slots of a row's run: its fields, and behind them key columns that the row leaves out.
  let slotCount: Int
  let row: Schema
  /// nil for a table without key.
  let key: Schema?
  let envelope: Schema
  /// Slots of the row's run that make the key, in key order.
  let keyFields: [Int]
  /// The columns of the key, as places in the server's tuples.
  let keyColumns: [Int]
  /// The columns of the table's own key, likewise.
  let ownKeyColumns: [Int]
  /// What the key's last field says, where several tables share a topic.
  let keyIdentifier: String?
  /// Captured columns whose type has no mapping.
  let unmapped: [String]
  /// Columns that are to be masked, but whose type masks do not change.
  let unmasked: [String]

  var qualifiedName: String { "\(schemaName).\(tableName)" }

  /// - Parameters:
  ///   - key: the table's own key, whose columns are required.
  ///   - placeholder: stands for a value that the log did not carry where it must be altered.
  /// - Throws: where the rules give two fields one name.
  init(
    schema: String, table: String, columns: [PostgresTable.Column], key: [String], rules: TableRules, source: Schema,
    types: TypeMapper, filter: TableFilter, placeholder: [UInt8] = UnavailablePlaceholder.standard,
    failures: EventFailures = .fatal
  ) throws(MillraceError) {
    self.failures = failures
    schemaName = schema
    tableName = table
    topic = rules.naming.dataChange(schema: schema, table: table)
    let qualifiedName = "\(schema).\(table)"
    let keyNames = rules.keyColumns.columns(of: qualifiedName, among: columns.map(\.name)) ?? key
    var fields: [Schema.Field] = []
    /// Schemas and slots of the key's members by column; a hidden one lies behind the row's fields.
    var members: [String: (schema: Schema, column: Int, slot: Int?)] = [:]
    var described: [Column] = []
    var zeros: [Value?] = []
    var hasDefault: [Bool] = []
    var altered: [AlteredColumn?] = []
    var unmapped: [String] = [], unmasked: [String] = []
    for (place, column) in columns.enumerated() {
      // A publication of version 18 may send generated columns; no snapshot does.
      let isCaptured = !column.isGenerated && filter.captures(schema: schema, table: table, column: column.name)
      let isKey = keyNames.contains(column.name)
      let required = column.notNull || key.contains(column.name)
      let codec = types.codec(type: column.type, typmod: column.modifier, notNull: required)
      let plain = types.columnSchema(
        type: column.type, typmod: column.modifier, notNull: required, defaultExpression: column.defaultExpression)
      guard let codec, let plain, isCaptured || isKey else {
        if isCaptured { unmapped.append(column.name) }
        zeros.append(nil)
        hasDefault.append(false)
        altered.append(nil)
        described.append(Column(codec: ColumnCodec(.raw), field: Column.leftOut, hasZero: false))
        continue
      }
      let zero = TableShape.zero(for: plain)
      zeros.append(zero)
      hasDefault.append(!plain.isOptional && plain.defaultValue != nil)
      let alteration = isCaptured ? rules.alterations.alteration(of: "\(qualifiedName).\(column.name)") : nil
      let traits = types.catalog.traits(type: column.type, typmod: column.modifier, schema: plain)
      let change = alteration?.change(for: traits)
      if alteration?.isMask == true, change == nil { unmasked.append(column.name) }
      if isKey {
        // Of a column that the row leaves out the reference does not know that it is required.
        members[column.name] = (isCaptured ? plain : plain.with(optional: true), place, isCaptured && change == nil ? fields.count : nil)
      }
      altered.append(
        change.map {
          AlteredColumn(
            change: $0, field: fields.count, isText: plain.kind == .string && plain.placeholder == .ofKind, zero: zero,
            placeholder: placeholder)
        })
      described.append(
        Column(
          codec: codec, field: change != nil ? Column.changed : isCaptured ? fields.count : Column.leftOut,
          hasZero: zero != nil || change != nil))
      if isCaptured {
        let member = types.rowField(Schema.Field(column.name, plain), of: column, schema: schemaName, table: table).schema
        let shown = alteration?.parameter(for: traits).map { member.with(parameter: $0) } ?? member
        fields.append(Schema.Field(rules.fieldNames.adjusted(column.name), shown))
      }
    }
    // Behind the fields: members of the key that are not in the row, or not as they are.
    var slotCount = fields.count
    for name in keyNames {
      guard let member = members[name], member.slot == nil else { continue }
      members[name]?.slot = slotCount
      if altered[member.column] != nil {
        altered[member.column]?.keySlot = slotCount
      } else {
        let column = described[member.column]
        described[member.column] = Column(codec: column.codec, field: slotCount, hasZero: column.hasZero)
      }
      slotCount += 1
    }
    self.columns = described
    self.zeros = zeros
    self.hasDefault = hasDefault
    self.altered = altered.contains { $0 != nil } ? altered : []
    self.slotCount = slotCount
    names = columns.map(\.name)
    self.unmapped = unmapped
    self.unmasked = unmasked
    fieldCount = fields.count
    let schemaNames = rules.schemaNames
    row = Schema(.structure(fields), optional: true, name: schemaNames.adjusted("\(topic).Value"))
    let found = keyNames.compactMap { name in members[name].flatMap { member in member.slot.map { (name, member, $0) } } }
    keyFields = found.map(\.2)
    keyColumns = found.map(\.1.column)
    ownKeyColumns = key.compactMap { name in columns.firstIndex { $0.name == name } }
    let identifier = rules.naming.keyIdentifier(schema: schema, table: table)
    keyIdentifier = identifier?.value
    let keyMembers = found.map { Schema.Field(rules.fieldNames.adjusted($0.0), $0.1.schema) }
      + (identifier.map { [Schema.Field($0.field, .string)] } ?? [])
    self.key = keyMembers.isEmpty ? nil : Schema(.structure(keyMembers), name: schemaNames.adjusted("\(topic).Key"))
    envelope = Envelope.schema(topic: topic, row: row, source: source, name: schemaNames.adjusted)
    for list in [fields, keyMembers] { try TableShape.requireDistinctNames(list, qualifiedName) }
  }

  /// Different columns may become fields of one name by `field.name.adjustment.mode`, or by the field that tells tables apart.
  private static func requireDistinctNames(_ fields: [Schema.Field], _ table: String) throws(MillraceError) {
    var names: Set<String> = []
    for field in fields where !names.insert(field.name).inserted {
      throw MillraceError(
        code: "postgres.field-name", component: "postgres", retry: .stop, message: "two fields would be called \(field.name)",
        advice: "set field.name.adjustment.mode=avro_unicode or none, name topic.key.field.name otherwise, or leave a column out with column.exclude.list",
        subject: table)
    }
  }

  /// Whether `other` gives the same records.
  func isEqual(to other: TableShape) -> Bool {
    schemaName == other.schemaName && tableName == other.tableName && names == other.names && columns == other.columns
      && altered == other.altered && keyIdentifier == other.keyIdentifier
      && row == other.row && key == other.key
  }

  /// Decodes one column's text form into the run from `first`.
  @inline(__always)
  func place(_ text: UnsafeRawBufferPointer, column: Int, first: Int, into batch: inout RecordBatch) throws(MillraceError) {
    let field = columns[column].field
    if field >= 0 {
      do throws(DecodingFailure) {
        let slot = try columns[column].codec.decode(text, into: &batch)
        if slot.isNull { try checkNull(column) }
        batch.slots[first &+ field] = slot
      } catch {
        try replace(error, column: column, first: first, into: &batch)
      }
    } else if field == Column.changed {
      try placeAltered(text, column: column, first: first, into: &batch)
    }
  }

  @inline(never)
  private func placeAltered(
    _ text: UnsafeRawBufferPointer, column: Int, first: Int, into batch: inout RecordBatch
  ) throws(MillraceError) {
    do throws(DecodingFailure) {
      let slot = try columns[column].codec.decode(text, into: &batch)
      altered[column]?.place(slot, first: first, into: &batch)
    } catch {
      try replace(error, column: column, first: first, into: &batch)
    }
  }

  /// A value became null, because its type has no other place for it.
  @inline(never)
  private func checkNull(_ column: Int) throws(DecodingFailure) {
    let form = columns[column].codec.form
    if failures.refusesNaN, form == .decimal || form == .variableDecimal { throw DecodingFailure(.outOfRange, form) }
  }

  /// Writes what stands for a value that cannot be converted: null, or the default of a required column.
  @inline(never)
  private func replace(
    _ failure: DecodingFailure, column: Int, first: Int, into batch: inout RecordBatch
  ) throws(MillraceError) {
    let error = failure.error(table: qualifiedName, column: names[column])
    guard hasDefault[column] || zeros[column] == nil else { throw error }
    try failures.replaceValue(error)
    fillNull(column: column, first: first, into: &batch)
  }

  /// Writes what stands for NULL in a column; the run from `first` is null already.
  @inline(__always)
  func fillNull(column: Int, first: Int, into batch: inout RecordBatch) {
    guard columns[column].hasZero else { return }
    if columns[column].field == Column.changed {
      altered[column]?.placeNull(first: first, into: &batch)
    } else if let zero = zeros[column], columns[column].field >= 0 {
      let slot = batch.slot(zero)
      batch.slots[first &+ columns[column].field] = slot
    }
  }

  /// Writes that the log did not carry a column's value; `settle` says in the end what stands for it.
  @inline(__always)
  func markUnavailable(column: Int, first: Int, into batch: inout RecordBatch) {
    let field = columns[column].field
    if field >= 0 {
      batch.slots[first &+ field] = .unavailable
    } else if field == Column.changed {
      altered[column]?.markUnavailable(first: first, into: &batch)
    }
  }

  /// Replaces what is still marked unavailable in altered columns by the altered placeholder.
  @inline(__always)
  func settle(_ row: Slot, in batch: inout RecordBatch) {
    if altered.isEmpty { return }
    for column in altered { column?.settle(first: row.offset, in: &batch) }
  }

  private static func zero(for schema: Schema) -> Value? {
    if schema.isOptional { return nil }
    if let value = schema.defaultValue { return value }
    switch schema.kind {
    case .int8, .int16, .int32, .int64: return .integer(0)
    case .float32, .float64: return .float(0)
    case .boolean: return .boolean(false)
    case .string: return .text("")
    case .bytes: return schema.isDecimal ? .integer(0) : .bytes([])
    case .array: return .array([])
    case .map: return .map([])
    case .structure(let fields): return .structure(fields.map { zero(for: $0.schema) ?? .null })
    }
  }
}
