internal import MillraceCore

/// Everything that is decided once for a table's shape: topic, schemas, and how each column is decoded. Shared and immutable;
/// it lives until the table changes, because converters keep their plans by schema object.
final class TableShape: Sendable {
  /// What is needed of a column for each value: plain, so that reading it counts no references.
  struct Column: BitwiseCopyable, Sendable, Equatable {
    let codec: ColumnCodec
    /// The slot of the row's run; `leftOut`, or `changed`.
    let field: Int
    /// Whether NULL is replaced, because the field is required or masked.
    let hasZero: Bool

    static let leftOut = -1
    /// Its values are masked or cut: `AlteredColumn` says how.
    static let changed = -2
  }

  let database: String
  let tableName: String
  let topic: String
  /// In the order of the table.
  let columns: [Column]
  private let names: [String]
  /// What stands for NULL in a required field: its default or a zero, as Debezium has it.
  private let zeros: [Value?]
  /// Whether a required field has a default of its own.
  private let hasDefault: [Bool]
  private let failures: EventFailures
  /// By column; empty where no column is altered.
  private let altered: [AlteredColumn?]
  /// By column: what ENUM and SET, and texts in other sets than Unicode's are read with.
  private let members: [MemberTexts?]
  private let charsets: [CharsetTable?]
  let fieldCount: Int
  /// Slots of a row's run: its fields, and behind them key columns that the row leaves out.
  let slotCount: Int
  let row: Schema
  /// nil for a table without key.
  let key: Schema?
  let envelope: Schema
  /// Slots of the row's run that make the key, in key order.
  let keyFields: [Int]
  /// The columns of the key, as places in the table.
  let keyColumns: [Int]
  /// What the key's last field says, where several tables share a topic.
  let keyIdentifier: String?
  /// Columns that are to be masked, but whose type masks do not change.
  let unmasked: [String]

  var qualifiedName: String { "\(database).\(tableName)" }

