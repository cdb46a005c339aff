public import MillraceCore
internal import MillraceTransforms

/// Debezium's `io.debezium.transforms.Filter` and `ContentBasedRouter`: an expression about each record says whether it stays, or
/// to which topic it goes.
///
/// Debezium runs such expressions by whatever JSR-223 engine is installed. Here they are JavaScript (decision 14); an expression for
/// Groovy is taken where it means the same in both.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
public final class ScriptTransform: Transform, @unchecked Sendable {
  /// What the expression is for.
  public enum Purpose: Sendable {
    /// Records for which it is false are dropped.
    case filter
    /// Its text is the topic; without one a record stays in its own.
    case router
  }

  /// The settings below `transforms.<alias>.`.
  public static func options(_ purpose: Purpose) -> [ConfigurationOption] {
    [
      .init("topic.regex", "A regular expression; topics that it does not match as a whole pass unchanged."),
      .init("language", required: true, "jsr223.graal.js, or jsr223.groovy for expressions that mean the same in JavaScript."),
      purpose == .filter
        ? .init("condition", required: true, "JavaScript about key, value, keySchema, valueSchema, topic and header: true keeps the record.")
        : .init("topic.expression", required: true, "JavaScript about the same: the topic, or null for the record's own."),
      .init(
        "null.handling.mode", .choice(NullHandling.allCases.map(\.rawValue)), default: "keep",
        "What becomes of records without value: keep, drop, or evaluate the expression."),
    ]
  }

  private enum NullHandling: String, CaseIterable { case keep, drop, evaluate }

  private let purpose: Purpose
  private let script: Script?
  private let nulls: NullHandling
  private let topics: TopicChoice?
  /// The topic that was answered last.
  private var recent: (text: [UInt8], generation: UInt64, index: UInt32)?

  private var name: String { purpose == .filter ? "Filter" : "ContentBasedRouter" }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public init(_ purpose: Purpose, _ configuration: inout Configuration) {
    self.purpose = purpose
    nulls = configuration.choice("null.handling.mode", default: .keep)
    topics = configuration["topic.regex"].flatMap { $0.isEmpty ? nil : $0 } == nil ? nil : TopicChoice("topic.regex", &configuration)
    let key = purpose == .filter ? "condition" : "topic.expression"
    let language = ScriptLanguage(&configuration)
    let source = configuration.required(key, "write an expression, such as value.op == 'u'")
    guard let language, !source.isEmpty else {
      script = nil
      return
    }
    do throws(Script.Invalid) {
      script = try Script(source)
      if language == .groovy, let difference = GroovySubset.difference(source) {
        configuration.report(
          Finding(
            key: key, problem: "is Groovy: \(difference)",
            advice: "write it in JavaScript, with language=jsr223.graal.js; comparisons of fields by == != < > && || ! and ?: stay as they are"))
      }
    } catch {
      script = nil
      configuration.report(
        Finding(
          key: key, problem: "is no JavaScript (ECMAScript 5): \(error.reason)",
          advice: language == .groovy ? "write it in JavaScript, with language=jsr223.graal.js" : "correct it; there is no ?. and no =>, use && and function"))
    }
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    guard let script else { return }
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      if let topics, !topics.contains(batch.records[index].topic, of: batch) { continue }
      if batch.records[index].value.isNull {
        if nulls == .keep { continue }
        if nulls == .drop {
          batch.records[index].isDropped = true
          continue
        }
      }
      let outcome: Script.Outcome
      do throws(Script.Failure) {
        outcome = try script.evaluate(index, of: &batch)
      } catch {
        throw failure(error).at(batch.records[index], of: batch)
      }
      switch (purpose, outcome) {
      case (.filter, .boolean(let keeps)): batch.records[index].isDropped = !keeps
      case (.router, .text): batch.records[index].topic = topic(script, &batch)
      case (.router, .nothing): break
      case (.filter, _): throw failure("type", "the condition is neither true nor false", "let it end in a comparison").at(batch.records[index], of: batch)
      case (.router, _): throw failure("type", "the expression is no text", "let it end in a text, or in null").at(batch.records[index], of: batch)
      }
    }
  }

  private func topic(_ script: Script, _ batch: inout RecordBatch) -> UInt32 {
    if let recent, recent.generation == batch.generation, script.withText({ $0.elementsEqual(recent.text) }) { return recent.index }
    let index = batch.intern(topic: script.text)
    recent = (script.withText { Array($0) }, batch.generation, index)
    return index
  }

  private func failure(_ error: Script.Failure) -> MillraceError {
    switch error {
    case .exception(let reason): failure("exception", "the expression failed: \(reason)", "ask for null first: value.before && value.before.id == 2")
    case .steps: failure("steps", "the expression did not end", "look for a loop in it")
    case .memory: failure("memory", "the expression needs more than 32 MiB", "look for what it collects")
    }
  }

  private func failure(_ code: String, _ message: String, _ advice: String) -> MillraceError {
    MillraceError(code: "transform.\(name).\(code)", component: name, retry: .record, message: message, advice: advice)
  }
}

/// The topics that a regular expression matches as a whole, looked at once for each topic of a batch.
private final class TopicChoice {
  private let predicate: TopicNameMatches

  init(_ key: String, _ configuration: inout Configuration) {
    var settings = Configuration(["pattern": configuration[key] ?? ""])
    predicate = TopicNameMatches(&settings)
    for finding in settings.findings { configuration.report(Finding(key: key, problem: finding.problem, advice: finding.advice)) }
  }

  func contains(_ topic: UInt32, of batch: borrowing RecordBatch) -> Bool { predicate.matches(topic, of: batch) }
}

/// What `language` says.
enum ScriptLanguage: Equatable {
  case javaScript, groovy

  /// nil where it is missing or cannot be run here, which is reported.
  init?(_ configuration: inout Configuration) {
    let text = configuration.required("language", "write jsr223.graal.js").trimmed
    switch text.lowercased() {
    case "": return nil
    case "jsr223.graal.js", "jsr223.js", "jsr223.javascript", "jsr223.ecmascript": self = .javaScript
    case "jsr223.groovy": self = .groovy
    case let other:
      let problem =
        other.hasPrefix("wasm.") ? "\"\(text)\" is a WebAssembly program for Java, which is not run here"
        : other.hasPrefix("jsr223.") ? "\"\(text)\" names no language that is known here" : "\"\(text)\" does not begin with jsr223."
      configuration.report(Finding(key: "language", problem: problem, advice: "write jsr223.graal.js, and the expression in JavaScript"))
      return nil
    }
  }
}
