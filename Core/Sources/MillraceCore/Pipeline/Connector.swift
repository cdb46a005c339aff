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

  /// The same, with what holds for the position that a run would go on from: whether the source still has what follows it, say. Used by
  /// `millrace check`; a run finds out when it opens.
  func check(resuming checkpoint: Checkpoint?) async -> [Finding]

  /// Connects, creates what is missing on the server, and decides by snapshot mode and checkpoint how to begin.
  func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning

  /// A graceful end is wanted while `open` is under way: what waits for the server is called off, and `open` throws. Any thread.
  func interrupt()

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
  /// None: a connector that does not tell its settings.
  public var options: [ConfigurationOption] { [] }

  /// For sources that know nothing more of a position than `open` does.
  public func check(resuming checkpoint: Checkpoint?) async -> [Finding] { await check() }

  /// For sources whose `open` never waits for long.
  public func interrupt() {}
}

/// How a run begins.
public struct Beginning: Sendable {
  /// Reads the rows that are there; nil where none are wanted or all were delivered before.
  public let snapshot: (any SnapshotSource)?
  /// What an interrupted run has delivered of it.
  public let progress: SnapshotProgress
  /// Whether changes follow.
  public let streams: Bool
  /// Stored before the first record, where the source itself keeps no position: an interrupted run goes on from here, although it has
  /// delivered some already (Invariant 8).
  public let position: Checkpoint?
  /// The pause before the snapshot (`snapshot.delay.ms`).
  public let snapshotDelay: Duration
  /// The pause between snapshot and stream (`streaming.delay.ms`).
  public let streamingDelay: Duration
  /// Tells what becomes of the snapshot; nil where nobody is told.
  public let notifier: Notifier?

  /// What `open` has decided; at least one of snapshot and stream should be there, or the run ends at once.
  public init(
    snapshot: (any SnapshotSource)?, progress: SnapshotProgress = SnapshotProgress(), streams: Bool, position: Checkpoint? = nil,
    snapshotDelay: Duration = .zero, streamingDelay: Duration = .zero, notifier: Notifier? = nil
  ) {
    self.notifier = notifier
    self.position = position
    self.snapshot = snapshot
    self.progress = progress
    self.streams = streams
    self.snapshotDelay = snapshotDelay
    self.streamingDelay = streamingDelay
  }
}
