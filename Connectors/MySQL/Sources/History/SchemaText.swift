/// A `SchemaModel` as text: what a checkpoint keeps. One line for each database, table, column and key, fields parted by tabs; a file of
/// 10,000 tables is read in a fraction of a second, and people can read it, too.
///
/// ```
/// millrace-schema⇥1
/// D⇥inventory⇥utf8mb4⇥utf8mb4_0900_ai_ci
/// T⇥inventory⇥orders⇥utf8mb4⇥utf8mb4_0900_ai_ci⇥⇥
/// C⇥id⇥int⇥na⇥…
/// P⇥id
/// K⇥by_name⇥u⇥name
/// ```
/// In a field `\t`, `\n`, `\r` and `\\` stand for these characters, `\N` for nothing.
enum SchemaText {
  private static let head = "millrace-schema\t1\n"

  static func text(_ model: SchemaModel) -> String {
    var writer = Writer()
    writer.text = head
    for (name, database) in model.databases.sorted(by: { $0.key < $1.key }) {
      writer.line("D", [name, database.charset, database.collation])
    }
    for table in model.tables { writer.table(table.definition, isDoubtful: table.isDoubtful) }
    return writer.text
  }

  /// Adds what the text says to a model.
  /// - Throws: `mysql.history.damaged`; damage is never taken for absence (Invariant 10).
  static func read(_ text: String, into model: inout SchemaModel) throws(HistoryDamage) {
    guard text.hasPrefix(head) else { throw HistoryDamage(problem: "does not begin as one of this version does") }
    guard text.utf8.last == 0x0A else { throw HistoryDamage(problem: "ends within a line") }
    var reader = Reader()
    let bytes = Array(text.utf8)
    var start = head.utf8.count
    while let end = bytes[start...].firstIndex(of: 0x0A) {
      if end > start { try reader.take(bytes[start..<end], &model) }
      start = end + 1
    }
    try reader.finish(&model)
  }
}

/// What is wrong with a stored history; a caller makes an error of it that names the place.
struct HistoryDamage: Error {
  /// A predicate: "the history …".
  let problem: String
}

// MARK: Writing

private struct Writer {
  var text = ""

