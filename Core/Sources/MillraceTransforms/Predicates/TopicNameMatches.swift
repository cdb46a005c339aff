public import MillraceCore

/// Kafka Connect's predicate `TopicNameMatches`: the whole topic name matches a regular expression.
///
/// `@unchecked Sendable`: a predicate is used by one stage at a time.
public final class TopicNameMatches: Predicate, @unchecked Sendable {
  /// The settings below `predicates.<alias>.`.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("pattern", required: true, "A regular expression that the whole topic name must match.")
  ]

  private let expression: Regex<AnyRegexOutput>?
  private var generation: UInt64 = 0
  /// The answers for the topics of the batch at hand.
  private var answers: [Bool] = []

  /// Reads `pattern`; a mistake becomes a finding of `configuration`, and the predicate chooses nothing.
  public init(_ configuration: inout Configuration) {
    let pattern = configuration.required("pattern", "give a regular expression, such as srv\\.public\\..*")
    do {
      expression = try Regex(pattern).matchingSemantics(.unicodeScalar)
    } catch {
      expression = nil
      configuration.report(
        Finding(key: "pattern", problem: "\"\(pattern)\" is not a regular expression", advice: "escape dots and brackets"))
    }
  }

  public func test(_ index: Int, of batch: borrowing RecordBatch) -> Bool { matches(batch.records[index].topic, of: batch) }

  /// Whether it matches a topic of the batch.
  package func matches(_ topic: UInt32, of batch: borrowing RecordBatch) -> Bool {
    if generation != batch.generation {
      answers.removeAll(keepingCapacity: true)
      generation = batch.generation
    }
    while answers.count < batch.topics.count {
      let topic = batch.topics[answers.count]
      let match = expression.flatMap { try? $0.wholeMatch(in: topic) }
      answers.append(match != nil)
    }
    return answers[Int(topic)]
  }
}
