/// `notification.*`, as every connector has it.
public struct NotificationSettings: Sendable {
  /// The topic of the channel `sink`, where it is on.
  public let topic: String?
  /// Whether the channel `log` is on.
  public let logs: Bool
  /// Whom a program that embeds the connector wants to tell.
  public var handler: (@Sendable (Notification) -> Void)?

  /// Reads `notification.enabled.channels` and `notification.sink.topic.name`.
  public init(_ configuration: inout Configuration) {
    let channels = Set(configuration.list("notification.enabled.channels").map { $0.lowercased() })
    for channel in channels.subtracting(["sink", "log"]).sorted() {
      configuration.report(
        Finding(
          key: "notification.enabled.channels", problem: channel == "jmx" ? "has jmx, which needs a Java machine" : "\"\(channel)\" is no channel",
          advice: "write a list of sink and log"))
    }
    logs = channels.contains("log")
    let name = configuration["notification.sink.topic.name"]?.trimmed ?? ""
    topic = channels.contains("sink") && !name.isEmpty ? name : nil
    if channels.contains("sink"), name.isEmpty {
      configuration.report(
        Finding(key: "notification.sink.topic.name", problem: "is missing", advice: "write the topic that notifications go to, or take sink out of notification.enabled.channels"))
    }
  }

  var isOn: Bool { topic != nil || logs || handler != nil }

  /// The settings, for a connector's list.
  public static let options: [ConfigurationOption] = [
    .init("notification.enabled.channels", "Where notifications go: sink, log."),
    .init("notification.sink.topic.name", "The topic of the channel sink."),
  ]
}
