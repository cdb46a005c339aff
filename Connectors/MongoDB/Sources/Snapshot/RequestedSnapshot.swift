internal import MillraceCore

/// Opens the snapshots that signals ask for while the stream waits.
struct RequestedSnapshot: Sendable {
  let settings: MongoDBSettings
  let failures: EventFailures
  let notifier: Notifier
  let log: Log
  let makeWriter: @Sendable () -> DocumentWriter

  /// Begins to read, by sessions of its own. Only the signal's conditions count, not the filters of the configuration.
  /// - Parameters:
  ///   - shapes: the collections.
  ///   - position: the stream's: what is read has all that it has delivered.
  ///   - order: that of the stream's last record.
  ///   - checkpoint: by the snapshot's progress.
  func begin(
    _ request: BlockingRequests.Request, _ shapes: [CollectionShape], at position: MongoPosition, order: Record.Order, into output: any BatchOutput,
    checkpoint: @escaping @Sendable (SnapshotProgress) -> Checkpoint
  ) -> BlockingSnapshot {
    var progress = SnapshotProgress()
    progress.done = request.done
    return BlockingSnapshot(into: output, resuming: progress, notifier: notifier) { () throws(MillraceError) in
      let session = try MongoSession(settings.connection)
      session.isCalledOff = { output.isStopping }
      let known = Dictionary(shapes.map { ($0.namespace, $0) }, uniquingKeysWith: { first, _ in first })
      let entries = try SnapshotList(session: session, settings: settings, log: log).collections { known[$0.namespace] != nil }
      var filters: [String: BSONDocument] = [:]
      for entry in entries {
        if let text = request.statement(for: entry.namespace) { filters[entry.namespace] = try BSONDocument(condition: text, of: entry.namespace) }
      }
      return MongoSnapshotSource(
        collections: entries.compactMap { entry in known[entry.namespace].map { (entry: entry, shape: $0) } }, settings: settings, filters: filters,
        time: position.clusterTime, order: order, failures: failures, writer: makeWriter, checkpoint: checkpoint)
    }
  }
}

extension BSONDocument {
  /// The condition that a signal has for a collection.
  init(condition text: String, of namespace: String) throws(MillraceError) {
    guard let filter = BSONDocument(json: text) else {
      throw MillraceError(
        code: "mongodb.signal.filter", component: "mongodb", retry: .stop, message: "the condition of a signal is no query in JSON",
        advice: "write a query document, such as {\"status\": \"open\"}", subject: namespace)
    }
    self = filter
  }
}
