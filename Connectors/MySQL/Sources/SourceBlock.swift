internal import MillraceCore

/// The `source` struct of every record: its schema, and how a batch gets one at the price of a copy of seventeen slots.
///
/// io.debezium.connector.mysql.MySqlSourceInfoStructMaker, and MariaDB's: the order of the fields is part of the format.
struct SourceBlock: Sendable {
  enum Field {
    static let version = 0, connector = 1, name = 2, tsMs = 3, snapshot = 4, db = 5, sequence = 6, tsUs = 7, tsNs = 8, table = 9,
      serverID = 10, gtid = 11, file = 12, position = 13, row = 14, thread = 15, query = 16
    static let count = 17
  }

  let flavour: Flavour
  let schema: Schema

  /// Schemas count by identity: one object for each flavour.
  static let mysql = SourceBlock(.mysql), mariadb = SourceBlock(.mariadb)

  private init(_ flavour: Flavour) {
    self.flavour = flavour
    schema = Schema(
      .structure([
        .init("version", .string), .init("connector", .string), .init("name", .string), .init("ts_ms", .int64),
        .init(
          "snapshot",
          Schema(
            .string, optional: true, name: "io.debezium.data.Enum", version: 1,
            parameters: [.init("allowed", "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental")],
            defaultValue: .text("false"))),
        .init("db", .string), .init("sequence", .optionalString), .init("ts_us", .optionalInt64), .init("ts_ns", .optionalInt64),
        .init("table", .optionalString), .init("server_id", .int64), .init("gtid", .optionalString), .init("file", .string),
        .init("pos", .int64), .init("row", .int32), .init("thread", .optionalInt64), .init("query", .optionalString),
      ]), name: "io.debezium.connector.\(flavour.rawValue).Source", version: 1)
  }

  /// Appends a source run with what is the same for all records of a run; the rest is null.
  func appendTemplate(to batch: inout RecordBatch, name: String, snapshot: SnapshotMarker?) -> Int {
    let first = batch.slots.append(repeating: .null, count: Field.count)
    let version = batch.text(MillraceVersion.string), connector = batch.text(flavour.rawValue), name = batch.text(name)
    batch.slots[first + Field.version] = version
    batch.slots[first + Field.connector] = connector
    batch.slots[first + Field.name] = name
    // While streaming it is null, and the schema's default, "false", shows.
    let marker = snapshot.map { batch.text($0.rawValue) } ?? .null
    batch.slots[first + Field.snapshot] = marker
    batch.slots[first + Field.serverID] = .integer(0)
    batch.slots[first + Field.row] = .integer(0)
    return first
  }

  /// What a row says that comes without a change: the event that the stream has read last.
  struct Stamp: Sendable {
    var gtid: GTID?
    var file: String
    var position: UInt64
    var thread: UInt32?
    var server: UInt32
  }

  /// Completes the records of an incremental snapshot, which share one source block.
  static func stamp(_ box: BatchBox, _ stamp: Stamp, now: Int64, order: Record.Order) {
    guard !box.batch.records.isEmpty else { return }
    let source = box.batch.field(Envelope.source, of: box.batch.records[0].value)
    guard source.kind == .structure, source.count == Field.count else { return }
    set(time: now, at: source.offset, of: &box.batch)
    set(stamp, at: source.offset, of: &box.batch)
    for index in 0..<box.batch.records.count { box.batch.records[index].order = order }
  }

  /// Writes the event that the stream has read last into a source run.
  static func set(_ stamp: Stamp, at first: Int, of batch: inout RecordBatch) {
    let gtid = stamp.gtid.map { batch.text("\($0)") } ?? .null, file = batch.text(stamp.file)
    batch.slots[first + Field.gtid] = gtid
    batch.slots[first + Field.file] = file
    batch.slots[first + Field.position] = .integer(Int64(bitPattern: stamp.position))
    batch.slots[first + Field.thread] = stamp.thread.map { .integer(Int64($0)) } ?? .null
    batch.slots[first + Field.serverID] = .integer(Int64(stamp.server))
  }

  /// Writes a database time, ns since 1970, into a source run.
  @inline(__always)
  static func set(time nanoseconds: Int64, at first: Int, of batch: inout RecordBatch) {
    batch.slots[first + Field.tsMs] = .integer(Clock.floorDivide(nanoseconds, 1_000_000))
    batch.slots[first + Field.tsUs] = .integer(Clock.floorDivide(nanoseconds, 1000))
    batch.slots[first + Field.tsNs] = .integer(nanoseconds)
  }
}

/// Which of the two servers a connector is for.
enum Flavour: String, Sendable { case mysql, mariadb }
