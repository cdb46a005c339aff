internal import Glibc
internal import MillraceCore

/// Decodes the events of the log into records: bytes in, slots appended. No input or output of its own; what it needs to know of a
/// table it asks `tables` for.
///
/// io.debezium.connector.binlog.BinlogStreamingChangeEventSource: what a record says about its place.
struct BinlogDecoder: ~Copyable {
  /// What is done where tables are looked up and statements applied.
  struct Tables {
    /// Answers the shape of a table that the log announces, or nil if it is not captured.
    let shape: (TableMap) throws(MillraceError) -> TableShape?
    /// Applies a statement; answers what it changes.
    let apply: (QueryEvent) throws(MillraceError) -> AppliedStatement
    /// The shape of a table by its name, for TRUNCATE; nil if it is not captured.
    let named: (TableID) throws(MillraceError) -> TableShape?
    /// Told that a prepared transaction was rolled back, at a position of the file, whose rows were delivered.
    var rolledBack: (UInt64) -> Void = { _ in }
  }

  struct Options {
    var tombstones = true
    var skipped = SkippedOperations([])
    /// `skip.messages.without.change`.
    var skipsUnchanged = false
    /// `include.query`.
    var includesQuery = false
    /// Whether times come from the GTID events (`gtid_mode=ON`), in µs; they are those of the events otherwise, in s.
    var hasCommitTimes = false
    /// Which origins' rows are left out (`gtid.source.includes` and `.excludes`); nil: none.
    var leavesOut: (@Sendable (String) -> Bool)?
  }

  /// A table as the log announces it.
  private final class Relation {
    let bytes: [UInt8]
    let map: TableMap
    let shape: TableShape?
    /// The table's number in the transaction metadata.
    let collection: Int
    let hasJSON: Int
    /// Whether its new rows are signals.
    let isSignals: Bool
    /// Notes the keys that changes touch, while an incremental snapshot reads the table.
    var watch: KeyWatch?
    var watchVersion = UInt64.max

    init(bytes: [UInt8], map: TableMap, shape: TableShape?, collection: Int, isSignals: Bool) {
      self.isSignals = isSignals
      self.bytes = bytes
      self.map = map
      self.shape = shape
      self.collection = collection
      hasJSON = map.columns.count { $0.kind == .json }
    }

    /// Whether the body of a TABLE_MAP says the same again.
    func isAnnounced(by body: UnsafeRawBufferPointer) -> Bool {
      bytes.withUnsafeBytes { known in
        guard known.count == body.count, let left = known.baseAddress, let right = body.baseAddress else { return false }
        return memcmp(left, right, known.count) == 0
      }
    }
  }

  private var writer: RowWriter
  private let options: Options
  private let tables: Tables
  private let failures: EventFailures
  private let changes: SchemaChangeRecords?
  private let watching: Watching
  /// nil where no transaction metadata is wanted.
  private var transactions: TransactionMetadata?
  private var relations: [UInt64: Relation] = [:]
  private var current: Relation?
  private var inflation = Inflation()

  private(set) var format: BinlogFormat
  /// Where decoding is; a checkpoint of it may be taken after any call of `decode`.
  private(set) var position: MySQLPosition
  private(set) var isInTransaction = false
  /// The end of the event that was read last, with its file.
  private(set) var readUpTo: BinlogPlace
  /// Where the run began: everything up to there was delivered before and is dropped.
  private let resume: MySQLPosition
  /// Whether the dump began with the first transaction that is not whole.
  private var resumesNext: Bool
  private let isForeign: Bool
  /// A place that a dump cannot begin at: what comes before it is passed over.
  private var skipsTo: BinlogPlace?
  // Of the transaction that was whole last.
  private var lastGTID: GTID?
  private var lastThread: UInt32?
  /// Whether a transaction has come since the run began.
  private var hasStreamed = false
  /// Whether the transaction is the one in which Debezium stopped.
  private var isResumedForeign = false

  // The current transaction.
  private var begin: BinlogPlace {
    didSet { commitOrder = begin.order }
  }
  /// `begin` as records are ordered by it.
  private var commitOrder: UInt64
  private var hasBegun = false
  private var rows: UInt64 = 0
  private var dropping: UInt64 = 0
  /// Counted as Debezium does: events behind the begin.
  private var events: UInt64 = 0
  private var thread: UInt32?
  private var isLeftOut = false
  /// Whether its changes become visible with a later one.
  private var isPrepared = false
  /// By `GTIDNumbers`, where it was asked for.
  private var number: UInt64?
  // The current event.
  private var eventStart: UInt64 = 0
  private var eventServer: UInt32 = 0
  private var query: [UInt8]?
  private var commitTime: Int64?
  private var templateIsStale = true
  private var isNewEvent = true

