/// Keeps the checkpoint of one connector across restarts.
///
/// Contract: `save` returns only when the checkpoint is durable and has replaced the one before as a whole; a crash at any
/// time leaves the old or the new one, never a mixture (Invariant 5). `load` throws when there is something that it cannot
/// read; it never takes damage for absence (Invariant 10).
public protocol OffsetStore: Sendable {
  /// The checkpoint saved last under `partition`, or nil if none ever was.
  func load(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint?
  /// Returns when the checkpoint is durable. One call at a time.
  func save(_ checkpoint: Checkpoint) async throws(MillraceError)
  /// What `load` would answer, without opening the store or changing anything in it; nil where it cannot be looked at from outside.
  func peek(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint?
  /// Lets others use the store; `load` opens it again.
  func close() async
}

extension OffsetStore {
  /// For stores that cannot be looked at from outside.
  public func peek(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint? { nil }
}
