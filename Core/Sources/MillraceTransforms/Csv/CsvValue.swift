public import MillraceCore

/// Rows as lines of comma-separated values, with one column as the key: what readers take that know no JSON (TensorFlow's Kafka
/// data set among them). It stands for no class of Debezium's.
///
/// An envelope gives the row after the change, any other struct is the row itself. A line has as many fields as there are columns,
/// bytes and lists have a field for each byte and element; it ends with no line feed.
public enum CsvValue {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("columns", "The columns of the line, in its order; without it all of the row but key.column."),
    .init("key.column", "The column whose plain text becomes the key; without it the key stays as it is."),
    .init("delimiter", default: ",", "What stands between fields: one ASCII character, or \\t."),
    .init(
      "quote", .choice(CsvFormat.Quoting.allCases.map(\.rawValue)), default: "minimal",
      "Which fields are in quotes: those that need it (RFC 4180; also a text that reads as null.text), all but nulls, or none; with none, "
        + "a text that needs quotes is an error of its record."),
    .init("quote.character", default: "\"", "One ASCII character; inside quotes it is doubled."),
    .init("null.text", default: "", "What stands for NULL."),
    .init("boolean", .choice(CsvFormat.Booleans.allCases.map(\.rawValue)), default: "text", "true and false, or 1 and 0."),
    .init(
      "bytes", .choice(CsvFormat.Bytes.allCases.map(\.rawValue)), default: "numbers",
      "Binary columns as numbers from 0 to 255, a field for each byte, or as base64 or hex in one field."),
    .init("hex.columns", "Text columns whose pairs of hexadecimal digits, behind \\x or 0x if wanted, are bytes."),
    .init(
      "output", .choice(CsvValue.Output.allCases.map(\.rawValue)), default: "string",
      "Whether key and line are strings or bytes for the converter."),
    .init(
      "deletes", .choice(CsvValue.Deletes.allCases.map(\.rawValue)), default: "drop",
      "Deletes and tombstones are dropped, or passed on without a value, their key made of key.column where key or old row have it."),
    .init(
      "unavailable", .choice(CsvValue.Unavailable.allCases.map(\.rawValue)), default: "fail",
      "A column that the log did not carry (unchanged, out of line) makes its record an error, drops it, or counts as NULL."),
    .init("partition", default: "-1", "The partition that every line is for; -1 leaves it to the sink."),
  ]

  enum Output: String, CaseIterable, Sendable { case string, bytes }
  enum Deletes: String, CaseIterable, Sendable { case drop, pass }
  enum Unavailable: String, CaseIterable, Sendable { case fail, drop, null }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let columns = configuration.list("columns")
    let key = configuration.string("key.column").flatMap { $0.isEmpty ? nil : $0 }
    for (index, column) in columns.enumerated() where columns[..<index].contains(column) {
      configuration.report(Finding(key: "columns", problem: "has \(column) twice", advice: "name each column once"))
    }
    var format = CsvFormat()
    format.delimiter = configuration.character("delimiter", default: format.delimiter)
    format.quote = configuration.character("quote.character", default: format.quote)
    if format.quote == format.delimiter {
      configuration.report(Finding(key: "quote.character", problem: "is the delimiter", advice: "choose two different characters"))
    }
    format.quoting = configuration.choice("quote", default: .minimal)
    format.booleans = configuration.choice("boolean", default: .text)
    format.bytes = configuration.choice("bytes", default: .numbers)
    let null = configuration.string("null.text", default: "") ?? ""
    if !format.isPlain(null) {
      configuration.report(
        Finding(
          key: "null.text", problem: "holds the delimiter, the quote or a line end", advice: "choose another text, such as NULL"))
    }
    format.null = Array(null.utf8)
    return SchemaTransform(
      CsvValueWork(
        columns: columns, keyColumn: key, hexColumns: Set(configuration.list("hex.columns")), format: format,
        isBytes: configuration.choice("output", default: Output.string) == .bytes,
        deletes: configuration.choice("deletes", default: .drop), unavailable: configuration.choice("unavailable", default: .fail),
        partition: Int32(configuration.integer("partition", default: -1, in: -1...Int(Int32.max)))))
  }
}

extension Configuration {
  /// One ASCII character that is no line end; a backslash and a t are a tab.
  fileprivate mutating func character(_ key: String, default fallback: UInt8) -> UInt8 {
    guard let text = self[key] else { return fallback }
    if text == "\\t" { return UInt8(ascii: "\t") }
    let bytes = Array(text.utf8)
    if bytes.count == 1, bytes[0] < 0x80, bytes[0] >= 0x20 || bytes[0] == 0x09 { return bytes[0] }
    report(Finding(key: key, problem: "is not one ASCII character", advice: "write one character, such as ; or \\t"))
    return fallback
  }
}

struct CsvValueWork: SchemaWork {
  let name = "CsvValue"
  var side: RecordSide { .value }
  let columns: [String]
  let keyColumn: String?
  let hexColumns: Set<String>
  let format: CsvFormat
  let isBytes: Bool
  let deletes: CsvValue.Deletes
  let unavailable: CsvValue.Unavailable
  let partition: Int32

  /// Of an unwrapped delete the value is a null with the row's schema: it is a delete here, too.
  var nulls: NullHandling { .apply }

  struct Plan: Sendable {
    /// Where the rows are in an envelope; nil where the struct is the row.
    let envelope: (before: Int?, after: Int)?
    let columns: [CsvColumn]
    let key: CsvColumn?
    let schema: Schema
  }

