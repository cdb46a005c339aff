import MillraceCore
@testable import MillraceMongoDB
import Testing

@Suite struct SplitPointsTests {
  private func points(_ values: [BSONDocument.Value]) throws -> SplitPoints {
    var points = SplitPoints()
    for value in values {
      let document: BSONDocument = ["_id": value]
      _ = try document.withElements { element throws(MillraceError) in
        points.append(element)
        return true
      }
    }
    return points
  }

  private func collection(_ name: String = "c") -> MongoSnapshotReader.Query {
    let naming = TopicNaming(&configuration, parts: .database)
    let shape = CollectionShape(
      database: "db", name: name, naming: naming, schemaNames: NameAdjustment(.none, of: .schema), source: .string, fields: nil)
    return MongoSnapshotReader.Query(
      collection: .init(database: "db", name: name, isView: false, hasImages: false), shape: shape, filter: nil, points: SplitPoints())
  }

  private var configuration: Configuration {
    get { Configuration(["topic.prefix": "srv"]) }
    nonmutating set {}
  }

  @Test("Points are kept as they are, whatever their type, and read back from a checkpoint")
  func layout() throws {
    let points = try points([.int32(5), .text("x"), .document(["a": .int32(1)]), .raw(.objectID, Array(repeating: 7, count: 12)), .boolean(true)])
    #expect(points.count == 5 && points.chunks == 6)
    let read = try #require(SplitPoints(layout: points.layout))
    #expect(read == points)
    guard case .raw(.string, let bytes)? = read.bound(1) else { return #expect(Bool(false)) }
    #expect(bytes == [2, 0, 0, 0, UInt8(ascii: "x"), 0])
    #expect(read.bound(5) == nil && read.bound(-1) == nil)
  }

  @Test("Values that are long, equal to the one before or of no use as a bound are left out")
  func leftOut() throws {
    let points = try points([
      .null, .int32(5), .int32(5), .text(String(repeating: "x", count: 300)), .raw(.undefined, []), .raw(.maxKey, []), .regex("a", options: ""), .int64(5),
    ])
    #expect(points.count == 2)
    #expect(try self.points((0..<1000).map { .int32($0) }).count == SplitPoints.most)
  }

  @Test("A damaged layout is none", arguments: ["", "_id", "_id x", "ctid AAAA", "_id AAAA", "_id BQAAAAA= x"])
  func damaged(_ layout: String) { #expect(SplitPoints(layout: layout) == nil) }

  @Test("Chunks follow one another without gap: each ends before the next begins; the first and the last are open")
  func commands() throws {
    var query = collection()
    query = MongoSnapshotReader.Query(collection: query.collection, shape: query.shape, filter: ["v": .int32(1)], points: try points([.int32(5), .text("x")]))
    let commands = (UInt64(0)..<3).map { query.command(for: $0..<$0 + 1, after: 7 << 32 | 1) }
    #expect(try commands.map { try $0.document("min") } == [nil, query.command(for: 0..<1, after: nil).document("max"), commands[1].document("max")])
    #expect(try commands[2].document("max") == nil)
    for command in commands {
      #expect(try command.document("hint") == ["_id": .int32(1)])
      #expect(try command.document("filter") == ["v": .int32(1)])
      #expect(try command.document("readConcern") == ["level": .text("majority"), "afterClusterTime": .timestamp(7 << 32 | 1)])
    }
    // An end that is not given is MaxKey, and left out.
    let last = try #require(query.command(behind: 2..<3, after: nil))
    #expect(try last.document("filter")?.array("$and")?.count == 2 && last.document("min") == nil)
    #expect(query.command(behind: 1..<2, after: nil) == nil && collection().command(behind: 0..<1, after: nil) == nil)
    // A collection at a stretch is read in its natural order.
    #expect(try collection().command(for: 0..<1, after: nil).document("hint") == nil)
  }

  @Test("The time of a resume token is told by its first bytes")
  func clusterTime() {
    var position = MongoPosition()
    position.token = ["_data": .text("826B02A2F5000000172B0229296E04")]
    #expect(position.clusterTime == 0x6B02A2F5 << 32 | 0x16)
    position.token = ["_data": .text("82")]
    #expect(position.clusterTime == nil)
    position.token = ["_data": .text("9926B02A2F5000000172B0229296E04")]
    #expect(position.clusterTime == nil)
    position.time = 9
    #expect(position.clusterTime == 9)
  }

  @Test("One reader reads a collection at a stretch, unless it is large; several share it")
  func chunks() {
    func chunks(_ mebibytes: Int, _ documents: Int, readers: Int) -> Int { CollectionSplitter.chunks(bytes: mebibytes << 20, documents: documents, readers: readers) }
    #expect(chunks(255, 10_000_000, readers: 1) == 1 && chunks(256, 10_000_000, readers: 1) == 9)
    #expect(chunks(10, 1_000_000, readers: 3) == 12 && chunks(640, 10_000_000, readers: 3) == 21)
    #expect(chunks(1 << 20, 10_000_000, readers: 1) == 256 && chunks(1000, 10_000, readers: 1) == 4)
  }

  @Test("Databases stand in the order of Java's HashSet")
  func ranks() {
    // java.util.HashSet of these names iterates over them in this order.
    let names = ["golden_mongodb_scopes", "golden_mongodb_scopes_other"]
    let ranks = SnapshotList.ranks(of: Set(names))
    #expect(ranks.count == 2 && Set(ranks.values) == [0, 1])
  }
}
