@testable import MillraceCore
@testable import MillraceMongoDB

/// Events of a change stream, as the server sends them.
enum Events {
  static func token(_ number: Int) -> BSONDocument { ["_data": .text("8265\(number)")] }
  static func time(_ seconds: UInt64, _ ord: UInt64) -> UInt64 { seconds << 32 | ord }
  static let lsid: BSONDocument = ["id": .raw(.binary, [2, 0, 0, 0, 4, 1, 2]), "uid": .raw(.binary, [1, 0, 0, 0, 0, 9])]

  /// - Parameter fields: what stands behind the usual ones.
  static func event(
    _ operation: String, _ number: Int, time: UInt64, id: BSONDocument.Value = .int32(1), collection: String = "c", transaction: Int64? = nil,
    _ fields: BSONDocument = [:], wallTime: Int64? = 1_700_000_000_123, split: (Int32, Int32)? = nil
  ) throws -> BSONDocument {
    var event: BSONDocument = ["_id": .document(token(number)), "operationType": .text(operation), "clusterTime": .timestamp(time)]
    if let wallTime { event.append("wallTime", .raw(.date, withUnsafeBytes(of: wallTime.littleEndian) { Array($0) })) }
    if let transaction {
      event.append("txnNumber", .int64(transaction))
      event.append("lsid", .document(lsid))
    }
    if let split { event.append("splitEvent", .document(["fragment": .int32(split.0), "of": .int32(split.1)])) }
    for (name, value) in try fields.withElements({ (String(decoding: $0.name, as: UTF8.self), BSONDocument.Value.raw($0.type, Array($0.value))) }) {
      event.append(name, value)
    }
    event.append("ns", .document(["db": .text("db"), "coll": .text(collection)]))
    event.append("documentKey", .document(["_id": id]))
    return event
  }
}

/// Runs a decoder over events and tells what came out.
final class Feed {
  private var decoder: EventDecoder
  private let box = BatchBox()

  init(
    _ settings: [String: String] = [:], metadata: Bool = false, skipped: Set<String> = [], tombstones: Bool = true,
    failures: EventFailures = .fatal, watches: KeyWatches? = nil, resuming: MongoPosition = MongoPosition()
  ) {
    var configuration = Configuration(
      ["mongodb.connection.string": "mongodb://x", "topic.prefix": "srv", "collection.exclude.list": "db\\.hidden"].merging(settings) { $1 })
    let settings = MongoDBSettings(&configuration)
    let registry = CollectionRegistry(settings)
    decoder = EventDecoder(
      writer: DocumentWriter(contextHeaders: nil, name: "srv", marker: nil, document: settings.json.document),
      changes: settings.json.changes, tombstones: tombstones, skipped: skipped,
      transactions: metadata ? TransactionMetadata(topic: "srv.transaction") : nil, failures: failures, watches: watches,
      resuming: resuming,
      lookup: { registry.shape(database: $0, collection: $1) })
  }

  func take(_ event: BSONDocument) throws {
    let result = event.bytes.withUnsafeBytes { bytes -> Result<Void, MillraceError> in
      do throws(MillraceError) {
        try decoder.decode(bytes, now: 1_700_000_001_000_000_000, into: &box.batch)
        return .success(())
      } catch { return .failure(error) }
    }
    try result.get()
  }

  var position: MongoPosition { decoder.position }
  var lastOrder: Record.Order { decoder.lastOrder }
  var latest: UInt64 { decoder.latest }
  var isWithinEvent: Bool { decoder.isWithinEvent }
  func pass(to token: BSONDocument) { decoder.pass(to: token) }

  struct Seen: Equatable {
    let topic: String
    let key: Value
    let value: Value
    let order: Record.Order

    private func field(_ index: Int) -> Value { if case .structure(let fields) = value { fields[index] } else { .null } }
    var before: Value { field(DocumentEnvelope.before) }
    var after: Value { field(DocumentEnvelope.after) }
    var update: Value { field(DocumentEnvelope.updateDescription) }
    var op: Value { field(DocumentEnvelope.op) }
    var transaction: Value { field(DocumentEnvelope.transaction) }
    func source(_ index: Int) -> Value { if case .structure(let fields) = field(DocumentEnvelope.source) { fields[index] } else { .null } }
  }

  var seen: [Seen] {
    (0..<box.batch.records.count).map { index in
      let record = box.batch.records[index]
      return Seen(topic: box.batch.topics[Int(record.topic)], key: box.batch.value(record.key), value: box.batch.value(record.value), order: record.order)
    }
  }
}
