/// What ALTER TABLE makes of one table. The parts of a statement name columns as they were before it; positions name them as they are
/// after it (`mysql_prepare_alter_table` of both servers).
struct AlterationOfTable {
  private(set) var table: TableDefinition
  /// The statement names a column that is not known, or adds one that is: what is known of the table is wrong.
  private(set) var isDoubtful = false
  private let inheritance: Inheritance

  /// A column of the result.
  private struct Place {
    var column: ColumnDefinition
    /// Its name before; nil for a new one.
    var old: String?
  }
  private var places: [Place] = []

  init(_ table: TableDefinition, _ inheritance: Inheritance) {
    self.table = table
    self.inheritance = inheritance
  }

  mutating func apply(_ alterations: [TableAlteration]) {
    applyOptions(alterations)
    places = table.columns.map { Place(column: $0, old: $0.name) }
    changeColumns(alterations)
    addColumns(alterations)
    // A conversion holds for what the statement defines, too, whatever it says.
    for case .convert in alterations {
      let defined = Set(specifications(alterations).map(\.column.name))
      for index in places.indices where defined.contains(places[index].column.name) {
        places[index].column.convert(to: table.charset, table.collation, grows: false)
      }
    }
    settleKeys(alterations)
    table.columns = places.map(\.column)
    if !inheritance.context.explicitDefaultsForTimestamp { table.setTimestampDefaults(specifications(alterations)) }
    for case .addKey(let key) in alterations { table.add(key) }
    table.requirePrimaryKey()
  }

  // MARK: Options

  private mutating func applyOptions(_ alterations: [TableAlteration]) {
    for alteration in alterations {
      switch alteration {
      case .options(let options):
        if options.charset != nil || options.collation != nil {
          (table.charset, table.collation) = inheritance.defaults(options.charset, options.collation, or: (table.charset, table.collation))
        }
        if let comment = options.comment { table.comment = comment }
        if options.isVersioned { table.isVersioned = true }
      case .convert(let charset, let collation):
        let database = inheritance.databaseDefaults(table.database)
        (table.charset, table.collation) = inheritance.defaults(charset, collation, or: (database.charset, database.collation))
        for index in table.columns.indices { table.columns[index].convert(to: table.charset, table.collation) }
      case .setVersioned(let isVersioned): table.isVersioned = isVersioned
      default: break
      }
    }
  }

  // MARK: Columns

  private func old(_ name: String) -> Int? {
    places.firstIndex { $0.old == name } ?? places.firstIndex { $0.old?.isSameName(as: name) ?? false }
  }

  /// What stays in its place: dropped, redefined, renamed.
  private mutating func changeColumns(_ alterations: [TableAlteration]) {
    for alteration in alterations {
      switch alteration {
      case .dropColumn(let name, let ifExists):
        if let index = old(name) { places.remove(at: index) } else if !ifExists { isDoubtful = true }
      case .changeColumn(let name, let specification, _, let ifExists):
        guard let index = old(name) else {
          if !ifExists { isDoubtful = true }
          continue
        }
        places[index].column = inheritance.resolve(specification, table)
      case .renameColumn(let name, let new, let ifExists):
        if let index = old(name) { places[index].column.name = new } else if !ifExists { isDoubtful = true }
      case .setDefault(let name, let value):
        if let index = old(name) { places[index].column.defaultValue = value } else { isDoubtful = true }
      case .setInvisible(let name, let isInvisible):
        if let index = old(name) { places[index].column.isInvisible = isInvisible } else { isDoubtful = true }
      default: break
      }
    }
  }

  /// What gets a new place, in the order of the statement.
  private mutating func addColumns(_ alterations: [TableAlteration]) {
    for alteration in alterations {
      switch alteration {
      case .addColumn(let specification, let place, let ifNotExists):
        let name = specification.column.name
        if places.contains(where: { $0.column.name.isSameName(as: name) }) {
          if !ifNotExists { isDoubtful = true }
          continue
        }
        insert(Place(column: inheritance.resolve(specification, table), old: nil), place)
      case .changeColumn(let name, let specification, let place?, _):
        guard let index = old(name), places[index].column.name == specification.column.name else { continue }
        insert(places.remove(at: index), place)
      default: break
      }
    }
  }

  /// The columns that the statement defines.
  private func specifications(_ alterations: [TableAlteration]) -> [ColumnSpecification] {
    alterations.compactMap { alteration in
      switch alteration {
      case .addColumn(let specification, _, _), .changeColumn(_, let specification, _, _): specification
      default: nil
      }
    }
  }

  private mutating func insert(_ new: Place, _ place: ColumnPlace?) {
    switch place {
    case nil: places.append(new)
    case .first: places.insert(new, at: 0)
    case .after(let name):
      guard let index = places.firstIndex(where: { $0.column.name.isSameName(as: name) }) ?? old(name) else {
        isDoubtful = true
        return places.append(new)
      }
      places.insert(new, at: index + 1)
    }
  }

  // MARK: Keys

  /// Keys follow their columns; one that has none left is gone. So are those that the statement drops.
  private mutating func settleKeys(_ alterations: [TableAlteration]) {
    var names: [String: String] = [:]
    for place in places {
      // A new column under the name of one that is dropped takes its place in the keys.
      names[(place.old ?? place.column.name).lowercased()] = place.column.name
    }
    table.primaryKey = table.primaryKey.compactMap { names[$0.lowercased()] }
    table.keys = table.keys.compactMap { key in
      var key = key
      key.columns = key.columns.compactMap { names[$0.lowercased()] }
      return key.columns.isEmpty && !key.hasExpressions ? nil : key
    }
    for alteration in alterations {
      switch alteration {
      case .dropPrimaryKey: table.primaryKey = []
      case .dropKey(let name), .dropConstraint(let name):
        if name.uppercased() == "PRIMARY" { table.primaryKey = [] }
        table.keys.removeAll { $0.name.isSameName(as: name) }
      case .renameKey(let name, let new):
        if let index = table.keys.firstIndex(where: { $0.name.isSameName(as: name) }) { table.keys[index].name = new }
      default: break
      }
    }
  }
}

extension ColumnDefinition {
  /// `CONVERT TO CHARACTER SET`: every text gets the charset, and a longer type where its bytes would not fit any more.
  mutating func convert(to charset: String?, _ collation: String?, grows: Bool = true) {
    guard type.isText, let charset else { return }
    let grows = grows && CharacterSet.maximumBytes(charset) > (self.charset.map(CharacterSet.maximumBytes) ?? 1)
    self.charset = charset
    self.collation = collation
    if grows {
      switch type {
      case .tinytext: type = .text
      case .text: type = .mediumtext
      case .mediumtext: type = .longtext
      default: break
      }
    }
    settleTextType()
  }
}
