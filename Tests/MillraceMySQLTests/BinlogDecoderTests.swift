import MillraceCore
import Testing

@testable import MillraceMySQL

/// Events by hand, in the order of one log, and what the decoder makes of them.
struct LogBuilder {
  var position: UInt64 = 4
  var isChecksummed = false

  static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

  mutating func event(_ kind: BinlogEvent.Kind, _ body: [UInt8], time: UInt32 = 1000, server: UInt32 = 1, artificial: Bool = false) -> [UInt8] {
    let size = BinlogEvent.headerSize + body.count
    if !artificial { position += UInt64(size) }
    let end = artificial ? 0 : UInt32(truncatingIfNeeded: position)
    var bytes = Self.little(time)
    bytes.append(kind.rawValue)
    bytes += Self.little(server)
    bytes += Self.little(UInt32(size))
    bytes += Self.little(end)
    bytes += Self.little(UInt16(artificial ? 0x20 : 0))
    return bytes + body
  }

  mutating func rotate(_ file: String, _ at: UInt64 = 4) -> [UInt8] {
    let event = event(.rotate, Self.little(at) + Array(file.utf8), artificial: true)
    position = at
    return event
  }

  mutating func gtid(_ number: UInt64, committed: UInt64 = 5_000_000) -> [UInt8] {
    var body: [UInt8] = [0]
    body += [UInt8](repeating: 0xAA, count: 16)
    body += Self.little(number)
    body.append(2)
    body += [UInt8](repeating: 0, count: 16)
    body += Self.little(committed).prefix(7)
    return event(.gtid, body)
  }

  mutating func query(_ sql: String, thread: UInt32 = 9) -> [UInt8] {
    var body = Self.little(thread)
    body += [0, 0, 0, 0, 1, 0, 0, 0, 0, 0x64, 0]
    body += Array(sql.utf8)
    return event(.query, body)
  }

  /// `create table d.t (id int primary key, v varchar(10))`.
  mutating func tableMap() -> [UInt8] {
    event(.tableMap, [7, 0, 0, 0, 0, 0, 1, 0, 1, 0x64, 0, 1, 0x74, 0, 2, 3, 15, 2, 40, 0, 0b10])
  }

  /// - Parameter ids: one row for each, with a text of its number.
  mutating func insert(_ ids: [UInt32]) -> [UInt8] {
    var body: [UInt8] = [7, 0, 0, 0, 0, 0, 1, 0, 2, 0, 2, 0xFF]
    for id in ids {
      body.append(0)
      body += Self.little(id)
      body += [1, UInt8(48 + id % 10)]
    }
    return event(.writeRows, body)
  }

  mutating func xid() -> [UInt8] { event(.xid, Self.little(UInt64(1))) }
}

@Suite struct BinlogDecoderTests {
  private static func shape() throws -> TableShape {
    var definition = TableDefinition(database: "d", name: "t")
    var id = ColumnDefinition("id", .int), text = ColumnDefinition("v", .varchar)
    id.isNullable = false
    text.length = 10
    text.charset = "utf8mb4"
    definition.columns = [id, text]
    definition.primaryKey = ["id"]
    var configuration = Configuration(["topic.prefix": "p"])
    return try TableShape(
      of: definition, rules: TableRules(&configuration, parts: .database), source: SourceBlock.mysql.schema, types: TypeMapper(settings: TypeSettings()))
  }

  private static func decoder(
    resuming: MySQLPosition = MySQLPosition(), isForeign: Bool = false, metadata: Bool = false,
    watching: BinlogDecoder.Watching = .init()
  ) throws -> BinlogDecoder {
    let shape = try shape()
    var options = BinlogDecoder.Options()
    options.hasCommitTimes = true
    return BinlogDecoder(
      writer: RowWriter(contextHeaders: nil, name: "p", source: .mysql, snapshot: nil), options: options,
      watching: watching, transactions: metadata ? TransactionMetadata(topic: "p.transaction") : nil, resuming: resuming, isForeign: isForeign, isChecksummed: false,
      tables: .init(shape: { _ in shape }, apply: { _ in AppliedStatement() }, named: { _ in shape }))
  }

  /// The ids of the records' rows, and the position behind each event.
  private static func ids(_ events: [[UInt8]], _ decoder: inout BinlogDecoder) throws -> (ids: [Int64], positions: [MySQLPosition]) {
    var batch = RecordBatch()
    var positions: [MySQLPosition] = []
    for event in events {
      try event.withUnsafeBytes { bytes in _ = try decoder.decode(bytes, now: 0, into: &batch) }
      positions.append(decoder.position)
    }
    var ids: [Int64] = []
    for index in 0..<batch.records.count {
      guard case .structure(let envelope) = batch.value(batch.records[index].value), envelope.count == 8,
        case .structure(let row) = envelope[Envelope.after], case .integer(let id) = row[0] else { continue }
      ids.append(id)
    }
    return (ids, positions)
  }

