internal import MillraceCore

/// What is known of the server's tables at the place of the log that is read, and the shapes of those that are captured.
final class TableRegistry: @unchecked Sendable {
  // @unchecked: used by one thread at a time: the connector's phases follow each other.
  private let connection: MySQLConnection
  private let settings: MySQLSettings
  private let failures: EventFailures
  private let log: Log
  private let mapper: TypeMapper
  private(set) var model: SchemaModel
  private var shapes: [TableID: (of: TrackedTable, shape: TableShape)] = [:]
  private var captured: [TableID: Bool] = [:]
  private var reported: Set<String> = []
  /// The definitions as checkpoints hold them, until the next change.
  private var attachment: CheckpointAttachment?
  /// Names of collations by their numbers.
  private let collations: [Int: String]

  init(
    connection: MySQLConnection, settings: MySQLSettings, model: SchemaModel, collations: [Int: String], failures: EventFailures, log: Log
  ) {
    self.collations = collations
    self.connection = connection
    self.settings = settings
    self.failures = failures
    self.log = log
    self.model = model
    mapper = TypeMapper(settings: settings.types)
  }

  // MARK: shapes

  private func captures(_ id: TableID) -> Bool {
    if let known = captured[id] { return known }
    let answer = settings.filter.captures(database: id.database, table: id.table) || settings.filter.isSignals(id)
    captured[id] = answer
    return answer
  }

  /// The shape that goes with a table map; nil if the table is not captured.
  /// - Throws: where its definition is not known and `inconsistent.schema.handling.mode` is `fail`.
  func shape(for map: TableMap) throws(MillraceError) -> TableShape? {
    let id = TableID(map.database, map.table)
    guard captures(id) else { return nil }
    if let table = model.table(id), !table.isDoubtful, TableRegistry.agrees(table.definition, map) { return try shape(of: table) }
    // The server's tables may be newer than the log: what they say counts only where it agrees with what the log says.
    if let known = try CatalogReader(connection, model.dialect).table(id), TableRegistry.agrees(known.definition, map) {
      model.set(known.definition)
      attachment = nil
      if let table = model.table(id) { return try shape(of: table) }
    }
    return try inconsistent(id)
  }

  private func inconsistent(_ id: TableID) throws(MillraceError) -> TableShape? {
    let error = MillraceError(
      code: "mysql.schema", component: "mysql", retry: .stop,
      message: "neither the known definition of a table nor the server's fits the rows in the log",
      advice: "set snapshot.mode=recovery to read the definitions anew, or inconsistent.schema.handling.mode=warn to leave the table's changes out; binlog_row_metadata=FULL avoids this",
      subject: "\(id)")
    switch settings.inconsistentSchemas {
    case .fail: throw error
    case .warn: if reported.insert("\(id)").inserted { log.warning("changes of a table are left out", ("error", "\(error)")) }
    case .skip: break
    }
    return nil
  }

  /// The shape of a known table; nil if it is not captured.
  func shape(named id: TableID) throws(MillraceError) -> TableShape? {
    guard captures(id), let table = model.table(id) else { return nil }
    return try shape(of: table)
  }

  /// The captured tables of which `pattern` matches the whole name.
  func names(matching pattern: String) throws(MillraceError) -> [String] {
    guard let pattern = try? NamePattern(pattern) else { return [] }
    let filter = settings.filter
    return model.tables.map(\.definition.id).filter { filter.captures(database: $0.database, table: $0.table) && pattern.matches("\($0)") }
      .sorted().map { "\($0)" }
  }

  /// A captured table as the stream knows it, for an incremental snapshot; nil where there is none of that name.
  func captured(named name: String) throws(MillraceError) -> (definition: TableDefinition, shape: TableShape)? {
    // A name may have dots itself.
    for dot in name.indices where name[dot] == "." {
      let id = TableID(String(name[..<dot]), String(name[name.index(after: dot)...]))
      if let table = model.table(id), captures(id) { return (table.definition, try shape(of: table)) }
    }
    return nil
  }

  /// Takes a table that was not kept before from the server, as it is now. Where it was created since, the log tells it again.
  func learn(_ id: TableID) throws(MillraceError) {
    guard model.table(id) == nil, let read = try CatalogReader(connection, model.dialect).table(id) else { return }
    model.set(read.definition)
    attachment = nil
  }

