import MillraceCore
import Testing

struct KeyColumnsTests {
  private func columns(_ setting: String?, _ table: String, _ names: [String], findings: Int = 0) -> [String]? {
    var configuration = Configuration(setting.map { ["message.key.columns": $0] } ?? [:])
    let columns = KeyColumns(&configuration)
    #expect(configuration.findings.count == findings)
    #expect(configuration.findings.allSatisfy { $0.key == "message.key.columns" })
    return columns.columns(of: table, among: names)
  }

  @Test func columnsStandInTheOrderOfTheSetting() {
    #expect(columns("public.t:b,a", "public.t", ["a", "b", "c"]) == ["b", "a"])
    #expect(columns("other:x; (.*)\\.t:c ,  a ;", "public.t", ["a", "b", "c"]) == ["c", "a"])
  }

  @Test func tablesAndColumnsAreExpressions() {
    #expect(columns("PUBLIC\\..*:k.*", "public.t", ["k2", "v", "k1"]) == ["k2", "k1"])
    #expect(columns("public.Odd Table:with\\.dot,id", "public.Odd Table", ["id", "with.dot", "withXdot"]) == ["with.dot", "id"])
  }

  @Test func aColumnStandsOnce() {
    #expect(columns("public.t:a;public.*:.*", "public.t", ["b", "a"]) == ["a", "b"])
  }

  @Test func whereNothingMatchesTheTablesOwnKeyStays() {
    #expect(columns(nil, "public.t", ["a"]) == nil)
    #expect(columns("public.u:a", "public.t", ["a"]) == nil)
    #expect(columns("public.t:absent", "public.t", ["a"]) == nil)
    #expect(columns("public.t:absent,a", "public.t", ["a"]) == ["a"])
  }

  @Test(arguments: ["", "public.t", "public.t:", ":a", "public.t:a,,b", "a:b:c", "public.t:a;;public.u:b", "public.t(:a", "t:["])
  func wrongSettingsAreFindings(_ setting: String) {
    _ = columns(setting, "public.x", ["a"], findings: 1)
  }
}
