/// `signal.*`, as every connector has it.
public struct SignalSettings: Sendable {
  /// The table or collection whose rows are signals, in the source's form of a name.
  public let collection: String?
  /// Whether the channel `source` is on.
  public let readsSource: Bool
  /// The file of the channel `file`, where it is on.
  public let file: String?
  /// How often the file is looked at.
  public let pollInterval: Duration

  /// Reads `signal.data.collection`, `signal.enabled.channels`, `signal.file` and `signal.poll.interval.ms`.
  public init(_ configuration: inout Configuration) {
    collection = configuration["signal.data.collection"].flatMap { $0.trimmed.isEmpty ? nil : $0.trimmed }
    var channels = Set(configuration.list("signal.enabled.channels").map { $0.lowercased() })
    if configuration["signal.enabled.channels"] == nil { channels = ["source"] }
    for channel in channels.subtracting(["source", "file", "in-process"]).sorted() {
      let problem =
        switch channel {
        case "jmx": "has jmx, which needs a Java machine"
        case "kafka": "has kafka, which the program millrace reads; other programs post to the connector's signals"
        default: "\"\(channel)\" is no channel"
        }
      configuration.report(Finding(key: "signal.enabled.channels", problem: problem, advice: "write a list of source, kafka, file, in-process"))
    }
    readsSource = channels.contains("source")
    file = channels.contains("file") ? configuration["signal.file"] ?? "file-signals.txt" : nil
    pollInterval = .milliseconds(configuration.integer("signal.poll.interval.ms", default: 5000, in: 10...86_400_000))
    if file == nil, configuration["signal.file"] != nil {
      configuration.report(
        Finding(.warning, key: "signal.file", problem: "has no effect without the channel file", advice: "write signal.enabled.channels=source,file"))
    }
  }

  /// The table or collection of the channel `source`, for who writes to it.
  package func writable() throws(MillraceError) -> String {
    if let collection { return collection }
    throw MillraceError(
      code: "signal.collection", component: "signal", retry: .stop, message: "no table or collection holds signals",
      advice: "write signal.data.collection, or post to the connector's signals")
  }

  /// The settings, for a connector's list.
  public static let options: [ConfigurationOption] = [
    .init("signal.data.collection", "The table or collection whose rows are signals."),
    .init("signal.enabled.channels", default: "source", "Where signals come from: source, kafka, file, in-process."),
    .init("signal.file", default: "file-signals.txt", "The file of the channel file: a JSON object a line."),
    .init("signal.poll.interval.ms", .integer(10...86_400_000), default: "5000", "How often the signal file is read."),
  ]
}
