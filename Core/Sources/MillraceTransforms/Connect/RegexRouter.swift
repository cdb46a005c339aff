public import MillraceCore

/// Kafka Connect's `RegexRouter`: another topic for records whose topic a regular expression matches as a whole.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
public final class RegexRouter: Transform, @unchecked Sendable {
  public static let options: [ConfigurationOption] = [
    .init("regex", required: true, "A regular expression that the whole topic must match."),
    .init("replacement", required: true, "The new topic; $1 and ${name} are groups of the expression."),
  ]

  private let replacement: RegexReplacement?
  /// The new topics by the old ones; as many as there are topics.
  private var known: [String: String] = [:]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration) {
    replacement = RegexReplacement("regex", "replacement", isRequired: true, of: &configuration)
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    guard let replacement else { return }
    var routed: [UInt32?] = Array(repeating: nil, count: batch.topics.count)
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let topic = Int(batch.records[index].topic)
      guard topic < routed.count else { continue }
      if routed[topic] == nil {
        let name = batch.topics[topic]
        let new = known[name] ?? replacement.replacing(name) ?? name
        if known.count >= 65_536 { known.removeAll() }
        known[name] = new
        routed[topic] = batch.intern(topic: new)
      }
      batch.records[index].topic = routed[topic] ?? batch.records[index].topic
    }
  }
}
