internal import MillraceCore

/// Where transactions begin and end, and the positions that follow from it.
extension BinlogDecoder {
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
  mutating func noted() -> UInt64 {
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
  mutating func start(_ start: TransactionStart, _ batch: inout RecordBatch) throws(MillraceError) {
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
  mutating func takeUnfinished(_ gtid: GTID?) -> UInt64? {
    guard let index = position.unfinished.firstIndex(where: { $0.gtid == gtid }) else { return nil }
    return position.unfinished.remove(at: index).rowsDone
  }

  /// `BEGIN`, or XA START.
  mutating func beginTransaction(thread: UInt32?, isNameless: Bool = false, _ batch: inout RecordBatch) {
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
    self.isNameless = isNameless
    events = 0
    self.thread = thread
    templateIsStale = true
    guard transactions != nil, !isLeftOut, !isNameless else { return }
    let name = transactionName
    // Its BEGIN was delivered before.
    if dropping > 0, resume.transaction?.transaction == name { return }
    let id = batch.text(name), order = order(0)
    transactions?.begin(name, id: id, time: Clock.floorDivide(position.timestamp, 1000), order: order, in: &batch)
  }

  /// What the transaction is called in records and offsets.
  var transactionName: String { position.gtid.map { "\($0)" } ?? "file=\(begin.file),pos=\(begin.position)" }

  mutating func commit(_ batch: inout RecordBatch) throws(MillraceError) {
    if transactions != nil, !isLeftOut {
      let id = batch.text(transactionName), order = lastOrder
      transactions?.end(id: id, time: Clock.floorDivide(position.timestamp, 1000), order: order, in: &batch)
    }
    endTransaction()
  }

  mutating func endTransaction() {
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

  func order(_ part: UInt64) -> Record.Order { Record.Order(commit: commitOrder, ordinal: rows << 20 | part) }

  /// Behind all records of the change that was read last.
  var lastOrder: Record.Order { order(0xF_FFFF) }
}