  mutating func line(_ kind: Character, _ fields: [String?]) {
    text.append(kind)
    for field in fields {
      text.append("\t")
      guard let field else {
        text.append("\\N")
        continue
      }
      let isPlain = field.utf8.allSatisfy { $0 != 0x5C && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
      text.append(
        isPlain
          ? field
          : field.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n").replacing("\r", with: "\\r"))
    }
    text.append("\n")
  }

  mutating func table(_ table: TableDefinition, isDoubtful: Bool) {
    let flags = (table.isVersioned ? "v" : "") + (isDoubtful ? "d" : "")
    line("T", [table.database, table.name, table.charset, table.collation, flags, table.comment])
    for column in table.columns { self.column(column) }
    if !table.primaryKey.isEmpty { line("P", table.primaryKey) }
    for key in table.keys { line("K", [key.name, (key.isUnique ? "u" : "") + (key.hasExpressions ? "x" : "")] + key.columns) }
  }

  private mutating func column(_ column: ColumnDefinition) {
    var flags = ""
    if !column.isNullable { flags += "n" }
    if column.isUnsigned { flags += "u" }
    if column.isZerofill { flags += "z" }
    if column.isAutoIncremented { flags += "a" }
    if column.isUpdatedByServer { flags += "s" }
    if column.isGenerated { flags += "g" }
    if column.isInvisible { flags += "i" }
    let value: String
    switch column.defaultValue {
    case .none: value = ""
    case .null: value = "0"
    case .literal(let text): value = "l" + text
    case .bits(let text): value = "b" + text
    case .hex(let text): value = "h" + text
    case .expression(let text): value = "e" + text
    }
    line(
      "C",
      [
        column.name, column.type.rawValue, flags, column.length.map(String.init), column.scale.map(String.init), column.charset, column.collation,
        value, column.comment, column.writtenType, column.srid.map { String($0) },
      ])
    if !column.members.isEmpty { line("M", column.members) }
    if let written = column.writtenMembers { line("W", written) }
  }
}

// MARK: Reading

private struct Reader {
  private var table: TableDefinition?
  private var isDoubtful = false
  /// Of the line at hand.
  private var fields: [String?] = []

  private static let damage = HistoryDamage(problem: "holds a line that is none")

  mutating func finish(_ model: inout SchemaModel) throws(HistoryDamage) {
    if let table { model.set(table, isDoubtful: isDoubtful) }
    table = nil
  }

  mutating func take(_ line: ArraySlice<UInt8>, _ model: inout SchemaModel) throws(HistoryDamage) {
    fields.removeAll(keepingCapacity: true)
    var start = line.startIndex
    for index in line.indices where line[index] == 0x09 {
      fields.append(try Self.field(line[start..<index]))
      start = index + 1
    }
    fields.append(try Self.field(line[start...]))
    let fields = fields
    func need(_ index: Int) throws(HistoryDamage) -> String {
      guard index < fields.count, let text = fields[index] else { throw Self.damage }
      return text
    }
    switch try need(0) {
    case "D":
      guard fields.count == 4 else { throw Self.damage }
      model.setDatabase(try need(1), charset: fields[2], collation: fields[3])
    case "T":
      try finish(&model)
      guard fields.count == 7 else { throw Self.damage }
      var new = TableDefinition(database: try need(1), name: try need(2))
      (new.charset, new.collation, new.comment) = (fields[3], fields[4], fields[6])
      let flags = try need(5)
      new.isVersioned = flags.contains("v")
      isDoubtful = flags.contains("d")
      table = new
    case "C":
      guard table != nil, fields.count == 12, let type = ColumnType(rawValue: try need(2)) else { throw Self.damage }
      var column = ColumnDefinition(try need(1), type)
      for flag in try need(3).utf8 {
        switch flag {
        case UInt8(ascii: "n"): column.isNullable = false
        case UInt8(ascii: "u"): column.isUnsigned = true
        case UInt8(ascii: "z"): column.isZerofill = true
        case UInt8(ascii: "a"): column.isAutoIncremented = true
        case UInt8(ascii: "s"): column.isUpdatedByServer = true
        case UInt8(ascii: "g"): column.isGenerated = true
        case UInt8(ascii: "i"): column.isInvisible = true
        default: throw Self.damage
        }
      }
      column.length = try Self.number(fields[4])
      column.scale = try Self.number(fields[5])
      (column.charset, column.collation) = (fields[6], fields[7])
      column.defaultValue = try Self.value(try need(8))
      (column.comment, column.writtenType) = (fields[9], fields[10])
      if let srid = try Self.number(fields[11]) {
        guard let number = UInt32(exactly: srid) else { throw Self.damage }
        column.srid = number
      }
      table?.columns.append(column)
    case "M", "W":
      guard let last = table?.columns.indices.last else { throw Self.damage }
      let members = fields.dropFirst().compactMap(\.self)
      if try need(0) == "M" { table?.columns[last].members = members } else { table?.columns[last].writtenMembers = members }
    case "P":
      guard table != nil else { throw Self.damage }
      table?.primaryKey = fields.dropFirst().compactMap(\.self)
    case "K":
      guard table != nil else { throw Self.damage }
      let flags = try need(2)
      var key = KeyDefinition(try need(1), fields.dropFirst(3).compactMap(\.self), isUnique: flags.contains("u"))
      key.hasExpressions = flags.contains("x")
      table?.keys.append(key)
    default: throw Self.damage
    }
  }

  private static func number(_ text: String?) throws(HistoryDamage) -> Int? {
    guard let text else { return nil }
    guard let number = Int(text) else { throw damage }
    return number
  }

  private static func value(_ text: String) throws(HistoryDamage) -> ColumnDefault {
    guard let kind = text.utf8.first else { return .none }
    let rest = String(text.dropFirst())
    switch kind {
    case UInt8(ascii: "0"): return .null
    case UInt8(ascii: "l"): return .literal(rest)
    case UInt8(ascii: "b"): return .bits(rest)
    case UInt8(ascii: "h"): return .hex(rest)
    case UInt8(ascii: "e"): return .expression(rest)
    default: throw damage
    }
  }

  /// Undoes the escapes; nil for `\N`.
  private static func field(_ bytes: ArraySlice<UInt8>) throws(HistoryDamage) -> String? {
    guard bytes.contains(0x5C) else { return String(decoding: bytes, as: UTF8.self) }
    if bytes.elementsEqual([0x5C, UInt8(ascii: "N")]) { return nil }
    var result: [UInt8] = []
    var isEscaped = false
    for byte in bytes {
      if isEscaped {
        switch byte {
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case 0x5C: result.append(byte)
        default: throw damage
        }
        isEscaped = false
      } else if byte == 0x5C {
        isEscaped = true
      } else {
        result.append(byte)
      }
    }
    if isEscaped { throw damage }
    return String(decoding: result, as: UTF8.self)
  }
}
