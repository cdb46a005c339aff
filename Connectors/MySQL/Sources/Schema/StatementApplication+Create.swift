/// CREATE TABLE.
extension StatementApplication {
  mutating func create(_ creation: TableCreation) -> [SchemaChange] {
    let id = id(creation.table)
    if creation.ifNotExists, model.table(id) != nil { return [change(.createTable, nil, database: id.database)] }
    switch creation.content {
    case .like(let reference):
      guard var table = model.table(self.id(reference))?.definition else {
        model.remove(id)
        return [change(.createTable, id), change(.doubt, id)]
      }
      table.database = id.database
      table.name = id.table
      model.set(table)
      return [change(.createTable, id, definition: table)]
    case .query:
      let table = define(creation, id)
      model.set(table, isDoubtful: true)
      return [change(.createTable, id, definition: table), change(.doubt, id)]
    case .elements:
      let table = define(creation, id)
      model.set(table)
      return [change(.createTable, id, definition: table)]
    }
  }

  private func define(_ creation: TableCreation, _ id: TableID) -> TableDefinition {
    let inheritance = inheritance
    var table = TableDefinition(database: id.database, name: id.table)
    (table.charset, table.collation) = inheritance.defaults(
      creation.options.charset, creation.options.collation, or: inheritance.databaseDefaults(id.database))
    table.comment = creation.options.comment
    table.isVersioned = creation.options.isVersioned
    table.columns = creation.columns.map { inheritance.resolve($0, table) }
    if !context.explicitDefaultsForTimestamp { table.setTimestampDefaults(creation.columns) }
    for key in creation.keys { table.add(key) }
    table.requirePrimaryKey()
    return table
  }
}

extension ColumnDefinition {
  /// The type that a text really has: of the charset `binary` it is bytes, and one with a length that does not fit is a longer one.
  mutating func settleTextType() {
    let bytes = charset.map(CharacterSet.maximumBytes) ?? 1
    var settled = type
    if let length, type == .text || type == .varchar && length * bytes > 65535 {
      let size = length.multipliedReportingOverflow(by: bytes)
      settled = Self.text(bytes: size.overflow ? Int.max : size.partialValue)
    }
    if let charset, CharacterSet.canonical(charset) == "binary" {
      switch settled {
      case .char: settled = .binary
      case .varchar: settled = .varbinary
      case .tinytext: settled = .tinyblob
      case .text: settled = .blob
      case .mediumtext: settled = .mediumblob
      case .longtext: settled = .longblob
      default: break
      }
      if !settled.isText {
        self.charset = nil
        collation = nil
      }
    }
    if settled != type {
      if writtenType == nil { writtenType = type.rawValue.uppercased() }
      type = settled
    }
  }

  static func text(bytes: Int) -> ColumnType {
    bytes < 256 ? .tinytext : bytes < 65536 ? .text : bytes < 16_777_216 ? .mediumtext : .longtext
  }
}

extension TableDefinition {
  /// Columns of the primary key are NOT NULL, whatever they say.
  mutating func requirePrimaryKey() {
    for name in primaryKey {
      if let index = column(name) { columns[index].isNullable = false }
    }
  }

  /// Without `explicit_defaults_for_timestamp` the first TIMESTAMP of a statement is set by the server where it states nothing, others
  /// have the zero time.
  mutating func setTimestampDefaults(_ specifications: [ColumnSpecification]) {
    var isFirst = true
    for specification in specifications {
      let name = specification.column.name
      guard let index = column(name), columns[index].type == .timestamp, !columns[index].isGenerated else { continue }
      defer { isFirst = false }
      guard !columns[index].isNullable, columns[index].defaultValue == .none else { continue }
      if isFirst, !columns[index].isUpdatedByServer {
        columns[index].defaultValue = .expression("CURRENT_TIMESTAMP")
        columns[index].isUpdatedByServer = true
      } else {
        columns[index].defaultValue = .literal("0000-00-00 00:00:00")
      }
    }
  }

  /// Adds a key under the name that the server gives it.
  mutating func add(_ key: KeySpecification) {
    if key.kind == .primary {
      if key.ifNotExists, !primaryKey.isEmpty { return }
      primaryKey = key.columns.map { name in column(name).map { columns[$0].name } ?? name }
      return
    }
    if key.kind == .period {
      for name in key.columns {
        if let index = column(name) { columns[index].isNullable = false }
      }
      return
    }
    if key.ifNotExists, let name = key.name, keys.contains(where: { $0.name.isSameName(as: name) }) { return }
    var definition = KeyDefinition(key.name ?? "", key.columns, isUnique: key.kind == .unique)
    definition.columns = key.columns.map { name in column(name).map { columns[$0].name } ?? name }
    definition.hasExpressions = key.hasExpressions
    if key.name == nil {
      let base = definition.columns.first ?? "functional_index"
      var name = base
      var number = 2
      while keys.contains(where: { $0.name.isSameName(as: name) }) || name.uppercased() == "PRIMARY" {
        name = "\(base)_\(number)"
        number += 1
      }
      definition.name = name
    }
    keys.append(definition)
  }
}
