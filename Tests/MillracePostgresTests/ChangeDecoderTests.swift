import MillraceCore
import Testing

@testable import MillracePostgres

struct ChangeDecoderTests {
  private typealias Field = SourceBlock.Field

  private func row(_ id: Int64, _ body: String, _ n: Int64) -> Value { .structure([.integer(id), .text(body), .integer(n)]) }
  private func cells(_ id: Int, _ body: String, _ n: Int) -> [PgOutput.Cell] { [.text("\(id)"), .text(body), .text("\(n)")] }

  private func fields(_ value: Value) throws -> [Value] {
    if case .structure(let fields) = value { return fields }
    throw MillraceError(code: "test", component: "test", retry: .stop, message: "no struct", advice: "")
  }

  /// What one change of a transaction gives, with the commit at 900.
  private func decode(
    _ changes: [UInt8]..., tombstones: Bool = true, skipped: Set<String> = [], headers: ContextHeaders? = nil
  ) throws -> [Seen] {
    let feed = Feed(tombstones: tombstones, skipped: skipped, headers: headers)
    try feed.take(PgOutput.relations)
    try feed.take(PgOutput.begin(900, time: 1_000_000, transaction: 77))
    for (index, change) in changes.enumerated() { try feed.take(change, lsn: 800 + UInt64(index)) }
    try feed.take(PgOutput.commit(900, end: 950))
    return feed.drain()
  }

  @Test func anInsertIsACreateWithItsRowItsKeyAndItsSource() throws {
    let seen = try decode(PgOutput.insert(1, [.text("1"), .text("hé"), .null]))
    let record = try #require(seen.first)
    #expect(seen.count == 1)
    #expect(record.topic == "srv.public.t")
    #expect(record.key == .structure([.integer(1)]))
    #expect(record.op == .text("c"))
    #expect(record.before == .null)
    #expect(record.after == .structure([.integer(1), .text("hé"), .null]))
    #expect(record.headers.isEmpty)
    #expect(record.order == Record.Order(commit: 900, ordinal: 1 << 20))
    #expect(record.source(Field.version) == .text(SourceBlock.version))
    #expect(record.source(Field.connector) == .text("postgresql"))
    #expect(record.source(Field.name) == .text("srv"))
    #expect(record.source(Field.db) == .text("db"))
    #expect(record.source(Field.schema) == .text("public"))
    #expect(record.source(Field.table) == .text("t"))
    #expect(record.source(Field.txId) == .integer(77))
    #expect(record.source(Field.lsn) == .integer(800))
    #expect(record.source(Field.xmin) == .null)
    #expect(record.source(Field.origin) == .null)
    #expect(record.source(Field.snapshot) == .null)
    #expect(record.source(Field.sequence) == .text(#"[null,"800"]"#))
    #expect(record.source(Field.tsMs) == .integer(946_684_801_000))
    #expect(record.source(Field.tsUs) == .integer(946_684_801_000_000))
    #expect(record.source(Field.tsNs) == .integer(946_684_801_000_000_000))
    let envelope = try fields(record.value)
    #expect(envelope[Envelope.tsMs] == .integer(1_700_000_000_123))
    #expect(envelope[Envelope.tsUs] == .integer(1_700_000_000_123_456))
    #expect(envelope[Envelope.tsNs] == .integer(1_700_000_000_123_456_789))
  }

  @Test func theSequenceNamesTheEndOfTheTransactionBefore() throws {
    let feed = Feed()
    try feed.take([PgOutput.table, PgOutput.begin(100), PgOutput.commit(100, end: 110), PgOutput.begin(200)])
    try feed.take(PgOutput.insert(1, cells(1, "x", 1)), lsn: 150)
    #expect(feed.drain().first?.source(Field.sequence) == .text(#"["110","150"]"#))
  }

  @Test func anUpdateWithoutOldRowHasNoBefore() throws {
    let seen = try decode(PgOutput.update(1, cells(1, "new", 2)))
    #expect(seen.map(\.op) == [.text("u")])
    #expect(seen[0].before == .null)
    #expect(seen[0].after == row(1, "new", 2))
  }

  @Test func anUpdateUnderFullIdentityHasItsBefore() throws {
    let seen = try decode(PgOutput.update(2, old: ("O", cells(1, "old", 1)), cells(1, "new", 2)))
    #expect(seen.map(\.op) == [.text("u")])
    #expect(seen[0].before == row(1, "old", 1))
    #expect(seen[0].after == row(1, "new", 2))
  }

