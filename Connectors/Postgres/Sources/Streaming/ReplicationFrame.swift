internal import MillraceCore

/// What a message of the replication stream carries. Source: PostgreSQL documentation, "Streaming Replication Protocol".
enum ReplicationFrame {
  /// XLogData: one message of the output plug-in, the WAL position of its content, and the end of the server's WAL.
  case data(UnsafeRawBufferPointer, lsn: UInt64, serverEnd: UInt64)
  /// Primary keepalive: how far the server has come, and whether it wants to hear from us at once.
  case keepalive(serverEnd: UInt64, asks: Bool)

  /// The content is good as long as the bytes are.
  @inline(__always)
  init(_ bytes: UnsafeRawBufferPointer) throws(MillraceError) {
    var message = MessageReader(bytes)
    let kind = try message.byte()
    switch kind {
    case UInt8(ascii: "w"):
      let lsn = try message.integer(UInt64.self)
      let end = try message.integer(UInt64.self)
      _ = try message.integer(UInt64.self)
      self = .data(try message.take(message.remaining), lsn: lsn, serverEnd: end)
    case UInt8(ascii: "k"):
      let end = try message.integer(UInt64.self)
      _ = try message.integer(UInt64.self)
      self = .keepalive(serverEnd: end, asks: try message.byte() == 1)
    default: throw MessageReader.unknown("frame", kind)
    }
  }
}
