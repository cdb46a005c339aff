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

  let mode: Mode
  let rules: SnapshotRules
  let delay: Duration
  let streamingDelay: Duration
  private let include: NameFilter?
  /// Queries by collection, as `database.collection`.
  let overrides: [String: BSONDocument]
  let threads: Int
  /// Documents in an answer of the server; nil: as many as are worth it.
  let fetchSize: Int?

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
    if mode == .custom {
      configuration.report(
        Finding(key: "snapshot.mode", problem: "custom names a Java class, which cannot be run here", advice: "choose another snapshot.mode"))
    }
    delay = .milliseconds(configuration.integer("snapshot.delay.ms", default: 0))
    streamingDelay = .milliseconds(configuration.integer("streaming.delay.ms", default: 0))
    include = NameFilter("snapshot.include.collection.list", of: &configuration)
    overrides = SnapshotSettings.overrides(&configuration)
    threads = configuration.integer("snapshot.max.threads", default: 1, in: 1...1024)
    let fetchSize = configuration.integer("snapshot.fetch.size", default: 0, in: 0...Int(Int32.max))
    self.fetchSize = fetchSize == 0 ? nil : fetchSize
  }

  /// Whether the documents of a captured collection are read.
  func includes(_ namespace: String) -> Bool { include?.matches(namespace) ?? true }

  private static func overrides(_ configuration: inout Configuration) -> [String: BSONDocument] {
    let key = "snapshot.collection.filter.overrides"
    var queries: [String: BSONDocument] = [:]
    for namespace in configuration.list(key) {
      // Without a query of its own a collection is read whole, as by Debezium.
      guard let text = configuration["\(key).\(namespace)"], !text.trimmed.isEmpty else { continue }
      if let query = BSONDocument(json: text) {
        queries[namespace] = query
      } else {
        configuration.report(
          Finding(key: "\(key).\(namespace)", problem: "is no query in JSON", advice: "write a query document, such as {\"status\": \"open\"}"))
      }
    }
    return queries
  }
}