  @Test func aDeleteIsFollowedByATombstone() throws {
    let seen = try decode(PgOutput.delete(1, "K", [.text("5"), .null, .null]))
    #expect(seen.count == 2)
    #expect(seen[0].op == .text("d"))
    #expect(seen[0].before == .structure([.integer(5), .null, .null]))
    #expect(seen[0].after == .null)
    #expect(seen[1].value == .null)
    #expect(seen.map(\.key) == [.structure([.integer(5)]), .structure([.integer(5)])])
    #expect(seen[0].order < seen[1].order)
  }

  @Test func aDeleteUnderFullIdentityHasTheWholeRow() throws {
    let seen = try decode(PgOutput.delete(2, "O", cells(5, "x", 9)), tombstones: false)
    #expect(seen.map(\.before) == [row(5, "x", 9)])
  }

  @Test func withoutTombstonesADeleteIsOneRecord() throws {
    #expect(try decode(PgOutput.delete(1, "K", [.text("5"), .null, .null]), tombstones: false).count == 1)
  }

  @Test(arguments: [true, false]) func aChangedKeyIsADeleteATombstoneAndACreate(_ tombstones: Bool) throws {
    let change = PgOutput.update(2, old: ("O", cells(1, "x", 3)), cells(2, "y", 3))
    var seen = try decode(change, tombstones: tombstones)
    let old = Value.structure([.integer(1)]), new = Value.structure([.integer(2)])
    if tombstones {
      #expect(seen.count == 3)
      #expect(seen[1].value == .null)
      #expect(seen[1].key == old)
      #expect(seen[1].headers == ["__debezium.newkey=\(new)"])
      #expect(seen[0].order < seen[1].order && seen[1].order < seen[2].order)
      seen.remove(at: 1)
    }
    #expect(seen.map(\.op) == [.text("d"), .text("c")])
    #expect(seen.map(\.key) == [old, new])
    #expect(seen.map(\.before) == [row(1, "x", 3), .null])
    #expect(seen.map(\.after) == [.null, row(2, "y", 3)])
    #expect(seen.map(\.headers) == [["__debezium.newkey=\(new)"], ["__debezium.oldkey=\(old)"]])
  }

  @Test func aChangedKeyUnderDefaultIdentityKnowsTheOldKeyOnly() throws {
    let seen = try decode(PgOutput.update(4, old: ("K", [.text("a"), .null, .text("1")]), [.text("a"), .text("m"), .text("2")]))
    #expect(seen.map(\.op) == [.text("d"), .unavailable, .text("c")])
    #expect(seen[0].key == .structure([.text("a"), .integer(1)]))
    #expect(seen[2].key == .structure([.text("a"), .integer(2)]))
    #expect(seen[0].before == .structure([.text("a"), .text(""), .integer(1)]))
    #expect(seen[2].after == .structure([.text("a"), .text("m"), .integer(2)]))
  }

  @Test func anOldKeyThatIsTheSameIsAnUpdate() throws {
    let seen = try decode(PgOutput.update(2, old: ("O", cells(1, "x", 3)), cells(1, "y", 3)))
    #expect(seen.map(\.op) == [.text("u")])
  }

  /// With REPLICA IDENTITY USING INDEX the old tuple may lack the primary key: nothing can be said about its change then.
  @Test func anOldTupleWithoutThePrimaryKeyIsNoKeyChange() throws {
    let feed = Feed()
    try feed.take(
      PgOutput.relation(
        9, "public", "i", [.init(name: "id", type: 23), .init(name: "n", type: 23, isIdentity: true)], identity: "i"))
    try feed.take([PgOutput.begin(900), PgOutput.update(9, old: ("K", [.null, .text("1")]), [.text("7"), .text("2")])])
    let seen = feed.drain()
    #expect(seen.map(\.op) == [.text("u")])
    #expect(seen.map(\.key) == [.structure([.integer(7)])])
  }

  @Test func theContextHeadersStandBehindTheOtherKey() throws {
    let headers = ContextHeaders(logicalName: "srv", connector: "postgresql", runID: "r")
    let plain = try decode(PgOutput.insert(1, cells(1, "x", 1)), headers: headers)
    #expect(plain[0].headers.count == 4)
    let change = try decode(PgOutput.update(2, old: ("O", cells(1, "x", 3)), cells(2, "y", 3)), headers: headers)
    #expect(change.map(\.headers.count) == [5, 5, 5])
    #expect(change.map { $0.headers[0].prefix(17) } == ["__debezium.newkey", "__debezium.newkey", "__debezium.oldkey"])
    #expect(change.allSatisfy { Array($0.headers.dropFirst()) == plain[0].headers })
  }

