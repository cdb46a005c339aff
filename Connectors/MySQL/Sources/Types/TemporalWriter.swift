internal import MillraceCore

/// Writes one date or time as text into a batch's arena.
struct TemporalWriter {
  private let start: Int
  private var cursor: ByteCursor

  /// Nobody else may touch the batch until `finish`.
  @inline(__always) init(_ batch: inout RecordBatch, room: Int) {
    start = batch.arena.count
    cursor = batch.arena.cursor(reserving: room)
  }

  @inline(__always) func finish(_ batch: inout RecordBatch) -> Slot {
    batch.arena.finish(cursor)
    return .text(offset: start, length: batch.arena.count &- start)
  }

  @inline(__always) mutating func put(_ character: Unicode.Scalar) { cursor.put(UInt8(truncatingIfNeeded: character.value)) }

  @inline(__always) mutating func two(_ value: Int) {
    cursor.put(UInt8(truncatingIfNeeded: value / 10 % 10 &+ 48))
    cursor.put(UInt8(truncatingIfNeeded: value % 10 &+ 48))
  }

  @inline(__always) mutating func date(year: Int, _ month: Int, _ day: Int) {
    two(year / 100)
    two(year % 100)
    put("-")
    two(month)
    put("-")
    two(day)
  }

  @inline(__always) mutating func time(_ hour: Int, _ minute: Int, _ second: Int) {
    two(hour)
    put(":")
    two(minute)
    put(":")
    two(second)
  }

  /// A point and so many digits; nothing for none.
  @inline(__always) mutating func fraction(_ microseconds: Int, digits: Int) {
    guard digits > 0 else { return }
    put(".")
    var divisor = 100_000
    for _ in 0..<digits {
      cursor.put(UInt8(truncatingIfNeeded: microseconds / divisor % 10 &+ 48))
      divisor /= 10
    }
  }

  /// Without zeros at the end.
  @inline(__always) mutating func significantFraction(_ microseconds: Int) {
    guard microseconds > 0 else { return }
    var digits = 6, rest = microseconds
    while rest % 10 == 0 {
      rest /= 10
      digits &-= 1
    }
    fraction(microseconds, digits: digits)
  }
}
