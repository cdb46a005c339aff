/// Several tables in one topic: `topic.regex`, `topic.replacement` and `topic.key.*`
/// (io.debezium.schema.AbstractRegexTopicNamingStrategy).
struct TopicRoute: Sendable {
  private let topic: RegexReplacement?
  /// nil: keys stay as they are.
  private let field: String?
  private let identifier: RegexReplacement?

  init(_ configuration: inout Configuration) {
    topic = RegexReplacement("topic.regex", "topic.replacement", isRequired: true, of: &configuration)
    let name = configuration["topic.key.field.name"] ?? "__dbz__physicalTableIdentifier"
    field = configuration.boolean("topic.key.enforce.uniqueness", default: true) ? name : nil
    identifier = RegexReplacement("topic.key.field.regex", "topic.key.field.replacement", isRequired: false, of: &configuration)
  }

  /// The topic for a sanitised name; what the replacement brings is not sanitised.
  func topic(for name: String) -> String {
    guard let new = topic?.replacing(name), !new.isEmpty else { return name }
    return new
  }

  /// The field of the key and its value, for a name that is not sanitised.
  func identifier(for name: String) -> (field: String, value: String)? {
    field.map { ($0, identifier?.replacing(name) ?? name) }
  }
}
