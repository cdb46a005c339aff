internal import MillraceCore

/// Rows become records.
extension BinlogDecoder {
  mutating func readRows(
    _ event: BinlogEvent, _ operation: RowsEvent.Operation, hasExtra: Bool, isPartial: Bool = false, isCompressed: Bool = false,
    _ now: Int64, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    let rowsEvent = try RowsEvent(
      event.body, operation, hasExtra: hasExtra, header: hasExtra ? format.rowsHeader2 : format.rowsHeader1, isPartial: isPartial)
    // The event behind the last statement's end: a mark without rows.
    if rowsEvent.table == 0xFF_FFFF || rowsEvent.rows.isEmpty { return }
    guard let relation = current?.map.id == rowsEvent.table ? current : announced[rowsEvent.table] else {
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
      partialJSON: isPartial ? relation.hasJSON : nil, values: relation.values)
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
  func findWatch(_ relation: AnnouncedTable) {
    relation.watchVersion = watching.watches.version
    relation.watch = relation.shape.flatMap { watching.watches[$0.qualifiedName] }
  }

  /// Counts a row; true if it was delivered before.
  @inline(__always)
  mutating func countRow(_ row: UInt64) -> Bool {
    rows &+= 1
    if rows <= dropping { return true }
    if isResumedForeign {
      if events < resume.event || events == resume.event && row < resume.row { return true }
      isResumedForeign = false
    }
    position.rowsDone = rows
    return false
  }

  mutating func insert(
    _ shape: TableShape, _ relation: AnnouncedTable, _ images: inout RowImages, _ row: UInt64, _ now: Int64, _ batch: inout RecordBatch
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

  mutating func update(
    _ shape: TableShape, _ relation: AnnouncedTable, _ images: inout RowImages, _ row: UInt64, _ now: Int64, _ batch: inout RecordBatch
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
  mutating func changeKey(
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

  mutating func delete(
    _ shape: TableShape, _ relation: AnnouncedTable, _ images: inout RowImages, _ row: UInt64, _ now: Int64, _ batch: inout RecordBatch
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
  mutating func block(of collection: Int, _ batch: inout RecordBatch) -> Slot {
    if transactions == nil || isNameless { return .null }
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
