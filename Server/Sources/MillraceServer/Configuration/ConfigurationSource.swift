internal import Glibc
internal import MillraceCore

/// What the loader reads from outside: files, standard input, the environment. Tests give their own.
struct ConfigurationSource: Sendable {
  /// The bytes of a file (`-`: standard input), or why it cannot be read.
  var read: @Sendable (_ path: String) -> Result<[UInt8], Unreadable>
  /// The environment variables, in any order; read once, when they are needed.
  var environment: @Sendable () -> [String: String]

  struct Unreadable: Error {
    var reason: String
  }

  /// This process's.
  static let process = ConfigurationSource(
    read: { path in
      let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return .failure(Unreadable(reason: String(cString: strerror(errno)))) }
      defer { if path != "-" { close(descriptor) } }
      return readAll(descriptor)
    },
    environment: {
      // The process's own block as the kernel keeps it: the C library's `environ` may change under a reader.
      let descriptor = open("/proc/self/environ", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return [:] }
      defer { close(descriptor) }
      guard case .success(let bytes) = readAll(descriptor) else { return [:] }
      var variables: [String: String] = [:]
      for entry in bytes.split(separator: 0) {
        guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
        let name = String(decoding: entry[..<equals], as: UTF8.self)
        variables[name] = String(decoding: entry[(equals + 1)...], as: UTF8.self)
      }
      return variables
    })

  private static let limit = 16 << 20

  private static func readAll(_ descriptor: Int32) -> Result<[UInt8], Unreadable> {
    var bytes: [UInt8] = []
    var portion = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = portion.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return .failure(Unreadable(reason: String(cString: strerror(errno))))
      }
      if count == 0 { return .success(bytes) }
      bytes += portion[..<count]
      if bytes.count > limit { return .failure(Unreadable(reason: "it is larger than 16 MiB")) }
    }
  }
}
