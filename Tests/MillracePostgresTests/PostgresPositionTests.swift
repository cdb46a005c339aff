import MillraceCore
import Testing

@testable import MillracePostgres

struct PostgresPositionTests {
  private let partition = [Checkpoint.Entry("server", .text("srv"))]

  private func position(_ change: (inout PostgresPosition) -> Void = { _ in }) -> PostgresPosition {
    var position = PostgresPosition()
    position.commit = 900
    position.lastCommitEnd = 950
    position.lastChange = 890
    position.transactionID = 4_000_000_000
    position.timestamp = 1_700_000_000_123_456
    position.messageType = .update
    position.start = 100
    change(&position)
    return position
  }

  @Test func aPositionComesBackAsItWasStored() throws {
    let positions = [
      position(), position { $0.changesDone = 3 }, position { $0.changesDone = 0 }, position { $0.lastCommitEnd = nil }, PostgresPosition(),
      position {
        $0.commit = .max
        $0.lastChange = .max - 1
        $0.start = 1 << 63
        $0.timestamp = -5
      },
    ]
    for position in positions {
      let stored = try StoredPosition(position.checkpoint(partition: partition))
      #expect(stored.position == position)
      #expect(stored.snapshot == nil)
    }
  }

  @Test func theOffsetIsInDebeziumsForm() {
    let checkpoint = position().checkpoint(partition: partition)
    #expect(checkpoint.partition == partition)
    #expect(checkpoint.offset.map(\.key) == ["lsn_proc", "messageType", "lsn_commit", "lsn", "txId", "ts_usec"])
    #expect(checkpoint["lsn"] == .integer(890))
    #expect(checkpoint["lsn_proc"] == .integer(890))
    #expect(checkpoint["lsn_commit"] == .integer(950))
    #expect(checkpoint["txId"] == .integer(4_000_000_000))
    #expect(checkpoint["ts_usec"] == .integer(1_700_000_000_123_456))
    #expect(checkpoint["messageType"] == .text("UPDATE"))
    #expect(position { $0.lastCommitEnd = nil }.checkpoint(partition: partition)["lsn_commit"] == nil)
  }

  @Test func theCountersOfATransactionAreInTheOffsetAsDebeziumHasThem() throws {
    let under = position {
      $0.changesDone = 5
      $0.transaction = .init(transaction: "77", counts: [.init("public.b", 4), .init("Else Where.T b", 1)])
    }
    let checkpoint = under.checkpoint(partition: partition)
    #expect(checkpoint["transaction_id"] == .text("77"))
    #expect(checkpoint["transaction_data_collection_order_public.b"] == .integer(4))
    #expect(checkpoint["transaction_data_collection_order_Else Where.T b"] == .integer(1))
    #expect(try StoredPosition(checkpoint).position == under)
  }

  @Test func theProgressOfASnapshotComesBackAsItWasStored() throws {
    var progress = SnapshotProgress()
    progress.done = ["public.a", "public.\"b\\,"]
    progress.parts = [
      .init(identity: "public.c", layout: "16384(id)", ranges: ChunkRanges([0..<4096, 8192..<12288])),
      .init(identity: "public.d", layout: "16390()", ranges: ChunkRanges([0..<7])),
    ]
    var start = PostgresPosition()
    start.start = 77
    let checkpoint = start.checkpoint(partition: partition, snapshot: SnapshotState(progress: progress, firstTransaction: "731"))
    let stored = try StoredPosition(checkpoint)
    #expect(stored.position == start)
    #expect(stored.snapshot?.progress == progress)
    #expect(stored.snapshot?.firstTransaction == "731")
    #expect(stored.streams)
    #expect(checkpoint["snapshot_completed"] == .boolean(false))
    #expect(checkpoint["lsn"] == .integer(77))
  }

