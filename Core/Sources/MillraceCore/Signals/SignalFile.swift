internal import Glibc

/// The channel `file`: JSON objects, one a line, which are taken out of the file when they are read
/// (io.debezium.pipeline.signal.channels.FileSignalChannel). Read by the connector's thread, now and then.
package struct SignalFile: Sendable {
  private let path: String
  private let interval: Int64
  private var next: Int64 = 0
  private let log: Log

  package init(path: String, interval: Duration, log: Log) {
    self.path = path
    self.interval = Int64(interval / .nanoseconds(1))
    self.log = log
  }

  /// What has been written since, if it is time to look.
  package mutating func poll(now: Int64) -> [Signal] {
    guard now >= next || next - now > interval else { return [] }
    next = now + interval
    guard let bytes = takeContent() else { return [] }
    var signals: [Signal] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let line = Array(line)
      if line.allSatisfy({ $0 <= 0x20 }) { continue }
      do {
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch { throw SignalFault("it is not JSON: \(error)") }
        signals.append(try Signal(line: value))
      } catch {
        log.warning("a signal is left out", ("file", path), ("problem", (error as? SignalFault)?.problem ?? "\(error)"))
      }
    }
    return signals
  }

  /// Writes a signal for a connector that reads this file.
  package static func append(_ signal: Signal, to path: String) throws(MillraceError) {
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw unwritable(SystemError("open"), path) }
    defer { Glibc.close(file) }
    flock(file, LOCK_EX)
    let line = Array((signal.line + "\n").utf8), end = lseek(file, 0, SEEK_END)
    let count = write(file, line, line.count)
    guard count == line.count else {
      // A disk that is full takes a part of it. Half a line would spoil the next signal.
      let error = count < 0 ? SystemError("write") : SystemError("write", ENOSPC)
      ftruncate(file, end)
      throw unwritable(error, path)
    }
  }

  private static func unwritable(_ error: SystemError, _ path: String) -> MillraceError {
    error.error(code: "signal.file", component: "signal", message: "the signal file cannot be written", path: path, setting: "signal.file")
  }

  /// The whole content; the file is empty afterwards. A signal is written with one write, or moved into place.
  private func takeContent() -> [UInt8]? {
    let file = open(path, O_RDWR | O_CLOEXEC)
    guard file >= 0 else {
      // Nobody has written one yet.
      if errno != ENOENT { log.warning("the signal file cannot be read", ("file", path), ("error", String(cString: strerror(errno)))) }
      return nil
    }
    defer { Glibc.close(file) }
    // Whoever writes by `append` does not write between reading and emptying. The stream does not wait for it.
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else { return nil }
    var content: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while content.count < 16 << 20 {
      let count = read(file, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      content += piece[..<count]
    }
    guard !content.isEmpty else { return nil }
    guard ftruncate(file, 0) == 0 else {
      log.warning("the signal file cannot be emptied, so its signals are not followed", ("file", path), ("error", String(cString: strerror(errno))))
      return nil
    }
    return content
  }
}
