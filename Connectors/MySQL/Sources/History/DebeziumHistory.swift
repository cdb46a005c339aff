internal import MillraceCore

/// A schema history that Debezium wrote: one JSON record a line (io.debezium.relational.history.HistoryRecord), as in the file of
/// FileSchemaHistory or the values of the topic of KafkaSchemaHistory.
struct DebeziumHistory {
  struct Record: Equatable {
    var server: String?
    /// `file`, `pos`, `gtids`, `snapshot` …, as in an offset.
    var position: JSONValue
    var database: String
    var ddl: String
    var changes: [JSONValue]
  }

  private(set) var records: [Record] = []

  init() {}

  /// A file of lines.
  /// - Throws: what is wrong, with the line's number; damage is never taken for absence (Invariant 10).
  init(_ bytes: [UInt8]) throws(HistoryDamage) {
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() where !line.allSatisfy({ $0 <= 0x20 }) {
      try append(Array(line), at: "line \(index + 1)")
    }
  }

  /// Adds one record.
  /// - Parameter place: where it stands, for what is said of damage.
  mutating func append(_ record: [UInt8], at place: String) throws(HistoryDamage) {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: record) } catch {
      throw HistoryDamage(problem: "is no history of Debezium's: \(place) is not JSON")
    }
    guard let position = json["position"], position.members != nil else {
      throw HistoryDamage(problem: "is no history of Debezium's: \(place) has no position")
    }
    records.append(
      Record(
        server: json["source"]?["server"]?.string, position: position, database: json["databaseName"]?.string ?? "",
        ddl: json["ddl"]?.string ?? "", changes: json["tableChanges"]?.elements ?? []))
  }

  /// Applies the records of `server` up to a position. Statements are preferred; where one is not understood, the definition that
  /// Debezium noted beside it is taken.
  ///
  /// - Parameter isReached: whether a record's position is at or before the offset that is taken over.
  func apply(server: String, to model: inout SchemaModel, isReached: (JSONValue) -> Bool) {
    for record in records where record.server == nil || record.server == server {
      guard isReached(record.position) else { break }
      let context = StatementContext(database: record.database.isEmpty ? nil : record.database)
      let changes = model.apply(record.ddl, context)
      guard changes.contains(where: { $0.kind == .doubt }) else { continue }
      for change in record.changes {
        if let table = Self.table(change) { model.set(table) }
      }
    }
  }

  /// `"database"."table"`; nil where it is not of that form.
  static func id(_ text: String) -> TableID? {
    let parts = text.split(separator: "\".\"", omittingEmptySubsequences: false)
    return parts.count == 2 ? TableID(String(parts[0].dropFirst()), String(parts[1].dropLast())) : nil
  }

  /// `{"type", "id", "table": {…}}` as a table.
  static func table(_ change: JSONValue) -> TableDefinition? {
    guard let id = change["id"]?.string.flatMap({ id($0) }), let table = change["table"], table.members != nil else { return nil }
    var result = TableDefinition(database: id.database, name: id.table)
    result.charset = table["defaultCharsetName"]?.string
    result.primaryKey = table["primaryKeyColumnNames"]?.elements?.compactMap(\.string) ?? []
    for element in table["columns"]?.elements ?? [] {
      guard let name = element["name"]?.string, let expression = element["typeExpression"]?.string ?? element["typeName"]?.string else { return nil }
      var type = expression
      if let members = element["enumValues"]?.elements, !members.isEmpty {
        type += "(\(members.compactMap(\.string).joined(separator: ",")))"
      } else if let length = element["length"]?.integer {
        let scale = element["scale"]?.integer.map { ",\($0)" } ?? ""
        var words = expression.split(separator: " ").map(String.init)
        let signs = words.filter { $0 == "UNSIGNED" || $0 == "ZEROFILL" }
        words.removeAll { $0 == "UNSIGNED" || $0 == "ZEROFILL" }
        type = words.joined(separator: " ") + "(\(length)\(scale)) " + signs.joined(separator: " ")
      }
      var parser = DDLParser(Array(type.utf8), .mysql, [])
      var specification = ColumnSpecification(column: ColumnDefinition(name, .int))
      guard (try? parser.type(&specification)) != nil else { return nil }
      var column = specification.column
      column.isNullable = element["optional"]?.boolean ?? true
      column.isAutoIncremented = element["autoIncremented"]?.boolean ?? false
      column.charset = element["charsetName"]?.string
      if let text = element["defaultValueExpression"]?.string { column.defaultValue = .literal(text) }
      column.comment = element["comment"]?.string
      result.columns.append(column)
    }
    return result
  }
}