  @Test func anUnchangedToastValueIsUnavailable() throws {
    let seen = try decode(PgOutput.update(1, [.text("1"), .unchanged, .text("2")]))
    #expect(seen[0].after == .structure([.integer(1), .unavailable, .integer(2)]))
  }

  @Test func anUnchangedToastValueIsTakenFromAFullOldRow() throws {
    let seen = try decode(PgOutput.update(2, old: ("O", cells(1, "large", 1)), [.text("1"), .unchanged, .text("2")]))
    #expect(seen[0].after == row(1, "large", 2))
  }

  /// The old tuple of a key change has nothing but the key; what fills a required column there is no value of the row.
  @Test func anUnchangedToastValueIsNotTakenFromAnOldKey() throws {
    let seen = try decode(PgOutput.update(4, old: ("K", [.text("a"), .null, .text("1")]), [.text("b"), .unchanged, .text("1")]))
    #expect(seen.last?.after == .structure([.text("b"), .unavailable, .integer(1)]))
  }

  @Test func aTableWithoutKeyHasRecordsWithoutKey() throws {
    let seen = try decode(PgOutput.insert(5, [.text("1"), .text("t")]))
    #expect(seen.map(\.key) == [.null])
    #expect(seen.map(\.after) == [.structure([.integer(1), .boolean(true)])])
  }

  @Test func aTruncateIsARecordForEachCapturedTable() throws {
    let seen = try decode(PgOutput.truncate([1, 3, 5]))
    #expect(seen.map(\.topic) == ["srv.public.t", "srv.public.k"])
    #expect(seen.map(\.op) == [.text("t"), .text("t")])
    #expect(seen.map(\.key) == [.null, .null])
    #expect(seen.map(\.before) == [.null, .null])
    #expect(seen.map(\.after) == [.null, .null])
    #expect(seen.map { $0.source(Field.table) } == [.text("t"), .text("k")])
    #expect(seen[0].order < seen[1].order)
  }

  @Test(arguments: [("none", [1, 2, 3, 3, 4]), ("c", [2, 3, 3, 4]), ("u", [1, 3, 3, 4]), ("d", [1, 2, 4]), ("t", [1, 2, 3, 3])])
  func skippedOperationsAreLeftOutAndCounted(_ operation: String, _ places: [UInt64]) throws {
    let seen = try decode(
      PgOutput.insert(1, cells(1, "x", 1)), PgOutput.update(1, cells(1, "y", 1)), PgOutput.delete(1, "K", [.text("1"), .null, .null]),
      PgOutput.truncate([1]), skipped: [operation])
    #expect(seen.map { $0.order.ordinal >> 20 } == places)
  }

  @Test func tablesThatAreNotCapturedAreSkippedAndCounted() throws {
    let feed = Feed()
    try feed.take(PgOutput.relations)
    try feed.take(PgOutput.begin(900))
    try feed.take(PgOutput.insert(3, [.text("1")]), lsn: 801)
    #expect(feed.position.changesDone == 1)
    #expect(feed.position.lastChange == 801)
    try feed.take(PgOutput.insert(1, cells(1, "x", 1)), lsn: 802)
    let seen = feed.drain()
    #expect(seen.map(\.topic) == ["srv.public.t"])
    #expect(seen[0].order.ordinal == 2 << 20)
    #expect(feed.position.changesDone == 2)
  }

  @Test func aTransactionalMessageIsARecordOfItsOwn() throws {
    let seen = try decode(PgOutput.message("app", "hello", lsn: 800, isTransactional: true))
    let record = try #require(seen.first)
    #expect(record.topic == "srv.message")
    #expect(record.key == .structure([.text("app")]))
    let fields = try fields(record.value)
    let source = try self.fields(fields[2])
    #expect(fields[0] == .text("m"))
    #expect(fields[1] == .integer(1_700_000_000_123))
    #expect(fields[4] == .structure([.text("app"), .bytes(Array("hello".utf8))]))
    #expect(source[Field.txId] == .integer(77))
    #expect(source[Field.schema] == .text(""))
    #expect(source[Field.table] == .text(""))
    #expect(record.order == Record.Order(commit: 900, ordinal: 1 << 20))
  }

