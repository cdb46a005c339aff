import MillraceCore
import Testing

@testable import MillracePostgres

struct SnapshotQueryTests {
  private static let table = PostgresTable(
    oid: 5, schema: "public", name: "a\"b", kind: "r", replicaIdentity: .default, isUnlogged: false, estimatedRows: -1, isReadable: true,
    columns: [column("id"), column("V v")], key: ["id"])

  private static func column(_ name: String) -> PostgresTable.Column {
    PostgresTable.Column(name: name, type: 23, modifier: -1, notNull: false, defaultExpression: nil)
  }

  private func layout(_ blocks: UInt64...) -> TableLayout {
    TableLayout(
      leaves: blocks.enumerated().map { .init(oid: UInt32($0), name: "\"s\".\"leaf\($0)\"", fileNode: "\(900 + $0)", blocks: $1) }, key: ["id"])
  }

  private func statements(_ table: PostgresTable, _ layout: TableLayout, _ done: ChunkRanges, step: UInt64) -> [String] {
    let query = SnapshotQuery(table: table, layout: layout, isolatedFrom: "731")
    return layout.stretches(after: done).flatMap { stretch in
      var from = stretch.range.lowerBound
      var all: [String] = []
      while !stretch.isCatchUp, from + step < stretch.end {
        all.append(query.statement(for: .init(table: 0, range: from..<from + step)))
        from += step
      }
      return all + [query.statement(for: .init(table: 0, range: from..<stretch.range.upperBound, isCatchUp: stretch.isCatchUp))]
    }
  }

  @Test func aTableIsCopiedPlainlyOrByRangesOfBlocks() {
    let copy = #"COPY (SELECT "id", "V v" FROM ONLY "s"."leaf0" WHERE "#
    #expect(statements(Self.table, layout(7), ChunkRanges(), step: 4096) == [#"COPY "public"."a""b" ("id", "V v") TO STDOUT"#])
    #expect(
      statements(Self.table, layout(10), ChunkRanges(), step: 4) == [
        copy + "ctid < '(4,0)') TO STDOUT", copy + "ctid >= '(4,0)' AND ctid < '(8,0)') TO STDOUT", copy + "ctid >= '(8,0)') TO STDOUT",
      ])
  }

  @Test func whatWasReadBeforeIsLookedThroughForRowsThatMoved() {
    let copy = #"COPY (SELECT "id", "V v" FROM ONLY "s"."leaf0" WHERE "#
    let moved = "pg_catalog.age(xmin) <= pg_catalog.age('731'::pg_catalog.xid)) TO STDOUT"
    #expect(
      statements(Self.table, layout(10), ChunkRanges([0..<4, 6..<8]), step: 100) == [
        copy + "ctid >= '(4,0)' AND ctid < '(6,0)') TO STDOUT", copy + "ctid >= '(8,0)') TO STDOUT",
        copy + "ctid < '(4,0)' AND " + moved, copy + "ctid >= '(6,0)' AND ctid < '(8,0)' AND " + moved,
      ])
  }

  @Test func aPartitionedTableIsReadLeafByLeaf() {
    var root = Self.table
    root.kind = "p"
    let moved = "pg_catalog.age(xmin) <= pg_catalog.age('731'::pg_catalog.xid)) TO STDOUT"
    let copy = #"COPY (SELECT "id", "V v" FROM ONLY "s"."#
    #expect(
      statements(root, layout(3, 3), ChunkRanges([0..<(1 << 32) + 2]), step: 100) == [
        copy + #""leaf1" WHERE ctid >= '(2,0)') TO STDOUT"#, copy + #""leaf0" WHERE "# + moved,
        copy + #""leaf1" WHERE ctid < '(2,0)' AND "# + moved,
      ])
    let whole = SnapshotQuery(table: root, layout: nil, isolatedFrom: "1")
    #expect(whole.statement(for: .init(table: 0, range: 0..<1)) == #"COPY (SELECT "id", "V v" FROM "public"."a""b") TO STDOUT"#)
  }

  @Test func aStatementOfItsOwnGivesTheColumnsOfTheTable() {
    let query = SnapshotQuery(table: Self.table, override: "SELECT \"V v\" FROM x -- all", columns: ["V v", "other"])
    #expect(
      query.statement(for: .init(table: 0, range: 0..<1))
        == "COPY (SELECT NULL AS \"id\", s.\"V v\" FROM (SELECT \"V v\" FROM x -- all\n) AS s) TO STDOUT")
  }

  @Test func theLayoutTellsRewrittenTablesAndOtherKeysApart() {
    let one = layout(7)
    var other = one
    other.key = ["id", "V v"]
    var rewritten = one
    rewritten.leaves[0].fileNode = "1000"
    #expect(one.agrees(with: layout(9).text))
    #expect(!one.agrees(with: other.text))
    #expect(!one.agrees(with: rewritten.text))
    #expect(!layout(1, 1).agrees(with: "900"))
    var many = one
    many.leaves = (0..<500).map { .init(oid: 1, name: "", fileNode: "\($0)", blocks: 1) }
    #expect(many.text.utf8.count < 40)
    many.leaves[499].fileNode = "x"
    #expect(!many.agrees(with: TableLayout(leaves: (0..<500).map { .init(oid: 1, name: "", fileNode: "\($0)", blocks: 1) }, key: ["id"]).text))
  }
}

