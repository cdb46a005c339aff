internal import Glibc

/// The time of day.
public enum Clock {
  /// Nanoseconds since 1970-01-01 UTC.
  @inline(__always)
  public static func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// Division that rounds to negative infinity: times before 1970.
  @inlinable public static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
