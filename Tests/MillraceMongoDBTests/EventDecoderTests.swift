@testable import MillraceCore
@testable import MillraceMongoDB
import Testing

@Suite struct EventDecoderTests {
  private typealias Field = SourceBlock.Field
  private let lsid = #"{"id": {"$binary": "AQI=","$type": "04"},"uid": {"$binary": "CQ==","$type": "00"}}"#

  @Test("An insert is a create with its document, its key and its source")
  func insert() throws {
    let feed = Feed()
    try feed.take(Events.event("insert", 1, time: Events.time(1_700_000_000, 7), id: .text("a"), ["fullDocument": .document(["_id": .text("a"), "n": .int64(2)])]))
    let record = try #require(feed.seen.first)
    #expect(feed.seen.count == 1)
    #expect(record.topic == "srv.db.c")
    #expect(record.key == .structure([.text("\"a\"")]))
    #expect(record.op == .text("c"))
    #expect(record.before == .null && record.update == .null && record.transaction == .null)
    #expect(record.after == .text(#"{"_id": "a","n": {"$numberLong": "2"}}"#))
    #expect(record.source(Field.connector) == .text("mongodb"))
    #expect(record.source(Field.db) == .text("db") && record.source(Field.collection) == .text("c"))
    #expect(record.source(Field.tsMs) == .integer(1_700_000_000_123))
    #expect(record.source(Field.tsNs) == .integer(1_700_000_000_123_000_000))
    #expect(record.source(Field.ord) == .integer(7))
    #expect(record.source(Field.wallTime) == .integer(1_700_000_000_123))
    #expect(record.source(Field.lsid) == .null && record.source(Field.txnNumber) == .null)
    #expect(feed.position.token == Events.token(1))
    #expect(feed.position.time == Events.time(1_700_000_000, 7))
  }

  @Test("Before MongoDB 6 the time is that of the cluster, in seconds")
  func oldServer() throws {
    let feed = Feed()
    try feed.take(Events.event("insert", 1, time: Events.time(1_700_000_000, 7), ["fullDocument": .document(["_id": .int32(1)])], wallTime: nil))
    #expect(feed.seen[0].source(Field.tsMs) == .integer(1_700_000_000_000))
    #expect(feed.seen[0].source(Field.wallTime) == .null)
  }

  @Test("An update tells what it has changed; without that, nothing is told")
  func updates() throws {
    let feed = Feed()
    let description: BSONDocument = [
      "updatedFields": .document(["a.b": .int32(1), "c": .int64(2)]), "removedFields": .array([.text("d")]),
      "truncatedArrays": .array([.document(["field": .text("e"), "newSize": .int32(3)])]),
    ]
    try feed.take(
      Events.event(
        "update", 1, time: 1,
        ["updateDescription": .document(description), "fullDocument": .document(["_id": .int32(1)]), "fullDocumentBeforeChange": .document(["_id": .int32(1), "d": .null])]))
    try feed.take(
      Events.event("update", 2, time: 2, ["updateDescription": .document(["updatedFields": .document([:]), "removedFields": .array([]), "truncatedArrays": .array([])]), "fullDocument": .null]))
    try feed.take(Events.event("replace", 3, time: 3, ["fullDocument": .document(["_id": .int32(1), "r": .boolean(true)])]))
    let seen = feed.seen
    #expect(seen.map(\.op) == [.text("u"), .text("u"), .text("u")])
    #expect(seen[0].update == .structure([.array([.text("d")]), .text(#"{"a.b": 1, "c": 2}"#), .array([.structure([.text("e"), .integer(3)])])]))
    #expect(seen[0].before == .text(#"{"_id": 1,"d": null}"#))
    #expect(seen[1].update == .structure([.null, .text("{}"), .null]))
    #expect(seen[1].after == .null)
    #expect(seen[2].update == .null && seen[2].after == .text(#"{"_id": 1,"r": true}"#))
  }

