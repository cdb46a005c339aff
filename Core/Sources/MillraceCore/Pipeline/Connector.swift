/// Reads one source: what is there (a snapshot), then every committed change.
///
/// Life cycle: `open`, then the snapshot that it asks for, then `stream`; `confirm` in between whenever records became durable;
/// `close` at the end, also after an error.
public protocol Connector: AnyObject, Sendable {
  /// The key under which the offset is stored, in the reference's form.
  var partition: [Checkpoint.Entry] { get }

  /// The settings that it knows, so that others can be told from them; none where it does not say.
  var options: [ConfigurationOption] { get }

  /// Proves all that the run needs (reachability, versions, privileges, settings, patterns) without changing anything, and
  /// answers all findings at once. Used by `millrace check`, and by `run` before `open`.
  func check() async -> [Finding]

  /// Connects, creates what is missing on the server, and decides by snapshot mode and checkpoint how to begin.
  func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning

  /// Reads changes until `output` tells it to stop (then it returns) or the source fails (then it throws).
  /// Blocks its own thread only; answers keepalives also while `output` is full.
  func stream(into output: any BatchOutput) async throws(MillraceError)

  /// Everything up to `checkpoint` is durable in the sink and stored: the source may forget it (Invariant 1). Any thread.
  func confirm(_ checkpoint: Checkpoint)

  /// Ends the connections. Also after an error, and when `open` failed or was never called.
  /// - Parameter isFinal: the run has ended gracefully: what was made for it alone may be removed (`slot.drop.on.stop`).
  func close(isFinal: Bool) async
}

extension Connector {
  public var options: [ConfigurationOption] { [] }
}

/// How a run begins.
public struct Beginning: Sendable {
  /// Reads the rows that are there; nil where none are wanted or all were delivered before.
  public let snapshot: (any SnapshotSource)?
  /// What an interrupted run has delivered of it.
  public let progress: SnapshotProgress
  /// Whether changes follow.
  public let streams: Bool
  /// Pauses before the snapshot, and between it and the stream (`snapshot.delay.ms`, `streaming.delay.ms`).
  public let snapshotDelay: Duration
  public let streamingDelay: Duration

  public init(
    snapshot: (any SnapshotSource)?, progress: SnapshotProgress = SnapshotProgress(), streams: Bool, snapshotDelay: Duration = .zero,
    streamingDelay: Duration = .zero
  ) {
    self.snapshot = snapshot
    self.progress = progress
    self.streams = streams
    self.snapshotDelay = snapshotDelay
    self.streamingDelay = streamingDelay
  }
}
