import MillraceCore

@testable import MillracePostgres

/// Builds pgoutput messages, as PostgreSQL's documentation defines them ("Logical Replication Message Formats").
enum PgOutput {
  enum Cell: Sendable {
    case text(String)
    case null
    /// An unchanged TOAST value.
    case unchanged
  }

  struct Column: Sendable {
    var name: String
    var type: UInt32
    var isIdentity = false
  }

  static func begin(_ final: UInt64, time: Int64 = 0, transaction: UInt32 = 700) -> [UInt8] {
    kind("B") + bytes(final) + bytes(time) + bytes(transaction)
  }

  static func commit(_ lsn: UInt64, end: UInt64, time: Int64 = 0) -> [UInt8] {
    kind("C") + [0] + bytes(lsn) + bytes(end) + bytes(time)
  }

  static func origin(_ name: String, _ lsn: UInt64) -> [UInt8] { kind("O") + bytes(lsn) + text(name) }

  static func relation(
    _ id: UInt32, _ schema: String, _ name: String, _ columns: [Column], identity: Character = "d"
  ) -> [UInt8] {
    kind("R") + bytes(id) + text(schema) + text(name) + kind(identity) + bytes(UInt16(columns.count))
      + columns.flatMap { [$0.isIdentity ? 1 : 0] + text($0.name) + bytes($0.type) + bytes(Int32(-1)) }
  }

  static func type(_ id: UInt32, _ schema: String, _ name: String) -> [UInt8] { kind("Y") + bytes(id) + text(schema) + text(name) }

  static func insert(_ id: UInt32, _ row: [Cell]) -> [UInt8] { kind("I") + bytes(id) + kind("N") + tuple(row) }

  static func update(_ id: UInt32, old: (Character, [Cell])? = nil, _ row: [Cell]) -> [UInt8] {
    kind("U") + bytes(id) + (old.map { kind($0.0) + tuple($0.1) } ?? []) + kind("N") + tuple(row)
  }

  static func delete(_ id: UInt32, _ identity: Character, _ old: [Cell]) -> [UInt8] {
    kind("D") + bytes(id) + kind(identity) + tuple(old)
  }

  static func truncate(_ ids: [UInt32]) -> [UInt8] { kind("T") + bytes(UInt32(ids.count)) + [0] + ids.flatMap { bytes($0) } }

  static func message(_ prefix: String, _ content: String, lsn: UInt64, isTransactional: Bool) -> [UInt8] {
    kind("M") + [isTransactional ? 1 : 0] + bytes(lsn) + text(prefix) + bytes(UInt32(content.utf8.count)) + Array(content.utf8)
  }

  private static func tuple(_ cells: [Cell]) -> [UInt8] {
    bytes(UInt16(cells.count))
      + cells.flatMap { cell in
        switch cell {
        case .text(let text): kind("t") + bytes(UInt32(text.utf8.count)) + Array(text.utf8)
        case .null: kind("n")
        case .unchanged: kind("u")
        }
      }
  }

  private static func kind(_ character: Character) -> [UInt8] { Array(String(character).utf8) }
  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
  static func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

/// A record as people would write it down.
struct Seen: Equatable, Sendable {
  var topic: String
  var key: Value
  var value: Value
  var headers: [String]
  var order: Record.Order

  private func field(_ index: Int) -> Value {
    if case .structure(let fields) = value, index < fields.count { fields[index] } else { .unavailable }
  }

