/// One version of a table in a `SchemaModel`. Each change makes a new object, so that what is made from a table (schemas, codecs) can be
/// kept with the object's identity.
package final class TrackedTable: Sendable {
  package let definition: TableDefinition
  /// A statement about the table was not understood: what is known of it may be wrong.
  package let isDoubtful: Bool

  init(_ definition: TableDefinition, isDoubtful: Bool = false) {
    self.definition = definition
    self.isDoubtful = isDoubtful
  }
}

/// The tables by their names, found by the bytes of the log without a String.
struct TableIndex: Sendable {
  private var buckets: [UInt64: [TrackedTable]] = [:]
  private(set) var count = 0

  /// FNV-1a over both names and what parts them.
  private static func hash(_ database: some Sequence<UInt8>, _ table: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in database { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ 0xFF) &* 0x100_0000_01b3
    for byte in table { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }

  func find(_ database: UnsafeRawBufferPointer, _ table: UnsafeRawBufferPointer) -> TrackedTable? {
    guard let bucket = buckets[Self.hash(database, table)] else { return nil }
    return bucket.first { $0.definition.database.utf8.elementsEqual(database) && $0.definition.name.utf8.elementsEqual(table) }
  }

  subscript(_ id: TableID) -> TrackedTable? {
    get {
      buckets[Self.hash(id.database.utf8, id.table.utf8)]?.first { $0.definition.name == id.table && $0.definition.database == id.database }
    }
    set {
      let hash = Self.hash(id.database.utf8, id.table.utf8)
      var bucket = buckets[hash] ?? []
      if let index = bucket.firstIndex(where: { $0.definition.name == id.table && $0.definition.database == id.database }) {
        bucket.remove(at: index)
        count -= 1
      }
      if let newValue {
        bucket.append(newValue)
        count += 1
      }
      buckets[hash] = bucket.isEmpty ? nil : bucket
    }
  }

  var all: [TrackedTable] { buckets.values.flatMap(\.self) }
}
