/// What the settings of a snapshot of tables say, whatever the database: which tables, in which order, by how many readers.
package struct SnapshotChoices: Sendable {
  package enum Order: String, CaseIterable, Sendable { case disabled, ascending, descending }

  /// The pause before the snapshot.
  package let delay: Duration
  /// The pause behind it.
  package let streamingDelay: Duration
  private let include: NameFilter?
  /// Statements by table, as the connector's lists name it (`schema.table`).
  package var overrides: [String: String]
  package let order: Order
  package let threads: Int
  private let multiplier: Int
  private let multipliers: [String: Int]
  /// One reader per table.
  package let isByTable: Bool

  /// Reads all of `snapshot.*` that is not the connector's own, and refuses what names a Java class.
  package init(_ configuration: inout Configuration) {
    for key in ["snapshot.mode", "snapshot.locking.mode"] where configuration[key]?.lowercased().trimmed == "custom" {
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
    overrides = SnapshotChoices.overrides(&configuration)
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

  private static func overrides(_ configuration: inout Configuration) -> [String: String] {
    let key = "snapshot.select.statement.overrides"
    var overrides: [String: String] = [:]
    for name in configuration.list(key) {
      guard let statement = configuration["\(key).\(name)"].map({ SnapshotChoices.withoutEnd($0) }), !statement.isEmpty else {
        configuration.report(
          Finding(key: "\(key).\(name)", problem: "is missing, although \(key) names the table", advice: "write the SELECT statement for \(name)"))
        continue
      }
      overrides[name] = statement
    }
    return overrides
  }

  /// A statement without blanks and semicolons at its end: it is put into another one.
  static func withoutEnd(_ statement: String) -> String {
    var rest = statement.trimmed
    while rest.hasSuffix(";") { rest = String(rest.dropLast()).trimmed }
    return rest
  }

  /// Whether the table's rows are read at all, where the table is captured.
  package func reads(_ table: String) -> Bool { include?.matches(table) ?? true }

  /// Into how many chunks at least a table is cut.
  package func chunks(of table: String) -> Int { threads * (multipliers[table] ?? multiplier) }

  /// How many readers work at once.
  package func readers(ofTables count: Int) -> Int { isByTable ? max(1, min(threads, count)) : threads }

  /// Tables in the order in which they are read: that of the include list's expression that each matches, within one by name
  /// (RelationalSnapshotChangeEventSource), or by their row counts.
  /// - Parameters:
  ///   - rank: the place of the expression.
  ///   - rows: asked only where it matters.
  package func sorted<Table>(
    _ tables: [Table], name: (Table) -> String, rank: (Table) -> Int, rows: (Table) throws(MillraceError) -> Double
  ) throws(MillraceError) -> [Table] {
    let named = tables.map { (rank: rank($0), name: Array(name($0).utf8), table: $0) }
      .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : $0.name.lexicographicallyPrecedes($1.name) }
      .map(\.table)
    guard order != .disabled else { return named }
    var counted: [(index: Int, rows: Double, table: Table)] = []
    for (index, table) in named.enumerated() { counted.append((index, try rows(table), table)) }
    let isAscending = order == .ascending
    return counted
      .sorted { $0.rows == $1.rows ? $0.index < $1.index : ($0.rows < $1.rows) == isAscending }
      .map(\.table)
  }

  /// Entries that match no captured table.
  package func unmatched(_ names: [String]) -> [Finding] {
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
          advice: NearestName.of(name, among: names).map { "you probably mean \($0)" } ?? "write it as the other lists name it"))
    }
    return findings
  }
}