  private func shape(of table: TrackedTable) throws(MillraceError) -> TableShape {
    let definition = table.definition, id = definition.id
    if let known = shapes[id], known.of === table { return known.shape }
    let filter = settings.filter
    var shape = try TableShape(
      of: definition, rules: settings.rules, source: settings.source.schema, types: mapper, placeholder: settings.placeholder,
      failures: failures, captures: { filter.captures(database: definition.database, table: definition.name, column: $0) })
    // The same shape stays the same object: converters keep their plans by it.
    if let old = shapes[id]?.shape, old.isEqual(to: shape) { shape = old }
    shapes[id] = (table, shape)
    for column in shape.unmasked where reported.insert("mask of \(id).\(column)").inserted {
      log.warning(
        "a column is to be masked, but is delivered as it is: masks change texts and enums only", ("table", "\(id)"), ("column", column),
        ("advice", "name it in column.exclude.list to keep its values from the records"))
    }
    return shape
  }

  /// Whether a definition can be that of the rows behind a table map.
  static func agrees(_ table: TableDefinition, _ map: TableMap) -> Bool {
    guard table.columns.count == map.columns.count else { return false }
    if !map.names.isEmpty {
      guard zip(table.columns, map.names).allSatisfy({ $0.name == $1 || $0.name.lowercased() == $1.lowercased() }) else { return false }
    }
    return zip(table.columns, map.columns).allSatisfy { $0.type.isStored(as: $1.kind) }
  }

  // MARK: statements

  /// Applies a statement of the log; answers what it changes and what is told of it.
  func apply(_ query: QueryEvent) throws(MillraceError) -> AppliedStatement {
    let history = settings.history
    let context = StatementContext(database: query.database, variables: query.status) { collations[$0] }
    var applied = AppliedStatement()
    applied.changes = model.apply(Array(query.sql), context)
    if applied.changes.isEmpty { return applied }
    attachment = nil
    guard settings.includesSchemaChanges else { return applied }
    let filter = settings.filter
    applied.events = SchemaChangeEvent.events(applied.changes).filter { event in
      history.tells(
        event, isCaptured: { filter.captures(database: $0.database, table: $0.table) },
        isCapturedDatabase: { filter.captures(database: $0) })
    }
    return applied
  }

  /// Takes tables as a signal tells them; answers what is told of that. What the log says of a table still counts more.
  func take(_ signal: TableSignal) -> [SchemaChangeEvent] {
    for change in signal.changes {
      if let definition = change.definition { model.set(definition) } else { model.remove(change.id) }
    }
    attachment = nil
    return settings.includesSchemaChanges ? signal.events(source: settings.signals.collection?.split(separator: ".", maxSplits: 1).last.map(String.init)) : []
  }

  // MARK: checkpoints

  /// The definitions at the place that is read.
  var tables: CheckpointAttachment {
    if let attachment { return attachment }
    let model = model
    let made = CheckpointAttachment { SchemaText.text(model) }
    attachment = made
    return made
  }

  func checkpoint(_ position: MySQLPosition, partition: [Checkpoint.Entry], requests: SnapshotRequests) -> Checkpoint {
    position.checkpoint(partition: partition, requests: requests, tables: tables)
  }
}

extension ColumnType {
  /// Whether values of the type can stand in row events as this kind.
  func isStored(as kind: ImageColumn.Kind) -> Bool {
    switch self {
    case .tinyint: kind == .tiny
    case .smallint: kind == .short
    case .mediumint: kind == .int24
    case .int: kind == .long
    case .bigint: kind == .longlong
    case .decimal: kind == .newdecimal || kind == .decimal
    case .float: kind == .float
    case .double: kind == .double
    case .bit: kind == .bit
    case .year: kind == .year
    case .date: kind == .date || kind == .newdate
    case .time: kind == .time || kind == .time2
    case .datetime: kind == .datetime || kind == .datetime2
    case .timestamp: kind == .timestamp || kind == .timestamp2
    case .char, .varchar, .binary, .varbinary, .uuid, .inet4, .inet6:
      kind == .string || kind == .varchar || kind == .varString || kind == .varcharCompressed
    case .tinytext, .text, .mediumtext, .longtext, .tinyblob, .blob, .mediumblob, .longblob:
      kind == .blob || kind == .tinyBlob || kind == .mediumBlob || kind == .longBlob || kind == .blobCompressed
    case .enum: kind == .enum || kind == .string
    case .set: kind == .set || kind == .string
    case .json: kind == .json || kind == .blob || kind == .longBlob
    case .geometry, .point, .linestring, .polygon, .multipoint, .multilinestring, .multipolygon, .geometryCollection: kind == .geometry
    case .vector: kind == .vector || kind == .blob || kind == .varchar || kind == .varString
    }
  }
}
