internal import MillraceCore

/// Selects columns of changed rows again that the log did not carry, or that are null: the row as it is now, which may be newer than
/// the change (io.debezium.processors.reselect.ReselectColumnsPostProcessor).
///
/// The stream waits for each statement. Columns that are masked or cut stay as they are: what is selected would not be.
final class Reselection {
  private let settings: [ReselectionSettings]
  private let connection: PostgresConnection
  private let log: Log
  /// By shape, which each plan holds, so that its identifier stays taken.
  private var plans: [ObjectIdentifier: [Plan]] = [:]
  private var warning = RareWarning()

  /// What one post-processor does for one table.
  private struct Plan {
    let shape: TableShape
    let settings: ReselectionSettings
    let columns: [(column: Int, field: Int, name: String, takesNull: Bool)]
    /// The columns that tell the row, as places in the server's tuple.
    let key: [(column: Int, name: String)]
  }

  /// nil where no post-processor is configured.
  init?(_ settings: [ReselectionSettings], connection: PostgresConnection, log: Log) {
    if settings.isEmpty { return nil }
    self.settings = settings
    self.connection = connection
    self.log = log
  }

  /// - Parameter tuple: stands before the row as the server sent it, for the text of its key.
  func apply(to row: Slot, of shape: TableShape, _ tuple: MessageReader, in batch: inout RecordBatch) throws(MillraceError) {
    for plan in plans(for: shape) {
      var needed: [Int] = []
      for (index, item) in plan.columns.enumerated() {
        let kind = batch.slots[row.offset + item.field].kind
        if (kind == .unavailable && plan.settings.unavailable) || (kind == .null && item.takesNull) { needed.append(index) }
      }
      if needed.isEmpty { continue }
      do throws(MillraceError) {
        try select(needed, plan, row, tuple, &batch)
      } catch {
        // A connection that is lost is made anew, and the change comes again.
        if error.retry == .retry || plan.settings.errors == .fail { throw error }
        warning.give(log, .warning, "columns are not selected again", [("table", shape.qualifiedName), ("error", "\(error)")])
      }
    }
  }

  private func plans(for shape: TableShape) -> [Plan] {
    if let known = plans[ObjectIdentifier(shape)] { return known }
    let made = settings.compactMap { settings -> Plan? in
      // Without a key a record cannot be told from others.
      guard shape.key != nil else { return nil }
      let columns = shape.columns.enumerated().compactMap { column, described -> (column: Int, field: Int, name: String, takesNull: Bool)? in
        let name = shape.names[column]
        guard (0..<shape.fieldCount).contains(described.field), settings.chooses(name, of: shape.qualifiedName) else { return nil }
        let hasDefault = shape.row.fields[described.field].schema.substitute != nil
        return (column, described.field, name, settings.nulls && !hasDefault)
      }
      let key = (settings.usesEventKey ? shape.keyColumns : shape.ownKeyColumns).map { ($0, shape.names[$0]) }
      return Plan(shape: shape, settings: settings, columns: columns, key: key)
    }
    if plans.count >= 4096 { plans.removeAll() }
    plans[ObjectIdentifier(shape)] = made
    return made
  }

  private func select(
    _ needed: [Int], _ plan: Plan, _ row: Slot, _ tuple: MessageReader, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    let shape = plan.shape
    let key = try Reselection.texts(of: plan.key.map(\.column), tuple)
    guard !key.isEmpty, !key.contains(nil) else {
      throw failure("postgres.reselect.key", "a row cannot be selected again without its key", "give the table a primary key, or set reselect.use.event.key", shape)
    }
    let names = needed.map { PostgresConnection.quote(identifier: plan.columns[$0].name) }.joined(separator: ", ")
    let conditions = plan.key.enumerated().map { "\(PostgresConnection.quote(identifier: $1.name)) = $\($0 + 1)" }.joined(separator: " AND ")
    let table = "\(PostgresConnection.quote(identifier: shape.schemaName)).\(PostgresConnection.quote(identifier: shape.tableName))"
    let rows = try connection.query("SELECT \(names) FROM \(table) WHERE \(conditions)", key.compactMap(\.self))
    guard let found = rows.first, found.count == needed.count else {
      throw failure(
        "postgres.reselect.missing", "a row is no longer there to be selected again",
        "set reselect.error.handling.mode=warn to deliver the record as it is", shape)
    }
    for (index, value) in zip(needed, found) {
      let item = plan.columns[index]
      guard let text = value else {
        batch.slots[row.offset + item.field] = .null
        shape.fillNull(column: item.column, first: row.offset, into: &batch)
        continue
      }
      var bytes = ByteArena(capacity: text.utf8.count)
      bytes.append(text)
      try bytes.withBytes { (bytes) throws(MillraceError) in
        try shape.place(bytes, column: item.column, first: row.offset, into: &batch)
      }
    }
  }

  private func failure(_ code: String, _ message: String, _ advice: String, _ shape: TableShape) -> MillraceError {
    MillraceError(code: code, component: "postgres", retry: .stop, message: message, advice: advice, subject: shape.qualifiedName)
  }

  /// The texts of some columns of a tuple, in their order; nil for what it does not hold.
  private static func texts(of columns: [Int], _ tuple: MessageReader) throws(MillraceError) -> [String?] {
    var tuple = tuple
    var texts: [String?] = Array(repeating: nil, count: columns.count)
    for index in 0..<Int(try tuple.integer(UInt16.self)) where try tuple.byte() == UInt8(ascii: "t") {
      let bytes = try tuple.take(Int(tuple.integer(UInt32.self)))
      for place in columns.indices where columns[place] == index { texts[place] = String(decoding: bytes, as: UTF8.self) }
    }
    return texts
  }
}
