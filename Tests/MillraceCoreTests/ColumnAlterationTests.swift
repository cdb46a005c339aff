import MillraceCore
import Testing

struct ColumnAlterationTests {
  private func alterations(_ settings: [String: String], findings expected: [String] = []) -> ColumnAlterations {
    var configuration = Configuration(settings)
    let alterations = ColumnAlterations(&configuration)
    #expect(configuration.findings.map(\.key) == expected)
    #expect(configuration.findings.allSatisfy { $0.severity == .error && !$0.advice.isEmpty })
    return alterations
  }

  /// A text as a column of this kind delivers it.
  private func text(
    _ value: String, _ setting: String, isCharacter: Bool = true, length: Int = Int(Int32.max)
  ) throws -> String {
    let alteration = try #require(alterations([setting: ".*"]).alteration(of: "public.t.c"))
    let column = ColumnAlteration.Column(isCharacter: isCharacter, isBinary: false, length: length)
    guard let change = alteration.change(for: column) else { return value }
    var batch = RecordBatch(capacity: 64)
    let slot = batch.text(value)
    guard case .text(let changed) = batch.value(change.apply(to: slot, of: &batch)) else { return "no text" }
    return changed
  }

  @Test func textsAreCutAsJavaCountsCharactersButNeverInsideOne() throws {
    #expect(try text("abcdefgh", "column.truncate.to.5.chars") == "abcde")
    #expect(try text("abc", "column.truncate.to.5.chars") == "abc")
    #expect(try text("éé€€é", "column.truncate.to.4.chars") == "éé€€")
    #expect(try text("a😀b", "column.truncate.to.3.chars") == "a😀")
    #expect(try text("a😀b", "column.truncate.to.2.chars") == "a")
    #expect(try text("abc", "column.truncate.to.0.chars") == "")
    // A column that is no longer than that is left alone.
    #expect(try text("abcd", "column.truncate.to.5.chars", length: 5) == "abcd")
  }

  @Test func masksHaveAFixedLengthAndHideNull() throws {
    #expect(try text("abc", "column.mask.with.6.chars") == "******")
    #expect(try text("abc", "column.mask.with.0.chars") == "")
    #expect(try text("abc", "column.mask.with.6.chars", isCharacter: false) == "abc")
    let column = ColumnAlteration.Column(isCharacter: true, isBinary: false, length: 10)
    let stars = try #require(alterations(["column.mask.with.6.chars": "c"]).alteration(of: "c")?.change(for: column))
    let hash = try #require(alterations(["column.mask.hash.MD5.with.salt.s": "c"]).alteration(of: "c")?.change(for: column))
    #expect(stars.hidesNull && !hash.hidesNull)
    var batch = RecordBatch(capacity: 64)
    #expect(batch.value(hash.apply(to: .null, of: &batch)) == .null)
  }

