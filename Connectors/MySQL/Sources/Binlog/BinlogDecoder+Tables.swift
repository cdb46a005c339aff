internal import MillraceCore

/// Tables as the log announces them, and the template of the source block.
extension BinlogDecoder {
  mutating func describe(_ body: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = BinlogReader(body)
    let id = try reader.integer(bytes: format.tableMapHeader == 6 ? 4 : 6)
    // As a rule a statement is of the table that the one before was of.
    if let current, current.map.id == id, current.isAnnounced(by: body) { return }
    if let known = announced[id], known.isAnnounced(by: body) {
      current = known
      return
    }
    let map = try TableMap(body, postHeader: format.tableMapHeader)
    let shape = try tables.shape(map)
    let collection = shape.flatMap { transactions?.number(of: $0.qualifiedName) } ?? 0
    let isSignals = shape.map { $0.qualifiedName == watching.signals?.name } ?? false
    let relation = AnnouncedTable(bytes: Array(body), map: map, shape: shape, collection: collection, isSignals: isSignals)
    // Numbers are given out again and again, each time a table is opened.
    if announced.count >= 10_000 { announced.removeAll(keepingCapacity: true) }
    announced[id] = relation
    current = relation
  }

  /// Makes the template of the source block that of the current event.
  @inline(__always)
  mutating func enter(_ shape: TableShape?, _ batch: inout RecordBatch) {
    if writer.enter(shape, &batch) || templateIsStale { fillTemplate(&batch) } else if !isNewEvent { return }
    isNewEvent = false
    let first = writer.template
    batch.slots[first + SourceBlock.Field.serverID] = .integer(Int64(eventServer))
    SourceBlock.set(time: position.timestamp &* 1000, at: first, of: &batch)
    batch.slots[first + SourceBlock.Field.position] = .integer(Int64(bitPattern: eventStart))
  }

  /// What is the same for all events of a statement, or a transaction.
  @inline(never)
  mutating func fillTemplate(_ batch: inout RecordBatch) {
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
}
