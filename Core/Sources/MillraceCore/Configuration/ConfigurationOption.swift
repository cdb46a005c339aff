/// One setting that a component knows: what `millrace connectors NAME` shows and unknown keys are held against.
public struct ConfigurationOption: Sendable {
  public enum Support: Sendable, Equatable {
    case supported
    /// Debezium knows it, we do not yet: an error unless its value is the default, which is what we do.
    case notYet
    /// Meaningless here (JVM tuning, a driver's own class): accepted with a note, because it changes no record.
    case ignored(reason: String)
  }

  /// The full name; a trailing `*` stands for any rest (`producer.override.*`).
  public let name: String
  /// As text; nil where there is none.
  public let defaultValue: String?
  /// Whether a value must be given.
  public let isRequired: Bool
  /// Its value is never printed.
  public let isSecret: Bool
  /// One or two sentences.
  public let summary: String
  public let support: Support

  public init(
    _ name: String, default defaultValue: String? = nil, required: Bool = false, secret: Bool = false,
    support: Support = .supported, _ summary: String
  ) {
    self.name = name
    self.defaultValue = defaultValue
    self.isRequired = required
    self.isSecret = secret
    self.summary = summary
    self.support = support
  }
}
