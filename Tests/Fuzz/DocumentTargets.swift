@testable import MillraceCore
@testable import MillraceMongoDB

/// What a MongoDB server sends: documents, events of a change stream, tokens in offsets.
extension FuzzTarget {
  static let documentTargets: [FuzzTarget] = [
    FuzzTarget("bson", documents, words: []) {
      let modes = [ExtendedJSON.document, .identity, .changes, ExtendedJSON(mode: .canonical, isCompact: true)]
      var arena = ByteArena()
      return { input, choices in
        let mode = modes[choices.below(modes.count)]
        arena.removeAll()
        let bytes = sized(input)
        let isGood = bytes.withUnsafeBytes { (try? mode.append($0, to: &arena)) != nil }
        // What was printed is JSON but for NaN and infinities, which version 1 has bare.
        if isGood, mode.mode == .canonical {
          let text = arena.withBytes { Array($0) }
          precondition((try? JSONValue(parsing: text)) != nil || hasTwins(text), "what was printed is no JSON")
        }
        return isGood
      }
    },
    FuzzTarget("change-stream", events, words: []) {
      var configuration = Configuration([
        "mongodb.connection.string": "mongodb://x", "topic.prefix": "p", "field.exclude.list": "db.c.a.b", "field.renames": "db.c.x:y", "provide.transaction.metadata": "true",
      ])
      let settings = MongoDBSettings(&configuration)
      let registry = CollectionRegistry(settings)
      let inbox = SignalInbox(), watches = KeyWatches()
      func decoder(_ position: MongoPosition) -> EventDecoder {
        watches["db.c"] = KeyWatch(fields: [0], isInKey: true)
        return EventDecoder(
          writer: DocumentWriter(contextHeaders: nil, name: "p", marker: nil), changes: .changes, tombstones: true, skipped: [],
          transactions: TransactionMetadata(topic: "p.transaction"), watches: watches,
          signals: SignalCollection(namespace: "db.c", inbox: inbox, log: .none), resuming: position, lookup: { registry.shape(database: $0, collection: $1) })
      }
      var current = decoder(MongoPosition())
      let box = BatchBox()
      return { input, choices in
        let records = box.batch.records.count, slots = box.batch.slots.count
        let bytes = sized(input)
        let isGood = bytes.withUnsafeBytes { (try? current.decode($0, now: 1, into: &box.batch)) != nil }
        if !isGood { precondition(box.batch.records.count == records, "an event at fault has left a record") }
        if choices.below(50) == 0 || slots > 1 << 16 {
          let position = current.position
          if position.token != nil {
            let stored = try? StoredPosition(position.checkpoint(partition: []))
            precondition(stored?.position.token == position.token && stored?.position.events == position.events, "a position is read back otherwise")
          }
          for signal in inbox.take() { _ = try? SignalAction(signal) }
          box.batch.reset()
          current = decoder(position)
        }
        return isGood
      }
    },
    FuzzTarget("resume-tokens", texts(["LwAAAAJfZGF0YQAfAAAAODI2QjAyQTJGNTAwMDAwMDE3MkIwMjI5Mjk2RTA0AAA=", "826B02A2F5", "====", ""]), words: ["=", "AAAA", "/w", "+"]) {
      { input, _ in
        let text = String(decoding: input, as: UTF8.self)
        guard let document = BSONDocument(base64: text) else { return false }
        precondition(BSONDocument(base64: document.base64) == document)
        return true
      }
    },
  ]

  /// With its own length in front, so that more than the first check is reached.
  private static func sized(_ input: [UInt8]) -> [UInt8] {
    var bytes = input
    guard bytes.count >= 5 else { return bytes }
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index)) }
    bytes[bytes.count - 1] = 0
    return bytes
  }

  /// Names may stand twice in a document, and the parser refuses that; depth beyond its own, too.
  private static func hasTwins(_ text: [UInt8]) -> Bool {
    do { _ = try JSONValue(parsing: text) } catch { return error.problem.contains("twice") || error.problem.contains("deep") }
    return false
  }

  private static func binary(_ subtype: UInt8, _ bytes: [UInt8]) -> BSONDocument.Value {
    .raw(.binary, [UInt8(bytes.count), 0, 0, 0, subtype] + bytes)
  }

  private static let everything: BSONDocument = [
    "_id": .int32(1), "d": .double(1.5), "n": .double(.nan), "s": .text("ü \u{1F600} \"\\\n"), "o": .document(["a": .document(["b": .array([.int32(1), .text("x"), .null])])]),
    "b": binary(4, Array(0..<16)), "old": .raw(.binary, [6, 0, 0, 0, 2, 2, 0, 0, 0, 1, 2]), "u": .raw(.undefined, []), "i": .raw(.objectID, Array(1...12)),
    "t": .boolean(true), "date": .raw(.date, [0, 1, 2, 3, 4, 0, 0, 0]), "r": .regex("a.b", options: "xi"), "c": .raw(.code, [2, 0, 0, 0, 102, 0]),
    "w": .raw(.codeWithScope, [15, 0, 0, 0, 2, 0, 0, 0, 102, 0, 5, 0, 0, 0, 0]), "p": .raw(.pointer, [2, 0, 0, 0, 99, 0] + Array(1...12)), "y": .raw(.symbol, [2, 0, 0, 0, 115, 0]),
    "l": .int64(.max), "ts": .timestamp(.max), "dec": .raw(.decimal, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 64, 48]), "min": .raw(.minKey, []), "max": .raw(.maxKey, []),
  ]

  private static let documents: [[UInt8]] = [everything.bytes, BSONDocument().bytes, (["a": .document(["b": .array([.array([.document([:])])])])] as BSONDocument).bytes]

  private static func event(_ operation: String, _ more: BSONDocument) -> [UInt8] {
    var event: BSONDocument = [
      "_id": .document(["_data": .text("8265")]), "operationType": .text(operation), "clusterTime": .timestamp(5 << 32 | 1), "wallTime": .raw(.date, [1, 2, 3, 0, 0, 0, 0, 0]),
      "ns": .document(["db": .text("db"), "coll": .text("c")]), "documentKey": .document(["_id": .int32(1)]),
    ]
    for (name, value) in (try? more.withElements({ (String(decoding: $0.name, as: UTF8.self), BSONDocument.Value.raw($0.type, Array($0.value))) })) ?? [] { event.append(name, value) }
    return event.bytes
  }

  private static let events: [[UInt8]] = [
    event("insert", ["fullDocument": .document(everything), "lsid": .document(["id": binary(4, [1])]), "txnNumber": .int64(3)]),
    event(
      "update",
      [
        "fullDocument": .document(["_id": .int32(1), "a": .document(["b": .int32(1)]), "x": .null]), "fullDocumentBeforeChange": .document(["_id": .int32(1)]),
        "updateDescription": .document([
          "updatedFields": .document(["a.b": .int32(1), "x": .null, "l.0.b": .int32(2)]), "removedFields": .array([.text("a.0.b"), .text("q")]),
          "truncatedArrays": .array([.document(["field": .text("x"), "newSize": .int32(3)])]),
        ]),
      ]), event("delete", [:]), event("drop", [:]), event("replace", ["fullDocument": .document(["_id": .int32(1)]), "splitEvent": .document(["fragment": .int32(1), "of": .int32(2)])]),
  ]
}
