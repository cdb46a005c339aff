/// A sink that can store the checkpoint together with the records that lead to it, as one: both count or neither does. With it a
/// restart repeats nothing (Invariant 9).
///
/// With `Pipeline.Options.isExactlyOnce`, life goes: `start` (which ends what an earlier process has left open, and shuts that
/// process out), then the store's `load` answers the checkpoint of the last commit, then `write` and `commit` in turn. `flush` is not
/// called. What was written and not committed when the sink is closed never counts.
public protocol TransactionalSink: Sink {
  /// Prepares for commits that store their checkpoint in `store`; before `start`. Answers what is in the way, or nil.
  func adopt(_ store: any OffsetStore) -> Finding?

  /// Makes everything that was written since the last commit durable together with `checkpoint`, which covers exactly that and all
  /// before it. When it returns, both are durable; when it throws, either both are or neither is, and the next `load` tells.
  func commit(_ checkpoint: Checkpoint) async throws(MillraceError)
}
