internal import MillraceCore

/// The settings of the initial snapshot.
struct SnapshotSettings: Sendable {
  enum Mode: String, CaseIterable, Sendable {
    case initial, always
    case initialOnly = "initial_only"
    case noData = "no_data"
    case whenNeeded = "when_needed"
    case configurationBased = "configuration_based"
    case custom
  }

  enum Isolation: String, CaseIterable, Sendable {
    case serializable
    case repeatableRead = "repeatable_read"
    case readCommitted = "read_committed"
    case readUncommitted = "read_uncommitted"
  }

  enum Locking: String, CaseIterable, Sendable { case none, shared, custom }

  enum Order: String, CaseIterable, Sendable { case disabled, ascending, descending }

  let mode: Mode
  let rules: SnapshotRules
  let isolation: Isolation
  let locksTables: Bool
  /// How long a lock of `locksTables` may take, ms; 0: without end.
  let lockTimeout: Int
  let delay: Duration
  let streamingDelay: Duration
  private let include: NameFilter?
  /// Statements by table, as `schema.table`.
  let overrides: [String: String]
  let order: Order
  let threads: Int
  private let multiplier: Int
  private let multipliers: [String: Int]
  /// One reader per table.
  let isByTable: Bool

  init(_ configuration: inout Configuration) {
    mode = configuration.choice("snapshot.mode", default: .initial)
    rules = SnapshotSettings.rules(mode, &configuration)
    isolation = configuration.choice("snapshot.isolation.mode", default: .serializable)
    let locking = configuration.choice("snapshot.locking.mode", default: Locking.none)
    locksTables = locking == .shared
    lockTimeout = configuration.integer("snapshot.lock.timeout.ms", default: 10_000)
    for (key, value) in [("snapshot.mode", mode.rawValue), ("snapshot.locking.mode", locking.rawValue)] where value == "custom" {
      configuration.report(
        Finding(key: key, problem: "custom names a Java class, which cannot be run here", advice: "choose another \(key)"))
    }
    if configuration["snapshot.query.mode"]?.lowercased().trimmed == "custom" {
      configuration.report(
        Finding(
          key: "snapshot.query.mode", problem: "custom names a Java class, which cannot be run here",
          advice: "use snapshot.select.statement.overrides"))
    }
    delay = .milliseconds(configuration.integer("snapshot.delay.ms", default: 0))
    streamingDelay = .milliseconds(configuration.integer("streaming.delay.ms", default: 0))
    include = NameFilter("snapshot.include.collection.list", of: &configuration)
    overrides = SnapshotSettings.overrides(&configuration)
    order = configuration.choice("snapshot.tables.order.by.row.count", default: .disabled)
    threads = configuration.integer("snapshot.max.threads", default: 1, in: 1...1024)
    multiplier = configuration.integer("snapshot.max.threads.multiplier", default: 1, in: 1...1_000_000)
    var multipliers: [String: Int] = [:]
    let prefix = "snapshot.max.threads.multiplier."
    for key in configuration.keys where key.hasPrefix(prefix) {
      multipliers[String(key.dropFirst(prefix.count))] = configuration.integer(key, default: 1, in: 1...1_000_000)
    }
    self.multipliers = multipliers
    isByTable = configuration.boolean("legacy.snapshot.max.threads", default: false)
  }

  private static func rules(_ mode: Mode, _ configuration: inout Configuration) -> SnapshotRules {
    func configured(_ name: String) -> Bool {
      configuration.boolean("snapshot.mode.configuration.based.\(name)", default: false)
    }
    let rows = configured("snapshot.data"), schema = configured("snapshot.schema"), stream = configured("start.stream")
    let onSchemaError = configured("snapshot.on.schema.error"), onDataError = configured("snapshot.on.data.error")
    switch mode {
    case .initial, .custom: return SnapshotRules(rows: .once)
    case .always: return SnapshotRules(rows: .everyStart)
    case .initialOnly: return SnapshotRules(rows: .once, streams: false)
    case .noData: return SnapshotRules(rows: .never)
    case .whenNeeded: return SnapshotRules(rows: .once, mendsLoss: true)
    case .configurationBased:
      return SnapshotRules(
        rows: rows ? .everyStart : .never, streams: stream, mendsLoss: onDataError, leavesUnfinished: schema,
        needsPosition: onSchemaError)
    }
  }

  private static func overrides(_ configuration: inout Configuration) -> [String: String] {
    let key = "snapshot.select.statement.overrides"
    var overrides: [String: String] = [:]
    for name in configuration.list(key) {
      guard let statement = configuration["\(key).\(name)"].map({ SnapshotSettings.withoutEnd($0) }), !statement.isEmpty else {
        configuration.report(
          Finding(key: "\(key).\(name)", problem: "is missing, although \(key) names the table", advice: "write the SELECT statement for \(name)"))
        continue
      }
      overrides[name] = statement
    }
    return overrides
  }

  /// A statement without blanks and semicolons at its end: it is put into another one.
  private static func withoutEnd(_ statement: String) -> String {
    var rest = statement.trimmed
    while rest.hasSuffix(";") { rest = String(rest.dropLast()).trimmed }
    return rest
  }

  /// Whether the table's rows are read at all, where the table is captured.
  func reads(_ table: PostgresTable) -> Bool { include?.matches(table.qualifiedName) ?? true }

  /// Into how many chunks at least a table is cut.
  func chunks(of table: PostgresTable) -> Int { threads * (multipliers[table.qualifiedName] ?? multiplier) }

  /// Entries that match no captured table.
  func unmatched(_ tables: [PostgresTable]) -> [Finding] {
    let names = tables.map(\.qualifiedName)
    var findings: [Finding] = []
    for (pattern, meant) in include?.unmatchedPatterns(in: names) ?? [] {
      findings.append(
        Finding(
          .warning, key: "snapshot.include.collection.list", problem: "has the pattern \"\(pattern)\", which matches no captured table",
          advice: meant.map { "you probably mean \($0)" } ?? "correct it, or capture the table"))
    }
    for name in overrides.keys.sorted() where !names.contains(name) {
      findings.append(
        Finding(
          .warning, key: "snapshot.select.statement.overrides", problem: "names \"\(name)\", which is no captured table",
          advice: NearestName.of(name, among: names).map { "you probably mean \($0)" } ?? "write it as schema.table"))
    }
    return findings
  }
}
