/// A record of the schema-change topic before it is in a batch: one effect of a statement, as Debezium tells it
/// (io.debezium.relational.history.HistoryRecord, TableChanges).
struct SchemaChangeEvent: Equatable {
  /// `source.db`, `databaseName` and the key.
  var database: String
  /// `source.table`: all tables of the statement, parted by commas; empty where it names none that changed, null for a database.
  var sourceTable: String?
  /// nil where a signal has told of the table.
  var ddl: String?
  /// CREATE, ALTER or DROP; nil: `tableChanges` is empty.
  var type: StaticText?
  var table: TableID?
  var definition: TableDefinition?
  /// The tables that decide whether it is of interest where only captured tables are; nil: the database decides.
  var concerned: [TableID]?

  enum StaticText: String { case create = "CREATE", alter = "ALTER", drop = "DROP" }
}

extension SchemaChangeEvent {
  /// The events of one statement of the stream. TRUNCATE has none (it is a `t` record), and neither has a doubt.
  static func events(_ changes: [SchemaChange]) -> [SchemaChangeEvent] {
    let changes = changes.filter { $0.kind != .truncateTable && $0.kind != .doubt }
    let named = changes.filter { $0.kind != .createIndex && $0.kind != .dropIndex }.compactMap(\.table)
    return changes.map { change in
      var event = SchemaChangeEvent(database: change.database, sourceTable: nil, ddl: singleQuoted(change.statement))
      switch change.kind {
      case .createDatabase, .dropDatabase, .use: return event
      case .alterDatabase, .createIndex, .dropIndex:
        event.sourceTable = ""
        // Where only captured tables are told of, indexes are not, whose table Debezium does not look up.
        event.concerned = []
        return event
      case .createTable, .alterTable, .renameTable, .dropTable, .truncateTable, .doubt: break
      }
      event.sourceTable = joined(named.filter { $0.database == change.database })
      event.concerned = [change.table, change.previous].compactMap(\.self)
      guard let table = change.table else { return event }
      event.table = table
      if change.kind == .dropTable {
        event.type = .drop
      } else if let definition = change.definition {
        event.type = change.kind == .createTable ? .create : .alter
        event.definition = definition
      }
      return event
    }
  }

  /// The events that a snapshot begins with: what makes the schema as it is now.
  ///
  /// - Parameters:
  ///   - databases: those that have tables, by name, with their charsets.
  ///   - tables: definition and statement of each, by name.
  static func snapshot(
    serverCharset: String, serverCollation: String, databases: [(name: String, charset: String, collation: String)],
    tables: [(definition: TableDefinition, statement: String)]
  ) -> [SchemaChangeEvent] {
    var events = [
      SchemaChangeEvent(
        database: "", sourceTable: nil, ddl: "SET character_set_server=\(serverCharset), collation_server=\(serverCollation)")
    ]
    events += drops(of: tables)
    for database in databases {
      let name = quoted(database.name)
      let charset = "CHARSET \(database.charset) COLLATE \(database.collation)"
      for ddl in ["DROP DATABASE IF EXISTS \(name)", "CREATE DATABASE \(name) \(charset)", "USE \(name)"] {
        events.append(SchemaChangeEvent(database: database.name, sourceTable: nil, ddl: ddl))
      }
      events += creations(of: tables.filter { $0.definition.database == database.name })
    }
    return events
  }

  /// What a snapshot that a signal has asked for tells of its tables, by name.
  static func requested(_ tables: [(definition: TableDefinition, statement: String)]) -> [SchemaChangeEvent] {
    drops(of: tables) + creations(of: tables)
  }

  private static func quoted(_ name: String) -> String { "`\(StatementApplication.escaped(name))`" }

  private static func drops(of tables: [(definition: TableDefinition, statement: String)]) -> [SchemaChangeEvent] {
    tables.map { table in
      let id = table.definition.id
      return SchemaChangeEvent(
        database: id.database, sourceTable: id.table, ddl: "DROP TABLE IF EXISTS \(quoted(id.database)).\(quoted(id.table))", type: .drop,
        table: id, concerned: [id])
    }
  }

  private static func creations(of tables: [(definition: TableDefinition, statement: String)]) -> [SchemaChangeEvent] {
    tables.map { table in
      let id = table.definition.id
      return SchemaChangeEvent(
        database: id.database, sourceTable: id.table, ddl: table.statement, type: .create, table: id, definition: table.definition, concerned: [id])
    }
  }

  /// Names in the order of Debezium's `HashSet<TableId>`: by the bucket of the hash of `database.table`.
  static func joined(_ tables: [TableID]) -> String {
    var seen: [TableID] = []
    for table in tables where !seen.contains(table) { seen.append(table) }
    var buckets = 16
    while seen.count * 4 > buckets * 3 { buckets *= 2 }
    func bucket(_ id: TableID) -> Int {
      let hash = "\(id.database).\(id.table)".utf16.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
      return Int(hash ^ hash >> 16) & (buckets - 1)
    }
    let order = seen.enumerated().sorted { (bucket($0.element), $0.offset) < (bucket($1.element), $1.offset) }
    return order.map(\.element.table).joined(separator: ",")
  }

  /// Debezium's parser wants texts in single quotes, and its records show them so.
  static func singleQuoted(_ statement: String) -> String {
    guard statement.utf8.contains(UInt8(ascii: "\"")) else { return statement }
    let bytes = Array(statement.utf8)
    let quote = UInt8(ascii: "'")
    var result: [UInt8] = []
    var done = 0
    for token in SQLTokenizer.tokens(bytes, .mysql, []) where token.kind == .string && bytes[token.start] == UInt8(ascii: "\"") {
      guard token.end > token.start + 1, bytes[token.end - 1] == UInt8(ascii: "\"") else { continue }
      result += bytes[done..<token.start]
      result.append(quote)
      for byte in bytes[(token.start + 1)..<(token.end - 1)] {
        if byte == quote { result.append(quote) }
        result.append(byte)
      }
      result.append(quote)
      done = token.end
    }
    result += bytes[done...]
    return String(decoding: result, as: UTF8.self)
  }
}