  private static func log() -> [[UInt8]] {
    var log = LogBuilder()
    return [
      log.rotate("b.000007"), log.gtid(1), log.query("BEGIN"), log.tableMap(), log.insert([1, 2]), log.insert([3]), log.xid(),
      log.gtid(2), log.query("BEGIN"), log.tableMap(), log.insert([4, 5, 6]), log.xid(),
    ]
  }

  @Test func rowsBecomeRecordsWithTheirPlace() throws {
    var decoder = try Self.decoder()
    var batch = RecordBatch()
    for event in Self.log() { try event.withUnsafeBytes { bytes in _ = try decoder.decode(bytes, now: 7, into: &batch) } }
    #expect(batch.records.count == 6)
    guard case .structure(let envelope) = batch.value(batch.records[1].value), case .structure(let source) = envelope[Envelope.source] else {
      Issue.record("no envelope")
      return
    }
    #expect(source[SourceBlock.Field.file] == .text("b.000007"))
    #expect(source[SourceBlock.Field.row] == .integer(1))
    #expect(source[SourceBlock.Field.thread] == .integer(9))
    #expect(source[SourceBlock.Field.tsUs] == .integer(5_000_000))
    #expect(source[SourceBlock.Field.gtid] == .text("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1"))
    #expect(source[SourceBlock.Field.db] == .text("d") && source[SourceBlock.Field.table] == .text("t"))
    #expect(batch.topics == ["p.d.t"])
  }

  @Test func rowsOfAnXATransactionHaveNeitherThreadNorTransaction() throws {
    var decoder = try Self.decoder(metadata: true), batch = RecordBatch(), log = LogBuilder()
    let events = [
      log.rotate("b.000007"), log.gtid(1), log.query("XA START X'61',X'',1"), log.tableMap(), log.insert([1]), log.event(.xaPrepare, []),
      log.gtid(2), log.query("BEGIN"), log.tableMap(), log.insert([2]), log.xid(),
    ]
    for event in events { try event.withUnsafeBytes { bytes in _ = try decoder.decode(bytes, now: 7, into: &batch) } }
    // The row; BEGIN, the other row, END.
    #expect(batch.records.count == 4)
    for (index, thread) in [(0, Value.null), (2, .integer(9))] {
      guard case .structure(let envelope) = batch.value(batch.records[index].value), case .structure(let source) = envelope[Envelope.source] else {
        Issue.record("no envelope")
        return
      }
      #expect(source[SourceBlock.Field.thread] == thread)
      #expect((envelope[Envelope.transaction] == .null) == (thread == .null))
    }
  }

  @Test func aChunkGivesWayToChangesThatItDoesNotContain() throws {
    let watch = KeyWatch(fields: [0]), numbers = GTIDNumbers()
    var watching = BinlogDecoder.Watching()
    watching.watches["d.t"] = watch
    watching.numbers = numbers
    var decoder = try Self.decoder(watching: watching)
    let (ids, _) = try Self.ids(Self.log(), &decoder)
    #expect(ids == [1, 2, 3, 4, 5, 6])
    // What the snapshot has read before the second transaction: the rows of the first, and an older row 5.
    var other = try Self.decoder()
    let box = BatchBox()
    for event in Self.log() { try event.withUnsafeBytes { bytes in _ = try other.decode(bytes, now: 0, into: &box.batch) } }
    let view = MySQLChunkView(contents: .committed(numbers.ranges(of: try GTIDSet("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1"))), end: nil, executed: nil)
    #expect(watch.sieve(box, seenBy: view) == 3)
    watch.forget(seenBy: view)
    #expect(watch.byteCount > 0)
    let beginning = decoder.delivered(number: 1, rules: Self.rules())
    #expect("\(beginning.gtids)" == "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-2")
    #expect(decoder.passed.log == decoder.position.place)
  }

  @Test func aTransactionThatIsUnderWayCountsAsDelivered() throws {
    var decoder = try Self.decoder()
    _ = try Self.ids(Array(Self.log()[...4]), &decoder)
    let beginning = decoder.delivered(number: 1, rules: Self.rules())
    #expect("\(beginning.gtids)" == "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1" && beginning.place > decoder.position.place.order)
    #expect(decoder.passed.gtids.isEmpty && decoder.passed.log == BinlogPlace(file: "b.000007", position: 4))
  }

  private static func rules() -> GTIDRules {
    var configuration = Configuration([:])
    return GTIDRules(&configuration)
  }

