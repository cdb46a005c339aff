import MillraceCore
import Testing

@testable import MillracePostgres

/// Offsets that Debezium has written.
struct ForeignOffsetTests {
  private let partition = [Checkpoint.Entry("server", .text("srv"))]

  private func foreign(_ entries: (String, Value)...) -> Checkpoint {
    Checkpoint(partition: partition, offset: entries.map { Checkpoint.Entry($0.0, $0.1) })
  }

  @Test func anOffsetOfDebeziumsSkipsNothingBehindTheLastWholeTransaction() throws {
    let stored = try StoredPosition(
      foreign(
        ("lsn_proc", .integer(890)), ("messageType", .text("UPDATE")), ("lsn_commit", .integer(850)), ("lsn", .integer(880)), ("txId", .null)))
    #expect(stored.isForeign)
    #expect(stored.snapshot == nil)
    #expect(stored.position.commit == 0 && stored.position.changesDone == nil)
    #expect(stored.position.flushable == 850)
    #expect(stored.position.lastChange == 890)
  }

  @Test func beforeTheFirstCommitDebeziumsOffsetLeavesTheBeginningToTheSlot() throws {
    let stored = try StoredPosition(foreign(("lsn_proc", .integer(890)), ("lsn", .integer(890)), ("lsn_commit", .null)))
    #expect(stored.position.flushable == 0)
  }

  @Test func aSnapshotThatDebeziumHasNotFinishedIsBegunAgain() throws {
    let begun = try StoredPosition(
      foreign(("last_snapshot_record", .boolean(false)), ("lsn", .integer(5)), ("snapshot", .text("INITIAL")), ("snapshot_completed", .boolean(false))))
    #expect(begun.snapshot?.progress.done.isEmpty == true)
    #expect(begun.snapshot?.firstTransaction == nil)
    let whole = try StoredPosition(
      foreign(("last_snapshot_record", .boolean(true)), ("lsn", .integer(5)), ("snapshot", .text("INITIAL")), ("snapshot_completed", .boolean(true))))
    #expect(whole.snapshot == nil)
  }

  @Test func whatIsNeithersOffsetIsDamage() {
    #expect(throws: MillraceError.self) { try StoredPosition(foreign(("pos", .integer(4)))) }
    #expect(throws: MillraceError.self) { try StoredPosition(foreign(("lsn", .text("0/16B3748")))) }
  }
}
