import MillraceCore
import Testing

@testable import MillracePostgres

struct ChunkTests {
  @Test func aSnapshotSeesWhatHadCommitted() throws {
    let view = try #require(PostgresChunkView(snapshot: "100:105:100,103", end: 5000, pageSize: 8192))
    #expect([99, 101, 102, 104].allSatisfy { view.sees($0) })
    #expect(![100, 103, 105, 4_000_000].contains { view.sees($0) })
    #expect(!view.isPassed(at: 4999) && view.isPassed(at: 5000))
  }

  @Test func numbersWrapAround() throws {
    let epoch = UInt64(3) << 32
    let view = try #require(PostgresChunkView(snapshot: "\(epoch - 5):\(epoch + 5):\(epoch - 3),\(epoch + 2)", end: 0, pageSize: 8192))
    #expect(view.sees(UInt64(UInt32.max - 5)) && !view.sees(UInt64(UInt32.max - 2)))
    #expect(view.sees(1) && !view.sees(2) && view.sees(4) && !view.sees(5))
  }

  @Test func aPlaceBehindAPageHeaderIsTheEndOfThePageBefore() throws {
    #expect(try #require(PostgresChunkView(snapshot: "1:1:", end: 8192 * 3 + 24, pageSize: 8192)).end == 8192 * 3)
    #expect(try #require(PostgresChunkView(snapshot: "1:1:", end: 8192 * 3 + 48, pageSize: 8192)).end == 8192 * 3 + 48)
  }

  @Test(arguments: ["", "1:2", "1:x:", "1:2:a", "1:2:3:4"]) func whatIsNoSnapshotIsNone(_ text: String) {
    #expect(PostgresChunkView(snapshot: text, end: 0, pageSize: 8192) == nil)
  }

  private func table(_ key: [String]) -> PostgresTable {
    var table = PostgresTable(oid: 1, schema: "public", name: "t\"x", kind: "r", replicaIdentity: .default, isUnlogged: false, estimatedRows: 0, isReadable: true)
    table.columns = ["v", "a", "b"].map { .init(name: $0, type: 25, modifier: -1, notNull: true) }
    table.key = key
    return table
  }

  @Test func rowsAreReadBehindAKeyAndUpToAnother() {
    var wanted = IncrementalProgress.Table(name: "public.t", signal: "s", condition: "v > 1 -- all")
    wanted.key = ["a", "b"]
    let query = ChunkQuery(table(["a", "b"]), wanted)
    #expect(query.places == [1, 2])
    #expect(
      query.rows(after: ["1", "o'x"], upTo: ["9", "\\z"], limit: 7)
        == #"COPY (SELECT "v", "a", "b" FROM "public"."t""x" WHERE ("a", "b") > ('1', 'o''x') AND ("a", "b") <= ('9', E'\\z') AND (v > 1 -- all"# + "\n"
        + #") ORDER BY "a", "b" LIMIT 7) TO STDOUT"#)
    #expect(
      query.last == #"SELECT "a"::text AS k0, "b"::text AS k1 FROM "public"."t""x" AS s WHERE (v > 1 -- all"# + "\n" + #") ORDER BY s."a" DESC, s."b" DESC LIMIT 1"#)
  }

  @Test func aSurrogateKeyMayBeNullAndNotUnique() {
    var wanted = IncrementalProgress.Table(name: "public.t", signal: "s", surrogateKey: "b")
    wanted.key = ["b"]
    let query = ChunkQuery(table(["a"]), wanted)
    #expect(query.rows(after: nil, upTo: [nil], limit: 3).hasSuffix(#"ORDER BY "b" FETCH FIRST 3 ROWS WITH TIES) TO STDOUT"#))
    #expect(query.rows(after: ["5"], upTo: [nil], limit: 3).contains(#"WHERE ("b" > '5' OR "b" IS NULL) ORDER"#))
    #expect(query.rows(after: [nil], upTo: [nil], limit: 3).contains("WHERE false ORDER"))
  }

  @Test func theTextsOfALineAreThoseOfItsColumns() {
    #expect(CopyRowDecoder.values(Array("1\ta\\tb\\\\\t\\N\t\n".utf8)) == ["1", "a\tb\\", nil, ""])
  }
}
