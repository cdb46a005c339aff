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

  init(_ configuration: inout Configuration) {
    mode = configuration.choice("snapshot.mode", default: .initial)
    rules = SnapshotSettings.rules(mode, &configuration)
    if mode == .custom {
      configuration.report(
        Finding(key: "snapshot.mode", problem: "custom names a Java class, which cannot be run here", advice: "choose another snapshot.mode"))
    }
    delay = .milliseconds(configuration.integer("snapshot.delay.ms", default: 0))
    streamingDelay = .milliseconds(configuration.integer("streaming.delay.ms", default: 0))
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
}

/// What `snapshot.mode` comes to: the answers of io.debezium.snapshot.mode's classes, which are the same at every moment of a run.
struct SnapshotRules: Sendable, Equatable {
  enum Rows: Sendable { case never, once, everyStart }

  /// When the documents that are there are read.
  var rows: Rows
  var streams = true
  /// A new snapshot where the server no longer has what follows the stored position.
  var mendsLoss = false
  /// Goes on after an unfinished snapshot without finishing it.
  var leavesUnfinished = false
  /// Refuses to begin without a stored position.
  var needsPosition = false
}
