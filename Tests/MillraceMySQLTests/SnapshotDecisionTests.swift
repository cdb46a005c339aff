import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct SnapshotDecisionTests {
  private func decision(
    _ mode: String, _ stored: SnapshotDecision.Stored, isLost: Bool = false, _ more: [String: String] = [:]
  ) throws(SnapshotDecision.Refusal) -> SnapshotDecision {
    var configuration = Configuration(["snapshot.mode": mode].merging(more) { $1 })
    return try SnapshotDecision.made(SnapshotSettings(&configuration).rules, stored, isLost: isLost)
  }

  @Test("Without a stored position each mode begins as it says") func beginnings() throws {
    for mode in ["initial", "always", "when_needed"] {
      #expect(try decision(mode, .nothing) == SnapshotDecision(rows: .whole, start: .snapshot))
    }
    #expect(try decision("initial_only", .nothing) == SnapshotDecision(rows: .whole, start: .noStream))
    for mode in ["no_data", "recovery"] { #expect(try decision(mode, .nothing) == SnapshotDecision(rows: .none, start: .snapshot)) }
  }

  @Test("With a stored position the run goes on from it, but always begins anew") func goingOn() throws {
    for mode in ["initial", "when_needed", "no_data", "recovery"] {
      #expect(try decision(mode, .whole(streamed: true)) == SnapshotDecision(rows: .none, start: .storedPosition))
    }
    #expect(try decision("always", .whole(streamed: true)) == SnapshotDecision(rows: .whole, start: .snapshot))
    #expect(try decision("initial", .unfinished(streamed: true)) == SnapshotDecision(rows: .rest, start: .storedPosition))
    #expect(try decision("initial", .unfinished(streamed: false)) == SnapshotDecision(rows: .whole, start: .snapshot))
    #expect(try decision("initial_only", .unfinished(streamed: false)) == SnapshotDecision(rows: .whole, start: .noStream))
    #expect(throws: SnapshotDecision.Refusal.unfinished) { try decision("no_data", .unfinished(streamed: true)) }
  }

  @Test("A position whose log is gone is an error, or a new beginning") func lostLogs() throws {
    #expect(throws: SnapshotDecision.Refusal.lost) { try decision("initial", .whole(streamed: true), isLost: true) }
    #expect(try decision("when_needed", .whole(streamed: true), isLost: true) == SnapshotDecision(rows: .whole, start: .snapshot))
    #expect(throws: SnapshotDecision.Refusal.noPosition) {
      try decision("configuration_based", .nothing, ["snapshot.mode.configuration.based.start.stream": "true", "snapshot.mode.configuration.based.snapshot.on.schema.error": "true"])
    }
  }

  @Test("What names a Java class or is no mode is told") func findings() {
    var configuration = Configuration(["snapshot.mode": "custom", "snapshot.locking.mode": "shared", "snapshot.query.mode": "custom"])
    _ = SnapshotSettings(&configuration)
    #expect(Set(configuration.findings.map(\.key)) == ["snapshot.mode", "snapshot.locking.mode", "snapshot.query.mode"])
  }
}

@Suite struct KeyRangeTests {
  private func range(_ type: ColumnType, isUnsigned: Bool = false) -> KeyRange? {
    var column = ColumnDefinition("i`d", type)
    column.isUnsigned = isUnsigned
    return KeyRange(TableDefinition(database: "d", name: "t", columns: [column], primaryKey: ["i`d"]))
  }

  @Test("Units follow the order of the values, whatever their sign") func units() throws {
    let signed = try #require(range(.bigint)), unsigned = try #require(range(.bigint, isUnsigned: true))
    let values = ["-9223372036854775808", "-1", "0", "1", "9223372036854775807"].compactMap { signed.unit($0) }
    #expect(values.count == 5 && values == values.sorted())
    #expect(unsigned.unit("18446744073709551615") == .max)
    #expect(signed.layout != unsigned.layout)
    #expect(range(.varchar) == nil)
  }

  @Test("The ranges of all chunks leave no value out") func conditions() throws {
    let signed = try #require(range(.int))
    let zero = try #require(signed.unit("0"))
    #expect(signed.conditions(0..<zero) == ["`i``d` < 0"])
    #expect(signed.conditions(zero..<(zero + 5)) == ["`i``d` >= 0", "`i``d` < 5"])
    #expect(signed.conditions(zero..<UInt64.max) == ["`i``d` >= 0"])
    #expect(signed.conditions(0..<UInt64.max) == [])
  }

  @Test("What is before the smallest key is one chunk, and gaps are covered whole") func stretches() {
    let whole = MySQLSnapshotSource.stretches(0..<UInt64.max, from: 1 << 63, to: 1 << 63 + 1000)
    #expect(whole == [SnapshotPlan.Stretch(0..<(1 << 63), end: 1), SnapshotPlan.Stretch((1 << 63)..<UInt64.max, end: 1 << 63 + 1000)])
    let rest = MySQLSnapshotSource.stretches(500..<900, from: 100, to: 700)
    #expect(rest == [SnapshotPlan.Stretch(500..<900, end: 700)])
    #expect(MySQLSnapshotSource.stretches(10..<50, from: 100, to: 700) == [SnapshotPlan.Stretch(10..<50, end: 11)])
  }
}
