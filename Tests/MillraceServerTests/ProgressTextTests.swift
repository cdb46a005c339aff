import MillraceCore
import Testing
@testable import MillraceServer

struct ProgressTextTests {
  @Test func aSnapshotShowsTableRowsShareRateAndRest() {
    var text = ProgressText()
    var progress = Progress()
    progress.phase = .snapshot
    progress.tablesTotal = 3
    progress.tablesDone = 1
    progress.tables = [.init(name: "public.orders", rows: 100_000, estimate: 1_000_000)]
    _ = text.line(for: progress, at: 10)
    progress.tables[0].rows = 300_000
    #expect(
      text.line(for: progress, at: 12)
        == "snapshot · table 2/3 public.orders · 300,000 rows · 30 % · 100,000 rows/s · ETA 7 s")
  }

  @Test func aParallelSnapshotShowsEachTableAndTheirSum() {
    var text = ProgressText()
    var progress = Progress()
    progress.phase = .snapshot
    progress.tablesTotal = 9
    progress.tablesDone = 1
    progress.tables = [.init(name: "public.orders", rows: 100_000, estimate: 1_000_000), .init(name: "public.new", rows: 0)]
    _ = text.line(for: progress, at: 10)
    progress.tables[0].rows = 300_000
    progress.tables[1].rows = 1_000
    #expect(
      text.line(for: progress, at: 12)
        == "snapshot · tables 2–3/9 · public.orders 30 % · public.new 1,000 rows · 301,000 rows · 100,500 rows/s")
  }

  @Test func streamingShowsRateAndLag() {
    var text = ProgressText()
    var progress = Progress()
    progress.phase = .streaming
    _ = text.line(for: progress, at: 1)
    progress.records = 2_500
    progress.lagBytes = 20_480
    progress.lagMilliseconds = 1_234
    #expect(text.line(for: progress, at: 2) == "streaming · 2,500 records · 2,500 events/s · lag 20 KiB, 1,234 ms")
  }

  @Test func anIncrementalSnapshotIsShownBesideTheStream() {
    var text = ProgressText()
    var progress = Progress()
    progress.phase = .streaming
    progress.tablesTotal = 2
    progress.tables = [.init(name: "public.orders", rows: 1_000, estimate: 10_000, range: "1000 to 9999")]
    _ = text.line(for: progress, at: 1)
    progress.tables[0].rows = 4_000
    progress.tables[0].range = "4000 to 9999"
    progress.records = 3_000
    #expect(
      text.line(for: progress, at: 2)
        == "streaming · 3,000 records · 3,000 events/s · snapshot · table 1/2 public.orders · 4,000 rows · 40 % · 4000 to 9999 · 3,000 rows/s · ETA 2 s")
    #expect(ProgressDisplay.rest(of: progress.tables[0], since: 1_000, in: 10) == 20)
    #expect(ProgressDisplay.rest(of: progress.tables[0], since: 4_000, in: 10) == nil)
    progress.tables[0].estimate = .max
    #expect(ProgressDisplay.rest(of: progress.tables[0], since: 1_000, in: 10) != nil, "a server may say any number")
  }

  @Test func anEstimateThatIsTooLowNeverShowsMoreThanAllRows() {
    var text = ProgressText()
    var progress = Progress()
    progress.phase = .snapshot
    progress.tables = [.init(name: "t", rows: 500, estimate: 10)]
    #expect(text.line(for: progress, at: 1) == "snapshot · table 1/0 t · 500 rows · 99 %")
  }
}
