/// What is known of the server's databases and tables at one point of the log. A value: a copy stays as it was.
///
/// Statements are applied in the order of the log. They have succeeded on the server, so nothing is checked that the server checks; what
/// does not fit what is known puts the table in doubt instead (`SchemaChange.Kind.doubt`).
package struct SchemaModel: Sendable {
  package struct Database: Equatable, Sendable {
    package var charset: String?
    package var collation: String?
  }

  package var dialect: SQLDialect
  package private(set) var databases: [String: Database] = [:]
  private var index = TableIndex()

  package init(_ dialect: SQLDialect) { self.dialect = dialect }

  // MARK: What is known

  /// The table with these names, as the log has them. Allocates nothing.
  package func table(database: UnsafeRawBufferPointer, name: UnsafeRawBufferPointer) -> TrackedTable? { index.find(database, name) }

  package func table(_ id: TableID) -> TrackedTable? { index[id] }

  /// All tables, by name.
  package var tables: [TrackedTable] { index.all.sorted { $0.definition.id < $1.definition.id } }

  package var tableCount: Int { index.count }

  // MARK: What the server says

  /// Puts a table in place that was read from the server or from a history.
  package mutating func set(_ definition: TableDefinition, isDoubtful: Bool = false) {
    index[definition.id] = TrackedTable(definition, isDoubtful: isDoubtful)
  }

  package mutating func remove(_ id: TableID) { index[id] = nil }

  package mutating func setDatabase(_ name: String, charset: String?, collation: String?) {
    databases[name] = Database(charset: charset, collation: collation)
  }

  mutating func removeDatabase(_ name: String) -> [TableID] {
    databases[name] = nil
    let gone = index.all.map(\.definition.id).filter { $0.database == name }.sorted()
    for id in gone { index[id] = nil }
    return gone
  }

  /// What is known of the table may be wrong from here on.
  package mutating func doubt(_ id: TableID) {
    if let known = index[id] { index[id] = TrackedTable(known.definition, isDoubtful: true) }
  }

  // MARK: Statements

  /// Applies one statement of the log. An empty result: it changes no table or database.
  package mutating func apply(_ statement: String, _ context: StatementContext) -> [SchemaChange] {
    apply(Array(statement.utf8), context)
  }

  /// The same for its bytes, which are UTF-8.
  package mutating func apply(_ bytes: [UInt8], _ context: StatementContext) -> [SchemaChange] {
    var parser = DDLParser(bytes, dialect, context.mode)
    let parsed = parser.statement()
    if parsed == .other { return [] }
    let text = parser.extent
    // The model moves into the application and back: a second holder would mean a copy of all tables.
    var model = SchemaModel(dialect)
    swap(&model, &self)
    var application = StatementApplication(model: consume model, context: context, bytes: bytes, extent: text)
    let changes = application.apply(parsed)
    swap(&application.model, &self)
    return changes
  }
}
