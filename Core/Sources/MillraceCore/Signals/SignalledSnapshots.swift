/// Does what signals ask for, wherever they come from, and tells a connector what it has to do itself: to name its tables, and to read.
/// Used by the thread of the stream.
package struct SignalledSnapshots<Reader: ChunkReader> {
  private let inbox: SignalInbox
  private var file: SignalFile?
  private let log: Log
  /// The one that is read while the stream goes on.
  package let incremental: IncrementalSnapshot<Reader>
  /// The ones that the stream has to wait for, in order.
  package private(set) var blocking: BlockingRequests
  /// Which tables are captured; nil where those captured later are not looked for.
  private let captures: CaptureChoice?
  private var newTables: [String]
  private let ownTypes: Set<String>
  /// Signals of the connector's own types that have come, in order.
  private var own: [Signal] = []

  package typealias Moment = IncrementalSnapshot<Reader>.Moment

  /// - Parameters:
  ///   - requests: what an earlier run has left to do, but for the incremental snapshot, which has that already.
  ///   - ownTypes: the types of signals that the connector follows by itself.
  ///   - newTables: tables that are captured and were not when the offset was stored.
  package init(
    _ settings: SignalSettings, inbox: SignalInbox, incremental: IncrementalSnapshot<Reader>, requests: SnapshotRequests,
    newTables: [String] = [], ownTypes: Set<String> = [], log: Log
  ) {
    self.inbox = inbox
    file = settings.file.map { SignalFile(path: $0, interval: settings.pollInterval, log: log) }
    self.incremental = incremental
    blocking = requests.blocking
    captures = requests.captures
    self.newTables = newTables
    self.ownTypes = ownTypes
    self.log = log
  }

  /// What the next checkpoint says.
  package var requests: SnapshotRequests { SnapshotRequests(incremental: incremental.progress, blocking: blocking, captures: captures) }

  /// Follows the signals that have come.
  /// - Parameters:
  ///   - place: how a message for the log names the stream's place.
  ///   - find: the captured tables that a pattern matches.
  /// - Returns: whether something was asked for: then the checkpoint has to be handed on, also where no record goes with it.
  package mutating func follow(
    place: @autoclosure () -> String, find: IncrementalSnapshot<Reader>.Find, box: BatchBox, now: Int64, order: Record.Order
  ) throws(MillraceError) -> Bool {
    var isAsked = false
    if !newTables.isEmpty {
      var moment = Moment(box: box, now: now, order: order)
      incremental.begin(newTables: newTables, &moment)
      newTables = []
      isAsked = true
    }
    for signal in file?.poll(now: now) ?? [] { inbox.post(signal) }
    for signal in inbox.take() {
      var moment = Moment(box: box, now: now, order: order)
      try follow(signal, place(), find, &moment)
      isAsked = true
    }
    return isAsked
  }

  private mutating func follow(
    _ signal: Signal, _ place: String, _ find: IncrementalSnapshot<Reader>.Find, _ moment: inout Moment
  ) throws(MillraceError) {
    let action: SignalAction
    do throws(SignalFault) {
      action = try SignalAction(signal)
    } catch {
      return log.warning("a signal is left out", ("signal", signal.id), ("type", signal.type), ("problem", error.problem))
    }
    switch action {
    case .executeSnapshot(let request):
      log.info(
        "a snapshot is asked for", ("signal", signal.id), ("tables", request.collections.joined(separator: ", ")),
        ("type", request.isBlocking ? "blocking" : "incremental"))
      if request.isBlocking { blocking.append(request) } else { try incremental.begin(request, find: find, &moment) }
    case .stopSnapshot(let patterns): incremental.stop(patterns, id: signal.id, &moment)
    case .pauseSnapshot: incremental.pause(&moment)
    case .resumeSnapshot: incremental.resume(&moment)
    case .log(let message): log.info(message.replacing("{}", with: place), ("signal", signal.id))
    case .watermark: break
    case .own where ownTypes.contains(signal.type): own.append(signal)
    case .own: log.warning("a signal is left out", ("signal", signal.id), ("problem", "\(signal.type) means nothing to this connector"))
    }
  }

  /// Signals of the connector's own types, once.
  package mutating func takeOwn() -> [Signal] {
    defer { own.removeAll() }
    return own
  }

  /// All of a chunk but its last box was handed on, and that is stamped: what is told about the chunk goes with its last rows.
  package func delivered(_ chunk: IncrementalSnapshot<Reader>.Due, last: BatchBox, now: Int64, order: Record.Order) {
    var moment = Moment(box: last, now: now, order: order)
    incremental.delivered(chunk, &moment)
  }

  /// The stream has waited for the snapshot. False when the pipeline stops: then it is still to be done.
  package mutating func ended(_ request: BlockingRequests.Request, _ outcome: BlockingSnapshot.Outcome) -> Bool {
    switch outcome {
    case .stopped: return false
    case .failed(let error):
      log.error("a blocking snapshot ends, because its rows cannot be read", ("signal", request.id), ("error", "\(error)"))
    case .whole: log.info("a blocking snapshot is complete", ("signal", request.id))
    }
    var whole = SnapshotProgress()
    whole.isComplete = true
    blocking = blocking.after(whole)
    return true
  }
}