  @Test("A delete is followed by a tombstone, unless none is wanted", arguments: [true, false])
  func deletes(_ tombstones: Bool) throws {
    let feed = Feed(tombstones: tombstones)
    try feed.take(Events.event("delete", 1, time: 1, ["fullDocumentBeforeChange": .document(["_id": .int32(1)])]))
    #expect(feed.seen.count == (tombstones ? 2 : 1))
    #expect(feed.seen[0].op == .text("d") && feed.seen[0].before == .text(#"{"_id": 1}"#) && feed.seen[0].after == .null)
    if tombstones { #expect(feed.seen[1].value == .null && feed.seen[1].key == feed.seen[0].key && feed.seen[0].order < feed.seen[1].order) }
  }

  @Test("Other operations, skipped ones and collections that are not captured make no record, but the position moves on")
  func nothing() throws {
    let feed = Feed(skipped: ["u"])
    try feed.take(Events.event("drop", 1, time: 1))
    try feed.take(Events.event("update", 2, time: 2, ["fullDocument": .document(["_id": .int32(1)])]))
    try feed.take(Events.event("insert", 3, time: 3, collection: "hidden", ["fullDocument": .document(["_id": .int32(1)])]))
    #expect(feed.seen.isEmpty)
    #expect(feed.position.token == Events.token(3))
  }

  @Test("A batch that ends within a transaction, with its last event's token, changes nothing")
  func batchEnd() throws {
    let feed = Feed()
    for number in 1...2 {
      try feed.take(Events.event("insert", number, time: 9, transaction: 5, ["fullDocument": .document(["_id": .int32(1)])]))
      let position = feed.position
      feed.pass(to: Events.token(number))
      #expect(feed.position == position)
    }
    #expect(feed.seen[0].order < feed.seen[1].order)
    feed.pass(to: Events.token(7))
    #expect(feed.position.token == Events.token(7) && feed.position.time == nil)
  }

  @Test("What follows an event without being one, at an idle place or after a restart there, comes behind its records")
  func orderOfWhatIsBetween() throws {
    let feed = Feed()
    try feed.take(Events.event("delete", 1, time: Events.time(0x65E0_0000, 3)))
    let last = try #require(feed.seen.last).order
    #expect(last < feed.lastOrder)
    feed.pass(to: ["_data": .text("8265E0000000000004")])
    #expect(last < feed.lastOrder)
    let resumed = Feed(resuming: try StoredPosition(feed.position.checkpoint(partition: [])).position)
    #expect(resumed.latest == Events.time(0x65E0_0000, 3) && last < resumed.lastOrder)
    try resumed.take(Events.event("insert", 2, time: Events.time(0x65E0_0000, 4), ["fullDocument": .document(["_id": .int32(1)])]))
    #expect(feed.lastOrder < resumed.seen[0].order)
  }

  @Test("Documents of a chunk give way to changes that are delivered, not to those that are skipped")
  func notes() throws {
    let watches = KeyWatches()
    watches["db.c"] = KeyWatch(fields: [0], isInKey: true)
    let feed = Feed(skipped: ["u"], watches: watches)
    try feed.take(Events.event("update", 1, time: 1, id: .int32(1), ["fullDocument": .document(["_id": .int32(1)])]))
    #expect(watches["db.c"]?.byteCount == 0)
    try feed.take(Events.event("delete", 2, time: 2, id: .int32(1)))
    #expect((watches["db.c"]?.byteCount ?? 0) > 0)
  }

  @Test("The operations of a transaction share their time and differ in their order, also after a restart between them")
  func transactions() throws {
    let events = try (1...3).map { try Events.event("insert", $0, time: 9, id: .int32(Int32($0)), transaction: 5, ["fullDocument": .document(["_id": .int32(Int32($0))])]) }
    let whole = Feed()
    for event in events { try whole.take(event) }
    let first = Feed()
    try first.take(events[0])
    let stored = try StoredPosition(first.position.checkpoint(partition: []))
    #expect(stored.position == first.position)
    #expect(stored.position.session == lsid && stored.position.transactionNumber == 5)
    let second = Feed(resuming: stored.position)
    for event in events.dropFirst() { try second.take(event) }
    #expect(first.seen.map(\.order) + second.seen.map(\.order) == whole.seen.map(\.order))
    #expect(Set(whole.seen.map(\.order)).count == 3)
    #expect(whole.seen[0].source(Field.lsid) == .text(lsid) && whole.seen[0].source(Field.txnNumber) == .integer(5))
  }

  @Test("Transaction metadata: begin, counters, and an end when something else comes; a restart between goes on counting")
  func metadata() throws {
    func event(_ number: Int, _ transaction: Int64?, _ collection: String = "c") throws -> BSONDocument {
      try Events.event("insert", number, time: UInt64(number), collection: collection, transaction: transaction, ["fullDocument": .document(["_id": .int32(1)])])
    }
    let feed = Feed(metadata: true)
    try feed.take(event(1, 5))
    let resumed = Feed(metadata: true, resuming: try StoredPosition(feed.position.checkpoint(partition: [])).position)
    for events in [(2, 5, "d"), (3, nil, "c"), (4, 6, "c"), (5, 7, "c")] as [(Int, Int64?, String)] { try resumed.take(event(events.0, events.1, events.2)) }
    let id = Value.text("\(lsid):5")
    #expect(feed.seen.map(\.topic) == ["srv.transaction", "srv.db.c"])
    #expect(feed.seen[1].transaction == .structure([id, .integer(1), .integer(1)]))
    let seen = resumed.seen
    #expect(seen.map(\.topic) == ["srv.db.d", "srv.transaction", "srv.db.c", "srv.transaction", "srv.db.c", "srv.transaction", "srv.transaction", "srv.db.c"])
    #expect(seen[0].transaction == .structure([id, .integer(2), .integer(1)]))
    guard case .structure(let end) = seen[1].value else { return #expect(Bool(false)) }
    #expect(end[0] == .text("END") && end[1] == id && end[2] == .integer(2))
    #expect(seen[2].transaction == .null)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.order < $1.order })
  }

  @Test("The parts of a large event become one record, and no position lies between them")
  func split() throws {
    let feed = Feed()
    try feed.take(Events.event("update", 1, time: 4, ["fullDocumentBeforeChange": .document(["_id": .int32(1)])], split: (1, 2)))
    #expect(feed.isWithinEvent && feed.seen.isEmpty && feed.position.token == nil)
    try feed.take(["_id": .document(Events.token(2)), "splitEvent": .document(["fragment": .int32(2), "of": .int32(2)]), "fullDocument": .document(["_id": .int32(1), "v": .int32(2)])])
    #expect(!feed.isWithinEvent && feed.seen.count == 1)
    #expect(feed.seen[0].before == .text(#"{"_id": 1}"#) && feed.seen[0].after == .text(#"{"_id": 1,"v": 2}"#))
    #expect(feed.position.token == Events.token(2) && feed.position.time == 4)
  }

  @Test("A part of a large event that is missing is an error that is tried again")
  func missingPart() throws {
    let feed = Feed()
    try feed.take(Events.event("update", 1, time: 4, split: (1, 3)))
    let error = #expect(throws: MillraceError.self) { try feed.take(Events.event("insert", 2, time: 5)) }
    #expect(error?.retry == .retry)
  }

  @Test("A damaged document is at fault alone: it ends the run, or is left out whole")
  func damaged() throws {
    let broken: BSONDocument = ["fullDocument": .raw(.document, [11, 0, 0, 0, 2, 97, 0, 9, 0, 0, 0])]
    #expect(throws: MillraceError.self) { try Feed().take(Events.event("insert", 1, time: 1, broken)) }
    var configuration = Configuration(["event.processing.failure.handling.mode": "skip"])
    let feed = Feed(failures: EventFailures(&configuration, log: .none))
    try feed.take(Events.event("insert", 1, time: 1, broken))
    try feed.take(Events.event("insert", 2, time: 2, ["fullDocument": .document(["_id": .int32(1)])]))
    #expect(feed.seen.count == 1 && feed.seen[0].after == .text(#"{"_id": 1}"#))
  }

  @Test("json.serialization.mode decides the form of documents and changes, not of keys")
  func modes() throws {
    let forms = [
      "legacy": (#"{"$numberLong": "2"}"#, #"{"n": 2}"#), "strict": (#"{"$numberLong": "2"}"#, #"{"n": {"$numberLong": "2"}}"#),
      "extended": (#"{"$numberLong": "2"}"#, #"{"n": {"$numberLong": "2"}}"#), "relaxed": ("2", #"{"n": 2}"#),
    ]
    for (mode, (document, changes)) in forms {
      let feed = Feed(["json.serialization.mode": mode])
      try feed.take(
        Events.event("update", 1, time: 1, id: .int64(2), ["fullDocument": .document(["_id": .int64(2)]), "updateDescription": .document(["updatedFields": .document(["n": .int64(2)])])]))
      #expect(feed.seen[0].key == .structure([.text("2")]))
      #expect(feed.seen[0].after == .text("{\"_id\": \(document)}"))
      #expect(feed.seen[0].update == .structure([.null, .text(changes), .null]))
    }
  }

  @Test("An event that is cut off at any place is an error, never a trap")
  func truncations() throws {
    let whole = try Events.event("update", 1, time: 1, transaction: 3, ["fullDocument": .document(["_id": .int32(1)]), "updateDescription": .document(["updatedFields": .document(["a": .int32(1)])])]).bytes
    for length in 0..<whole.count {
      let feed = Feed()
      var cut = Array(whole[..<length])
      if length >= 5 {
        for index in 0..<4 { cut[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
        cut[length - 1] = 0
      }
      // Some cuts leave a sound document with less in it.
      _ = try? cut.withUnsafeBytes { try feed.take(BSONDocument($0)) }
    }
  }
}