  /// The digests are those that Debezium wrote into the golden case `mask`.
  @Test func theFirstFormHashesJavasSerialisedString() throws {
    let setting = "column.mask.hash.SHA-256.with.salt.Pepper"
    #expect(try text("abcdefgh", setting) == "7000a8c081c20ee72115182508327d102cb627608c75673143b40f691e148101")
    #expect(try text("", setting) == "3505a8342ef9d876477c1e060bbe65a12b7ad6da84e0c475e7d45b49f3c88a77")
    #expect(try text("aé€😀\u{1}\u{7F}", setting) == "976db45d89100474d308d201cbc8aae72fc63b268ac113562b345a5e3b62cd37")
    #expect(
      try text(String(repeating: "x", count: 65535), setting) == "de9dc068caa76287611542a5781591850c94659145d71864f8591c0deb173413")
    #expect(
      try text(String(repeating: "x", count: 65536), setting) == "e638c59d673e083b9a349da1fb428f0f1d77885a3ebbf736cf7cd5bd1d00396b")
    #expect(try text("abcd", setting, length: 10) == "3afac9e53b")
  }

  @Test func theSecondFormHashesTheTextItself() throws {
    // printf 'a.b cx' | md5sum
    #expect(try text("x", "column.mask.hash.v2.md5.with.salt.a.b c") == "b9cc7bd922c06954b8112a6e89198973")
    #expect(try text("x", "column.mask.hash.v2.sha3-224.with.salt.s", length: 8) == "71b09ed5")
  }

  @Test func bytesAreCutOnlyWhereTheyAreTheColumnsOwn() throws {
    let alteration = try #require(alterations(["column.truncate.to.2.chars": "c"]).alteration(of: "c"))
    var batch = RecordBatch(capacity: 64)
    let slot = batch.slot(.bytes([1, 2, 3]))
    for (isBinary, wanted) in [(true, Value.bytes([1, 2])), (false, .bytes([1, 2, 3]))] {
      let change = try #require(alteration.change(for: .init(isCharacter: false, isBinary: isBinary, length: 100)))
      #expect(batch.value(change.apply(to: slot, of: &batch)) == wanted)
      #expect(batch.value(change.apply(to: .integer(12345), of: &batch)) == .integer(12345))
    }
  }

  @Test func schemasSayWhatWasAskedForEvenWhereNothingChanges() {
    let text = ColumnAlteration.Column(isCharacter: true, isBinary: false, length: 100)
    let number = ColumnAlteration.Column(isCharacter: false, isBinary: false, length: 10)
    let masked = alterations(["column.mask.with.3.chars": "c"]).alteration(of: "c")
    #expect(masked?.parameter(for: text) == Schema.Parameter("masked", "true"))
    #expect(masked?.parameter(for: number) == Schema.Parameter("masked", "true"))
    #expect(masked?.change(for: number) == nil)
    let cut = alterations(["column.truncate.to.20.chars": "c"]).alteration(of: "c")
    #expect(cut?.parameter(for: text) == Schema.Parameter("truncateLength", "20"))
    #expect(cut?.parameter(for: number) == nil)
  }

  @Test func onlyTheFirstOfSeveralApplies() {
    let all = alterations([
      "column.mask.hash.v2.SHA-256.with.salt.secret": "public.t.c", "column.mask.hash.MD5.with.salt.secret": ".*\\.c",
      "column.mask.with.10.chars": "public.t.*", "column.mask.with.5.chars": "public.t.c", "column.truncate.to.7.chars": "PUBLIC.T.C",
    ])
    #expect(
      all.keys(matching: "public.t.c") == [
        "column.truncate.to.7.chars", "column.mask.with.5.chars", "column.mask.with.10.chars", "column.mask.hash.MD5.with.salt.…",
        "column.mask.hash.v2.SHA-256.with.salt.…",
      ])
    #expect(all.alteration(of: "public.t.c")?.key == "column.truncate.to.7.chars")
    #expect(all.alteration(of: "public.u.c")?.key == "column.mask.hash.MD5.with.salt.…")
    #expect(all.alteration(of: "public.u.d") == nil)
  }

  @Test func wrongSettingsAreFindingsWithoutTheirSalt() {
    for key in [
      "column.truncate.to.x.chars", "column.truncate.to.-1.chars", "column.truncate.to..chars", "column.truncate.to.99999999999.chars",
      "column.truncate.to.5", "column.mask.with.5", "column.mask.with.five.chars", "column.mask.with.99999999.chars", "column.mask.other",
    ] { _ = alterations([key: "c"], findings: [key]) }
    var configuration = Configuration([
      "column.mask.hash.CRC32.with.salt.hidden": "c", "column.mask.hash.v2.SHA-256.with.pepper.hidden": "c",
      "column.mask.hash.v2.MD5.with.salt.hidden": "c(",
    ])
    _ = ColumnAlterations(&configuration)
    #expect(
      Set(configuration.findings.map(\.key)) == [
        "column.mask.hash.CRC32.with.salt.…", "column.mask.hash.…", "column.mask.hash.v2.MD5.with.salt.…",
      ])
    #expect(configuration.findings.contains { $0.advice.contains("SHA-512/256") && $0.advice.contains("MD5") })
    #expect(!configuration.findings.contains { $0.description.contains("hidden") })
    _ = alterations(["column.truncate.to.5.chars": "a,["], findings: ["column.truncate.to.5.chars"])
  }
}
