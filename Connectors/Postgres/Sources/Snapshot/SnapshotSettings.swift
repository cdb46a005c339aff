internal import MillraceCore

/// The settings of the initial snapshot.
@dynamicMemberLookup
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

  let mode: Mode
  let rules: SnapshotRules
  let isolation: Isolation
  let locksTables: Bool
  /// How long a lock of `locksTables` may take, ms; 0: without end.
  let lockTimeout: Int
  private var choices: SnapshotChoices

  init(_ configuration: inout Configuration) {
    mode = configuration.choice("snapshot.mode", default: .initial)
    rules =
      switch mode {
      case .initial, .custom: SnapshotRules(rows: .once)
      case .always: SnapshotRules(rows: .everyStart)
      case .initialOnly: SnapshotRules(rows: .once, streams: false)
      case .noData: SnapshotRules(rows: .never)
      case .whenNeeded: SnapshotRules(rows: .once, mendsLoss: true)
      case .configurationBased: SnapshotRules.configured(&configuration)
      }
    isolation = configuration.choice("snapshot.isolation.mode", default: .serializable)
    locksTables = configuration.choice("snapshot.locking.mode", default: Locking.none) == .shared
    lockTimeout = configuration.integer("snapshot.lock.timeout.ms", default: 10_000)
    choices = SnapshotChoices(&configuration)
  }

  /// What is not of this database alone.
  subscript<Setting>(dynamicMember setting: KeyPath<SnapshotChoices, Setting>) -> Setting { choices[keyPath: setting] }

  /// With other statements than those of the configuration.
  func reading(by statements: [String: String]) -> SnapshotSettings {
    var settings = self
    settings.choices.overrides = statements
    return settings
  }

  func reads(_ table: PostgresTable) -> Bool { choices.reads(table.qualifiedName) }

  func chunks(of table: PostgresTable) -> Int { choices.chunks(of: table.qualifiedName) }

  func readers(ofTables count: Int) -> Int { choices.readers(ofTables: count) }

  func unmatched(_ tables: [PostgresTable]) -> [Finding] { choices.unmatched(tables.map(\.qualifiedName)) }

  /// The planner's estimate of the rows; where there is none (the table was never analyzed), they are counted.
  func sorted(_ tables: [PostgresTable], filter: TableFilter, on connection: PostgresConnection) throws(MillraceError) -> [PostgresTable] {
    try choices.sorted(tables, name: \.qualifiedName, rank: { filter.rank(of: $0) }) { table throws(MillraceError) in
      if table.estimatedRows >= 0 { return table.estimatedRows }
      let only = table.kind == "p" ? "" : "ONLY "
      return try connection.query("SELECT pg_catalog.count(*) FROM \(only)\(table.quotedName)").first?.first.flatMap { $0 }.flatMap { Double($0) } ?? 0
    }
  }
}
