/// LSNs as the server prints them: two hexadecimal halves.
enum PostgresLSN {
  static func text(_ lsn: UInt64) -> String {
    "\(String(lsn >> 32, radix: 16, uppercase: true))/\(String(lsn & 0xFFFF_FFFF, radix: 16, uppercase: true))"
  }

  static func number(_ text: String) -> UInt64? {
    let halves = text.split(separator: "/")
    guard halves.count == 2, let high = UInt32(halves[0], radix: 16), let low = UInt32(halves[1], radix: 16) else { return nil }
    return UInt64(high) << 32 | UInt64(low)
  }
}
