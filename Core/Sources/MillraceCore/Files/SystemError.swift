internal import Glibc

/// A system call that failed: its name and errno. Turned into a `MillraceError` where it is known what it was for.
package struct SystemError: Error, Sendable, Equatable {
  package let call: StaticString
  package let number: Int32

  package init(_ call: StaticString, _ number: Int32) {
    self.call = call
    self.number = number
  }

  /// Takes errno as the call that just failed left it.
  package init(_ call: StaticString) { self.init(call, errno) }

  package static func == (a: SystemError, b: SystemError) -> Bool { a.number == b.number && a.call.description == b.call.description }

  package var isFull: Bool { number == ENOSPC || number == EDQUOT }
  package var isAbsent: Bool { number == ENOENT }
  package var isBusy: Bool { number == EWOULDBLOCK || number == EAGAIN }
  package var isBrokenPipe: Bool { number == EPIPE }

  /// The system's own words.
  package var text: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return buffer.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// What to do about it, for a file at `path`.
  package func advice(path: String, setting: String) -> String {
    switch number {
    case ENOENT: "create the folder first: mkdir -p '\(Path.folder(of: path))'"
    case ENOTDIR: "a part of the path is not a folder: correct \(setting)"
    case EISDIR: "it is a folder: name a file in \(setting)"
    case EACCES, EPERM: "give the user that runs this read and write permission on the file and its folder, or change \(setting)"
    case EROFS: "the file system is read-only: remount it or change \(setting)"
    case ENOSPC: "free space on the file system, or point \(setting) to another one"
    case EDQUOT: "raise the disk quota, or point \(setting) to another file system"
    case EFBIG: "the limit on file size is reached: raise it (ulimit -f) or rotate the file"
    case EMFILE, ENFILE: "raise the limit on open files (ulimit -n)"
    default: "look after the file system that holds '\(path)'"
    }
  }

  /// As an error of the whole run. A full disk can be retried, nothing else gets better by itself.
  package func error(
    code: String, component: String, message: String, path: String, setting: String, retry: MillraceError.Retry? = nil
  ) -> MillraceError {
    MillraceError(
      code: code, component: component, retry: retry ?? (isFull ? .retry : .stop), message: message,
      advice: advice(path: path, setting: setting), subject: path, serverCode: "errno \(number)", serverText: "\(call): \(text)")
  }
}

/// Paths as text, and what is in folders.
package enum Path {
  /// The names in a folder, in no order, without `.` and `..`.
  package static func names(in folder: String) throws(SystemError) -> [String] {
    guard let listing = opendir(folder) else { throw SystemError("opendir") }
    defer { closedir(listing) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw SystemError("readdir") }
    return names
  }

  /// The folder that holds `path`: "." where it names none.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last part of `path`.
  package static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }
}
