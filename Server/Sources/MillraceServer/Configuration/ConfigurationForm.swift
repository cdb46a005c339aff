/// How a configuration is written.
enum ConfigurationForm: Equatable {
  case json, properties, yaml

  /// By the end of the file's name, or by its content: `{` begins JSON; otherwise the first setting decides: `key=value` is a
  /// properties file, `key: value` and `key:` are YAML.
  init(path: String, text: String) {
    let lower = path.lowercased()
    if lower.hasSuffix(".json") {
      self = .json
    } else if lower.hasSuffix(".properties") {
      self = .properties
    } else if lower.hasSuffix(".yaml") || lower.hasSuffix(".yml") {
      self = .yaml
    } else {
      self = Self.detect(text)
    }
  }

  private static func detect(_ text: String) -> ConfigurationForm {
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.drop { $0.isWhitespace }
      guard let first = line.first, first != "#", first != "!" else { continue }
      if first == "{" || first == "[" { return .json }
      if line.hasPrefix("---") || line.hasPrefix("%YAML") { return .yaml }
      guard let separator = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return .properties }
      if line[separator] == "=" { return .properties }
      let after = line[separator...].dropFirst()
      return after.isEmpty || after.first == " " ? .yaml : .properties
    }
    return .properties
  }
}
