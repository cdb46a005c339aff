internal import MillraceCore

/// Reads a configuration in whatever form it is written, and merges file, environment and arguments: the later one wins.
struct ConfigurationLoader {
  var source = ConfigurationSource.process
  /// Names of options, in Debezium Server's form: how environment variables find the spelling that their own names lost.
  var knownNames: () -> [String] = { [] }

  /// - Parameters:
  ///   - path: the file, or `-` for standard input.
  ///   - arguments: `key=value` each.
  func load(_ path: String, arguments: [String] = []) -> LoadedSettings {
    let file = readFile(path)
    let environment = EnvironmentNames.settings(of: source.environment()) { file.settings.map(\.key) + knownNames() }
    var result = LoadedSettings()
    result.isReadable = !file.settings.isEmpty || !file.findings.contains { $0.severity == .error }
    var values: [String: String] = [:]
    var isServerForm = false
    for origin in [file, environment, readArguments(arguments)] {
      result.findings += origin.findings
      var here: Set<String> = []
      for setting in origin.settings {
        isServerForm = isServerForm || setting.key.hasPrefix("debezium.")
        for name in FlatNames.of(setting.key) {
          let value = setting.key == "quarkus.log.level" ? FlatNames.logLevel(quarkus: setting.value) : setting.value
          if !here.insert(name).inserted, values[name] != value {
            // A narrower name beats a common one: debezium.format.value.X over debezium.format.X.
            guard let first = result.written[name], isCommonFormat(first) != isCommonFormat(setting.key) else {
              result.findings.append(
                Finding(
                  key: setting.key, problem: "is given twice, the other time as \(result.name(of: name))", advice: "remove one of them"))
              continue
            }
            if isCommonFormat(setting.key) { continue }
          }
          values[name] = value
          result.written[name] = setting.key == name ? nil : setting.key
        }
      }
    }
    // Debezium Server writes headers as JSON where nothing else is said; Kafka Connect does not.
    if isServerForm, values["header.converter"] == nil { values["header.converter"] = "json" }

    var placeholders = Placeholders(source: source)
    for key in values.keys.sorted() {
      guard let value = values[key] else { continue }
      let resolved = placeholders.resolve(value, key: result.name(of: key))
      result.findings += resolved.findings
      values[key] = resolved.value
    }
    result.configuration = Configuration(values)
    return result
  }

  private func isCommonFormat(_ written: String) -> Bool {
    guard let rest = written.after("debezium.format.") else { return false }
    return !["key", "value", "header"].contains { rest == $0 || rest.hasPrefix("\($0).") }
  }

  private func readFile(_ path: String) -> WrittenSettings {
    let name = path == "-" ? "standard input" : path
    var result = WrittenSettings()
    switch source.read(path) {
    case .failure(let error):
      result.findings.append(Finding(key: name, problem: "cannot be read: \(error.reason)", advice: "give the path of a configuration"))
      return result
    case .success(let bytes):
      guard let text = String(validating: bytes, as: UTF8.self) else {
        result.findings.append(Finding(key: name, problem: "is not UTF-8", advice: "save it as UTF-8"))
        return result
      }
      switch ConfigurationForm(path: path, text: text) {
      case .json: return JSONText.parse(bytes, name: name)
      case .properties: return PropertiesText.parse(text, name: name)
      case .yaml: return YAMLText.parse(text, name: name)
      }
    }
  }

  private func readArguments(_ arguments: [String]) -> WrittenSettings {
    var result = WrittenSettings()
    for argument in arguments {
      if let equals = argument.firstIndex(of: "="), equals > argument.startIndex {
        let key = String(argument[..<equals])
        result.settings.removeAll { $0.key == key }
        result.add(key, String(argument[argument.index(after: equals)...]))
      } else {
        // Not shown: it may be a secret that lost its name.
        result.findings.append(
          Finding(key: "an argument", problem: "behind CONFIG is not of the form key=value", advice: "write topic.prefix=shop, for example"))
      }
    }
    return result
  }
}
