/// The options of one scope of a configuration, and what they say about a setting.
package struct OptionTable {
  private var exact: [String: ConfigurationOption] = [:]
  private var families: [ConfigurationOption] = []
  package let options: [ConfigurationOption]

  package init(_ options: [ConfigurationOption]) {
    self.options = options
    exact.reserveCapacity(options.count)
    for option in options {
      if option.name.hasSuffix("*") { families.append(option) } else if exact[option.name] == nil { exact[option.name] = option }
    }
  }

  /// The option that `key` sets: the one of that name, or the family with the longest common part.
  package subscript(key: String) -> ConfigurationOption? {
    exact[key]
      ?? families.filter { key.hasPrefix($0.name.dropLast()) && key.utf8.count >= $0.name.utf8.count }
      .max { $0.name.utf8.count < $1.name.utf8.count }
  }

  /// The name that was probably meant by `key`.
  package func nearest(to key: String) -> String? {
    if let renamed = CoreOptions.renamed[key.lowercased()], self[renamed] != nil { return renamed }
    return NearestName.of(key, among: options.lazy.map(\.name).filter { !$0.hasSuffix("*") })
  }

  /// Whether the value must not be shown: by the option, or by its name.
  package static func isSecret(_ key: String, _ option: ConfigurationOption?) -> Bool {
    if option?.isSecret == true { return true }
    let name = key.lowercased()
    return ["password", "passphrase", "secret", "token", "jaas", "credential", "user.info", "private.key", "key.pem", "access.key"]
      .contains { name.contains($0) }
  }
}

extension ConfigurationOption {
  /// What is wrong with `value`; nil where nothing is.
  ///
  /// - Parameter key: the full name, for what is shown.
  package func finding(for value: String, key: String) -> Finding? {
    let text = value.trimmed
    let shown = OptionTable.isSecret(key, self) ? "the value" : "\"\(text)\""
    let instead = defaultValue.map { "write \($0), the default, or remove it" } ?? "remove it"
    switch kind {
    case .boolean where !["true", "false"].contains(text.lowercased()):
      return Finding(key: key, problem: "takes true or false, not \(shown)", advice: "write true or false")
    case .integer(let range):
      guard let number = Int(text), range.contains(number) else {
        let bound = range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        return Finding(
          key: key, problem: "takes a whole number \(bound), not \(shown)",
          advice: defaultValue.map { "write \($0), the default, or another number \(bound)" } ?? "write a number \(bound)")
      }
    case .choice(let values, let notYet):
      let lower = text.lowercased()
      if notYet.contains(lower) {
        let advice = values.count == 1 ? "write \(values[0])" : "write one of \(values.joined(separator: ", "))"
        return Finding(key: key, problem: "\(shown) is not supported yet", advice: advice)
      }
      guard values.contains(lower) else {
        let meant = NearestName.of(lower, among: values)
        return Finding(
          key: key, problem: "does not know \(shown)", advice: "write \(meant ?? "one of \(values.joined(separator: ", "))")")
      }
    default: break
    }
    switch support {
    case .supported: return nil
    case .notYet, .impossible:
      if text.isEmpty || text.lowercased() == defaultValue?.lowercased() { return nil }
      if case .impossible(let reason) = support {
        return Finding(key: key, problem: "cannot be supported: \(reason)", advice: instead)
      }
      return Finding(key: key, problem: "is not supported yet", advice: instead)
    case .ignored(let reason):
      if text == defaultValue { return nil }
      return Finding(.warning, key: key, problem: "has no effect: \(reason)", advice: "remove it")
    }
  }
}
