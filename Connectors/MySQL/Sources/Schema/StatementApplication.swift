/// One statement on its way into a `SchemaModel`.
struct StatementApplication {
  var model: SchemaModel
  let context: StatementContext
  let bytes: [UInt8]
  private let extent: Range<Int>
  /// Without comments around it.
  let statement: String

  init(model: consuming SchemaModel, context: StatementContext, bytes: [UInt8], extent: Range<Int>) {
    self.model = model
    self.context = context
    self.bytes = bytes
    self.extent = extent
    statement = String(decoding: bytes[extent], as: UTF8.self)
  }

  var inheritance: Inheritance { Inheritance(dialect: model.dialect, context: context, databases: model.databases) }

  mutating func apply(_ parsed: DDLStatement) -> [SchemaChange] {
    switch parsed {
    case .createTable(let creation): return creation.isTemporary ? [] : create(creation)
    case .alterTable(let table, let ifExists, let alterations): return alter(table, ifExists: ifExists, alterations)
    case .dropTables(let tables, let ifExists, let isTemporary): return isTemporary ? [] : drop(tables, ifExists: ifExists)
    case .renameTables(let renamings): return rename(renamings)
    case .truncate(let table):
      let id = id(table)
      return [change(.truncateTable, id, definition: model.table(id)?.definition)]
    case .createIndex(let key, let table, let ifNotExists, let orReplace):
      var alterations: [TableAlteration] = []
      if orReplace, let name = key.name { alterations.append(.dropKey(name)) }
      var key = key
      key.ifNotExists = ifNotExists
      return alterIndex(.createIndex, table, alterations + [.addKey(key)])
    case .dropIndex(let name, let table): return alterIndex(.dropIndex, table, [.dropKey(name)])
    case .createDatabase(let name, let options, let ifNotExists, let orReplace):
      return createDatabase(stored(name), options, ifNotExists: ifNotExists, orReplace: orReplace)
    case .alterDatabase(let name, let options):
      let name = name.map(stored) ?? context.database ?? ""
      let known = model.databases[name]
      let (charset, collation) = inheritance.defaults(options.charset, options.collation, or: (known?.charset, known?.collation))
      model.setDatabase(name, charset: charset, collation: collation)
      return [change(.alterDatabase, database: name)]
    case .dropDatabase(let name):
      let name = stored(name)
      var change = change(.dropDatabase, database: name)
      change.tables = model.removeDatabase(name)
      return [change]
    case .use(let name): return [change(.use, database: stored(name))]
    case .unclear(let tables):
      return tables.map { table in
        let id = id(table)
        model.doubt(id)
        return change(.doubt, id)
      }
    case .other: return []
    }
  }

  // MARK: Names

  func stored(_ name: String) -> String { model.dialect.lowersTableNames ? name.lowercased() : name }

  func id(_ table: TableReference) -> TableID {
    TableID(table.database.map(stored) ?? context.database ?? "", stored(table.name))
  }

  func change(
    _ kind: SchemaChange.Kind, _ table: TableID? = nil, previous: TableID? = nil, definition: TableDefinition? = nil, database: String? = nil,
    statement: String? = nil
  ) -> SchemaChange {
    SchemaChange(
      kind: kind, database: database ?? table?.database ?? context.database ?? "", table: table, previous: previous, definition: definition,
      statement: statement ?? self.statement)
  }

  // MARK: Databases

  private mutating func createDatabase(_ name: String, _ options: DatabaseOptions, ifNotExists: Bool, orReplace: Bool) -> [SchemaChange] {
    if model.databases[name] == nil || !ifNotExists {
      if orReplace { _ = model.removeDatabase(name) }
      let server = context.serverCollation.map { (CharacterSet.of(collation: $0), $0) } ?? (nil, nil)
      let (charset, collation) = inheritance.defaults(options.charset, options.collation, or: (server.0, server.1))
      model.setDatabase(name, charset: charset, collation: collation)
    }
    return [change(.createDatabase, database: name)]
  }

  // MARK: Tables

  private mutating func drop(_ tables: [TableReference], ifExists: Bool) -> [SchemaChange] {
    tables.map { table in
      let id = id(table)
      model.remove(id)
      let text = "DROP TABLE \(ifExists ? "IF EXISTS " : "")`\(Self.escaped(id.database))`.`\(Self.escaped(id.table))`"
      return change(.dropTable, id, statement: text)
    }
  }

  static func escaped(_ name: String) -> String { name.replacing("`", with: "``") }

  private mutating func rename(_ renamings: [TableRenaming]) -> [SchemaChange] {
    let prefix = renamings.first.map { String(decoding: bytes[min(extent.lowerBound, $0.text.lowerBound)..<$0.text.lowerBound], as: UTF8.self) } ?? ""
    var changes: [SchemaChange] = []
    for renaming in renamings {
      let from = id(renaming.from)
      let to = id(renaming.to)
      move(from, to)
      let text = prefix + String(decoding: bytes[renaming.text], as: UTF8.self)
      changes.append(change(.renameTable, to, previous: from, statement: text))
    }
    // What is said of a table is its state after the whole statement.
    for index in changes.indices { changes[index].definition = changes[index].table.flatMap { model.table($0)?.definition } }
    return changes
  }

  /// Moves what is known; a table of which nothing is known leaves nothing known under the new name either.
  mutating func move(_ from: TableID, _ to: TableID) {
    guard from != to else { return }
    guard let known = model.table(from) else { return model.remove(to) }
    model.remove(from)
    var definition = known.definition
    definition.database = to.database
    definition.name = to.table
    model.set(definition, isDoubtful: known.isDoubtful)
  }

  private mutating func alterIndex(_ kind: SchemaChange.Kind, _ table: TableReference, _ alterations: [TableAlteration]) -> [SchemaChange] {
    let id = id(table)
    if let known = model.table(id) {
      var alteration = AlterationOfTable(known.definition, inheritance)
      alteration.apply(alterations)
      model.set(alteration.table, isDoubtful: known.isDoubtful || alteration.isDoubtful)
    }
    return [change(kind, id, definition: model.table(id)?.definition)]
  }

  private mutating func alter(_ table: TableReference, ifExists: Bool, _ alterations: [TableAlteration]) -> [SchemaChange] {
    let before = id(table)
    var after = before
    for case .rename(let reference) in alterations {
      after = TableID(reference.database.map(stored) ?? before.database, stored(reference.name))
    }
    var result: [SchemaChange] = []
    if let known = model.table(before) {
      var alteration = AlterationOfTable(known.definition, inheritance)
      alteration.apply(alterations)
      model.set(alteration.table, isDoubtful: known.isDoubtful || alteration.isDoubtful)
      for case .partitionBecomesTable(let reference) in alterations {
        var copy = alteration.table
        let id = id(reference)
        copy.database = id.database
        copy.name = id.table
        model.set(copy)
      }
    }
    for case .tableBecomesPartition(let reference) in alterations { model.remove(id(reference)) }
    move(before, after)
    let now = model.table(after)
    result.append(change(.alterTable, after, previous: after == before ? nil : before, definition: now?.definition))
    if let now, now.isDoubtful { result.append(change(.doubt, after)) }
    return result
  }
}
