internal import MillraceCore

/// Replaces `${env:NAME}` and `${file:PATH:KEY}` in values, as Kafka's configuration providers do. What stands there is not looked
/// at again, and other `${…}` stay as they are: some settings have their own (`outbox.event.${routedByValue}`).
struct Placeholders {
  let source: ConfigurationSource
  private var environment: [String: String]?
  private var files: [String: [String: String]] = [:]

  init(source: ConfigurationSource) { self.source = source }

  /// - Returns: the value with everything replaced, and a finding for each placeholder that leads nowhere.
  mutating func resolve(_ value: String, key: String) -> (value: String, findings: [Finding]) {
    guard value.utf8.contains(UInt8(ascii: "$")) else { return (value, []) }
    var result = ""
    var findings: [Finding] = []
    var rest = value[...]
    while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
      result += rest[..<start.lowerBound]
      let inside = rest[start.upperBound..<end]
      switch lookUp(inside) {
      case .some(.success(let text)): result += text
      case .some(.failure(let problem)):
        findings.append(Finding(key: key, problem: problem.text, advice: problem.advice))
      case nil: result += rest[start.lowerBound...end]
      }
      rest = rest[rest.index(after: end)...]
    }
    return (result + rest, findings)
  }

  private struct Problem: Error {
    var text: String
    var advice: String
  }

  private mutating func lookUp(_ inside: Substring) -> Result<String, Problem>? {
    let parts = inside.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("env", 2), ("env", 3):
      let name = parts.dropFirst().joined(separator: ":")
      let variables = environment ?? source.environment()
      environment = variables
      guard let text = variables[name] else {
        return .failure(Problem(text: "names the environment variable \(name), which is not set", advice: "set \(name)"))
      }
      return .success(text)
    case ("file", 3):
      let (path, name) = (parts[1], parts[2])
      if files[path] == nil {
        switch source.read(path) {
        case .failure(let error):
          return .failure(Problem(text: "names the file \(path), which cannot be read: \(error.reason)", advice: "correct the path"))
        case .success(let bytes):
          let settings = PropertiesText.parse(String(decoding: bytes, as: UTF8.self), name: path).settings
          files[path] = Dictionary(settings.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        }
      }
      guard let text = files[path]?[name] else {
        return .failure(Problem(text: "names the key \(name), which is not in \(path)", advice: "add \(name)=… to that file"))
      }
      return .success(text)
    case ("file", _):
      return .failure(Problem(text: "has a ${file:…} without a key", advice: "write ${file:PATH:KEY}"))
    default: return nil
    }
  }
}
