internal import Synchronization

/// The LSN that may be confirmed to the server: written by the delivering half, read by the replication thread. Never moves back
/// (Invariant 2).
final class ConfirmedPosition: Sendable {
  private let lsn = Atomic<UInt64>(0)

  var value: UInt64 { lsn.load(ordering: .acquiring) }

  func raise(to value: UInt64) { lsn.max(value, ordering: .releasing) }
}
