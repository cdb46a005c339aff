/// The keys of a table that changes have touched while chunks of it are read: a chunk's row gives way to a change that it does not
/// know yet.
///
/// Used by the connector's thread only. Nothing is kept for tables that are not being read.
package final class KeyWatch {
  /// Where the key's fields stand in a row, or behind it, where a key column is left out of the row.
  private let fields: [Int]
  /// Whether that row is the record's key, and not what it has after the change.
  private let isInKey: Bool
  private var notes: [(key: [UInt8], transaction: UInt64)] = []
  private var bytes = 0
  /// Transactions that have emptied the table.
  private var truncations: [UInt64] = []

  package init(fields: [Int], isInKey: Bool = false) {
    self.fields = fields
    self.isInKey = isInKey
  }

  /// A change of `transaction` has touched `row`, a struct of the table's fields, or of its key's, in `batch`.
  package func note(_ row: Slot, by transaction: UInt64, in batch: borrowing RecordBatch) {
    guard row.kind == .structure else { return }
    let key = KeyWatch.key(of: row, fields, in: batch)
    notes.append((key, transaction))
    bytes += key.count + MemoryLayout<(key: [UInt8], transaction: UInt64)>.stride
  }

  package func noteTruncation(by transaction: UInt64) { truncations.append(transaction) }

  /// Bytes in use: what a chunk has to wait for must not grow without bound.
  package var byteCount: Int { bytes }

  /// Drops the rows of a chunk that a change has touched that `view` does not contain.
  /// - Returns: how many rows are left.
  package func sieve(_ box: BatchBox, seenBy view: some ChunkView) -> Int {
    let count = box.batch.records.count
    if truncations.contains(where: { !view.sees($0) }) {
      box.batch.records.truncate(to: 0)
      return 0
    }
    var touched: Set<[UInt8]> = []
    for note in notes where !view.sees(note.transaction) { touched.insert(note.key) }
    if touched.isEmpty { return count }
    var kept = 0
    for index in 0..<count {
      let record = box.batch.records[index]
      let row = isInKey ? record.key : box.batch.field(Envelope.after, of: record.value)
      if touched.contains(KeyWatch.key(of: row, fields, in: box.batch)) { continue }
      box.batch.records[kept] = record
      kept += 1
    }
    box.batch.records.truncate(to: kept)
    return kept
  }

  /// Forgets what `view` contains: every later chunk contains it as well.
  package func forget(seenBy view: some ChunkView) {
    notes.removeAll { view.sees($0.transaction) }
    truncations.removeAll { view.sees($0) }
    bytes = notes.reduce(0) { $0 + $1.key.count + MemoryLayout<(key: [UInt8], transaction: UInt64)>.stride }
  }

  /// The values of the key's fields, told apart by kind and length.
  private static func key(of row: Slot, _ fields: [Int], in batch: borrowing RecordBatch) -> [UInt8] {
    var key: [UInt8] = []
    key.reserveCapacity(fields.count * 9 + 8)
    for field in fields where row.offset + field < batch.slots.count { append(batch.slots[row.offset + field], batch, to: &key) }
    return key
  }

  private static func append(_ slot: Slot, _ batch: borrowing RecordBatch, to key: inout [UInt8]) {
    key.append(slot.kind.rawValue)
    switch slot.kind {
    case .null, .unavailable: break
    case .boolean, .integer, .float: withUnsafeBytes(of: slot.bits) { key.append(contentsOf: $0) }
    case .text, .bytes:
      withUnsafeBytes(of: slot.length) { key.append(contentsOf: $0) }
      batch.arena.withBytes { key.append(contentsOf: $0[slot.offset..<(slot.offset + slot.count)]) }
    case .structure, .array, .map:
      withUnsafeBytes(of: slot.length) { key.append(contentsOf: $0) }
      let count = slot.kind == .map ? 2 * slot.count : slot.count
      for index in 0..<count { append(batch.slots[slot.offset + index], batch, to: &key) }
    }
  }
}