  @Test func aWholeSnapshotIsDoneWith() throws {
    var progress = SnapshotProgress()
    progress.done = ["public.a"]
    progress.isComplete = true
    let checkpoint = position().checkpoint(partition: partition, snapshot: SnapshotState(progress: progress, firstTransaction: "731"))
    #expect(checkpoint["snapshot_completed"] == .boolean(true))
    #expect(checkpoint["last_snapshot_record"] == .boolean(true))
    #expect(try StoredPosition(checkpoint).snapshot == nil)
  }

  @Test func aSnapshotWithoutASlotIsKnownAsSuch() throws {
    var progress = SnapshotProgress()
    for isComplete in [false, true] {
      progress.isComplete = isComplete
      let snapshot = SnapshotState(progress: progress, firstTransaction: "731", streams: false)
      let stored = try StoredPosition(position().checkpoint(partition: partition, snapshot: snapshot))
      #expect(!stored.streams)
      #expect(stored.snapshot == (isComplete ? nil : snapshot))
    }
  }

  @Test func theProgressOfVersion1IsUnderstood() throws {
    let text = #"{"version":1,"start":"1","commit":"9","lastChange":"7","snapshot":"#
      + #"{"done":["a"],"firstTransaction":"5","current":"b","token":"16384/4096"}}"#
    let snapshot = try #require(try stored(text).snapshot)
    #expect(snapshot.progress.done == ["a"])
    #expect(snapshot.progress.parts == [.init(identity: "b", layout: "16384", ranges: ChunkRanges([0..<4096]))])
    let leaf = TableLayout.Leaf(oid: 1, name: "b", fileNode: "16384", blocks: 9)
    #expect(TableLayout(leaves: [leaf], key: ["id"]).agrees(with: snapshot.progress.parts[0].layout))
  }

  @Test func flushableIsTheEndOfTheLastWholeTransaction() {
    #expect(position().flushable == 950)
    #expect(position { $0.changesDone = 5 }.flushable == 950)
    #expect(position { $0.lastCommitEnd = nil }.flushable == 100)
    #expect(position { $0.start = 1000 }.flushable == 1000)
    #expect(PostgresPosition().flushable == 0)
  }

  private static let state =
    #"{"version":1,"start":"1","commit":"9","changesDone":"3","lastCommitEnd":"8","lastChange":"7","#
    + #""snapshot":{"done":["a"],"firstTransaction":"5","parts":[{"table":"b","layout":"t","done":"0-7"}]}}"#

  private func stored(_ state: String?) throws -> StoredPosition { try StoredPosition(Checkpoint(partition: [], offset: [], state: state)) }

  @Test func aSoundStateIsRead() throws {
    let stored = try stored(Self.state)
    #expect(stored.position.changesDone == 3)
    #expect(stored.position.lastCommitEnd == 8)
    #expect(stored.snapshot?.progress.done == ["a"])
  }

