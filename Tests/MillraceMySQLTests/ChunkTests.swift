import MillraceCore
import Testing

@testable import MillraceMySQL

struct ChunkTests {
  private static let uuid = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", other = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb"

  // MARK: views

  @Test func withGTIDsAChunkSeesWhatWasCommitted() throws {
    let numbers = GTIDNumbers()
    let set = try GTIDSet("\(Self.uuid):1-5:9,\(Self.other):tag:1-2")
    let view = MySQLChunkView(contents: .committed(numbers.ranges(of: set)), end: nil, executed: set)
    func sees(_ uuid: String, _ number: UInt64, tag: String = "") -> Bool {
      view.sees(numbers.number(of: .mysql(source: GTIDSource(uuid: uuid, tag: tag), number: number)))
    }
    #expect(sees(Self.uuid, 5) && sees(Self.uuid, 9) && sees(Self.other, 2, tag: "tag"))
    #expect(!sees(Self.uuid, 6) && !sees(Self.other, 2) && !sees("cccccccc-cccc-cccc-cccc-cccccccccccc", 1))
    #expect(!view.sees(numbers.number(of: nil)) && !view.sees(GTIDNumbers.unknown))
    let place = BinlogPlace(file: "b.1", position: 4)
    #expect(view.isPassed(at: .init(gtids: try GTIDSet("\(Self.uuid):1-20,\(Self.other):tag:1-2"), log: place)))
    #expect(!view.isPassed(at: .init(gtids: try GTIDSet("\(Self.uuid):1-8,\(Self.other):tag:1-2"), log: place)))
  }

  @Test func aPlaceInTheLogIsOrderedByFileAndPosition() {
    let view = MySQLChunkView(contents: .before(BinlogPlace(file: "b.000009", position: 500)), end: BinlogPlace(file: "b.000009", position: 500), executed: nil)
    #expect(view.sees(BinlogPlace(file: "b.000008", position: 9000).order) && view.sees(BinlogPlace(file: "b.000009", position: 499).order))
    #expect(!view.sees(BinlogPlace(file: "b.000009", position: 500).order) && !view.sees(GTIDNumbers.unknown))
    #expect(view.isPassed(at: .init(gtids: GTIDSet(), log: BinlogPlace(file: "b.000010", position: 4))))
    #expect(!view.isPassed(at: .init(gtids: GTIDSet(), log: BinlogPlace(file: "b.000009", position: 499))))
  }

  // MARK: statements

  private static func definition() -> TableDefinition {
    var table = TableDefinition(database: "d", name: "t`x")
    var code = ColumnDefinition("code", .varchar), old = ColumnDefinition("old", .varchar), kind = ColumnDefinition("kind", .enum)
    code.charset = "utf8mb4"
    old.charset = "sjis"
    kind.members = ["a", "b"]
    table.columns = [ColumnDefinition("a", .int), code, old, kind, ColumnDefinition("b", .varbinary), ColumnDefinition("j", .json)]
    table.primaryKey = ["a", "code"]
    return table
  }

  private static func query(_ key: [String], condition: String? = nil, isSurrogate: Bool = false) throws -> ChunkQuery {
    let table = definition()
    var configuration = Configuration(["topic.prefix": "p"])
    let shape = try TableShape(
      of: table, rules: TableRules(&configuration, parts: .database), source: SourceBlock.mysql.schema, types: TypeMapper(settings: TypeSettings()),
      captures: { $0 == "a" || $0 == "code" })
    var wanted = IncrementalProgress.Table(name: "d.t`x", signal: "s", condition: condition, surrogateKey: isSurrogate ? key[0] : nil)
    wanted.key = key
    let columns = key.compactMap { name in table.column(name).flatMap { KeyColumn(table.columns[$0]) } }
    return ChunkQuery(SnapshotQuery(table, shape: shape, range: nil), key: columns, wanted)
  }

