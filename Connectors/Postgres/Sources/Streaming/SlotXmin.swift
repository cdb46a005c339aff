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

  /// Whether a fresh value is due, which `read` is then to give. `now` is in ns since 1970.
  mutating func isDue(at now: Int64) -> Bool {
    guard now >= next else { return false }
    next = now + interval
    return true
  }

  func read() throws(MillraceError) -> UInt32? { try slot.catalogXmin() }
}
