internal import MillraceCore

/// Statements of the log: those that frame a transaction, and DDL.
extension BinlogDecoder {
  mutating func runCompressed(_ event: BinlogEvent, _ now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
    let query = try QueryEvent(event.body)
    try run(query.with(sql: inflation.inflate(query.sql)), now, &batch)
  }

  mutating func run(_ query: QueryEvent, _ now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
    if query.isWord("BEGIN") { return beginTransaction(thread: query.thread, &batch) }
    if query.begins("XA START") {
      beginTransaction(thread: nil, isNameless: true, &batch)
      isPrepared = true
      return
    }
    if query.isWord("COMMIT") || query.isWord("ROLLBACK") { return try commit(&batch) }
    if query.begins("XA END") || query.begins("SAVEPOINT") || query.begins("ROLLBACK TO") || query.begins("RELEASE SAVEPOINT") { return }
    if query.begins("XA ") {
      // The other side of XA PREPARE, with which the rows came.
      if query.begins("XA ROLLBACK"), !isLeftOut { tables.rolledBack(eventStart) }
      return endTransaction()
    }
    do throws(MillraceError) {
      try change(query, now, &batch)
    } catch {
      try failures.leaveOut(error)
    }
    // A statement outside of BEGIN is a transaction of its own.
    if !hasBegun { endTransaction() }
  }

  mutating func change(_ query: QueryEvent, _ now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
    // What Amazon's servers write for themselves.
    if query.begins("INSERT INTO MYSQL.RDS_") || query.begins("DELETE FROM MYSQL.RDS_") { return }
    if query.begins("INSERT") || query.begins("UPDATE") || query.begins("DELETE") || query.begins("REPLACE") {
      throw MillraceError(
        code: "mysql.statement-format", component: "mysql", retry: .record, message: "the binlog has a change as a statement instead of rows",
        advice: "run: SET GLOBAL binlog_format = 'ROW'; and end the sessions that have another setting", position: "\(readUpTo)")
    }
    let applied = try tables.apply(query)
    guard !applied.changes.isEmpty else { return }
    for change in applied.changes where change.kind == .truncateTable {
      if let table = change.table { watching.watches["\(table)"]?.noteTruncation(by: noted()) }
    }
    forgetTables()
    guard !isLeftOut else { return }
    tell(applied.events, now, &batch)
    guard !options.skipped.truncates else { return }
    for change in applied.changes where change.kind == .truncateTable {
      guard let table = change.table, let shape = try tables.named(table) else { continue }
      enter(shape, &batch)
      let source = writer.appendSource(row: 0, &batch)
      let value = writer.appendEnvelope(.truncate, before: .null, after: .null, source: source, now: now, &batch)
      writer.appendRecord(key: .null, value: value, order: order(0xF_0000), &batch)
    }
  }

  /// What is known of tables has changed.
  mutating func forgetTables() {
    announced.removeAll(keepingCapacity: true)
    current = nil
    templateIsStale = true
  }

  /// Appends records of the schema-change topic.
  mutating func tell(_ events: [SchemaChangeEvent], _ now: Int64, _ batch: inout RecordBatch) {
    guard let records = changes else { return }
    for (part, event) in events.enumerated() {
      enter(nil, &batch)
      let source = writer.appendSource(row: 0, database: event.database, table: event.sourceTable, &batch)
      records.append(event, source: source, time: now / 1_000_000, order: order(UInt64(part)), to: &batch)
      writer.giveHeaders(&batch)
    }
  }
}

/// What a statement has done.
struct AppliedStatement {
  var changes: [SchemaChange] = []
  /// What the schema-change topic is told of it.
  var events: [SchemaChangeEvent] = []
}
