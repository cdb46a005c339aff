internal import MillraceCore

/// Which row has a key's newest state: a hash table over the keys' bytes, without an object for each.
final class KeyIndex {
  struct Entry: BitwiseCopyable {
    let hash: Int
    let offset: Int
    let length: Int
    var row: Int
  }

  private var bytes = ByteArena(capacity: 1024)
  private var entries = Buffer<Entry>(capacity: 64)
  /// Indices of entries plus one, 0 for none; a power of two of them, at most half in use.
  private var places = [Int32](repeating: 0, count: 128)

  /// Bytes that it takes, about.
  var byteCount: Int { bytes.count + entries.count * 48 }

  /// Notes that `row` is the newest with this key; answers the row that was.
  func replace(_ key: Slot, of batch: borrowing RecordBatch, row: Int) -> Int? {
    let start = bytes.count
    append(key, of: batch)
    let length = bytes.count - start
    var hasher = Hasher()
    bytes.withBytes(at: start, length: length) { hasher.combine(bytes: $0) }
    let hash = hasher.finalize()
    var place = hash & (places.count - 1)
    while places[place] != 0 {
      let index = Int(places[place]) - 1
      let entry = entries[index]
      if entry.hash == hash, entry.length == length, isEqual(entry.offset, start, length) {
        bytes.truncate(to: start)
        entries[index].row = row
        return entry.row
      }
      place = (place + 1) & (places.count - 1)
    }
    entries.append(Entry(hash: hash, offset: start, length: length, row: row))
    places[place] = Int32(entries.count)
    if entries.count * 2 > places.count { grow() }
    return nil
  }

  func removeAll() {
    bytes.removeAll(keeping: 1 << 16)
    entries.removeAll(keeping: 1 << 12)
    places = [Int32](repeating: 0, count: 128)
  }

  private func isEqual(_ a: Int, _ b: Int, _ length: Int) -> Bool {
    bytes.withBytes { all in all[a..<a + length].elementsEqual(all[b..<b + length]) }
  }

  private func grow() {
    places = [Int32](repeating: 0, count: places.count * 2)
    for index in 0..<entries.count {
      var place = entries[index].hash & (places.count - 1)
      while places[place] != 0 { place = (place + 1) & (places.count - 1) }
      places[place] = Int32(index + 1)
    }
  }

  /// Bytes that are equal where the values are.
  private func append(_ slot: Slot, of batch: borrowing RecordBatch) {
    bytes.append(slot.kind.rawValue)
    switch slot.kind {
    case .text, .bytes:
      number(UInt64(slot.length))
      batch.arena.withBytes(at: slot.offset, length: slot.count) { bytes.append($0) }
    case .structure, .array, .map:
      number(UInt64(slot.length))
      for index in 0..<(slot.kind == .map ? slot.count * 2 : slot.count) { append(batch.slots[slot.offset + index], of: batch) }
    case .null, .unavailable, .boolean, .integer, .float: number(slot.bits)
    }
  }

  private func number(_ value: UInt64) {
    var cursor = bytes.cursor(reserving: 8)
    cursor.put(word: value)
    bytes.finish(cursor)
  }
}
