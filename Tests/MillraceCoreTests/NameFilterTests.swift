import MillraceCore
import Testing

struct NameFilterTests {
  private func filter(_ list: String) throws -> NameFilter { try NameFilter(list) }

  @Test(arguments: [
    ("public.iris_train", "public.iris_train", true),
    ("public.iris_train", "PUBLIC.Iris_Train", true),
    ("PUBLIC.IRIS", "public.iris", true),
    ("public.iris", "public.iris_train", false),
    ("public.iris", "xpublic.iris", false),
    ("public.iris_.*", "public.iris_test", true),
    ("public.iris_*", "public.iris__", true),
    ("public.iris_*", "public.iris_train", false),
    ("public\\.a", "public.a", true),
    ("public\\.a", "publicxa", false),
    ("public.a", "publicxa", true),
    (".*", "", true),
    (".*a.*a", "banana", true),
    (".*a.*b", "banana", false),
    ("public\\.(a|b)", "public.B", true),
    ("public\\.(a|b)", "public.ab", false),
    ("public\\.t_\\d+", "public.t_42", true),
    ("public\\.[a-c]{2}", "public.ab", true),
    ("public\\.(?!secret).*", "public.secret_x", false),
    ("public\\.größe", "public.größe", true),
    ("public\\.a.?", "public.a", true),
  ])
  func patternsMatchWholeNamesWithoutRegardToCase(pattern: String, name: String, matches: Bool) throws {
    #expect(try filter(pattern).matches(name) == matches)
  }

  @Test func aListMatchesWhatAnyOfItsPatternsMatches() throws {
    let filter = try filter(" public.a , public\\.b.* ,,x\\,y")
    #expect(filter.texts == ["public.a", "public\\.b.*", "x,y"])
    #expect(filter.matches("public.bcd"))
    #expect(filter.matches("x,y"))
    #expect(!filter.matches("public.c"))
  }

  @Test func anInvalidPatternIsAFinding() {
    var configuration = Configuration(["table.include.list": "public.a,public.(b"])
    let filter = NameFilter("table.include.list", of: &configuration)
    #expect(configuration.findings.map(\.key) == ["table.include.list"])
    #expect(configuration.findings.first?.problem.contains("public.(b") == true)
    #expect(filter?.matches("public.a") == true)
    #expect(throws: MillraceError.self) { try NameFilter("(") }
  }

  @Test func aSettingThatIsNotThereIsNoFilter() {
    var configuration = Configuration(["a": " "])
    #expect(NameFilter("a", of: &configuration) == nil)
    #expect(NameFilter("b", of: &configuration) == nil)
    #expect(configuration.findings.isEmpty)
  }

  @Test(arguments: [
    ("public.iris_*", "public\\.iris_.*"),
    ("iris_train", "public\\.iris_train"),
    ("iris_*", "public\\.iris_.*"),
    ("shop.public.iris_test", "public\\.iris_test"),
    ("public.iris_tain", "public\\.iris_train"),
    ("public.%", "public\\..*"),
    ("nothing.like.it", nil),
  ])
  func aPatternThatMatchesNothingIsShownAsItWasProbablyMeant(pattern: String, meant: String?) throws {
    let names = ["public.iris_train", "public.iris_test", "sales.orders"]
    let unmatched = try filter("sales\\.orders,\(pattern)").unmatchedPatterns(in: names)
    #expect(unmatched.map(\.pattern) == [pattern])
    #expect(unmatched.first?.meant == meant)
  }

  @Test func aPatternThatMatchesIsNotReported() throws {
    #expect(try filter("public.iris_.*").unmatchedPatterns(in: ["public.iris_train"]).isEmpty)
  }
}
