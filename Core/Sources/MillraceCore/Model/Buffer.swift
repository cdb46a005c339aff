/// A growable run of plain values, the sibling of `ByteArena` for slots, records and headers.
///
/// Subscripts are checked in debug and release builds: an index out of range is our bug, never a matter of input,
/// because every index in a batch was handed out by that batch.
public struct Buffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  // @unchecked: the pointer is owned by this value alone, and the value cannot be copied.
  @usableFromInline var base: UnsafeMutablePointer<Element>
  @usableFromInline var used: Int
  @usableFromInline var room: Int

  /// Room for `capacity` elements, at least 8, before memory grows.
  public init(capacity: Int = 64) {
    room = max(capacity, 8)
    used = 0
    base = .allocate(capacity: room)
  }

  deinit { base.deallocate() }

  /// The number of elements in use.
  @inlinable public var count: Int { used }
  /// Whether there is none.
  @inlinable public var isEmpty: Bool { used == 0 }

  /// Traps when `index` is out of range, in release builds, too.
  @inlinable public subscript(index: Int) -> Element {
    _read {
      precondition(index >= 0 && index < used)
      yield base[index]
    }
    _modify {
      precondition(index >= 0 && index < used)
      yield &base[index]
    }
  }

  /// Grows by doubling; pointers from before are stale then.
  @inlinable public mutating func append(_ element: Element) {
    if used == room { grow(1) }
    (base + used).initialize(to: element)
    used &+= 1
  }

  /// Appends `count` copies of `element`; answers the index of the first.
  @inlinable public mutating func append(repeating element: Element, count: Int) -> Int {
    if used &+ count > room { grow(count) }
    (base + used).initialize(repeating: element, count: count)
    defer { used &+= count }
    return used
  }

  /// Appends a copy of the run of `count` elements from `first`; answers the index of the copy's first.
  @inlinable public mutating func append(copyOf first: Int, count: Int) -> Int {
    precondition(first >= 0 && count >= 0 && first &+ count <= used)
    if used &+ count > room { grow(count) }
    (base + used).initialize(from: base + first, count: count)
    defer { used &+= count }
    return used
  }

  @usableFromInline @inline(never) mutating func grow(_ extra: Int) {
    let wanted = max(room * 2, used + extra)
    let fresh = UnsafeMutablePointer<Element>.allocate(capacity: wanted)
    fresh.update(from: base, count: used)
    base.deallocate()
    base = fresh
    room = wanted
  }

  /// The elements as a plain pointer: valid as long as the buffer is borrowed and unchanged.
  @inlinable public var elements: UnsafePointer<Element> {
    @inline(__always) borrowing get { UnsafePointer(base) }
  }

  /// Forgets the elements from `count` on; it must not be more than there are.
  @inlinable public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= used)
    used = count
  }

  /// Forgets the content, keeps the memory unless it holds more than `keeping` elements.
  public mutating func removeAll(keeping: Int = .max) {
    used = 0
    if room > keeping {
      base.deallocate()
      room = max(keeping, 8)
      base = .allocate(capacity: room)
    }
  }
}
