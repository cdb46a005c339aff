/// One setting that a component knows: what `millrace connectors NAME` shows and unknown keys are held against.
public struct ConfigurationOption: Sendable {
  public enum Support: Sendable, Equatable {
    case supported
    /// Debezium knows it, we do not yet: an error unless its value is the default, which is what we do.
    case notYet
    /// It names a Java class, say: an error, like `notYet`, that gives the reason.
    case impossible(reason: String)
    /// Meaningless here (JVM tuning, a driver's own class): accepted with a note, because it changes no record.
    case ignored(reason: String)
  }

  /// What values it takes; a value that does not fit is found before anything is started.
  public enum Kind: Sendable, Equatable {
    /// Anything; the component itself says what is wrong with it.
    case text
    case boolean
    case integer(ClosedRange<Int>)
    /// One of `values`, without regard to case. Those of `notYet` Debezium knows, but we do not support yet.
    case choice(_ values: [String], notYet: [String] = [])
    /// A comma-separated list of anchored regular expressions: a `NameFilter`.
    case patterns
  }

  /// The full name; a trailing `*` stands for any rest (`producer.override.*`).
  public let name: String
  public let kind: Kind
  /// As text; nil where there is none.
  public let defaultValue: String?
  /// Whether a value must be given.
  public let isRequired: Bool
  /// Its value is never printed.
  public let isSecret: Bool
  /// One or two sentences.
  public let summary: String
  public let support: Support

  /// A setting of kind `text`.
  public init(
    _ name: String, default defaultValue: String? = nil, required: Bool = false, secret: Bool = false,
    support: Support = .supported, _ summary: String
  ) {
    self.init(name, .text, default: defaultValue, required: required, secret: secret, support: support, summary)
  }

  public init(
    _ name: String, _ kind: Kind, default defaultValue: String? = nil, required: Bool = false, secret: Bool = false,
    support: Support = .supported, _ summary: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.isRequired = required
    self.isSecret = secret
    self.summary = summary
    self.support = support
  }
}
