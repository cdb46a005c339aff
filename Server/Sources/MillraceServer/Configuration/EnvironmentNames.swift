/// Environment variables as Debezium Server maps them: `DEBEZIUM_SOURCE_TOPIC_PREFIX` is `debezium.source.topic.prefix`.
///
/// An underscore may stand for a dot, a hyphen, or itself, and the case of letters is lost; so a name that is known (written in
/// the file, or an option of a component) and that maps to the same variable is preferred to the plain translation.
enum EnvironmentNames {
  private static let prefixes = [
    "DEBEZIUM_SOURCE_", "DEBEZIUM_SINK_", "DEBEZIUM_FORMAT_", "DEBEZIUM_TRANSFORMS", "DEBEZIUM_PREDICATES",
  ]

  /// - Parameter known: names that exist, in Debezium Server's form; asked for only when there is a variable to translate.
  static func settings(of environment: [String: String], known: () -> [String]) -> WrittenSettings {
    var result = WrittenSettings()
    let variables = environment.filter { name, _ in
      name == "QUARKUS_LOG_LEVEL" || prefixes.contains { name.hasPrefix($0) && (name.utf8.count > $0.utf8.count || !$0.hasSuffix("_")) }
    }
    guard !variables.isEmpty else { return result }
    var spelling: [String: String] = [:]
    for name in known() where spelling[variable(of: name)] == nil { spelling[variable(of: name)] = name }
    for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
      result.add(spelling[name] ?? name.lowercased().replacing("_", with: "."), value)
    }
    return result
  }

  /// Upper case, and an underscore for all but letters and digits (MicroProfile Config, "Environment Variables Mapping Rules").
  static func variable(of name: String) -> String {
    String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}