  var op: Value { field(Envelope.op) }
  var before: Value { field(Envelope.before) }
  var after: Value { field(Envelope.after) }
  func source(_ index: Int) -> Value {
    if case .structure(let fields) = field(Envelope.source) { fields[index] } else { .unavailable }
  }
}

extension RecordBatch {
  borrowing func seen() -> [Seen] {
    var all: [Seen] = []
    for index in 0..<records.count {
      let record = records[index]
      let headers = (record.firstHeader..<record.firstHeader + record.headerCount).map { at in
        let header = self.headers[Int(at)]
        return "\(headerNames[Int(header.name)])=\(value(header.value))"
      }
      all.append(
        Seen(
          topic: topics[Int(record.topic)], key: value(record.key), value: value(record.value), headers: headers, order: record.order))
    }
    return all
  }
}

/// Makes the shape of a table `schema.name`; `without` are expressions for columns that are left out.
func tableShape(
  _ schema: String, _ name: String, _ columns: [PostgresTable.Column], key: [String], without excluded: String = "",
  _ settings: [String: String] = [:], failures: EventFailures = .fatal
) -> TableShape {
  var configuration = Configuration(["topic.prefix": "srv", "column.exclude.list": excluded].merging(settings) { $1 })
  do throws(MillraceError) {
    return try TableShape(
      schema: schema, table: name, columns: columns, key: key, rules: TableRules(&configuration, parts: .schema), source: SourceBlock.schema,
      types: TypeMapper(catalog: PostgresTypeCatalog()), filter: TableFilter(&configuration), failures: failures)
  } catch {
    preconditionFailure("\(error)")
  }
}

/// A decoder with its batch. Tables whose name begins with `skip` are not captured; the key of the others are the columns `id`,
/// `id2`; a column whose name begins with `must` is NOT NULL.
final class Feed {
  private var decoder: ChangeDecoder
  private(set) var batch = RecordBatch(capacity: 1024)
  /// The time of reading.
  static let now: Int64 = 1_700_000_000_123_456_789

  init(
    resuming position: PostgresPosition = PostgresPosition(), tombstones: Bool = true, skipped: Set<String> = [],
    headers: ContextHeaders? = nil, metadata: Bool = false, failures: EventFailures = .fatal, without excluded: String = "",
    skipsUnchanged: Bool = false, _ settings: [String: String] = [:]
  ) {
    var configuration = Configuration(settings)
    let prefixes = MessagePrefixes(&configuration)
    decoder = ChangeDecoder(
      writer: RowWriter(contextHeaders: headers, name: "srv", database: "db", snapshot: nil),
      messages: MessageRecords(topic: "srv.message", binaries: .bytes, prefixes: prefixes), tombstones: tombstones,
      skipped: SkippedOperations(skipped), skipsUnchanged: skipsUnchanged,
      transactions: metadata ? TransactionMetadata(topic: "srv.transaction") : nil, failures: failures, resuming: position,
      lookup: { relation throws(MillraceError) in
        if relation.name.hasPrefix("skip") { return nil }
        let columns = relation.columns.map {
          PostgresTable.Column(name: $0.name, type: $0.type, modifier: $0.modifier, notNull: $0.name.hasPrefix("must"))
        }
        return tableShape(relation.schema, relation.name, columns, key: columns.map(\.name).filter { $0 == "id" || $0 == "id2" },
          without: excluded, settings, failures: failures)
      })
  }

  var position: PostgresPosition { decoder.place }
  var isInTransaction: Bool { decoder.isInTransaction }

  func take(_ message: [UInt8], lsn: UInt64 = 1) throws(MillraceError) {
    let result: Result<Void, MillraceError> = message.withUnsafeBytes { bytes in
      do throws(MillraceError) {
        return .success(try decoder.decode(bytes, lsn: lsn, now: Feed.now, into: &batch))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  func take(_ messages: [[UInt8]], lsn: UInt64 = 1) throws(MillraceError) { for message in messages { try take(message, lsn: lsn) } }

  /// What was decoded since the last call; the batch is emptied.
  func drain() -> [Seen] {
    let seen = batch.seen()
    batch.reset()
    return seen
  }

  var schemas: [Schema] { batch.schemas }
}

extension PgOutput {
  /// `public.t (id int4 primary key, body text, n int4)`.
  static let table = relation(
    1, "public", "t", [Column(name: "id", type: 23, isIdentity: true), Column(name: "body", type: 25), Column(name: "n", type: 23)])
  /// The same with REPLICA IDENTITY FULL.
  static let full = relation(
    2, "public", "f",
    [
      Column(name: "id", type: 23, isIdentity: true), Column(name: "body", type: 25, isIdentity: true),
      Column(name: "n", type: 23, isIdentity: true),
    ], identity: "f")
  static let skipped = relation(3, "public", "skipped", [Column(name: "id", type: 23, isIdentity: true)])
  /// A key of the last column and the first, and a required text.
  static let composite = relation(
    4, "public", "c",
    [
      Column(name: "id2", type: 25, isIdentity: true), Column(name: "must", type: 25), Column(name: "id", type: 23, isIdentity: true),
    ])
  /// Without a key.
  static let keyless = relation(5, "public", "k", [Column(name: "a", type: 23), Column(name: "b", type: 16)], identity: "n")
  static let relations = [table, full, skipped, composite, keyless]
}