  init(
    writer: consuming RowWriter, options: Options, failures: EventFailures = .fatal, changes: SchemaChangeRecords? = nil,
    watching: Watching = Watching(), transactions: consuming TransactionMetadata? = nil, resuming: MySQLPosition, isForeign: Bool = false, isChecksummed: Bool,
    tables: Tables
  ) {
    self.writer = writer
    self.options = options
    self.failures = failures
    self.changes = changes
    self.watching = watching
    var transactions = transactions
    if let stored = resuming.transaction { transactions?.resume(stored) }
    self.transactions = transactions
    self.tables = tables
    self.isForeign = isForeign
    format = BinlogFormat(isChecksummed: isChecksummed)
    resume = resuming
    position = resuming
    readUpTo = resuming.place
    begin = resuming.place
    commitOrder = resuming.place.order
    skipsTo = DumpCommand.canBegin(at: resuming.place) || !resuming.gtids.isEmpty ? nil : resuming.place
    resumesNext = resuming.rowsDone > 0 || isForeign && resuming.event > 0
  }

  /// Decodes one event.
  /// - Parameters:
  ///   - bytes: the event, header and checksum included.
  ///   - now: the time of reading, ns since 1970.
  /// - Returns: the content of a compressed transaction, whose events are to be given to `decodeInner`.
  mutating func decode(_ bytes: UnsafeRawBufferPointer, now: Int64, into batch: inout RecordBatch) throws(MillraceError) -> TransactionPayload? {
    if bytes.count > 4, bytes[4] == BinlogEvent.Kind.formatDescription.rawValue {
      format = try BinlogFormat(bytes)
      let event = try BinlogEvent(bytes, checksummed: format.isChecksummed)
      // A server that was started anew numbers its tables anew.
      relations.removeAll(keepingCapacity: true)
      current = nil
      if !event.isArtificial { advance(event) }
      return nil
    }
    let event = try BinlogEvent(bytes, checksummed: format.isChecksummed)
    if event.kind == .rotate {
      try rotate(event)
      return nil
    }
    if event.kind == .heartbeat || event.kind == .heartbeat2 {
      try heartbeat(event)
      return nil
    }
    if !event.isArtificial { advance(event) }
    if let end = skipsTo {
      if readUpTo.file == end.file, readUpTo.position <= end.position { return nil }
      skipsTo = nil
    }
    if event.kind == .transactionPayload { return try TransactionPayload(event.body) }
    try decode(event, now, &batch)
    return nil
  }

  /// Decodes an event out of a compressed transaction.
  mutating func decodeInner(_ bytes: UnsafeRawBufferPointer, now: Int64, into batch: inout RecordBatch) throws(MillraceError) {
    let event = try BinlogEvent(bytes, checksummed: false)
    eventServer = event.serverID
    try decode(event, now, &batch)
  }

  /// Counts the position on.
  @inline(__always)
  private mutating func advance(_ event: BinlogEvent) {
    // The log's positions are 32 bits wide; a file may be longer.
    var end = readUpTo.position & ~0xFFFF_FFFF | UInt64(event.end)
    if end < readUpTo.position { end += 1 << 32 }
    readUpTo.position = end
    eventStart = end >= UInt64(event.size) ? end - UInt64(event.size) : 0
    eventServer = event.serverID
    events &+= 1
    if !options.hasCommitTimes || commitTime == nil { position.timestamp = Int64(event.timestamp) &* 1_000_000 }
  }

