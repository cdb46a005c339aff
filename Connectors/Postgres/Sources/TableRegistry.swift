internal import MillraceCore

/// Answers the shape of a relation when the stream announces it: from the catalog as read at the start where nothing has changed,
/// from a fresh look at the server where it has.
final class TableRegistry: @unchecked Sendable {
  // @unchecked: used by one thread at a time: the connector's phases follow each other.
  private let connection: PostgresConnection
  private let settings: PostgresSettings
  private let failures: EventFailures
  private var types: TypeMapper
  private var tables: [UInt32: PostgresTable] = [:]
  private var shapes: [UInt32: TableShape] = [:]
  private var announced: Set<UInt32> = []
  private let log: Log
  private var reported: Set<String> = []

  init(
    connection: PostgresConnection, settings: PostgresSettings, tables: [PostgresTable], failures: EventFailures, log: Log
  ) throws(MillraceError) {
    self.failures = failures
    self.log = log
    self.connection = connection
    self.settings = settings
    types = TypeMapper(catalog: PostgresTypeCatalog(), modes: settings.types, propagation: settings.propagation)
    for table in tables { self.tables[table.oid] = table }
    try learnTypes(tables.flatMap { $0.columns.map(\.type) })
  }

  /// The shape of a table as the catalog describes it, for the snapshot.
  func shape(of table: PostgresTable) throws(MillraceError) -> TableShape {
    let shape = try makeShape(schema: table.schema, name: table.name, columns: table.columns, key: table.key)
    if let old = shapes[table.oid], old.isEqual(to: shape) { return old }
    shapes[table.oid] = shape
    return shape
  }

  /// The captured tables of which `pattern` matches the whole name.
  func names(matching pattern: String) throws(MillraceError) -> [String] {
    guard let pattern = try? NamePattern(pattern) else { return [] }
    return try CatalogReader(connection: connection, filter: settings.filter).allTables()
      .filter { settings.filter.captures(schema: $0.schema, table: $0.name) && pattern.matches($0.qualifiedName) }.map(\.qualifiedName)
  }

  /// A captured table as it is now; nil where there is none of that name.
  func form(of name: String) throws(MillraceError) -> PostgresChunkReader.Form? {
    let reader = CatalogReader(connection: connection, filter: settings.filter)
    guard var table = try reader.table(named: name), settings.filter.captures(schema: table.schema, table: table.name) else { return nil }
    tables[table.oid] = table
    table.columns.removeAll(where: \.isGenerated)
    try learnTypes(table.columns.map(\.type), again: true)
    return PostgresChunkReader.Form(table: table, shape: try shape(of: table))
  }

  /// The shape that goes with a relation message; nil if the table is not captured.
  func shape(for relation: RelationMessage) throws(MillraceError) -> TableShape? {
    guard settings.filter.captures(schema: relation.schema, table: relation.name) else { return nil }
    var table = tables[relation.id]
    // Announced again: something about the table has changed, perhaps a default or the key, which the message does not tell.
    let isChanged = !announced.insert(relation.id).inserted || !TableRegistry.agrees(table, relation)
    if isChanged {
      table = try CatalogReader(connection: connection, filter: settings.filter).table(oid: relation.id) ?? table
      if let table { tables[relation.id] = table }
    }
    try learnTypes(relation.columns.map(\.type), again: isChanged)
    // What the log says counts: names, types and order are the relation's; nullability, defaults and the key the catalog's,
    // which may be newer than the log.
    let described = Dictionary((table?.columns ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let columns = relation.columns.map { column in
      let known = described[column.name]
      return PostgresTable.Column(
        name: column.name, type: column.type, modifier: column.modifier, notNull: known?.notNull ?? false,
        defaultExpression: known?.type == column.type ? known?.defaultExpression : nil, isGenerated: known?.isGenerated ?? false)
    }
    let shape = try makeShape(
      schema: relation.schema, name: relation.name, columns: columns, key: TableRegistry.key(table, relation))
    if let old = shapes[relation.id], old.isEqual(to: shape) { return old }
    shapes[relation.id] = shape
    return shape
  }

  private func makeShape(schema: String, name: String, columns: [PostgresTable.Column], key: [String]) throws(MillraceError) -> TableShape {
    let shape = try TableShape(
      schema: schema, table: name, columns: columns, key: key, rules: settings.rules, source: SourceBlock.schema, types: types,
      filter: settings.filter, placeholder: settings.placeholder, failures: failures)
    for column in shape.unmapped where reported.insert("\(shape.qualifiedName).\(column)").inserted {
      log.warning(
        "a column is left out, because its type has no mapping", ("table", shape.qualifiedName), ("column", column),
        ("advice", "cast it in a generated or extra column, or name it in column.exclude.list to silence this"))
    }
    for column in shape.unmasked where reported.insert("mask of \(shape.qualifiedName).\(column)").inserted {
      log.warning(
        "a column is to be masked, but is delivered as it is: masks change texts and enums only", ("table", shape.qualifiedName), ("column", column),
        ("advice", "name it in column.exclude.list to keep its values from the records"))
    }
    return shape
  }

  private static func agrees(_ table: PostgresTable?, _ relation: RelationMessage) -> Bool {
    guard let table, table.schema == relation.schema, table.name == relation.name else { return false }
    let stored = table.columns.filter { !$0.isGenerated }
    return stored.count == relation.columns.count
      && zip(stored, relation.columns).allSatisfy { $0.name == $1.name && $0.type == $1.type && $0.modifier == $1.modifier }
      && hasSameKey(table, relation)
  }

  /// Under the default replica identity the message marks the columns of the primary key.
  private static func hasSameKey(_ table: PostgresTable, _ relation: RelationMessage) -> Bool {
    guard relation.replicaIdentity == UInt8(ascii: "d") else { return true }
    return Set(relation.columns.filter(\.isIdentity).map(\.name)) == Set(table.keyIsPrimary ? table.key : [])
  }

  /// The key's columns at the message's place in the log: the catalog knows their order, but may be newer than the log.
  private static func key(_ table: PostgresTable?, _ relation: RelationMessage) -> [String] {
    let names = Set(relation.columns.map(\.name))
    if let table, hasSameKey(table, relation), table.key.allSatisfy(names.contains) { return table.key }
    return relation.replicaIdentity == UInt8(ascii: "d") ? relation.columns.filter(\.isIdentity).map(\.name) : []
  }

  /// Asks the server about types that are not built in: those that are not known yet, or all `again`, because an enum may have
  /// got labels.
  private func learnTypes(_ oids: [UInt32], again: Bool = false) throws(MillraceError) {
    let known = again ? PostgresTypeCatalog() : types.catalog
    if oids.allSatisfy({ known[$0] != nil }) { return }
    types.catalog = try PostgresTypeCatalog(rows: connection.query(PostgresTypeCatalog.query))
  }
}