struct SnapshotSettingsTests {
  private func findings(_ settings: [String: String]) -> [String] {
    var configuration = Configuration(settings)
    _ = SnapshotSettings(&configuration)
    return configuration.findings.map(\.key)
  }

  @Test func whatNamesAJavaClassIsRefused() {
    #expect(findings(["snapshot.mode": "custom", "snapshot.mode.custom.name": "x"]) == ["snapshot.mode"])
    #expect(findings(["snapshot.locking.mode": "custom"]) == ["snapshot.locking.mode"])
    #expect(findings(["snapshot.query.mode": "custom"]) == ["snapshot.query.mode"])
    #expect(findings(["snapshot.mode": "exported"]) == ["snapshot.mode"])
  }

  @Test func overridesLoseTheirSemicolonAndNeedAStatement() {
    var configuration = Configuration([
      "snapshot.select.statement.overrides": "public.a, public.b", "snapshot.select.statement.overrides.public.a": "SELECT 1 ; ; ",
    ])
    #expect(SnapshotSettings(&configuration).overrides == ["public.a": "SELECT 1"])
    #expect(configuration.findings.map(\.key) == ["snapshot.select.statement.overrides.public.b"])
  }

  @Test func chunksAreThreadsTimesTheTablesMultiplier() {
    var configuration = Configuration([
      "snapshot.max.threads": "3", "snapshot.max.threads.multiplier": "2", "snapshot.max.threads.multiplier.public.b": "5",
    ])
    let settings = SnapshotSettings(&configuration)
    var table = PostgresTable(
      oid: 5, schema: "public", name: "a", kind: "r", replicaIdentity: .default, isUnlogged: false, estimatedRows: -1, isReadable: true)
    #expect(settings.chunks(of: table) == 6)
    table.name = "b"
    #expect(settings.chunks(of: table) == 15)
    #expect(findings(["snapshot.max.threads": "0"]) == ["snapshot.max.threads"])
  }

  @Test func entriesThatMatchNothingAreWarnedOf() {
    var configuration = Configuration([
      "snapshot.include.collection.list": "public.ordres", "snapshot.select.statement.overrides": "public.order",
      "snapshot.select.statement.overrides.public.order": "SELECT 1",
    ])
    let table = PostgresTable(
      oid: 5, schema: "public", name: "orders", kind: "r", replicaIdentity: .default, isUnlogged: false, estimatedRows: -1, isReadable: true)
    let findings = SnapshotSettings(&configuration).unmatched([table])
    #expect(findings.map(\.key) == ["snapshot.include.collection.list", "snapshot.select.statement.overrides"])
    #expect(findings.allSatisfy { $0.severity == .warning && $0.advice.contains("orders") })
  }
}