  @inline(__always)
  private mutating func decode(_ event: BinlogEvent, _ now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
    guard let kind = event.kind else { return }
    switch kind {
    case .writeRows: try readRows(event, .insert, hasExtra: true, now, &batch)
    case .updateRows: try readRows(event, .update, hasExtra: true, now, &batch)
    case .deleteRows: try readRows(event, .delete, hasExtra: true, now, &batch)
    case .tableMap: try describe(event.body)
    case .xid: try commit(&batch)
    case .gtid, .anonymousGTID: try start(TransactionStart(mysql: event.body, isAnonymous: kind == .anonymousGTID), &batch)
    case .taggedGTID: try start(TransactionStart(tagged: event.body), &batch)
    case .mariaDBGTID:
      let start = try TransactionStart(mariadb: event.body, server: event.serverID)
      try self.start(start, &batch)
      if !start.isStandalone { beginTransaction(thread: nil, &batch) }
    case .query: try run(QueryEvent(event.body), now, &batch)
    case .compressedQuery: try runCompressed(event, now, &batch)
    case .rowsQuery:
      guard options.includesQuery, event.body.count > 1 else { return }
      query = Array(event.body[1...])
      templateIsStale = true
    case .annotateRows:
      guard options.includesQuery else { return }
      query = Array(event.body)
      templateIsStale = true
    case .partialUpdateRows: try readRows(event, .update, hasExtra: true, isPartial: true, now, &batch)
    case .writeRows1: try readRows(event, .insert, hasExtra: false, now, &batch)
    case .updateRows1: try readRows(event, .update, hasExtra: false, now, &batch)
    case .deleteRows1: try readRows(event, .delete, hasExtra: false, now, &batch)
    case .compressedWriteRows1: try readRows(event, .insert, hasExtra: false, isCompressed: true, now, &batch)
    case .compressedUpdateRows1: try readRows(event, .update, hasExtra: false, isCompressed: true, now, &batch)
    case .compressedDeleteRows1: try readRows(event, .delete, hasExtra: false, isCompressed: true, now, &batch)
    case .compressedWriteRows: try readRows(event, .insert, hasExtra: true, isCompressed: true, now, &batch)
    case .compressedUpdateRows: try readRows(event, .update, hasExtra: true, isCompressed: true, now, &batch)
    case .compressedDeleteRows: try readRows(event, .delete, hasExtra: true, isCompressed: true, now, &batch)
    // Both phases of an XA transaction are transactions of the log; its rows come with the first.
    case .xaPrepare: try commit(&batch)
    case .incident: try failures.leaveOut(BinlogDecoder.incident(readUpTo))
    case .startEncryption, .stop, .previousGTIDs, .mariaDBGTIDList, .rotate, .formatDescription, .heartbeat, .heartbeat2,
      .transactionPayload: break
    }
  }

  private static func incident(_ place: BinlogPlace) -> MillraceError {
    MillraceError(
      code: "mysql.incident", component: "mysql", retry: .record, message: "the server says that changes are missing in its binlog",
      advice: "take a new snapshot; event.processing.failure.handling.mode=warn goes on without what is missing", position: "\(place)")
  }

  // MARK: the log

  /// `ROTATE`: what follows is in another file. The server also makes one up at the beginning of a dump, and after a restart.
  private mutating func rotate(_ event: BinlogEvent) throws(MillraceError) {
    var reader = BinlogReader(event.body)
    let at = try reader.integer(UInt64.self)
    let file = String(decoding: reader.rest(), as: UTF8.self)
    let isOther = file != readUpTo.file
    readUpTo = BinlogPlace(file: file, position: at)
    templateIsStale = true
    // A dump by GTIDs begins with the file from its start: the position stays, until something has come.
    guard isOther, !isInTransaction, !resumesNext else { return }
    position.place = readUpTo
    begin = readUpTo
  }

  /// The server is idle, or has passed over what was not asked for.
  private mutating func heartbeat(_ event: BinlogEvent) throws(MillraceError) {
    guard !isInTransaction, !resumesNext else { return }
    if event.kind == .heartbeat2 {
      var reader = BinlogReader(event.body)
      while !reader.isAtEnd {
        let type = try reader.byte()
        var field = BinlogReader(try reader.take(try reader.packedCount()))
        switch type {
        case 1: readUpTo.file = try field.text(field.remaining)
        case 2: readUpTo.position = try field.packed()
        default: break
        }
      }
    } else if event.end > 0 {
      let file = String(decoding: event.body, as: UTF8.self)
      let end = UInt64(event.end)
      if file != readUpTo.file {
        readUpTo = BinlogPlace(file: file, position: end)
      } else if end > readUpTo.position & 0xFFFF_FFFF {
        readUpTo.position = readUpTo.position & ~0xFFFF_FFFF | end
      }
    }
    position.place = readUpTo
  }

  // MARK: transactions

  /// The position for a checkpoint, with what the metadata of the transaction under way need to go on.
  var place: MySQLPosition {
    mutating get {
      var place = position
      place.transaction = transactions?.progress
      return place
    }
  }

