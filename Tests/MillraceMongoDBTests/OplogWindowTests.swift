import MillraceCore
@testable import MillraceMongoDB
import Testing

@Suite struct OplogWindowTests {
  private static func time(_ hours: UInt64) -> UInt64 { (1_700_000_000 + hours * 3600) << 32 | 1 }

  @Test func anOplogThatIsNotFullYetIsNoMatter() {
    #expect(OplogWindow(first: Self.time(0), last: Self.time(1), isFull: false).findings(stored: Self.time(0)).isEmpty)
  }

  @Test func aShortOplogIsAWarning() {
    let found = OplogWindow(first: Self.time(0), last: Self.time(5), isFull: true).findings(stored: nil)
    #expect(found.count == 1 && found[0].severity == .warning && found[0].problem.contains("5 hours") && found[0].advice.contains("replSetResizeOplog"))
    #expect(OplogWindow(first: Self.time(0), last: Self.time(50), isFull: true).findings(stored: nil).isEmpty)
  }

  @Test func aPositionThatWillSoonBeGoneIsAWarningWhateverTheWindow() {
    let window = OplogWindow(first: Self.time(0), last: Self.time(100), isFull: true)
    let found = window.findings(stored: Self.time(10))
    #expect(found.count == 1 && found[0].problem.contains("90 hours old") && found[0].problem.contains("in about 10 hours"))
    #expect(window.findings(stored: Self.time(60)).isEmpty)
    #expect(OplogWindow(first: Self.time(20), last: Self.time(100), isFull: true).findings(stored: Self.time(10))[0].problem.contains("may no longer"))
  }
}
