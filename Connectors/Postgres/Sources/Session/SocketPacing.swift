internal import Glibc

/// How a reader waits for more input: while much arrives, only for a moment and without looking.
///
/// A reader that is woken for every message costs itself and the server more than the messages do; the next read after a pause
/// takes many at once. When little arrives it waits on the socket, so that a single change is seen at once.
enum SocketPacing {
  /// - Parameters:
  ///   - received: bytes taken since the wait before.
  ///   - pause: the moment, in µs, after 32 KiB or more; what arrives meanwhile should fit into the socket's buffer.
  ///   - milliseconds: the longest wait when nothing comes.
  static func wait(on connection: PostgresConnection, afterReceiving received: Int, pause: UInt32, milliseconds: CInt) {
    if received >= 32 * 1024 {
      usleep(pause)
    } else if received >= 2 * 1024 {
      usleep(500)
    } else {
      var descriptor = pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0)
      poll(&descriptor, 1, milliseconds)
    }
  }
}
