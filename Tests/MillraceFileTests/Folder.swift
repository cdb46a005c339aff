import Glibc
import MillraceCore
import Synchronization

/// A folder of a test, removed with everything in it at the end.
final class Folder: Sendable {
  let path: String

  init(under parent: String? = nil) {
    let parent = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/millrace-test-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? ""
  }

  deinit {
    for name in names { unlink(path + "/" + name) }
    rmdir(path)
  }

  var names: [String] {
    guard let listing = opendir(path) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func read(_ name: String) throws -> String {
    try String(decoding: OpenFile(path + "/" + name, O_RDONLY).readAll(), as: UTF8.self)
  }

  func write(_ name: String, _ text: String) throws {
    try OpenFile(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC).write(text)
  }

  /// The numbers that `BatchBox.of` wrote, in order.
  func values(_ name: String) throws -> [Int] {
    let text = try read(name)
    var values: [Int] = []
    for line in text.split(separator: "\n") {
      if let value = try JSONValue(parsing: String(line))["value"]?.integer { values.append(Int(value)) }
    }
    return values
  }
}

/// What a component logged.
final class Journal: Sendable {
  private let lines = Mutex<[String]>([])
  var log: Log { Log { level, message, _ in self.lines.withLock { $0.append("\(level): \(message)") } } }
  var all: [String] { lines.withLock { $0 } }
}
