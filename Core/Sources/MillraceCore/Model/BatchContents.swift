/// What a batch holds, as plain pointers, for loops that look at every slot of every record.
///
/// Valid only as long as the batch is borrowed and unchanged: take it at the start of a call, never keep it.
/// Each run is checked once, as a whole; a run that does not lie in the batch is answered with nil.
@frozen public struct BatchContents {
  @usableFromInline let slots: UnsafePointer<Slot>
  @usableFromInline let slotCount: Int
  @usableFromInline let arena: UnsafeRawPointer
  @usableFromInline let arenaCount: Int

  @inlinable init(slots: UnsafePointer<Slot>, slotCount: Int, arena: UnsafeRawPointer, arenaCount: Int) {
    self.slots = slots
    self.slotCount = slotCount
    self.arena = arena
    self.arenaCount = arenaCount
  }

  /// `count` slots from the place that `slot` names.
  @inlinable @inline(__always) public func run(_ slot: Slot, count: Int) -> UnsafePointer<Slot>? {
    slot.bits <= UInt64(truncatingIfNeeded: slotCount) && count <= slotCount &- slot.offset ? slots + slot.offset : nil
  }

  /// The bytes of a text or bytes slot. Up to 64 bytes behind them can be read, which mean nothing.
  @inlinable @inline(__always) public func bytes(_ slot: Slot) -> UnsafeRawPointer? {
    slot.bits <= UInt64(truncatingIfNeeded: arenaCount) && slot.count <= arenaCount &- slot.offset ? arena + slot.offset : nil
  }
}

extension RecordBatch {
  /// The content as plain pointers.
  @inlinable public var contents: BatchContents {
    @inline(__always) borrowing get {
      BatchContents(slots: slots.base, slotCount: slots.used, arena: arena.base, arenaCount: arena.used)
    }
  }
}
