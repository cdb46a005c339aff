internal import MillraceCore

/// The `source` struct of every record: its schema, and how a batch gets one at the price of a copy of sixteen slots.
///
/// io.debezium.connector.postgresql.PostgresSourceInfoStructMaker: the order of the fields is part of the format.
enum SourceBlock {
  enum Field {
    static let version = 0, connector = 1, name = 2, tsMs = 3, snapshot = 4, db = 5, sequence = 6, tsUs = 7, tsNs = 8, schema = 9,
      table = 10, txId = 11, lsn = 12, xmin = 13, origin = 14, originLSN = 15
    static let count = 16
  }

  /// What the `version` field says: ours.
  static let version = "\(MillraceVersion.string)"

  static let schema = Schema(
    .structure([
      .init("version", .string), .init("connector", .string), .init("name", .string), .init("ts_ms", .int64),
      .init(
        "snapshot",
        Schema(
          .string, optional: true, name: "io.debezium.data.Enum", version: 1,
          parameters: [.init("allowed", "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental")],
          defaultValue: .text("false"))),
      .init("db", .string), .init("sequence", .optionalString), .init("ts_us", .optionalInt64), .init("ts_ns", .optionalInt64),
      .init("schema", .string), .init("table", .string), .init("txId", .optionalInt64), .init("lsn", .optionalInt64),
      .init("xmin", .optionalInt64), .init("origin", .optionalString), .init("origin_lsn", .optionalInt64),
    ]), name: "io.debezium.connector.postgresql.Source", version: 1)

  /// Appends a source run with what is the same for all records of a run; the rest is null.
  static func appendTemplate(to batch: inout RecordBatch, name: String, database: String, snapshot: SnapshotMarker?) -> Int {
    let first = batch.slots.append(repeating: .null, count: Field.count)
    let version = batch.text(version), connector = batch.text("postgresql"), name = batch.text(name)
    let database = batch.text(database)
    batch.slots[first + Field.version] = version
    batch.slots[first + Field.connector] = connector
    batch.slots[first + Field.name] = name
    batch.slots[first + Field.db] = database
    // While streaming it is null, and the schema's default, "false", shows.
    let marker = snapshot.map { batch.text($0.rawValue) } ?? .null
    batch.slots[first + Field.snapshot] = marker
    return first
  }

  /// Completes the records of an incremental snapshot, which share one source block: they have the place of the last commit and the
  /// time of their delivery, but no change and no transaction.
  static func stamp(_ box: BatchBox, lastCommit: UInt64?, now: Int64, order: Record.Order) {
    guard !box.batch.records.isEmpty else { return }
    let source = box.batch.field(Envelope.source, of: box.batch.records[0].value)
    guard source.kind == .structure, source.count == Field.count else { return }
    set(time: now / 1000, at: source.offset, of: &box.batch)
    box.batch.slots[source.offset + Field.tsNs] = .integer(now)
    set(lastCommit: lastCommit, lsn: lastCommit ?? 0, at: source.offset, of: &box.batch)
    box.batch.slots[source.offset + Field.lsn] = .null
    for index in 0..<box.batch.records.count {
      box.batch.records[index].order = .init(commit: order.commit, ordinal: order.ordinal)
    }
  }

  /// Writes a database time, µs since 1970, into a source run.
  @inline(__always)
  static func set(time microseconds: Int64, at first: Int, of batch: inout RecordBatch) {
    batch.slots[first + Field.tsMs] = .integer(Clock.floorDivide(microseconds, 1000))
    batch.slots[first + Field.tsUs] = .integer(microseconds)
    batch.slots[first + Field.tsNs] = .integer(microseconds &* 1000)
  }

  /// Writes `sequence`: JSON text of the last commit's end and the change's own LSN, as decimal strings.
  @inline(__always)
  static func set(lastCommit: UInt64?, lsn: UInt64, at first: Int, of batch: inout RecordBatch) {
    let start = batch.arena.count
    if let lastCommit {
      batch.arena.append("[\"" as StaticString)
      batch.arena.append(decimal: lastCommit)
      batch.arena.append("\",\"" as StaticString)
    } else {
      batch.arena.append("[null,\"" as StaticString)
    }
    batch.arena.append(decimal: lsn)
    batch.arena.append("\"]" as StaticString)
    batch.slots[first + Field.sequence] = .text(offset: start, length: batch.arena.count - start)
    batch.slots[first + Field.lsn] = .integer(Int64(bitPattern: lsn))
  }
}
