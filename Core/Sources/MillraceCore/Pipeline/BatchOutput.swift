/// Where a connector puts its batches: the bounded hand-off to the delivering half of the pipeline.
///
/// Called from the connector's own thread; no call here waits for the sink longer than it is told to.
public protocol BatchOutput: AnyObject, Sendable {
  /// An empty box, recycled where possible.
  func take() -> BatchBox

  /// Hands `box` on if there is room. When it answers `full` the caller keeps the box, reads nothing more, goes on answering
  /// the source's keepalives, and offers again.
  func offer(_ box: BatchBox) -> Offer

  /// Gives back a box from `take` that is not needed.
  func discard(_ box: BatchBox)

  /// Waits until there may be room, the pipeline stops, or the time is over.
  func waitForRoom(milliseconds: Int)

  /// Whether the connector should end its work and return.
  var isStopping: Bool { get }

  /// How many bytes a box should hold before it is handed on.
  var batchBytes: Int { get }
  /// How many records a box should hold before it is handed on.
  var batchRecords: Int { get }

  /// For the progress display: how far behind the source's end the connector is.
  func report(lagBytes: UInt64?, lagMilliseconds: UInt64?)

  /// For the progress display: the tables that a snapshot reads while changes are streamed, or instead of that for a while.
  func report(tables: [Progress.Table], done: Int, total: Int)
}

/// What became of a box that was offered.
public enum Offer: Sendable {
  /// The box is the pipeline's now: take another.
  case accepted
  /// There is no room: keep the box and offer it again.
  case full
  /// The pipeline stops or has failed: the box will not be delivered.
  case stopped
}

extension BatchOutput {
  /// Shown nowhere.
  public func report(tables: [Progress.Table], done: Int, total: Int) {}

  /// Hands `box` on, waiting for room; answers false when the pipeline stops.
  public func put(_ box: BatchBox) -> Bool {
    while true {
      switch offer(box) {
      case .accepted: return true
      case .stopped: return false
      case .full: waitForRoom(milliseconds: 100)
      }
    }
  }
}
