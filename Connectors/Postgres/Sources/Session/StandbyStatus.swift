internal import MillraceCore

/// The standby status update of the streaming replication protocol.
enum StandbyStatus {
  /// - Parameters:
  ///   - flushed: durable in the sink up to here, which counts as applied as well (Invariant 1); 0 confirms nothing.
  ///   - written: received up to here; at least `flushed`.
  ///   - now: ns since 1970.
  ///   - asks: whether the server is to answer at once, with a keepalive.
  static func message(flushed: UInt64, written: UInt64 = 0, now: Int64, asks: Bool = false) -> [UInt8] {
    var message: [UInt8] = [UInt8(ascii: "r")]
    func append(_ value: UInt64) { withUnsafeBytes(of: value.bigEndian) { message.append(contentsOf: $0) } }
    append(max(flushed, written))
    append(flushed)
    append(flushed)
    append(UInt64(bitPattern: now / 1000 &- ChangeDecoder.epoch))
    message.append(asks ? 1 : 0)
    return message
  }
}
