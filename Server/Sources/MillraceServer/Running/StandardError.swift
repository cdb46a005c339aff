internal import Glibc
internal import Synchronization

/// Writes whole lines to standard error, and keeps one live line at its end where that is a terminal.
final class StandardError: Sendable {
  static let shared = StandardError()

  let isTerminal: Bool
  private let descriptor: Int32
  private let live = Mutex("")

  init(descriptor: Int32 = STDERR_FILENO) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
  }

  func line(_ text: String) {
    live.withLock { live in
      write(live.isEmpty ? "\(text)\n" : "\r\u{1B}[2K\(text)\n\(live)")
    }
  }

  /// Replaces the live line; an empty text removes it.
  func show(live text: String) {
    live.withLock { live in
      guard text != live else { return }
      live = text
      write("\r\u{1B}[2K\(text)")
    }
  }

  /// Columns of the terminal, 80 where it does not say.
  var width: Int {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  private func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return }  // nobody listens any more
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}
