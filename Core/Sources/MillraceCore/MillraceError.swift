/// What went wrong, where, and what an operator can do about it. Never holds a row value, a key value or a secret.
public struct MillraceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What the pipeline does next.
  public enum Retry: Sendable, Equatable {
    /// Try again after a pause with back-off and jitter.
    case retry
    /// End the run with exit code 1.
    case stop
    /// One record is at fault: `event.processing.failure.handling.mode` decides where a connector reads it, `errors.tolerance` where it
    /// is delivered.
    case record
  }

  /// Stable and dotted, such as `postgres.slot.active`.
  public var code: String
  /// The component at fault, such as `postgres`, `kafka`, `offsets`.
  public var component: String
  public var retry: Retry
  /// What happened, in one sentence.
  public var message: String
  /// What the operator can do, in one sentence.
  public var advice: String
  /// The table, topic or file it is about.
  public var subject: String?
  /// The position in the log.
  public var position: String?
  /// The server's own number or SQLSTATE, and its own text.
  public var serverCode: String?
  public var serverText: String?
  /// Where it is about one record of a batch that a sink was given: its index. What is before it was taken, nothing from it on.
  public var record: Int?
  /// With the code `configuration.invalid`: everything that was found wrong with settings and server, warnings included.
  public var findings: [Finding] = []

  public init(
    code: String, component: String, retry: Retry, message: String, advice: String, subject: String? = nil,
    position: String? = nil, serverCode: String? = nil, serverText: String? = nil
  ) {
    self.code = code
    self.component = component
    self.retry = retry
    self.message = message
    self.advice = advice
    self.subject = subject
    self.position = position
    self.serverCode = serverCode
    self.serverText = serverText
  }

  /// What keeps a run from being started.
  init(findings: [Finding]) {
    let errors = findings.count { $0.severity == .error }
    self.init(
      code: "configuration.invalid", component: "configuration", retry: .stop,
      message: errors == 1 ? "there is a mistake in the configuration" : "there are \(errors) mistakes in the configuration",
      advice: "mend what the findings name")
    self.findings = findings
  }

  public var description: String {
    var text = "\(code): \(message)"
    if let subject { text += " [\(subject)]" }
    if let position { text += " at \(position)" }
    if let serverText { text += " (server: \(serverCode.map { "\($0) " } ?? "")\(serverText))" }
    if !advice.isEmpty { text += " → \(advice)" }
    for finding in findings { text += "\n\(finding)" }
    return text
  }
}