  @Test func aMessageOutsideOfTransactionsHasNoTransaction() throws {
    let feed = Feed()
    try feed.take([PgOutput.begin(100, transaction: 5), PgOutput.origin("o", 3), PgOutput.commit(100, end: 110)])
    try feed.take(PgOutput.message("app", "", lsn: 150, isTransactional: false), lsn: 150)
    let record = try #require(feed.drain().first)
    let fields = try fields(record.value)
    let source = try self.fields(fields[2])
    #expect(source[Field.txId] == .null)
    #expect(source[Field.origin] == .null)
    #expect(source[Field.lsn] == .integer(150))
    #expect(fields[4] == .structure([.text("app"), .bytes([])]))
    #expect(record.order == Record.Order(commit: 150, ordinal: 0))
    #expect(feed.position.commit == 100)
    #expect(feed.position.lastChange == 150)
  }

  @Test func theOriginOfATransactionIsInItsSourceAndNotInTheNext() throws {
    let feed = Feed()
    try feed.take([PgOutput.table, PgOutput.begin(100), PgOutput.origin("other", 42), PgOutput.insert(1, cells(1, "x", 1))])
    try feed.take([PgOutput.commit(100, end: 110), PgOutput.begin(200), PgOutput.insert(1, cells(2, "x", 1))])
    let seen = feed.drain()
    #expect(seen.map { $0.source(Field.origin) } == [.text("other"), .null])
    #expect(seen.map { $0.source(Field.originLSN) } == [.integer(42), .null])
  }

  @Test func eachTransactionHasItsOwnTimeAndNumberInEveryBatch() throws {
    let feed = Feed()
    try feed.take([PgOutput.table, PgOutput.begin(100, time: 1000, transaction: 1), PgOutput.insert(1, cells(1, "x", 1))])
    try feed.take([PgOutput.commit(100, end: 110), PgOutput.begin(200, time: 2000, transaction: 2)])
    try feed.take(PgOutput.insert(1, cells(2, "x", 1)))
    let first = feed.drain()
    try feed.take(PgOutput.insert(1, cells(3, "x", 1)))
    let second = feed.drain()
    #expect((first + second).map { $0.source(Field.txId) } == [.integer(1), .integer(2), .integer(2)])
    let epoch: Int64 = 946_684_800_000_000
    #expect((first + second).map { $0.source(Field.tsUs) } == [1000, 2000, 2000].map { .integer(epoch + $0) })
    #expect((first + second).map { $0.source(Field.schema) } == [.text("public"), .text("public"), .text("public")])
  }

  @Test func thePositionFollowsChangesAndCommits() throws {
    let feed = Feed()
    try feed.take(PgOutput.table)
    try feed.take(PgOutput.begin(900, time: 5, transaction: 7))
    #expect(feed.isInTransaction)
    try feed.take(PgOutput.insert(1, cells(1, "x", 1)), lsn: 800)
    #expect(feed.position.commit == 900)
    #expect(feed.position.changesDone == 1)
    #expect(feed.position.lastCommitEnd == nil)
    #expect(feed.position.messageType == .insert)
    try feed.take(PgOutput.update(1, cells(1, "y", 1)), lsn: 810)
    #expect(feed.position.messageType == .update)
    #expect(feed.position.changesDone == 2)
    #expect(feed.position.lastChange == 810)
    try feed.take(PgOutput.commit(900, end: 950))
    #expect(!feed.isInTransaction)
    #expect(feed.position.changesDone == nil)
    #expect(feed.position.lastCommitEnd == 950)
    #expect(feed.position.transactionID == 7)
    #expect(feed.position.flushable == 950)
  }

  @Test func anEmptyTransactionMovesThePositionToo() throws {
    let feed = Feed()
    try feed.take([PgOutput.begin(900), PgOutput.commit(900, end: 950)])
    #expect(feed.position.commit == 900)
    #expect(feed.position.flushable == 950)
    #expect(feed.drain().isEmpty)
  }

  @Test func aRelationThatIsAnnouncedAgainKeepsItsSchemaObjects() throws {
    let feed = Feed()
    try feed.take([PgOutput.table, PgOutput.begin(900), PgOutput.insert(1, cells(1, "x", 1))])
    let before = feed.schemas
    try feed.take([PgOutput.table, PgOutput.insert(1, cells(2, "x", 1))])
    #expect(feed.schemas.map(ObjectIdentifier.init) == before.map(ObjectIdentifier.init))
    #expect(feed.drain().count == 2)
  }

  @Test func aRelationThatHasChangedHasNewSchemaObjects() throws {
    let feed = Feed()
    try feed.take([PgOutput.table, PgOutput.begin(900), PgOutput.insert(1, cells(1, "x", 1))])
    let before = feed.schemas.count
    try feed.take(PgOutput.relation(1, "public", "t", [.init(name: "id", type: 23, isIdentity: true), .init(name: "m", type: 25)]))
    try feed.take(PgOutput.insert(1, [.text("2"), .text("new")]))
    #expect(feed.schemas.count == before + 2)
    #expect(feed.drain().map(\.after) == [row(1, "x", 1), .structure([.integer(2), .text("new")])])
  }

