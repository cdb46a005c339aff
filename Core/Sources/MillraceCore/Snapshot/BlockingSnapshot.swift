internal import Synchronization

/// A snapshot that runs while the stream of the same connector waits (a signal of type `blocking`). The connector's thread goes on
/// answering its source meanwhile, and hands nothing on.
package final class BlockingSnapshot: Sendable {
  /// How it has ended.
  package enum Outcome: Sendable {
    /// All rows are handed on.
    case whole
    /// The pipeline stops.
    case stopped
    case failed(MillraceError)
  }

  private let ended = Mutex<Outcome?>(nil)

  /// Begins on threads of its own.
  /// - Parameters:
  ///   - progress: what an interrupted run has delivered.
  ///   - notifier: tells of it as of an initial snapshot.
  ///   - makeSource: connects, and takes the point in time at which all rows are read.
  package init(
    into output: any BatchOutput, resuming progress: SnapshotProgress, notifier: Notifier,
    makeSource: @escaping @Sendable () throws(MillraceError) -> any SnapshotSource
  ) {
    BlockingThread.start { [self] in
      let outcome: Outcome
      do throws(MillraceError) {
        let source: any SnapshotSource
        do throws(MillraceError) { source = try makeSource() } catch {
          if error.retry != .retry { BlockingSnapshot.tellFailure(notifier, output) }
          throw error
        }
        let coordinator = try SnapshotCoordinator(
          source: source, output: output, resuming: progress, notes: SnapshotNotes(notifier)
        ) { output.report(tables: $0, done: $1, total: $2) }
        outcome = try coordinator.run() ? .whole : .stopped
      } catch {
        outcome = .failed(error)
      }
      output.report(tables: [], done: 0, total: 0)
      ended.withLock { $0 = outcome }
    }
  }

  /// One that cannot even begin is told of as one that has begun and was given up.
  private static func tellFailure(_ notifier: Notifier, _ output: any BatchOutput) {
    guard let notes = SnapshotNotes(notifier) else { return }
    let box = output.take()
    notes.append(.started, to: box)
    notes.append(.aborted, to: box)
    if box.batch.records.isEmpty { output.discard(box) } else { _ = output.put(box) }
  }

  /// Waits until it has ended; a failure for a while is thrown, and ends the attempt.
  /// - Parameter meanwhile: is called every ten milliseconds, to answer the source.
  package func wait(meanwhile: () throws(MillraceError) -> Void) throws(MillraceError) -> Outcome {
    while true {
      if let outcome = ended.withLock({ $0 }) {
        if case .failed(let error) = outcome, error.retry == .retry { throw error }
        return outcome
      }
      try meanwhile()
      BlockingThread.sleep(milliseconds: 10)
    }
  }
}

/// The blocking snapshots that signals have asked for, in order: part of the checkpoint, so that they are not lost.
package struct BlockingRequests: Sendable, Equatable {
  package struct Request: Sendable, Equatable {
    /// The signal's id.
    package var id: String
    /// Patterns for names of tables.
    package var collections: [String]
    package var conditions: [SnapshotRequest.Condition]
    /// Identities of tables that are delivered whole.
    package var done: [String] = []
  }

  package var all: [Request] = []

  package init() {}

  package var isEmpty: Bool { all.isEmpty }

  package mutating func append(_ request: SnapshotRequest) {
    all.append(Request(id: request.id, collections: request.collections, conditions: request.conditions))
  }

  /// What is left once the first has come so far. Of a table in progress nothing counts: it is read again.
  package func after(_ progress: SnapshotProgress) -> BlockingRequests {
    var rest = self
    if progress.isComplete {
      rest.all.removeFirst(min(1, all.count))
    } else if !rest.all.isEmpty {
      rest.all[0].done = progress.done
    }
    return rest
  }

  /// For the state of a checkpoint.
  package var json: JSONValue {
    .array(all.map { request in
      .object([
        .init("signal", .string(request.id)), .init("tables", .array(request.collections.map { .string($0) })),
        .init("conditions", .array(request.conditions.map { .array([.string($0.collection), .string($0.filter)]) })),
        .init("done", .array(request.done.map { .string($0) })),
      ])
    })
  }

  /// What `json` has written; nil if it is damaged.
  package init?(_ json: JSONValue) {
    guard let elements = json.elements else { return nil }
    for element in elements {
      guard let id = element["signal"]?.string, let tables = element["tables"]?.elements, let conditions = element["conditions"]?.elements,
        let done = element["done"]?.elements
      else { return nil }
      var request = Request(id: id, collections: tables.compactMap(\.string), conditions: [], done: done.compactMap(\.string))
      for condition in conditions {
        guard let pair = condition.elements, pair.count == 2, let collection = pair[0].string, let filter = pair[1].string else { return nil }
        request.conditions.append(.init(collection: collection, filter: filter))
      }
      all.append(request)
    }
  }
}

extension BlockingRequests.Request {
  /// The captured tables that are to be read, in the order in which they were named.
  package func names(_ log: Log, find: (String) throws(MillraceError) -> [String]) throws(MillraceError) -> [String] {
    var names: [String] = []
    for pattern in collections {
      let found = try find(pattern)
      if found.isEmpty { log.warning("no captured table has this name", ("signal", id), ("table", pattern)) }
      for name in found where !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The statement for a table, where the signal names one.
  package func statement(for table: String) -> String? {
    conditions.first { condition in (try? NamePattern(condition.collection))?.matches(table) == true }
      .map { SnapshotChoices.withoutEnd($0.filter) }
  }
}
