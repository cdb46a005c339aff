import Glibc
import MillraceCore
import Testing
@testable import MillraceServer

struct LogLineTests {
  @Test func aLineHasTimeLevelMessageAndQuotedFields() {
    let line = LogLine.text(
      .warning, "slot lags", [("slot", "debezium"), ("server", "say \"no\"\n"), ("empty", "")],
      at: timespec(tv_sec: 1_767_225_599, tv_nsec: 7_900_000))
    #expect(line == #"2025-12-31T23:59:59.007Z WARN  slot lags slot=debezium server="say \"no\"\n" empty="""#)
  }
}
