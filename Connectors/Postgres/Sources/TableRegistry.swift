internal import MillraceCore

/// Answers the shape of a relation when the stream announces it: from the catalog as read at the start where nothing has changed,
/// from a fresh look at the server where it has.
final class TableRegistry: @unchecked Sendable {
  // @unchecked: used by one thread at a time: the connector's phases follow each other.
  private let connection: PostgresConnection
  private let settings: PostgresSettings
  private let naming: TopicNaming
  private var types: TypeMapper
  private var tables: [UInt32: PostgresTable] = [:]
  private var shapes: [UInt32: TableShape] = [:]

  init(connection: PostgresConnection, settings: PostgresSettings, tables: [PostgresTable]) throws(MillraceError) {
    self.connection = connection
    self.settings = settings
    naming = TopicNaming(prefix: settings.prefix, delimiter: settings.delimiter)
    types = TypeMapper(catalog: PostgresTypeCatalog())
    for table in tables { self.tables[table.oid] = table }
    try learnTypes(tables.flatMap { $0.columns.map(\.type) })
  }

  /// The shape of a table as the catalog describes it, for the snapshot.
  func shape(of table: PostgresTable) -> TableShape {
    let shape = makeShape(table, columns: table.columns, key: table.primaryKey)
    shapes[table.oid] = shape
    return shape
  }

  /// The shape that goes with a relation message; nil if the table is not captured.
  func shape(for relation: RelationMessage) throws(MillraceError) -> TableShape? {
    guard settings.filter.captures(schema: relation.schema, table: relation.name) else { return nil }
    var table = tables[relation.id]
    if table == nil || !TableRegistry.agrees(table, relation) {
      table = try CatalogReader(connection: connection, filter: settings.filter).table(oid: relation.id) ?? table
      if let table { tables[relation.id] = table }
    }
    try learnTypes(relation.columns.map(\.type))
    // What the log says counts: names, types and order are the relation's; nullability, defaults and the key the catalog's,
    // which may be newer than the log.
    let described = Dictionary((table?.columns ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let columns = relation.columns.map { column in
      let known = described[column.name]
      return PostgresTable.Column(
        name: column.name, type: column.type, modifier: column.modifier, notNull: known?.notNull ?? false,
        defaultExpression: known?.type == column.type ? known?.defaultExpression : nil)
    }
    let names = Set(relation.columns.map(\.name))
    var key = table?.primaryKey ?? []
    if !key.allSatisfy(names.contains) || table == nil {
      key = relation.replicaIdentity == UInt8(ascii: "d") ? relation.columns.filter(\.isIdentity).map(\.name) : []
    }
    let named = PostgresTable(
      oid: relation.id, schema: relation.schema, name: relation.name, kind: "r", replicaIdentity: .default, isUnlogged: false,
      estimatedRows: -1, pages: 0, fileNode: "", isReadable: true)
    let shape = makeShape(named, columns: columns, key: key)
    if let old = shapes[relation.id], old.isEqual(to: shape) { return old }
    shapes[relation.id] = shape
    return shape
  }

  private func makeShape(_ table: PostgresTable, columns: [PostgresTable.Column], key: [String]) -> TableShape {
    TableShape(table: table, columns: columns, key: key, naming: naming, source: SourceBlock.schema, types: types)
  }

  private static func agrees(_ table: PostgresTable?, _ relation: RelationMessage) -> Bool {
    guard let table, table.schema == relation.schema, table.name == relation.name else { return false }
    let stored = table.columns.filter { !$0.isGenerated }
    return stored.count == relation.columns.count
      && zip(stored, relation.columns).allSatisfy { $0.name == $1.name && $0.type == $1.type && $0.modifier == $1.modifier }
  }

  /// Asks the server about types that are not built in.
  private func learnTypes(_ oids: [UInt32]) throws(MillraceError) {
    if oids.allSatisfy({ types.catalog[$0] != nil }) { return }
    types = try TypeMapper(catalog: PostgresTypeCatalog(rows: connection.query(PostgresTypeCatalog.query)))
  }
}
