internal import MillraceCore

/// `message.prefix.include.list` and `message.prefix.exclude.list`: which logical messages are delivered.
struct MessagePrefixes: Sendable {
  private let included: NameFilter?
  private let excluded: NameFilter?

  /// All messages.
  init() {
    included = nil
    excluded = nil
  }

  init(_ configuration: inout Configuration) {
    included = NameFilter("message.prefix.include.list", of: &configuration)
    excluded = NameFilter("message.prefix.exclude.list", of: &configuration)
    if included != nil, excluded != nil {
      configuration.report(
        Finding(key: "message.prefix.exclude.list", problem: "is given together with message.prefix.include.list", advice: "remove one of them"))
    }
  }

  func take(_ prefix: String) -> Bool {
    if let included { return included.matches(prefix) }
    return excluded.map { !$0.matches(prefix) } ?? true
  }
}
