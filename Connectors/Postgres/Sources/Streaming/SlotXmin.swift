internal import MillraceCore

/// `xmin.fetch.interval.ms`: asks for the slot's oldest transaction now and then, never more often.
struct SlotXmin {
  private let slot: ReplicationSlot
  private let interval: Int64
  private var next: Int64 = 0

  init(slot: ReplicationSlot, interval: Duration) {
    self.slot = slot
    self.interval = Int64(interval / .nanoseconds(1))
  }

  /// A fresh value, or nil where the last one still holds. `now` is in ns since 1970.
  mutating func refreshed(at now: Int64) throws(MillraceError) -> (xmin: UInt32?, at: Int64)? {
    guard now >= next else { return nil }
    next = now + interval
    return (try slot.catalogXmin(), now)
  }
}