  @Test func aColumnWithoutMappingIsLeftOut() throws {
    let feed = Feed()
    let columns = [
      PgOutput.Column(name: "odd", type: 999_999), .init(name: "id", type: 23, isIdentity: true), .init(name: "body", type: 25),
    ]
    try feed.take([PgOutput.relation(1, "public", "t", columns), PgOutput.begin(900)])
    try feed.take(PgOutput.update(1, old: ("O", [.text("?"), .text("1"), .text("x")]), [.unchanged, .text("1"), .unchanged]))
    #expect(feed.drain().map(\.after) == [.structure([.integer(1), .text("x")])])
  }

  @Test func aColumnThatIsExcludedIsNotInTheRow() throws {
    let feed = Feed(without: "public.t.body")
    try feed.take([PgOutput.table, PgOutput.begin(900)])
    try feed.take(PgOutput.update(1, old: ("O", cells(1, "old", 1)), [.text("1"), .unchanged, .text("2")]))
    let seen = feed.drain()
    #expect(seen.map(\.before) == [.structure([.integer(1), .integer(1)])])
    #expect(seen.map(\.after) == [.structure([.integer(1), .integer(2)])])
  }

  @Test func aKeyColumnThatIsExcludedIsInTheKeyOnly() throws {
    let feed = Feed(without: "public.[ft].id")
    try feed.take([PgOutput.table, PgOutput.full, PgOutput.begin(900)])
    try feed.take([PgOutput.insert(1, cells(7, "x", 1)), PgOutput.delete(1, "K", [.text("7"), .null, .null])])
    try feed.take(PgOutput.update(2, old: ("O", cells(7, "x", 1)), [.text("8"), .unchanged, .text("2")]))
    let seen = feed.drain()
    let seven = Value.structure([.integer(7)]), eight = Value.structure([.integer(8)])
    #expect(seen.map(\.key) == [seven, seven, seven, seven, seven, eight])
    #expect(seen[0].after == .structure([.text("x"), .integer(1)]))
    #expect(seen[1].before == .structure([.null, .null]))
    #expect(seen[3].before == .structure([.text("x"), .integer(1)]))
    #expect(seen[5].after == .structure([.text("x"), .integer(2)]))
  }

  // MARK: what the server must not send

  @Test func aChangeOfAnUnknownRelationIsAnError() throws {
    let messages = [
      PgOutput.insert(99, []), PgOutput.update(99, []), PgOutput.delete(99, "K", []), PgOutput.truncate([99]),
    ]
    for message in messages {
      #expect(throws: MillraceError.self) { try decode(message) }
    }
  }

  @Test func aRowWithAnotherNumberOfColumnsIsAnErrorThatNamesTheTable() throws {
    for row in [[.text("1")], [.text("1"), .text("x"), .text("1"), .text("1")]] as [[PgOutput.Cell]] {
      let error = #expect(throws: MillraceError.self) { try decode(PgOutput.insert(1, row)) }
      #expect(error?.code == "postgres.protocol")
      #expect(error?.subject == "public.t")
    }
  }

  @Test func unknownKindsAreErrors() throws {
    var binary = PgOutput.insert(1, cells(1, "x", 1))
    binary[8] = UInt8(ascii: "b")
    var oldInInsert = PgOutput.insert(1, cells(1, "x", 1))
    oldInInsert[5] = UInt8(ascii: "K")
    var newInDelete = PgOutput.delete(1, "K", cells(1, "x", 1))
    newInDelete[5] = UInt8(ascii: "N")
    var noNew = PgOutput.update(1, cells(1, "x", 1))
    noNew[5] = UInt8(ascii: "Q")
    for message in [binary, oldInInsert, newInDelete, noNew, [UInt8(ascii: "S")], [0]] {
      let error = #expect(throws: MillraceError.self) { try decode(message) }
      #expect(error?.code == "postgres.protocol")
      #expect(error?.retry == .stop)
    }
  }

  @Test func aValueThatIsNotOfItsTypeNamesTableAndColumnAndNotTheValue() throws {
    let error = #expect(throws: MillraceError.self) { try decode(PgOutput.insert(1, [.text("1"), .text("x"), .text("secret")])) }
    #expect(error?.subject == "public.t")
    #expect(error?.message.contains("column n") == true)
    #expect(error?.description.contains("secret") == false)
  }
}
