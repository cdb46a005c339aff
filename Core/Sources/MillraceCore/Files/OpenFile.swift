package import Glibc

/// An open file descriptor with one owner; closed with it.
package struct OpenFile: ~Copyable, Sendable {
  package let descriptor: Int32

  /// - Parameter flags: as of open(2); `O_CLOEXEC` is added.
  package init(_ path: String, _ flags: Int32, mode: mode_t = 0o644) throws(SystemError) {
    while true {
      let result = open(path, flags | O_CLOEXEC, mode)
      if result >= 0 {
        descriptor = result
        return
      }
      if errno != EINTR { throw SystemError("open") }
    }
  }

  deinit { close(descriptor) }

  package struct Status: Sendable {
    package let isRegular: Bool
    /// In bytes.
    package let size: Int
    /// In milliseconds since the epoch.
    package let modified: Int64
  }

  package borrowing func status() throws(SystemError) -> Status {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError("fstat") }
    // Seconds and nanoseconds. By name they can be read or not, depending on which files are compiled together: several
    // modules of the toolchain hold this C struct.
    let (seconds, nanoseconds) = unsafeBitCast(status.st_mtim, to: (Int, Int).self)
    let modified = Int64(seconds) * 1000 + Int64(nanoseconds) / 1_000_000
    return Status(isRegular: status.st_mode & S_IFMT == S_IFREG, size: Int(status.st_size), modified: modified)
  }

  package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) { try Self.write(bytes, to: descriptor) }

  package borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
    var arena = ByteArena(capacity: bytes.count)
    bytes.withUnsafeBytes { arena.append($0) }
    try arena.withBytes { (bytes) throws(SystemError) in try write(bytes) }
  }

  /// Writes the UTF-8 bytes of `text`.
  package borrowing func write(_ text: String) throws(SystemError) {
    var arena = ByteArena(capacity: text.utf8.count)
    arena.append(text)
    try arena.withBytes { (bytes) throws(SystemError) in try write(bytes) }
  }

  /// Writes all bytes, waiting where the descriptor is not ready.
  package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let written = Glibc.write(descriptor, part.baseAddress, part.count)
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if written < 0 && errno == EAGAIN {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if poll(&ready, 1, -1) < 0 && errno != EINTR { throw SystemError("poll") }
      } else if written < 0 && errno != EINTR {
        throw SystemError("write")
      }
    }
  }

  /// The whole content, from the beginning.
  package borrowing func readAll() throws(SystemError) -> [UInt8] {
    var result: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = try read(into: &block, at: result.count)
      if count == 0 { return result }
      result += block[..<count]
    }
  }

  /// Reads up to a block's size of bytes from `offset`; 0 at the end.
  package borrowing func read(into block: inout [UInt8], at offset: Int) throws(SystemError) -> Int {
    while true {
      let count = pread(descriptor, &block, block.count, offset)
      if count >= 0 { return count }
      if errno != EINTR { throw SystemError("pread") }
    }
  }

  package borrowing func truncate(to size: Int) throws(SystemError) {
    while ftruncate(descriptor, size) != 0 { if errno != EINTR { throw SystemError("ftruncate") } }
  }

  package borrowing func synchronize() throws(SystemError) { try Self.synchronize(descriptor) }

  /// Makes content and size durable. What cannot be synchronised (a pipe, a device) is durable as written.
  package static func synchronize(_ descriptor: Int32) throws(SystemError) {
    while fsync(descriptor) != 0 {
      if errno == EINVAL || errno == EROFS { return }
      if errno != EINTR { throw SystemError("fsync") }
    }
  }

  /// Makes the names in a folder durable.
  package static func synchronize(folder: String) throws(SystemError) {
    try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize()
  }

  /// Tries whether a file in `folder` could be written and made durable, and leaves nothing behind.
  package static func probe(folder: String) throws(SystemError) {
    let path = "\(folder)/.millrace-check-\(getpid())"
    let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
    unlink(path)
    try file.write("\n")
    try file.synchronize()
  }

  /// Takes the file for this process alone, without waiting; throws an error that `isBusy` where another one has it.
  package borrowing func lock() throws(SystemError) {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 { if errno != EINTR { throw SystemError("flock") } }
  }
}