  @Test func rowsAreReadBehindAKeyAndUpToAnother() throws {
    let query = try Self.query(["a", "code"], condition: "v > 1 -- all")
    #expect(query.last == "SELECT `a`, `code` FROM `d`.`t``x` WHERE (v > 1 -- all\n) ORDER BY `a` DESC, `code` DESC LIMIT 1")
    #expect(
      query.rows(after: ["-1", "o'x"], upTo: ["9", "\\"], limit: 7)
        == "SELECT `a`, `code`, `a`, `code` FROM `d`.`t``x` WHERE `a` >= -1 AND ((`a` > -1) OR (`a` = -1 AND `code` > 'o''x'))"
        + " AND `a` <= 9 AND ((`a` < 9) OR (`a` = 9 AND `code` <= _utf8mb4 0x5C)) AND (v > 1 -- all\n) ORDER BY `a`, `code` LIMIT 7")
    #expect(query.bound(after: nil, upTo: ["9", "x"], limit: 7) == nil)
  }

  @Test func rowsOfOneSurrogateKeyAreNeverParted() throws {
    let query = try Self.query(["a"], isSurrogate: true)
    #expect(
      query.bound(after: nil, upTo: ["9"], limit: 3)
        == "SELECT `a` FROM `d`.`t``x` WHERE (`a` IS NULL OR `a` <= 9) ORDER BY `a` LIMIT 1 OFFSET 2")
    #expect(query.rows(after: [nil], upTo: ["9"], limit: nil).hasSuffix(" WHERE `a` IS NOT NULL AND `a` <= 9 ORDER BY `a`"))
    #expect(query.rows(after: ["4"], upTo: ["9"], limit: nil).hasSuffix(" WHERE `a` > 4 AND `a` <= 9 ORDER BY `a`"))
    #expect(query.rows(after: nil, upTo: [nil], limit: nil).hasSuffix(" WHERE `a` IS NULL ORDER BY `a`"))
  }

  @Test func aValueIsComparedInTheServersOrder() throws {
    let columns = Self.definition().columns
    func key(_ name: String) throws -> KeyColumn {
      let column = try #require(columns.first { $0.name == name })
      return try #require(KeyColumn(column))
    }
    #expect(try key("kind").text == "`kind` + 0" && key("kind").compared == "(`kind` + 0)" && key("kind").literal("2") == "2")
    #expect(try key("b").text == "HEX(`b`)" && key("b").literal("FF00") == "X'FF00'" && key("b").literal("") == "X''")
    #expect(try key("old").text == "HEX(`old`)" && key("old").literal("835C") == "_sjis X'835C'")
    #expect(try key("a").literal("1; drop table t") == "'1; drop table t'")
    #expect(KeyColumn(ColumnDefinition("j", .json)) == nil)
  }

  @Test func anAlterationThatChangesNoValueIsNone() {
    let before = Self.definition()
    var same = before, longer = before, other = before, key = before
    same.columns[1].length = 40
    same.comment = "c"
    longer.columns.append(ColumnDefinition("more", .int))
    other.columns[0].isUnsigned = true
    key.primaryKey = ["code", "a"]
    #expect(same.hasSameRows(as: before) && !longer.hasSameRows(as: before) && !other.hasSameRows(as: before) && !key.hasSameRows(as: before))
  }

  // MARK: progress

  @Test func theProgressIsPartOfTheCheckpoint() throws {
    var progress = IncrementalProgress()
    var table = IncrementalProgress.Table(name: "d.t", signal: "s")
    (table.key, table.last, table.done, table.rows) = (["a", "b"], ["9", "z"], ["1", nil], 7)
    progress.tables = [table]
    progress.isPaused = true
    var position = MySQLPosition()
    position.place = BinlogPlace(file: "b.000001", position: 99)
    #expect(try StoredPosition(position.checkpoint(partition: [], requests: SnapshotRequests(incremental: progress))).requests.incremental == progress)
    #expect(try StoredPosition(position.checkpoint(partition: [])).requests.incremental.isEmpty)
  }
}

/// What an established connection says when it is lost, also inside TLS.
@Test(arguments: [2006, 2013, 2026, 2055]) func aLostConnectionIsTriedAgain(_ number: Int) {
  let error = MySQLFailure.server(number: number, text: "x")
  #expect(error.code == "mysql.connection.lost" && error.retry == .retry)
}
