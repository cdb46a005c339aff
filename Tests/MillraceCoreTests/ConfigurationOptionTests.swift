import MillraceCore
import Testing

struct ConfigurationOptionTests {
  @Test func noCoreOptionStandsTwice() {
    let names = CoreOptions.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(CoreOptions.all.allSatisfy { !$0.summary.isEmpty })
  }
}
