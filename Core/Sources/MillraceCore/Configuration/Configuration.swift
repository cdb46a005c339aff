/// The settings of a run: dotted names and text, as Kafka Connect has them, after files, environment and arguments are merged.
///
/// Reading a setting through a typed getter collects a `Finding` instead of throwing, so that all mistakes are reported at once.
public struct Configuration: Sendable {
  private var values: [String: String]
  /// What the getters have found wrong so far.
  public private(set) var findings: [Finding] = []

  /// Settings as they are written, without a check of their names.
  public init(_ values: [String: String]) { self.values = values }

  /// The text of a setting, as written; nil where it is not given.
  public subscript(key: String) -> String? {
    get { values[key] }
    set { values[key] = newValue }
  }

  /// All keys, sorted.
  public var keys: [String] { values.keys.sorted() }

  /// The settings below `prefix`, without it: `transforms.unwrap.` gives `type`, `add.fields`, ….
  public func below(_ prefix: String) -> Configuration {
    var result: [String: String] = [:]
    for (key, value) in values where key.hasPrefix(prefix) && key.count > prefix.count {
      result[String(key.dropFirst(prefix.count))] = value
    }
    return Configuration(result)
  }

  /// Adds to what is wrong; order is kept.
  public mutating func report(_ finding: Finding) { findings.append(finding) }

  // MARK: typed getters

  /// The text as it is, blanks included.
  public mutating func string(_ key: String, default fallback: String? = nil) -> String? { values[key] ?? fallback }

  /// A setting that must be there and not empty; reports and answers "" otherwise.
  public mutating func required(_ key: String, _ advice: String) -> String {
    if let value = values[key], !value.isEmpty { return value }
    report(Finding(key: key, problem: "is missing", advice: advice))
    return ""
  }

  /// `true` or `false` without regard to case; anything else is reported, and the fallback answered.
  public mutating func boolean(_ key: String, default fallback: Bool) -> Bool {
    guard let text = values[key] else { return fallback }
    switch text.lowercased().trimmed {
    case "true": return true
    case "false": return false
    default:
      report(Finding(key: key, problem: "\"\(text)\" is not a boolean", advice: "write true or false"))
      return fallback
    }
  }

  /// Anything but a whole number in the range is reported, and the fallback answered.
  public mutating func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int> = 0...Int.max) -> Int {
    guard let text = values[key] else { return fallback }
    guard let value = Int(text.trimmed), range.contains(value) else {
      let bound = range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      report(Finding(key: key, problem: "\"\(text)\" is not a whole number \(bound)", advice: "write \(key)=\(fallback), its default, or another number \(bound)"))
      return fallback
    }
    return value
  }

  /// One of the raw values of `Choice`, without regard to case.
  public mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default fallback: Choice) -> Choice
  where Choice.RawValue == String {
    guard let text = values[key] else { return fallback }
    if let choice = Choice(rawValue: text.lowercased().trimmed) { return choice }
    let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    report(Finding(key: key, problem: "\"\(text)\" is not known", advice: "write one of \(allowed)"))
    return fallback
  }

  /// A comma-separated list, blanks around the items removed, empty items left out.
  public mutating func list(_ key: String) -> [String] {
    (values[key] ?? "").split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
  }
}

/// One thing that is wrong with a configuration, or with the server that it names.
public struct Finding: Sendable, Equatable, CustomStringConvertible {
  /// An error keeps the run from starting, a warning does not.
  public enum Severity: Sendable, Equatable {
    /// An error is mended before a run starts; a warning may be left.
    case error, warning
  }
  /// Whether the run can start all the same.
  public var severity: Severity
  /// The setting, or the object on the server, such as `table public.iris_train`.
  public var key: String
  /// What is wrong: completes "`key` …".
  public var problem: String
  /// What to write or run instead.
  public var advice: String

  /// Texts complete "`key` …" and hold no secret.
  public init(_ severity: Severity = .error, key: String, problem: String, advice: String) {
    self.severity = severity
    self.key = key
    self.problem = problem
    self.advice = advice
  }

  /// One line, for people.
  public var description: String { "\(severity == .error ? "error" : "warning"): \(key) \(problem) → \(advice)" }
}

extension String {
  /// Without blanks, tabs and line ends at both sides.
  package var trimmed: String {
    var view = Substring(self)
    while let first = view.first, first.isWhitespace { view.removeFirst() }
    while let last = view.last, last.isWhitespace { view.removeLast() }
    return String(view)
  }
}