  struct Entry {
    let plan: Plan
    let schema: UInt32
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    var row = try requireFields(schema)
    var envelope: (before: Int?, after: Int)?
    if Envelope.isEnvelope(schema), let after = schema.index(of: "after") {
      envelope = (schema.index(of: "before"), after)
      row = row[after].schema.fields
    }
    let names = columns.isEmpty ? row.map(\.name).filter { $0 != keyColumn } : columns
    if envelope == nil, !names.contains(where: { name in row.contains { $0.name == name } }) {
      // Heartbeats and other records beside the rows.
      return nil
    }
    var compiled: [CsvColumn] = []
    for name in names { compiled.append(try column(name, of: row)) }
    var key: CsvColumn?
    if let keyColumn { key = try column(keyColumn, of: row) }
    return Plan(envelope: envelope, columns: compiled, key: key, schema: isBytes ? .bytes : .string)
  }

  private func column(_ name: String, of row: [Schema.Field]) throws(MillraceError) -> CsvColumn {
    guard let index = row.firstIndex(where: { $0.name == name }) else {
      throw failure(
        "CsvValue.column", "the row has no column \(name)",
        advice: "correct columns and key.column, or choose the records by a predicate")
    }
    guard let column = CsvColumn(index, row[index].schema, isHex: hexColumns.contains(name)) else {
      throw failure(
        "CsvValue.type", "the column \(name) has a type that is no field of a line",
        advice: "leave it out of columns, or flatten it before")
    }
    return column
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry { Entry(plan: plan, schema: batch.intern(schema: plan.schema)) }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    if slot.isNull { return try delete(index, before: .null, entry, &batch) }
    var row = slot
    if let envelope = entry.plan.envelope {
      row = batch.field(envelope.after, of: slot)
      if row.isNull {
        let before = envelope.before.map { batch.field($0, of: slot) } ?? .null
        return try delete(index, before: before, entry, &batch)
      }
    }
    if unavailable == .drop, isIncomplete(row, entry.plan, batch) {
      batch.records[index].isDropped = true
      return
    }
    let value = try line(row, entry.plan.columns, &batch)
    if let key = entry.plan.key {
      let text = try self.key(row, key, &batch)
      batch.records[index].set(.key, text, schema: text.isNull ? Record.noSchema : entry.schema)
    }
    batch.records[index].set(.value, value, schema: entry.schema)
    if partition >= 0 { batch.records[index].partition = partition }
  }

  /// A tombstone.
  func applyToNothing(_ index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    try delete(index, before: .null, nil, &batch)
  }

  /// A delete, a tombstone, or an envelope without rows (a truncation), which no reader of lines understands.
  private func delete(_ index: Int, before: Slot, _ entry: Entry?, _ batch: inout RecordBatch) throws(MillraceError) {
    guard deletes == .pass else {
      batch.records[index].isDropped = true
      return
    }
    if let keyColumn {
      let record = batch.records[index]
      var text = Slot.null
      if record.keySchema != Record.noSchema, record.key.kind == .structure,
        let place = batch.schemas[Int(record.keySchema)].index(of: keyColumn),
        let column = CsvColumn(place, batch.schemas[Int(record.keySchema)].fields[place].schema, isHex: false)
      {
        text = try key(record.key, column, &batch)
      } else if let key = entry?.plan.key, before.kind == .structure {
        text = try self.key(before, key, &batch)
      }
      if text.isNull {
        // A tombstone without key says nothing.
        batch.records[index].isDropped = true
        return
      }
      batch.records[index].set(.key, text, schema: entry?.schema ?? batch.intern(schema: isBytes ? .bytes : .string))
    }
    batch.records[index].set(.value, .null, schema: Record.noSchema)
    if partition >= 0 { batch.records[index].partition = partition }
  }

  private func isIncomplete(_ row: Slot, _ plan: Plan, _ batch: borrowing RecordBatch) -> Bool {
    if let key = plan.key, batch.field(key.field, of: row).kind == .unavailable { return true }
    for column in plan.columns where batch.field(column.field, of: row).kind == .unavailable { return true }
    return false
  }

  private func line(_ row: Slot, _ columns: [CsvColumn], _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    let start = batch.arena.count
    for (place, column) in columns.enumerated() {
      if place > 0 { batch.arena.append(format.delimiter) }
      try append(column, of: row, format, &batch)
    }
    return result(from: start, batch)
  }

  /// Null for a null; never in quotes.
  private func key(_ row: Slot, _ column: CsvColumn, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    if batch.field(column.field, of: row).isNull { return .null }
    let start = batch.arena.count
    try append(column, of: row, format.plain, &batch)
    return result(from: start, batch)
  }

  private func result(from start: Int, _ batch: borrowing RecordBatch) -> Slot {
    let length = batch.arena.count - start
    return isBytes ? .bytes(offset: start, length: length) : .text(offset: start, length: length)
  }

  private func append(
    _ column: CsvColumn, of row: Slot, _ format: CsvFormat, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    var slot = batch.field(column.field, of: row)
    if slot.kind == .unavailable {
      guard unavailable == .null else {
        throw failure(
          "CsvValue.unavailable", "a column of the line was not in the log",
          advice: "set REPLICA IDENTITY FULL on the table, or unavailable=drop or null")
      }
      slot = .null
    }
    do throws(CsvFormat.Failure) {
      try format.append(slot, column, to: &batch)
    } catch {
      switch error {
      case .needsQuotes:
        throw failure(
          "CsvValue.quote", "a text holds the delimiter, a quote or a line end", advice: "set quote=minimal, or another delimiter")
      case .hex:
        throw failure(
          "CsvValue.hex", "a text of hex.columns is not made of pairs of hexadecimal digits", advice: "correct hex.columns")
      case .mismatch:
        throw failure("CsvValue.mismatch", "a value does not fit its schema", advice: "check the transforms before this one")
      }
    }
  }
}
