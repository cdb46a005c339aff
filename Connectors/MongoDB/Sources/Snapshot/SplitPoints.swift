internal import MillraceCore

/// Values of `_id` at which a collection is cut into chunks, in the server's order of values, which goes over all types: a chunk has
/// its first value and ends before that of the next.
struct SplitPoints: Sendable, Equatable {
  /// Each value alone, as bytes of its type.
  private(set) var document = BSONDocument()
  private(set) var count = 0

  /// The largest value that is taken: they stand in every checkpoint.
  static let longest = 256
  /// The most points, for the same reason.
  static let most = 255

  init() {}

  /// The number of chunks.
  var chunks: UInt64 { UInt64(count + 1) }

  /// Adds a value that comes behind the others; large ones, and those that no range can begin with, are left out.
  mutating func append(_ value: BSONElement) {
    guard value.value.count <= SplitPoints.longest, count < SplitPoints.most else { return }
    switch value.type {
    case .undefined, .regex, .array, .null, .minKey, .maxKey: return
    default: break
    }
    let bytes = Array(value.value)
    if let last = bound(count - 1), case .raw(let type, let known) = last, type == value.type, known == bytes { return }
    document.append("\(count)", .raw(value.type, bytes))
    count += 1
  }

  /// The value at which chunk `index + 1` begins; nil where there is none.
  func bound(_ index: Int) -> BSONDocument.Value? {
    guard index >= 0, index < count else { return nil }
    let found = try? document.withElements { element throws(MillraceError) in
      String(decoding: element.name, as: UTF8.self) == "\(index)" ? BSONDocument.Value.raw(element.type, Array(element.value)) : nil
    }
    return found?.first
  }

  /// For a checkpoint: what ranges of chunks mean.
  var layout: String { "_id \(document.base64)" }

  /// nil if it is not what `layout` gives.
  init?(layout: String) {
    let words = layout.split(separator: " ")
    guard words.count == 2, words[0] == "_id", let document = BSONDocument(base64: String(words[1])),
      let count = try? document.withElements({ (_: BSONElement) throws(MillraceError) in true }).count, count <= SplitPoints.most
    else { return nil }
    self.document = document
    self.count = count
  }
}

/// How a collection is cut into chunks.
struct CollectionSplitter {
  let session: MongoSession
  let readers: Int

  /// Bytes of a chunk, about.
  static let chunkBytes = 32 << 20
  /// What one reader reads at a stretch, in natural order: a document costs the server twice as much by the index, and what an interruption
  /// costs is read again within seconds.
  static let stretchBytes = 256 << 20
  /// Documents that are not worth being cut.
  static let fewest = 10_000
  /// Samples for each chunk: the more, the more even.
  private static let samples = 16

  /// The points, none for a collection that is read at a stretch.
  /// - Parameter documents: the server's count.
  func points(_ collection: CollectionCatalog.Entry, documents: Int) throws(MillraceError) -> SplitPoints {
    let wanted = try chunks(collection, documents: documents)
    var points = SplitPoints()
    if wanted <= 1 { return points }
    // A random cursor is used for less than a twentieth of the documents; else the server would read and sort them all.
    let size = min(wanted * CollectionSplitter.samples, documents / 21)
    let cursor = try MongoCursor(
      [
        "aggregate": .text(collection.name),
        "pipeline": .array([
          .document(["$sample": .document(["size": .int64(Int64(size))])]), .document(["$project": .document(["_id": .int32(1)])]),
          .document(["$sort": .document(["_id": .int32(1)])]),
        ]),
      ], on: collection.database, session: session)
    defer { cursor.close() }
    var index = 0, next = 1
    while true {
      while let bytes = try cursor.next() {
        if index * wanted >= next * size, let id = try BSONReader.find("_id", in: bytes) {
          points.append(id)
          next += 1
        }
        index += 1
      }
      guard cursor.isOpen else { return points }
      try cursor.fetch()
    }
  }

  private func chunks(_ collection: CollectionCatalog.Entry, documents: Int) throws(MillraceError) -> Int {
    guard documents >= CollectionSplitter.fewest else { return 1 }
    let statistics = try session.run(["collStats": .text(collection.name)], on: collection.database)
    return try CollectionSplitter.chunks(bytes: Int(clamping: statistics.integer("size") ?? 0), documents: documents, readers: readers)
  }

  static func chunks(bytes: Int, documents: Int, readers: Int) -> Int {
    if readers == 1, bytes < stretchBytes { return 1 }
    let byReaders = readers > 1 ? readers * 4 : 1
    return min(max(bytes / chunkBytes + 1, byReaders), documents / fewest * 4, SplitPoints.most + 1)
  }
}
