internal import MillraceCore

/// What a person sees of a run's progress: rates come from the difference to an earlier look.
struct ProgressText {
  private var looks: [(progress: Progress, seconds: Double)] = []
  /// Rates are taken over so many seconds.
  private let window = 5.0

  /// - Parameter seconds: a clock that only grows.
  mutating func line(for progress: Progress, at seconds: Double) -> String {
    if let last = looks.last, last.progress.phase != progress.phase || last.progress.tables.map(\.name) != progress.tables.map(\.name) { looks = [] }
    looks.append((progress, seconds))
    while looks.count > 2, seconds - looks[1].seconds >= window { looks.removeFirst() }
    switch progress.phase {
    case .starting: return "starting"
    case .snapshot: return snapshot(progress)
    case .streaming:
      var parts = ["streaming", "\(Self.grouped(progress.records)) records"]
      if let rate = rate(\.records) { parts.append("\(Self.grouped(rate)) events/s") }
      if progress.lagBytes != nil || progress.lagMilliseconds != nil {
        let lag = [progress.lagBytes.map(Self.bytes), progress.lagMilliseconds.map { "\(Self.grouped($0)) ms" }].compactMap(\.self)
        parts.append("lag \(lag.joined(separator: ", "))")
      }
      if !progress.tables.isEmpty { parts.append(snapshot(progress)) }
      return parts.joined(separator: " · ")
    case .stopping: return "stopping · \(Self.grouped(progress.durable)) of \(Self.grouped(progress.records)) records durable"
    case .stopped: return "stopped · \(Self.grouped(progress.records)) records"
    }
  }

  private func snapshot(_ progress: Progress) -> String {
    guard !progress.tables.isEmpty else { return "snapshot · \(Self.grouped(progress.records)) records" }
    let rows = progress.tables.reduce(0) { $0 + $1.rows }
    var parts = ["snapshot"]
    let from = min(progress.tablesDone + 1, max(progress.tablesTotal, 1)), until = from + progress.tables.count - 1
    if progress.tables.count == 1 {
      parts += ["table \(from)/\(progress.tablesTotal) \(progress.tables[0].name)", "\(Self.grouped(rows)) rows"]
      if let share = Self.share(progress.tables[0]) { parts.append("\(share) %") }
      if let range = progress.tables[0].range { parts.append(range) }
    } else {
      parts.append("tables \(from)–\(until)/\(progress.tablesTotal)")
      parts += progress.tables.map { table in "\(table.name) \(Self.share(table).map { "\($0) %" } ?? "\(Self.grouped(table.rows)) rows")" }
      parts.append("\(Self.grouped(rows)) rows")
    }
    if let rate = rate({ $0.tables.reduce(0) { $0 + $1.rows } }) {
      parts.append("\(Self.grouped(rate)) rows/s")
      let rest = progress.tables.reduce(0) { $0 + max($1.estimate ?? 0, $1.rows) - $1.rows }
      if rate > 0, rest > 0, progress.tables.allSatisfy({ $0.estimate != nil }) { parts.append("ETA \(Self.duration(rest / rate))") }
    }
    return parts.joined(separator: " · ")
  }

  /// An estimate can be too low; then all that is known is that it is nearly done.
  private static func share(_ table: Progress.Table) -> UInt64? {
    guard let estimate = table.estimate, estimate > 0 else { return nil }
    return min(99, table.rows * 100 / estimate)
  }

  private func rate(_ count: (Progress) -> UInt64) -> UInt64? {
    guard let first = looks.first, let last = looks.last, last.seconds > first.seconds else { return nil }
    let (from, to) = (count(first.progress), count(last.progress))
    return to >= from ? UInt64(Double(to - from) / (last.seconds - first.seconds)) : nil
  }

  static func grouped(_ number: UInt64) -> String {
    let digits = String(number)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  static func bytes(_ number: UInt64) -> String {
    var rest = number
    for unit in ["B", "KiB", "MiB"] {
      if rest < 10_240 { return "\(grouped(rest)) \(unit)" }
      rest /= 1024
    }
    return "\(grouped(rest)) GiB"
  }

  static func duration(_ seconds: UInt64) -> String {
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }
}