  @Test func thePositionMovesWithWholeTransactionsAndCountsRowsWithin() throws {
    var decoder = try Self.decoder()
    let positions = try Self.ids(Self.log(), &decoder).positions
    let begin = positions[0].place
    #expect(begin == BinlogPlace(file: "b.000007", position: 4))
    // Behind the first row event: still the transaction's begin, two rows done, the second event behind BEGIN.
    #expect(positions[4].place == begin && positions[4].rowsDone == 2 && positions[4].event == 2 && positions[4].row == 2)
    #expect(positions[5].rowsDone == 3 && positions[5].event == 3 && positions[5].row == 1)
    #expect(positions[6].rowsDone == 0 && positions[6].place.position > 4)
    #expect("\(positions[11].gtids)" == "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-2")
  }

  @Test(arguments: 0..<12) func aRestartBehindAnyEventRepeatsAndLosesNothing(at place: Int) throws {
    let log = Self.log()
    var first = try Self.decoder()
    let (before, positions) = try Self.ids(Array(log[...place]), &first)
    let stored = try StoredPosition(positions[place].checkpoint(partition: [])).position
    #expect(stored.gtid == positions[place].gtid || stored.rowsDone == 0)
    // The server sends what the whole transactions do not hold.
    let begin = place < 6 ? 1 : place < 11 ? 7 : log.count
    var second = try Self.decoder(resuming: stored)
    let after = try Self.ids([log[0]] + Array(log[begin...]), &second).ids
    #expect(before + after == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: 0..<12, 0..<12) func transactionsInAnotherOrderRepeatAndLoseNothing(leftAt first: Int, thenAt second: Int) throws {
    // Another server has them as 2, 1, 3; the run is broken off on the first one, and on the second one once more.
    var log = LogBuilder()
    let head = log.rotate("b.000007")
    let transactions = [
      [log.gtid(1), log.query("BEGIN"), log.tableMap(), log.insert([1, 2]), log.insert([3]), log.xid()],
      [log.gtid(2), log.query("BEGIN"), log.tableMap(), log.insert([4, 5, 6]), log.insert([7]), log.xid()],
    ]
    var position = MySQLPosition(), ids: [Int64] = []
    for (order, length) in [([0, 1], first), ([1, 0], second), ([1, 0], 100)] {
      let missing = order.filter { !position.gtids.contains(.mysql(source: GTIDSource(bytes: [UInt8](repeating: 0xAA, count: 16)), number: UInt64($0 + 1))) }
      var decoder = try Self.decoder(resuming: position)
      let read = try Self.ids(Array(([head] + missing.flatMap { transactions[$0] }).prefix(length)), &decoder)
      ids += read.ids
      position = try StoredPosition((read.positions.last ?? position).checkpoint(partition: [])).position
    }
    #expect(ids.sorted() == [1, 2, 3, 4, 5, 6, 7])
    #expect(position.unfinished.isEmpty && "\(position.gtids)" == "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-2")
  }

  @Test func anOffsetOfDebeziumsNamesEventAndRow() throws {
    let entries: [Checkpoint.Entry] = [
      .init("file", .text("b.000007")), .init("pos", .integer(4)), .init("event", .integer(2)), .init("row", .integer(1)), .init("ts_sec", .integer(5)),
    ]
    let stored = try StoredPosition(Checkpoint(partition: [], offset: entries))
    #expect(stored.isForeign)
    var decoder = try Self.decoder(resuming: stored.position, isForeign: true)
    #expect(try Self.ids(Self.log(), &decoder).ids == [2, 3, 4, 5, 6])
  }

  @Test func transactionsAreTold() throws {
    var decoder = try Self.decoder(metadata: true)
    var batch = RecordBatch()
    for event in Self.log() { try event.withUnsafeBytes { bytes in _ = try decoder.decode(bytes, now: 7, into: &batch) } }
    #expect(batch.records.count == 6 + 4)
    #expect(batch.value(batch.records[0].key) == .structure([.text("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1")]))
  }

  @Test func eventsThatAreCutOffAreRefused() throws {
    for event in Self.log() {
      for length in 0..<event.count {
        var decoder = try Self.decoder()
        var batch = RecordBatch()
        var bytes = Array(event.prefix(length))
        if length >= 13 { bytes.replaceSubrange(9..<13, with: LogBuilder.little(UInt32(length))) }
        bytes.withUnsafeBytes { raw in _ = try? decoder.decode(raw, now: 0, into: &batch) }
        #expect(batch.records.count <= 3)
      }
    }
  }

  @Test func aTaggedTransactionIsNamed() throws {
    // Fields 0 (flags), 1 (uuid), 2 (number 3), 3 (tag "t"), 6 (time).
    var bytes: [UInt8] = [2, 60, 2, 0, 0, 2]
    for _ in 0..<16 { bytes += [0b0000_0010] }  // sixteen times 1
    bytes += [4, 12, 6, 2, UInt8(ascii: "t")]
    let start = try bytes.withUnsafeBytes { try TransactionStart(tagged: $0) }
    #expect(start.gtid == .mysql(source: GTIDSource(uuid: "01010101-0101-0101-0101-010101010101", tag: "t"), number: 3))
  }
}
