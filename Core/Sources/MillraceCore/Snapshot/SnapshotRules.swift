/// What `snapshot.mode` comes to: the answers of io.debezium.snapshot.mode's classes, which are the same at every moment of a run.
package struct SnapshotRules: Sendable, Equatable {
  package enum Rows: Sendable { case never, once, everyStart }

  /// When the rows that are there are read.
  package var rows: Rows
  package var streams = true
  /// A new snapshot where the server no longer has what follows the stored position.
  package var mendsLoss = false
  /// Goes on after an unfinished snapshot without finishing it.
  package var leavesUnfinished = false
  /// Refuses to begin without a stored position.
  package var needsPosition = false

  package init(
    rows: Rows, streams: Bool = true, mendsLoss: Bool = false, leavesUnfinished: Bool = false, needsPosition: Bool = false
  ) {
    self.rows = rows
    self.streams = streams
    self.mendsLoss = mendsLoss
    self.leavesUnfinished = leavesUnfinished
    self.needsPosition = needsPosition
  }

  /// `snapshot.mode=configuration_based`, out of its five settings.
  package static func configured(_ configuration: inout Configuration) -> SnapshotRules {
    func configured(_ name: String) -> Bool {
      configuration.boolean("snapshot.mode.configuration.based.\(name)", default: false)
    }
    let rows = configured("snapshot.data"), schema = configured("snapshot.schema"), stream = configured("start.stream")
    let onSchemaError = configured("snapshot.on.schema.error"), onDataError = configured("snapshot.on.data.error")
    return SnapshotRules(
      rows: rows ? .everyStart : .never, streams: stream, mendsLoss: onDataError, leavesUnfinished: schema, needsPosition: onSchemaError)
  }
}
