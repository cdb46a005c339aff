internal import MillraceCore

/// The signal `schema-changes`: what tables look like, told by hand (io.debezium.pipeline.signal.actions.SchemaChanges).
struct TableSignal {
  static let type = "schema-changes"

  struct Change {
    let type: SchemaChangeEvent.StaticText
    let id: TableID
    /// nil where the table is dropped.
    let definition: TableDefinition?
  }

  let database: String
  let changes: [Change]

  init(_ signal: Signal) throws(SignalFault) {
    guard let elements = signal.data?["changes"]?.elements, !elements.isEmpty else { throw SignalFault("it names no changes") }
    guard let database = signal.data?["database"]?.string, !database.isEmpty else { throw SignalFault("it names no database") }
    self.database = database
    changes = try elements.map { (element) throws(SignalFault) in
      guard let type = element["type"]?.string.flatMap({ SchemaChangeEvent.StaticText(rawValue: $0.uppercased()) }) else {
        throw SignalFault("a type among its changes is not CREATE, ALTER or DROP")
      }
      guard let id = element["id"]?.string.flatMap({ DebeziumHistory.id($0) }) else { throw SignalFault("an id among its changes is not \"database\".\"table\"") }
      let definition = DebeziumHistory.table(element)
      if type != .drop, definition?.columns.isEmpty != false { throw SignalFault("the table \(id) among its changes cannot be understood") }
      return Change(type: type, id: id, definition: type == .drop ? nil : definition)
    }
  }

  /// What is told of it.
  /// - Parameter source: the table of signals.
  func events(source: String?) -> [SchemaChangeEvent] {
    changes.map {
      SchemaChangeEvent(database: database, sourceTable: source, ddl: nil, type: $0.type, table: $0.id, definition: $0.definition, concerned: [$0.id])
    }
  }
}
