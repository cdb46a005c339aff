/// What happens to a record that a transform or a converter fails on: Kafka Connect's `errors.*`, and a dead-letter topic, which
/// Connect has for sinks only.
public struct FaultPolicy: Sendable {
  /// Whether such a record is left out of its topic and the run goes on; otherwise it ends the run.
  public var isTolerant = false
  /// Where records at fault go, through the same sink; nil: nowhere (Invariant 3: by explicit setting only).
  public var deadLetterTopic: String?
  /// Whether a dead letter says in its headers where it comes from and what was wrong.
  public var hasContextHeaders = false
  /// The run's name in those headers.
  public var name = ""
  /// Renders what the converters cannot convert; never fails on a record of any shape.
  public var deadLetterConverter: (any Converter)?
  /// How long a transform or converter that fails for a while (a registry that is away) is tried again; nil: without end.
  public var retryTimeout: Duration? = .zero
  /// The longest pause between two tries; the first is 300 ms.
  public var longestPause: Duration = .seconds(60)
  /// Whether each record at fault is logged; otherwise one line a second counts them.
  public var logsEach = false

  public init() {}

  /// Whether a batch must be kept as it was until it is delivered.
  var isActive: Bool { isTolerant || retryTimeout != .zero }

  /// Reads `errors.*`.
  /// - Parameter name: that of the run.
  public init(_ configuration: inout Configuration, name: String) {
    self.name = name
    isTolerant = configuration.choice("errors.tolerance", default: Tolerance.none) == .all
    let timeout = configuration.integer("errors.retry.timeout", default: 0, in: -1...Int.max)
    retryTimeout = timeout < 0 ? nil : .milliseconds(timeout)
    longestPause = .milliseconds(configuration.integer("errors.retry.delay.max.ms", default: 60_000, in: 1...Int.max))
    logsEach = configuration.boolean("errors.log.enable", default: false)
    hasContextHeaders = configuration.boolean(Self.headersKey, default: false)
    let topic = configuration[Self.topicKey]?.trimmed ?? ""
    if !topic.isEmpty { deadLetterTopic = topic }
    if !topic.utf8.allSatisfy({ TopicNaming.isLegal($0) }) {
      configuration.report(
        Finding(
          key: Self.topicKey, problem: "\"\(topic)\" has characters that a topic name cannot have",
          advice: "use letters, digits, dot, dash and underscore"))
    }
    if deadLetterTopic != nil, !isTolerant {
      configuration.report(
        Finding(
          .warning, key: Self.topicKey, problem: "has no effect: a record at fault ends the run", advice: "write errors.tolerance=all, too"))
    } else if isTolerant, deadLetterTopic == nil {
      configuration.report(
        Finding(
          .warning, key: "errors.tolerance", problem: "leaves out records that a transform or converter fails on",
          advice: "write \(Self.topicKey)=…, so that they are kept"))
    }
  }

  private enum Tolerance: String, CaseIterable { case none, all }
  private static let topicKey = "errors.deadletterqueue.topic.name"
  private static let headersKey = "errors.deadletterqueue.context.headers.enable"
}
