internal import MillraceCore

/// The settings of the initial snapshot.
@dynamicMemberLookup
struct SnapshotSettings: Sendable {
  enum Mode: String, CaseIterable, Sendable {
    case initial, always
    case initialOnly = "initial_only"
    case noData = "no_data"
    case recovery
    case whenNeeded = "when_needed"
    case configurationBased = "configuration_based"
    case custom
  }

  enum Locking: String, CaseIterable, Sendable {
    case minimal
    case minimalPercona = "minimal_percona"
    case minimalPerconaNoTableLocks = "minimal_percona_no_table_locks"
    case extended, none, custom
  }

  let mode: Mode
  let rules: SnapshotRules
  /// Nil where the setting is not given: then nothing is locked where that is safe.
  let locking: Locking?
  /// The longest that a lock is waited for.
  let lockTimeout: Duration
  private var choices: SnapshotChoices

  init(_ configuration: inout Configuration) {
    mode = configuration.choice("snapshot.mode", default: .initial)
    rules =
      switch mode {
      case .initial, .custom: SnapshotRules(rows: .once)
      case .always: SnapshotRules(rows: .everyStart)
      case .initialOnly: SnapshotRules(rows: .once, streams: false)
      case .noData, .recovery: SnapshotRules(rows: .never)
      case .whenNeeded: SnapshotRules(rows: .once, mendsLoss: true)
      case .configurationBased: SnapshotRules.configured(&configuration)
      }
    locking =
      configuration["snapshot.locking.mode"] == nil
      ? nil : configuration.choice("snapshot.locking.mode", default: .minimal)
    lockTimeout = .milliseconds(configuration.integer("snapshot.lock.timeout.ms", default: 10_000))
    choices = SnapshotChoices(&configuration)
  }

  /// Whether the tables are read from the server anew at the stored position (`recovery`).
  var rebuildsHistory: Bool { mode == .recovery }

  /// What is not of this database alone.
  subscript<Setting>(dynamicMember setting: KeyPath<SnapshotChoices, Setting>) -> Setting { choices[keyPath: setting] }

  /// With other statements than those of the configuration.
  func reading(by statements: [String: String]) -> SnapshotSettings {
    var settings = self
    settings.choices.overrides = statements
    return settings
  }

  func reads(_ table: TableID) -> Bool { choices.reads("\(table)") }
  func chunks(of table: String) -> Int { choices.chunks(of: table) }
  func readers(ofTables count: Int) -> Int { choices.readers(ofTables: count) }
  func unmatched(_ tables: [String]) -> [Finding] { choices.unmatched(tables) }

  /// In the order in which they are read.
  /// - Parameter rows: the server's estimates.
  func sorted(_ tables: [TableDefinition], rank: (TableDefinition) -> Int, rows: [TableID: Double]) -> [TableDefinition] {
    // The closure cannot fail, so neither can this.
    (try? choices.sorted(tables, name: { "\($0.id)" }, rank: rank) { table throws(MillraceError) in rows[table.id] ?? 0 }) ?? tables
  }
}