  /// - Parameters:
  ///   - source: the schema of the source block.
  ///   - placeholder: stands for a value that the log did not carry where it must be altered.
  ///   - captures: whether a column of the table is captured.
  /// - Throws: where the rules give two fields one name.
  init(
    of table: TableDefinition, rules: TableRules, source: Schema, types: TypeMapper,
    placeholder: [UInt8] = UnavailablePlaceholder.standard, failures: EventFailures = .fatal, captures: (String) -> Bool = { _ in true }
  ) throws(MillraceError) {
    self.failures = failures
    database = table.database
    tableName = table.name
    topic = rules.naming.dataChange(database: table.database, table: table.name)
    let qualifiedName = "\(table.database).\(table.name)"
    let own = table.identifyingColumns
    let keyNames = rules.keyColumns.columns(of: qualifiedName, among: table.columns.map(\.name)) ?? own
    var fields: [Schema.Field] = []
    /// Schemas and slots of the key's members by column; a hidden one lies behind the row's fields.
    var parts: [String: (schema: Schema, column: Int, slot: Int?)] = [:]
    var described: [Column] = [], zeros: [Value?] = [], hasDefault: [Bool] = [], altered: [AlteredColumn?] = []
    var members: [MemberTexts?] = [], charsets: [CharsetTable?] = []
    var unmasked: [String] = []
    for (place, column) in table.columns.enumerated() {
      let isCaptured = captures(column.name)
      let isKey = keyNames.contains(column.name)
      let isOptional = column.isNullable && !own.contains(column.name)
      let mapping = types.mapping(of: column, table: qualifiedName)
      members.append(column.members.isEmpty ? nil : MemberTexts(column.members))
      charsets.append(mapping.codec.form == .text ? CharsetTable.of(mapping.codec.charset) : nil)
      guard isCaptured || isKey else {
        zeros.append(nil)
        hasDefault.append(false)
        altered.append(nil)
        described.append(Column(codec: mapping.codec, field: Column.leftOut, hasZero: false))
        continue
      }
      let fallback = DefaultValue(column, mapping.codec, optional: isOptional).value
      let plain = mapping.schema(optional: isOptional, default: fallback)
      let zero = mapping.standIn ?? TableShape.zero(for: plain)
      zeros.append(zero)
      hasDefault.append(!plain.isOptional && plain.defaultValue != nil)
      let alteration = isCaptured ? rules.alterations.alteration(of: "\(qualifiedName).\(column.name)") : nil
      let traits = column.traits(plain)
      let change = alteration?.change(for: traits)
      if alteration?.isMask == true, change == nil { unmasked.append(column.name) }
      if isKey { parts[column.name] = (plain, place, isCaptured && change == nil ? fields.count : nil) }
      altered.append(
        change.map {
          AlteredColumn(change: $0, field: fields.count, isText: plain.kind == .string, zero: zero, placeholder: placeholder)
        })
      described.append(
        Column(
          codec: mapping.codec, field: change != nil ? Column.changed : isCaptured ? fields.count : Column.leftOut,
          hasZero: zero != nil || change != nil))
      if isCaptured {
        let member = types.settings.propagation?.schema(plain, of: column, table: qualifiedName) ?? plain
        let shown = alteration?.parameter(for: traits).map { member.with(parameter: $0) } ?? member
        fields.append(Schema.Field(rules.fieldNames.adjusted(column.name), shown))
      }
    }
    // Behind the fields: members of the key that are not in the row, or not as they are.
    var slotCount = fields.count
    for name in keyNames {
      guard let part = parts[name], part.slot == nil else { continue }
      parts[name]?.slot = slotCount
      if altered[part.column] != nil {
        altered[part.column]?.keySlot = slotCount
      } else {
        let column = described[part.column]
        described[part.column] = Column(codec: column.codec, field: slotCount, hasZero: column.hasZero)
      }
      slotCount += 1
    }
    self.columns = described
    self.zeros = zeros
    self.hasDefault = hasDefault
    self.altered = altered.contains { $0 != nil } ? altered : []
    self.members = members
    self.charsets = charsets
    self.slotCount = slotCount
    names = table.columns.map(\.name)
    self.unmasked = unmasked
    fieldCount = fields.count
    let schemaNames = rules.schemaNames
    row = Schema(.structure(fields), optional: true, name: schemaNames.adjusted("\(topic).Value"))
    let found = keyNames.compactMap { name in parts[name].flatMap { part in part.slot.map { (name, part, $0) } } }
    keyFields = found.map(\.2)
    keyColumns = found.map(\.1.column)
    let identifier = rules.naming.keyIdentifier(database: table.database, table: table.name)
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
        code: "mysql.field-name", component: "mysql", retry: .stop, message: "two fields would be called \(field.name)",
        advice: "set field.name.adjustment.mode=avro_unicode or none, name topic.key.field.name otherwise, or leave a column out with column.exclude.list",
        subject: table)
    }
  }

  /// Whether `other` gives the same records.
  func isEqual(to other: TableShape) -> Bool {
    database == other.database && tableName == other.tableName && names == other.names && columns == other.columns
      && altered == other.altered && keyIdentifier == other.keyIdentifier && row == other.row && key == other.key
  }

  private static func zero(for schema: Schema) -> Value? {
    if schema.isOptional { return nil }
    if let value = schema.defaultValue { return value }
    switch schema.kind {
    case .int8, .int16, .int32, .int64: return .integer(0)
    case .float32, .float64: return .float(0)
    case .boolean: return .boolean(false)
    case .string:
      switch schema.name {
      case "io.debezium.time.ZonedTimestamp", "io.debezium.time.IsoTimestamp": return .text("1970-01-01T00:00:00Z")
      case "io.debezium.time.IsoDate": return .text("1970-01-01Z")
      case "io.debezium.time.IsoTime": return .text("00:00:00Z")
      case "io.debezium.data.Json": return .text("{}")
      default: return .text("")
      }
    case .bytes: return schema.isDecimal ? .integer(0) : .bytes([])
    case .array: return .array([])
    case .map: return .map([])
    case .structure(let fields): return .structure(fields.map { zero(for: $0.schema) ?? .null })
    }
  }

  // MARK: values

  /// Reads a column's value out of a row image into the run from `first`, or steps over it where it is left out.
  @inline(__always)
  func place(
    row: inout RowCursor, as image: ImageColumn, column: Int, first: Int, into batch: inout RecordBatch
  ) throws(MillraceError) {
    let described = columns[column]
    guard described.field != Column.leftOut else { return try skip(&row, image, column) }
    do throws(DecodingFailure) {
      let slot: Slot
      switch described.codec.form {
      case .text where described.codec.charset != .utf8mb4:
        slot = try described.codec.decode(row: &row, as: image, table: charsets[column], into: &batch)
      case .enumeration, .set:
        slot = try described.codec.decode(row: &row, as: image, members: members[column], into: &batch)
      default: slot = try described.codec.decode(row: &row, as: image, into: &batch)
      }
      put(slot, described, column, first, &batch)
    } catch {
      try replace(error, column: column, first: first, into: &batch)
    }
  }

  /// Reads a text or bytes into the run from `first`.
  /// - Parameter stored: as the log has them behind their length; nil where they are damaged.
  func place(stored bytes: UnsafeRawBufferPointer?, column: Int, first: Int, into batch: inout RecordBatch) throws(MillraceError) {
    let described = columns[column]
    guard described.field != Column.leftOut else { return }
    do throws(DecodingFailure) {
      guard let bytes else { throw DecodingFailure(.malformed, described.codec.form) }
      put(try described.codec.stored(bytes, charsets[column], into: &batch), described, column, first, &batch)
    } catch {
      try replace(error, column: column, first: first, into: &batch)
    }
  }

  /// Reads the changes of a JSON value out of a row image of PARTIAL_UPDATE_ROWS (a length of four bytes, and the changes) and writes the
  /// whole new value.
  /// - Parameter before: the value of the before image; nil where the log has not carried it: then the new one is not known either.
  func placeChanges(
    row: inout RowCursor, before: UnsafeRawBufferPointer?, column: Int, first: Int, into batch: inout RecordBatch
  ) throws(MillraceError) {
    let described = columns[column]
    guard let changes = row.counted(4) else { throw DecodingFailure(.truncated, .json).error(table: qualifiedName, column: names[column]) }
    guard described.field != Column.leftOut else { return }
    guard let before else { return markUnavailable(column: column, first: first, into: &batch) }
    let at = batch.arena.count
    if described.codec.form == .json, JSONDiff.apply(changes, to: before, into: &batch.arena) {
      return put(.text(offset: at, length: batch.arena.count &- at), described, column, first, &batch)
    }
    batch.arena.truncate(to: at)
    try replace(DecodingFailure(.malformed, .json), column: column, first: first, into: &batch)
  }

  /// Decodes the text of a column's value in a result into the run from `first`.
  @inline(__always)
  func place(
    text: UnsafeRawBufferPointer, column: Int, first: Int, into batch: inout RecordBatch
  ) throws(MillraceError) {
    let described = columns[column]
    guard described.field != Column.leftOut else { return }
    do throws(DecodingFailure) {
      put(try described.codec.decode(text: text, into: &batch), described, column, first, &batch)
    } catch {
      try replace(error, column: column, first: first, into: &batch)
    }
  }

  @inline(__always)
  private func put(_ slot: Slot, _ described: Column, _ column: Int, _ first: Int, _ batch: inout RecordBatch) {
    // What has no place in its type, such as 0000-00-00.
    if slot.isNull { return fillNull(column: column, first: first, into: &batch) }
    if described.field >= 0 {
      batch.slots[first &+ described.field] = slot
    } else {
      altered[column]?.place(slot, first: first, into: &batch)
    }
  }

  /// Steps over a column's value in a row image.
  func skip(_ row: inout RowCursor, _ image: ImageColumn, _ column: Int) throws(MillraceError) {
    guard row.skip(image) else {
      throw DecodingFailure(.truncated, columns[column].codec.form).error(table: qualifiedName, column: names[column])
    }
  }

  /// Writes what stands for a value that cannot be converted: null, or the default of a required column.
  @inline(never)
  private func replace(
    _ failure: DecodingFailure, column: Int, first: Int, into batch: inout RecordBatch
  ) throws(MillraceError) {
    let error = failure.error(table: qualifiedName, column: names[column])
    guard failure.isContained, hasDefault[column] || zeros[column] == nil else { throw error }
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
}

extension ColumnDefinition {
  /// What masks and truncation go by.
  func traits(_ schema: Schema) -> ColumnAlteration.Column {
    let isCharacter =
      switch type {
      case .char, .varchar, .tinytext, .text, .mediumtext, .longtext, .enum, .set: charset != "binary"
      default: false
      }
    let isBinary = schema.kind == .bytes && schema.name == nil
    return ColumnAlteration.Column(isCharacter: isCharacter, isBinary: isBinary, length: debeziumLength ?? Int(Int32.max))
  }
}
