internal import MillraceCore

/// Settings of one origin (a file, the environment, the arguments), by the names that people wrote, in the order found.
struct WrittenSettings: Sendable, Equatable {
  struct Setting: Sendable, Equatable {
    var key: String
    var value: String
  }
  var settings: [Setting] = []
  var findings: [Finding] = []

  mutating func add(_ key: String, _ value: String) { settings.append(Setting(key: key, value: value)) }
}

/// All settings of a run under the flat names of Kafka Connect, origins merged, placeholders replaced.
struct LoadedSettings: Sendable {
  var configuration = Configuration([:])
  /// The name as it was written, where it differs from the flat name.
  var written: [String: String] = [:]
  var findings: [Finding] = []
  /// False where the file itself could not be read: what is missing then follows from that.
  var isReadable = true

  /// The name under which the user knows the setting `key`.
  func name(of key: String) -> String { written[key] ?? key }
}
