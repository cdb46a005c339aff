internal import Glibc
internal import MillraceCore

/// Shows how a run is getting on: a live line on a terminal, otherwise a log line every ten seconds in which something happened.
struct ProgressDisplay: Sendable {
  let progress: @Sendable () -> Progress
  let log: Log

  /// Runs until the task is cancelled.
  func run() async {
    var text = ProgressText()
    if StandardError.shared.isTerminal {
      while !Task.isCancelled {
        let line = text.line(for: progress(), at: Self.seconds)
        StandardError.shared.show(live: String(line.prefix(StandardError.shared.width - 1)))
        try? await Task.sleep(for: .milliseconds(500))
      }
      StandardError.shared.show(live: "")
    } else {
      var last = Progress()
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(10))
        let now = progress()
        if !Task.isCancelled, now.records != last.records || now.phase != last.phase {
          var fields = [("phase", now.phase.rawValue), ("records", String(now.records)), ("durable", String(now.durable))]
          for table in now.tables {
            fields += [("table", table.name), ("rows", String(table.rows))]
            if let estimate = table.estimate { fields.append(("estimate", String(estimate))) }
            // The range is shown on a terminal only: a log keeps no values of keys.
            if let before = last.tables.first(where: { $0.name == table.name }), let seconds = Self.rest(of: table, since: before.rows, in: 10) {
              fields.append(("eta_s", String(seconds)))
            }
          }
          fields.append(("rate", String((now.records &- min(last.records, now.records)) / 10)))
          if let lag = now.lagBytes { fields.append(("lag_bytes", String(lag))) }
          if let lag = now.lagMilliseconds { fields.append(("lag_ms", String(lag))) }
          log.info("progress", fields)
        }
        last = now
      }
    }
  }

  /// How many seconds a table may still take, by what was read in the last ones.
  static func rest(of table: Progress.Table, since rows: UInt64, in seconds: UInt64) -> UInt64? {
    guard let estimate = table.estimate, estimate > table.rows, table.rows > rows else { return nil }
    // An estimate is what a server says, any number.
    return UInt64(exactly: (Double(estimate - table.rows) * Double(seconds) / Double(table.rows - rows)).rounded())
  }

  private static var seconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}