  /// Damage is never taken for absence: a lost `changesDone` would mean that the rest of a transaction is left out.
  @Test(arguments: [
    (#""version":1"#, #""version":3"#), (#""0-7""#, #""0-""#), (#""0-7""#, "7"), (#""table":"b","#, ""), (#""layout":"t","#, ""), (#""version":1,"#, ""), (#""start":"1""#, #""start":1"#), (#""start":"1","#, ""),
    (#""commit":"9""#, #""commit":"-9""#), (#""commit":"9""#, #""commit":null"#), (#""commit":"9","#, ""),
    (#""changesDone":"3""#, #""changesDone":3"#), (#""changesDone":"3""#, #""changesDone":"x""#),
    (#""changesDone":"3""#, #""changesDone":null"#), (#""lastCommitEnd":"8""#, #""lastCommitEnd":"99999999999999999999""#),
    (#""lastChange":"7""#, #""lastChange":"""#), (#"["a"]"#, #""a""#), (#"["a"]"#, #"["a",1]"#), (#""done":["a"],"#, ""),
    (#""firstTransaction":"5","#, ""), (#"{"done""#, #"["done""#), ("}}", "}"),
  ])
  func aDamagedStateIsATypedError(_ sound: String, _ damaged: String) throws {
    let parts = Self.state.split(separator: sound, maxSplits: 1, omittingEmptySubsequences: false)
    try #require(parts.count == 2)
    let error = #expect(throws: MillraceError.self) { try stored(parts[0] + damaged + parts[1]) }
    #expect(error?.code == "postgres.offset")
    #expect(error?.retry == .stop)
  }

  @Test func aStateThatIsMissingOrCutIsATypedError() {
    #expect(throws: MillraceError.self) { try stored(nil) }
    for length in 0..<Self.state.utf8.count {
      let error = #expect(throws: MillraceError.self) { try stored(String(Self.state.prefix(length))) }
      #expect(error?.code == "postgres.offset")
    }
  }

  @Test func aSnapshotThatIsNoObjectIsATypedError() {
    #expect(throws: MillraceError.self) { try stored(#"{"version":1,"start":"1","commit":"9","lastChange":"7","snapshot":true}"#) }
  }

  @Test func anUnknownTokenOfVersion1IsATypedError() {
    for token in ["/", "16384", "16384/", "16384/x", "1/2/3"] {
      let text = #"{"version":1,"start":"1","commit":"9","lastChange":"7","snapshot":{"done":[],"firstTransaction":"5","current":"b","token":""#
      #expect(throws: MillraceError.self) { try stored(text + token + #""}}"#) }
    }
  }

  @Test func confirmedPositionsNeverMoveBack() {
    let confirmed = ConfirmedPosition()
    #expect(confirmed.value == 0)
    for (raised, expected) in [(5, 5), (3, 5), (5, 5), (9, 9)] as [(UInt64, UInt64)] {
      confirmed.raise(to: raised)
      #expect(confirmed.value == expected)
    }
  }
}

struct PostgresLSNTests {
  @Test func positionsAreTwoHexadecimalHalves() {
    #expect(PostgresLSN.text(0) == "0/0")
    #expect(PostgresLSN.text(0x16_B374_D848) == "16/B374D848")
    #expect(PostgresLSN.text(.max) == "FFFFFFFF/FFFFFFFF")
    #expect(PostgresLSN.number("16/B374D848") == 0x16_B374_D848)
    #expect(PostgresLSN.number("16/b374d848") == 0x16_B374_D848)
    #expect(PostgresLSN.number("0/0") == 0)
    #expect(PostgresLSN.number("FFFFFFFF/FFFFFFFF") == .max)
  }

  @Test func theHalvesAreNotMixed() {
    for value in [1, 0xFFFF_FFFF, 0x1_0000_0000, 0x1_0000_0001] as [UInt64] {
      #expect(PostgresLSN.number(PostgresLSN.text(value)) == value)
    }
  }

  @Test(arguments: ["", "/", "1", "1/", "/1", "1/2/3", "x/1", "1/x", "100000000/0", "0/100000000", "-1/0", " 1/0"])
  func whatIsNoPositionIsNotRead(_ text: String) { #expect(PostgresLSN.number(text) == nil) }
}

struct StandbyStatusTests {
  @Test func theMessageIsWhatTheProtocolDefines() {
    let now: Int64 = 946_684_800_000_000_000 + 1_000_007_999
    let message = StandbyStatus.message(flushed: 0x0102_0304_0506_0708, now: now)
    let position = PgOutput.bytes(UInt64(0x0102_0304_0506_0708))
    #expect(message == [UInt8(ascii: "r")] + position + position + position + PgOutput.bytes(Int64(1_000_007)) + [0])
    #expect(message.count == 34)
  }

  @Test func aClockBefore2000IsNegative() {
    #expect(StandbyStatus.message(flushed: 1, now: 2, asks: true) == StandbyStatus.message(flushed: 1, now: 2).dropLast() + [1])
    #expect(StandbyStatus.message(flushed: 0, now: 0)[25..<33] == PgOutput.bytes(Int64(-946_684_800_000_000))[...])
  }
}
