internal import MillraceCore

/// How topics are made that are not there yet: Kafka Connect's `topic.creation.*` (org.apache.kafka.connect.util.TopicCreationGroup).
///
/// The first group in the order of `groups` whose `include` matches the topic's whole name and whose `exclude` does not gives its
/// settings, else the group `default`. Groups take partitions and replicas of `default` where they give none, but not its other settings.
struct TopicCreation: Sendable {
  private struct Group: Sendable {
    var include: [TopicPattern] = []
    var exclude: [TopicPattern] = []
    var partitions: Int32
    var replication: Int32
    var settings: [(name: String, value: String)] = []

    func matches(_ topic: String) -> Bool {
      !exclude.contains { $0.matches(topic) } && include.contains { $0.matches(topic) }
    }
  }

  private var groups: [Group] = []
  private var fallback: Group

  private static let own: Set<String> = ["include", "exclude", "partitions", "replication.factor"]

  /// nil where nothing is to be made: no settings, or `topic.creation.enable=false`.
  /// - Parameter configuration: the sink's settings; mistakes are reported to it.
  init?(_ configuration: inout Configuration) {
    let all = configuration.below("topic.creation.")
    let isEnabled = configuration.boolean("topic.creation.enable", default: true)
    guard all.keys.contains(where: { $0 != "enable" }) else { return nil }
    var names: [String] = []
    for name in configuration.list("topic.creation.groups") where name != "default" && !names.contains(name) { names.append(name) }
    for key in all.keys where key != "enable" && key != "groups" && !(["default"] + names).contains(where: { key.hasPrefix($0 + ".") }) {
      configuration.report(
        Finding(key: "topic.creation." + key, problem: "belongs to no group of topic.creation.groups", advice: "add its group there, or remove it"))
    }
    for key in ["include", "exclude"] where all["default." + key] != nil {
      configuration.report(
        Finding(key: "topic.creation.default." + key, problem: "is not known: the group default is for all other topics", advice: "remove it"))
    }
    for key in ["partitions", "replication.factor"] where all["default." + key]?.isEmpty != false {
      configuration.report(
        Finding(key: "topic.creation.default." + key, problem: "is missing", advice: "write a number, or -1 for what the brokers say"))
    }
    fallback = Self.group("default", Group(partitions: -1, replication: -1), &configuration)
    for name in names { groups.append(Self.group(name, fallback, &configuration)) }
    if !isEnabled { return nil }
  }

  private static func group(_ name: String, _ fallback: Group, _ configuration: inout Configuration) -> Group {
    let prefix = "topic.creation.\(name)."
    func number(_ key: String, _ fallback: Int32, _ maximum: Int, _ configuration: inout Configuration) -> Int32 {
      let value = configuration.integer(prefix + key, default: Int(fallback), in: -1...maximum)
      if value == 0 {
        configuration.report(Finding(key: prefix + key, problem: "is 0", advice: "write 1 or more, or -1 for what the brokers say"))
      }
      return Int32(value)
    }
    var group = Group(
      partitions: number("partitions", fallback.partitions, Int(Int32.max), &configuration),
      replication: number("replication.factor", fallback.replication, Int(Int16.max), &configuration))
    if name != "default" {
      group.include = patterns(prefix + "include", &configuration)
      group.exclude = patterns(prefix + "exclude", &configuration)
    }
    let settings = configuration.below(prefix)
    for key in settings.keys where !own.contains(key) { group.settings.append((key, settings[key] ?? "")) }
    return group
  }

  private static func patterns(_ key: String, _ configuration: inout Configuration) -> [TopicPattern] {
    configuration.list(key).compactMap { text in
      if let pattern = TopicPattern(text) { return pattern }
      configuration.report(
        Finding(key: key, problem: "has an invalid regular expression \"\(text)\"", advice: "write one that matches the whole name, such as shop\\..*"))
      return nil
    }
  }

  /// What is asked for when `topic` is to be made.
  func request(for topic: String) -> NewTopic {
    let group = groups.first { $0.matches(topic) } ?? fallback
    return NewTopic(name: topic, partitions: group.partitions, replication: group.replication, settings: group.settings)
  }
}

/// A regular expression for a whole name. Sendable: compiled from text, it holds no closures and is never changed.
private struct TopicPattern: @unchecked Sendable {
  private let regex: Regex<AnyRegexOutput>

  init?(_ text: String) {
    guard let regex = try? Regex(text) else { return nil }
    self.regex = regex.matchingSemantics(.unicodeScalar)
  }

  func matches(_ name: String) -> Bool { (try? regex.wholeMatch(in: name)) != nil }
}