  /// The transaction as chunks of an incremental snapshot are held against it. What an XA transaction has prepared is visible only
  /// when another one commits it.
  private mutating func noted() -> UInt64 {
    if isPrepared { return GTIDNumbers.unknown }
    guard let numbers = watching.numbers else { return commitOrder }
    if let number { return number }
    let made = numbers.number(of: position.gtid)
    number = made
    return made
  }

  /// How far the stream has come, where chunks are held against it.
  var passed: MySQLChunkView.Place {
    MySQLChunkView.Place(gtids: position.gtids, log: isInTransaction ? position.place : readUpTo)
  }

  /// What was delivered, the transaction under way included.
  func delivered(number: UInt64, rules: GTIDRules) -> TableBeginning {
    var gtids = rules.ignoresStored ? position.gtids.subtracting(resume.gtids) : position.gtids
    if let gtid = position.gtid { gtids.insert(gtid) }
    return TableBeginning(number: number, gtids: gtids.filtered(rules.takes), place: commitOrder + (hasStreamed ? 1 : 0), rules: rules)
  }

  /// What the source block of a row says that comes without a change: where the stream is.
  var stamp: SourceBlock.Stamp {
    SourceBlock.Stamp(
      gtid: position.gtid ?? lastGTID, file: readUpTo.file, position: eventStart, thread: isInTransaction ? thread : lastThread, server: eventServer)
  }

  /// A GTID event: a transaction, or a statement that is one, follows.
  private mutating func start(_ start: TransactionStart, _ batch: inout RecordBatch) throws(MillraceError) {
    begin = BinlogPlace(file: readUpTo.file, position: eventStart)
    // On another server the transaction may not be the first.
    let isResumed = resumesNext && (resume.gtid == nil || resume.gtid == start.gtid)
    if resumesNext, !isResumed, !isForeign, let gtid = resume.gtid {
      position.unfinished.append(Unfinished(gtid: gtid, rowsDone: resume.rowsDone))
      resumesNext = false
    }
    if isResumed { resumesNext = false }
    rows = 0
    let done = position.unfinished.isEmpty ? nil : takeUnfinished(start.gtid)
    dropping = done ?? (isResumed ? resume.rowsDone : 0)
    events = 0
    isInTransaction = true
    thread = nil
    query = nil
    isPrepared = start.isPrepared
    number = nil
    hasStreamed = true
    templateIsStale = true
    position.gtid = start.gtid
    if !isResumed {
      position.rowsDone = done ?? 0
      position.event = 0
      position.row = 0
    }
    isResumedForeign = isResumed && isForeign
    if options.hasCommitTimes {
      commitTime = start.committed == 0 ? nil : start.committed
      if let commitTime { position.timestamp = commitTime }
    }
    isLeftOut = start.gtid.map { options.leavesOut?($0.origin) ?? false } ?? false
  }

  /// Rows that are done of a transaction that was left within; nil if it is none of those.
  private mutating func takeUnfinished(_ gtid: GTID?) -> UInt64? {
    guard let index = position.unfinished.firstIndex(where: { $0.gtid == gtid }) else { return nil }
    return position.unfinished.remove(at: index).rowsDone
  }

  /// `BEGIN`.
  private mutating func beginTransaction(thread: UInt32?, _ batch: inout RecordBatch) {
    if !isInTransaction {
      // A server without GTID events.
      begin = BinlogPlace(file: readUpTo.file, position: eventStart)
      let isResumed = resumesNext
      resumesNext = false
      rows = 0
      dropping = isResumed ? resume.rowsDone : 0
      isResumedForeign = isResumed && isForeign
      isInTransaction = true
      isPrepared = false
      number = nil
      hasStreamed = true
      position.gtid = nil
      if !isResumed { position.rowsDone = 0 }
    }
    hasBegun = true
    events = 0
    self.thread = thread
    templateIsStale = true
    guard transactions != nil, !isLeftOut else { return }
    let name = transactionName
    // Its BEGIN was delivered before.
    if dropping > 0, resume.transaction?.transaction == name { return }
    let id = batch.text(name), order = order(0)
    transactions?.begin(name, id: id, time: Clock.floorDivide(position.timestamp, 1000), order: order, in: &batch)
  }

  /// What the transaction is called in records and offsets.
  private var transactionName: String { position.gtid.map { "\($0)" } ?? "file=\(begin.file),pos=\(begin.position)" }

