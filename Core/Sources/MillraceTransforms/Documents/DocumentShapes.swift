internal import Glibc
internal import MillraceCore

/// The types of the documents of one collection, by shape: names and types of all values, in order. Documents of one shape share one
/// schema object, and so the plans that converters make for it.
///
/// Bounded: collections whose documents are all different, with keys as names, say, begin anew after so many.
final class DocumentShapes {
  /// What is known of a shape.
  final class Shape {
    let type: DocumentType
    /// The schema's place in the batch of this generation.
    var place: UInt32 = 0
    var generation: UInt64 = 0

    init(_ type: DocumentType) { self.type = type }

    /// The schema's index in the batch.
    func place(in batch: inout RecordBatch) -> UInt32 {
      if generation != batch.generation {
        place = batch.intern(schema: type.schema)
        generation = batch.generation
      }
      return place
    }
  }

  private struct Entry {
    let hash: UInt64
    let offset: Int
    let length: Int
    let shape: Shape
  }

  static let most = 512
  private static let mostBytes = 1 << 20

  private let collapses: Bool
  private var entries: [Entry] = []
  /// Places of entries, by hash; -1 is none. Twice as many as there may be entries.
  private var table = [Int32](repeating: -1, count: 2 * DocumentShapes.most)
  /// The keys of all entries, and behind them the one at hand.
  private var keys = ByteArena(capacity: 1024)

  /// - Parameter collapses: items of an array that are alike count once: their number changes no type.
  init(collapses: Bool) { self.collapses = collapses }

  /// The shape of the document at `index`; made by `make` where it was not seen before.
  func shape(
    of index: Int, _ nodes: UnsafePointer<DocumentNode>, _ arena: UnsafeRawPointer, make: () throws(DocumentFailure) -> DocumentType
  ) throws(DocumentFailure) -> Shape {
    let start = keys.count
    append(index, nodes, arena)
    let length = keys.count - start
    let hash = DocumentShapes.hash(keys.start + start, length)
    var place = Int(truncatingIfNeeded: hash) & (table.count - 1)
    while table[place] >= 0 {
      let entry = entries[Int(table[place])]
      if entry.hash == hash, entry.length == length, memcmp(keys.start + entry.offset, keys.start + start, length) == 0 {
        keys.truncate(to: start)
        return entry.shape
      }
      place = (place + 1) & (table.count - 1)
    }
    let shape: Shape
    do throws(DocumentFailure) {
      shape = Shape(try make())
    } catch {
      keys.truncate(to: start)
      throw error
    }
    if entries.count >= DocumentShapes.most || keys.count > DocumentShapes.mostBytes {
      entries.removeAll(keepingCapacity: true)
      for index in table.indices { table[index] = -1 }
      keys.removeAll(keeping: DocumentShapes.mostBytes)
      return shape   // kept when it comes again
    }
    table[place] = Int32(entries.count)
    entries.append(Entry(hash: hash, offset: start, length: length, shape: shape))
    return shape
  }

  private func append(_ index: Int, _ nodes: UnsafePointer<DocumentNode>, _ arena: UnsafeRawPointer) {
    let node = nodes[index]
    keys.append(node.kind == .null ? DocumentNode.Kind.text.rawValue : node.kind.rawValue)
    switch node.kind {
    case .document:
      var at = index + 1
      for _ in 0..<Int(node.count) {
        let member = nodes[at]
        withUnsafeBytes(of: member.nameLength) { keys.append($0) }
        keys.append(UnsafeRawBufferPointer(start: arena + Int(member.name), count: Int(member.nameLength)))
        append(at, nodes, arena)
        at = Int(member.end)
      }
      keys.append(0)
    case .array:
      var at = index + 1
      var before = 0..<0
      for _ in 0..<Int(node.count) {
        let start = keys.count
        append(at, nodes, arena)
        at = Int(nodes[at].end)
        let item = start..<keys.count
        if collapses, item.count == before.count, memcmp(keys.start + item.lowerBound, keys.start + before.lowerBound, item.count) == 0 {
          keys.truncate(to: start)
        } else {
          before = item
        }
      }
      keys.append(0)
    default: break
    }
  }

  /// FNV-1a over words, good enough for a table: what is found is compared.
  private static func hash(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    var at = 0
    while at + 8 <= count {
      hash = (hash ^ bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
      at += 8
    }
    while at < count {
      hash = (hash ^ UInt64(bytes.load(fromByteOffset: at, as: UInt8.self))) &* 0x100_0000_01B3
      at += 1
    }
    return hash ^ hash >> 32
  }
}
