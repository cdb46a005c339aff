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

  /// What an incremental snapshot wants to know of changes.
  struct Watching {
    var watches = KeyWatches()
    /// nil where transactions are told apart by their place in the log.
    var numbers: GTIDNumbers?
    var signals: SignalTable?
  }

  var writer: RowWriter
  let options: Options
  let tables: Tables
  let failures: EventFailures
  let changes: SchemaChangeRecords?
  let watching: Watching
  /// nil where no transaction metadata is wanted.
  var transactions: TransactionMetadata?
  var announced: [UInt64: AnnouncedTable] = [:]
  var current: AnnouncedTable?
  var inflation = Inflation()

  var format: BinlogFormat
  /// Where decoding is; a checkpoint of it may be taken after any call of `decode`.
  var position: MySQLPosition
  var isInTransaction = false
  /// The end of the event that was read last, with its file.
  var readUpTo: BinlogPlace
  /// Where the run began: everything up to there was delivered before and is dropped.
  let resume: MySQLPosition
  /// Whether the dump began with the first transaction that is not whole.
  var resumesNext: Bool
  let isForeign: Bool
  /// A place that a dump cannot begin at: what comes before it is passed over.
  var skipsTo: BinlogPlace?
  // Of the transaction that was whole last.
  var lastGTID: GTID?
  var lastThread: UInt32?
  /// Whether a transaction has come since the run began.
  var hasStreamed = false
  /// Whether the transaction is the one in which Debezium stopped.
  var isResumedForeign = false

  // The current transaction.
  var begin: BinlogPlace {
    didSet { commitOrder = begin.order }
  }
  /// `begin` as records are ordered by it.
  var commitOrder: UInt64
  var hasBegun = false
  var rows: UInt64 = 0
  var dropping: UInt64 = 0
  /// Counted as Debezium does: events behind the begin.
  var events: UInt64 = 0
  var thread: UInt32?
  var isLeftOut = false
  /// Whether its changes become visible with a later one.
  var isPrepared = false
  /// Whether it begins with XA START, which Debezium passes over: its records have neither thread nor transaction.
  var isNameless = false
  /// By `GTIDNumbers`, where it was asked for.
  var number: UInt64?
  // The current event.
  var eventStart: UInt64 = 0
  var eventServer: UInt32 = 0
  var query: [UInt8]?
  var commitTime: Int64?
  var templateIsStale = true
  var isNewEvent = true

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
      announced.removeAll(keepingCapacity: true)
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
}