  private mutating func commit(_ batch: inout RecordBatch) throws(MillraceError) {
    if transactions != nil, !isLeftOut {
      let id = batch.text(transactionName), order = lastOrder
      transactions?.end(id: id, time: Clock.floorDivide(position.timestamp, 1000), order: order, in: &batch)
    }
    endTransaction()
  }

  private mutating func endTransaction() {
    if let gtid = position.gtid {
      position.gtids.insert(gtid)
      lastGTID = gtid
    }
    lastThread = thread
    position.gtid = nil
    position.rowsDone = 0
    position.event = 0
    position.row = 0
    position.place = readUpTo
    isInTransaction = false
    hasBegun = false
    isLeftOut = false
    thread = nil
    query = nil
    templateIsStale = true
  }

  private func order(_ part: UInt64) -> Record.Order { Record.Order(commit: commitOrder, ordinal: rows << 20 | part) }

  /// Behind all records of the change that was read last.
  var lastOrder: Record.Order { order(0xF_FFFF) }

  // MARK: statements

  private mutating func runCompressed(_ event: BinlogEvent, _ now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
    let query = try QueryEvent(event.body)
    try run(query.with(sql: inflation.inflate(query.sql)), now, &batch)
  }

  private mutating func run(_ query: QueryEvent, _ now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
    if query.isWord("BEGIN") { return beginTransaction(thread: query.thread, &batch) }
    if query.begins("XA START") {
      beginTransaction(thread: query.thread, &batch)
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

  private mutating func change(_ query: QueryEvent, _ now: Int64, _ batch: inout RecordBatch) throws(MillraceError) {
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
    relations.removeAll(keepingCapacity: true)
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

  // MARK: tables

  private mutating func describe(_ body: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = BinlogReader(body)
    let id = try reader.integer(bytes: format.tableMapHeader == 6 ? 4 : 6)
    // As a rule a statement is of the table that the one before was of.
    if let current, current.map.id == id, current.isAnnounced(by: body) { return }
    if let known = relations[id], known.isAnnounced(by: body) {
      current = known
      return
    }
    let map = try TableMap(body, postHeader: format.tableMapHeader)
    let shape = try tables.shape(map)
    let collection = shape.flatMap { transactions?.number(of: $0.qualifiedName) } ?? 0
    let isSignals = shape.map { $0.qualifiedName == watching.signals?.name } ?? false
    let relation = Relation(bytes: Array(body), map: map, shape: shape, collection: collection, isSignals: isSignals)
    // Numbers are given out again and again, each time a table is opened.
    if relations.count >= 10_000 { relations.removeAll(keepingCapacity: true) }
    relations[id] = relation
    current = relation
  }

  /// Makes the template of the source block that of the current event.
  @inline(__always)
  private mutating func enter(_ shape: TableShape?, _ batch: inout RecordBatch) {
    if writer.enter(shape, &batch) || templateIsStale { fillTemplate(&batch) } else if !isNewEvent { return }
    isNewEvent = false
    let first = writer.template
    batch.slots[first + SourceBlock.Field.serverID] = .integer(Int64(eventServer))
    SourceBlock.set(time: position.timestamp &* 1000, at: first, of: &batch)
    batch.slots[first + SourceBlock.Field.position] = .integer(Int64(bitPattern: eventStart))
  }

  /// What is the same for all events of a statement, or a transaction.
  @inline(never)
  private mutating func fillTemplate(_ batch: inout RecordBatch) {
    templateIsStale = false
    let first = writer.template
    let gtid = position.gtid.map { batch.text("\($0)") } ?? .null
    batch.slots[first + SourceBlock.Field.gtid] = gtid
    let file = batch.text(readUpTo.file)
    batch.slots[first + SourceBlock.Field.file] = file
    batch.slots[first + SourceBlock.Field.thread] = thread.map { .integer(Int64($0)) } ?? .null
    let text = query.map { query in query.withUnsafeBytes { batch.text($0) } } ?? .null
    batch.slots[first + SourceBlock.Field.query] = text
  }

  // MARK: rows

  private mutating func readRows(
    _ event: BinlogEvent, _ operation: RowsEvent.Operation, hasExtra: Bool, isPartial: Bool = false, isCompressed: Bool = false,
    _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    let rowsEvent = try RowsEvent(
      event.body, operation, hasExtra: hasExtra, header: hasExtra ? format.rowsHeader2 : format.rowsHeader1, isPartial: isPartial)
    // The event behind the last statement's end: a mark without rows.
    if rowsEvent.table == 0xFF_FFFF || rowsEvent.rows.isEmpty { return }
    guard let relation = current?.map.id == rowsEvent.table ? current : relations[rowsEvent.table] else {
      throw BinlogReader.malformed("rows are of a table that was not announced")
    }
    guard rowsEvent.columnCount == relation.map.columns.count else {
      throw BinlogReader.malformed("a row event has \(rowsEvent.columnCount) columns, its table map \(relation.map.columns.count)")
    }
    if relation.watchVersion != watching.watches.version { findWatch(relation) }
    let bytes = isCompressed ? try inflation.inflate(rowsEvent.rows) : rowsEvent.rows
    isNewEvent = true
    position.event = events
    position.serverID = eventServer
    let isSkipped =
      switch operation {
      case .insert: options.skipped.creates
      case .update: options.skipped.updates
      case .delete: options.skipped.deletes
      }
    let shape = isSkipped || isLeftOut ? nil : relation.shape
    var images = RowImages(
      bytes, columns: relation.map.columns, present: rowsEvent.present, after: rowsEvent.after, isUpdate: operation == .update,
      partialJSON: isPartial ? relation.hasJSON : nil)
    var row: UInt64 = 0
    while !images.isAtEnd {
      let isDone = countRow(row), start = images.position
      if let shape, !isDone {
        do throws(MillraceError) {
          switch operation {
          case .insert: try insert(shape, relation, &images, row, now, &batch)
          case .update: try update(shape, relation, &images, row, now, &batch)
          case .delete: try delete(shape, relation, &images, row, now, &batch)
          }
        } catch {
          try failures.leaveOut(error)
          images.position = start
          try images.skipRow()
        }
      } else {
        try images.skipRow()
      }
      // An image without columns is no row, and would never come to an end.
      guard images.position > start else { throw BinlogReader.malformed("a row has no columns") }
      row &+= 1
      if !isDone { position.row = row }
    }
  }

  @inline(never)
  private func findWatch(_ relation: Relation) {
    relation.watchVersion = watching.watches.version
    relation.watch = relation.shape.flatMap { watching.watches[$0.qualifiedName] }
  }

  /// Counts a row; true if it was delivered before.
  @inline(__always)
  private mutating func countRow(_ row: UInt64) -> Bool {
    rows &+= 1
    if rows <= dropping { return true }
    if isResumedForeign {
      if events < resume.event || events == resume.event && row < resume.row { return true }
      isResumedForeign = false
    }
    position.rowsDone = rows
    return false
  }

  private mutating func insert(
    _ shape: TableShape, _ relation: Relation, _ images: inout RowImages, _ row: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    enter(shape, &batch)
    let after = try images.read(shape, isAfter: false, &batch)
    shape.settle(after, in: &batch)
    let key = writer.appendKey(of: after, shape, &batch)
    let source = writer.appendSource(row: row, &batch)
    let place = block(of: relation.collection, &batch)
    let value = writer.appendEnvelope(.create, before: .null, after: after, source: source, transaction: place, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: order(0), &batch)
    if let watch = relation.watch { watch.note(after, by: noted(), in: batch) }
    if relation.isSignals { watching.signals?.take(after, batch) }
  }

  private mutating func update(
    _ shape: TableShape, _ relation: Relation, _ images: inout RowImages, _ row: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    enter(shape, &batch)
    let slots = batch.slots.count, bytes = batch.arena.count
    let before = try images.read(shape, isAfter: false, &batch)
    let after = try images.read(shape, isAfter: true, &batch)
    if !images.isWhole { BinlogDecoder.takeUnavailable(of: after, from: before, shape.slotCount, &batch) }
    shape.settle(before, in: &batch)
    shape.settle(after, in: &batch)
    let key = writer.appendKey(of: after, shape, &batch)
    let oldKey = key.isNull ? key : writer.appendKey(of: before, shape, &batch)
    let isSameKey = key.isNull || BinlogDecoder.isEqual(oldKey, key, batch)
    if options.skipsUnchanged, isSameKey, images.isWhole, batch.holdsSame(first: before.offset, after.offset, count: shape.fieldCount) {
      batch.slots.truncate(to: slots)
      batch.arena.truncate(to: bytes)
      return
    }
    if let watch = relation.watch {
      watch.note(after, by: noted(), in: batch)
      watch.note(before, by: noted(), in: batch)
    }
    let source = writer.appendSource(row: row, &batch)
    if !isSameKey { return changeKey(from: oldKey, to: key, before: before, after: after, source: source, relation.collection, now, &batch) }
    let place = block(of: relation.collection, &batch)
    let value = writer.appendEnvelope(.update, before: before, after: after, source: source, transaction: place, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: order(0), &batch)
  }

  /// A changed primary key is three records at one position, which are never parted by a checkpoint (Invariant 1).
  private mutating func changeKey(
    from oldKey: Slot, to key: Slot, before: Slot, after: Slot, source: Slot, _ collection: Int, _ now: Int64, _ batch: inout RecordBatch
  ) {
    var place = block(of: collection, &batch)
    let deletion = writer.appendEnvelope(.delete, before: before, after: .null, source: source, transaction: place, now: now, &batch)
    let toNew = writer.appendHeaders("__debezium.newkey", key: key, &batch)
    writer.appendRecord(key: oldKey, value: deletion, order: order(0), headers: toNew, &batch)
    if options.tombstones { writer.appendRecord(key: oldKey, value: .null, order: order(1), headers: toNew, &batch) }
    place = block(of: collection, &batch)
    let creation = writer.appendEnvelope(.create, before: .null, after: after, source: source, transaction: place, now: now, &batch)
    let toOld = writer.appendHeaders("__debezium.oldkey", key: oldKey, &batch)
    writer.appendRecord(key: key, value: creation, order: order(2), headers: toOld, &batch)
  }

  private mutating func delete(
    _ shape: TableShape, _ relation: Relation, _ images: inout RowImages, _ row: UInt64, _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    enter(shape, &batch)
    let before = try images.read(shape, isAfter: false, &batch)
    shape.settle(before, in: &batch)
    let key = writer.appendKey(of: before, shape, &batch)
    let source = writer.appendSource(row: row, &batch)
    let place = block(of: relation.collection, &batch)
    let value = writer.appendEnvelope(.delete, before: before, after: .null, source: source, transaction: place, now: now, &batch)
    writer.appendRecord(key: key, value: value, order: order(0), &batch)
    if options.tombstones { writer.appendRecord(key: key, value: .null, order: order(1), &batch) }
    if let watch = relation.watch { watch.note(before, by: noted(), in: batch) }
  }

  /// Counts a change for the transaction metadata; answers its block.
  @inline(__always)
  private mutating func block(of collection: Int, _ batch: inout RecordBatch) -> Slot {
    if transactions == nil { return .null }
    let gtid = batch.slots[writer.template + SourceBlock.Field.gtid]
    let id = gtid.isNull ? batch.text(transactionName) : gtid
    return transactions?.block(of: collection, id: id, in: &batch) ?? .null
  }

  /// A value that only the old image holds has not changed.
  private static func takeUnavailable(of row: Slot, from before: Slot, _ count: Int, _ batch: inout RecordBatch) {
    for index in 0..<count where batch.slots[row.offset + index].kind == .unavailable {
      let old = batch.slots[before.offset + index]
      batch.slots[row.offset + index] = old
    }
  }

  /// Whether two keys are equal; what is not known is no difference.
  private static func isEqual(_ a: Slot, _ b: Slot, _ batch: borrowing RecordBatch) -> Bool {
    for index in 0..<min(a.count, b.count) {
      let left = batch.slots[a.offset + index], right = batch.slots[b.offset + index]
      if left.kind == .unavailable || right.kind == .unavailable { continue }
      if !batch.holdsSame(left, right) { return false }
    }
    return true
  }
}

extension BinlogDecoder {
  /// What an incremental snapshot wants to know of changes.
  struct Watching {
    var watches = KeyWatches()
    /// nil where transactions are told apart by their place in the log.
    var numbers: GTIDNumbers?
    var signals: SignalTable?
  }
}

/// What a statement has done.
struct AppliedStatement {
  var changes: [SchemaChange] = []
  /// What the schema-change topic is told of it.
  var events: [SchemaChangeEvent] = []
}

/// `skipped.operations`.
struct SkippedOperations: Sendable {
  let creates, updates, deletes, truncates: Bool
  init(_ list: Set<String>) {
    creates = list.contains("c")
    updates = list.contains("u")
    deletes = list.contains("d")
    truncates = list.contains("t")
  }
}
