internal import Glibc
internal import MillraceCore

/// The folder that the sink writes into: one folder for each topic in it, and a file that keeps other processes away.
struct ArrowFolder: ~Copyable {
  let path: String
  private let lock: OpenFile

  /// Creates the folder where it is missing, and takes it for this process.
  init(_ path: String) throws(SystemError) {
    try Self.create(path)
    let file = try OpenFile(path + "/.millrace.lock", O_RDWR | O_CREAT)
    try file.lock()
    self.path = path
    lock = file
  }

  /// Removes files that an earlier process has not completed: their records come again. Answers how many there were.
  borrowing func removeUnfinished() throws(SystemError) -> Int {
    var count = 0
    for topic in try Path.names(in: path) {
      let folder = "\(path)/\(topic)"
      var status = stat()
      guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
      for name in try Path.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(ArrowFile.unfinished) {
        if unlink("\(folder)/\(name)") != 0, errno != ENOENT { throw SystemError("unlink") }
        count += 1
      }
    }
    return count
  }

  /// The folder of a topic, created where it is missing, and the number of its next file: one more than the highest.
  borrowing func table(_ topic: String) throws(SystemError) -> (folder: String, number: Int) {
    let folder = "\(path)/\(Self.name(of: topic))"
    try Self.create(folder)
    var highest = 0
    for name in try Path.names(in: folder) {
      if let number = Int(name.prefix { $0 != "." }), number > highest { highest = number }
    }
    return (folder, highest + 1)
  }

  /// The topic itself, with what a folder cannot be called written as in URLs: two topics never share one.
  static func name(of topic: String) -> String {
    if topic == "." || topic == ".." { return topic.replacing(".", with: "%2E") }
    return topic.replacing("%", with: "%25").replacing("/", with: "%2F")
  }

  private static func create(_ folder: String) throws(SystemError) {
    if mkdir(folder, 0o755) == 0 { return try OpenFile.synchronize(folder: Path.folder(of: folder)) }
    if errno != EEXIST { throw SystemError("mkdir") }
  }

  /// What would keep the sink from writing; leaves nothing behind.
  static func findings(_ path: String) -> [Finding] {
    if path.isEmpty { return [] }
    func finding(_ error: SystemError) -> [Finding] {
      let advice = error.number == ENOTDIR ? "name a folder in sink.arrow.path" : error.advice(path: path, setting: "sink.arrow.path")
      return [Finding(key: "path", problem: "cannot be written: \(error.text)", advice: advice)]
    }
    do throws(SystemError) {
      var status = stat()
      guard stat(path, &status) == 0 else {
        try OpenFile.probe(folder: Path.folder(of: path))
        return []
      }
      guard status.st_mode & S_IFMT == S_IFDIR else { return finding(SystemError("open", ENOTDIR)) }
      let lock = path + "/.millrace.lock"
      if access(lock, F_OK) == 0 { try OpenFile(lock, O_RDWR).lock() }
      try OpenFile.probe(folder: path)
      return []
    } catch {
      if error.isBusy {
        let failure = ArrowSink.locked(path)
        return [Finding(key: "path", problem: failure.message, advice: failure.advice)]
      }
      return finding(error)
    }
  }
}
