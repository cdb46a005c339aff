public import MillraceCore

/// Kafka Connect's `TimestampRouter`: a topic made of the topic and the record's timestamp.
public final class TimestampRouter: Transform {
  public static let options: [ConfigurationOption] = [
    .init("topic.format", default: "${topic}-${timestamp}", "The new topic; ${topic} and ${timestamp} are filled in."),
    .init("timestamp.format", default: "yyyyMMdd", "A pattern of Java's SimpleDateFormat, in UTC."),
  ]

  private let format: String
  private let time: JavaDateFormat?

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration) {
    format = configuration.string("topic.format") ?? "${topic}-${timestamp}"
    time = configuration.dateFormat("timestamp.format", default: "yyyyMMdd")
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    guard let time else { return }
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let record = batch.records[index]
      guard record.timestamp >= 0 else {
        throw MillraceError(
          code: "transform.TimestampRouter.missing", component: "TimestampRouter", retry: .record, message: "the record has no timestamp",
          advice: "Debezium's records have none either: let a transform before it set one, such as the outbox event router"
        ).at(record, of: batch)
      }
      let topic = format.replacing("${topic}", with: batch.topics[Int(record.topic)]).replacing("${timestamp}", with: time.text(record.timestamp))
      batch.records[index].topic = batch.intern(topic: topic)
    }
  }
}

extension Configuration {
  /// A pattern of dates; a mistake is reported. nil where there is none.
  mutating func dateFormat(_ key: String, default fallback: String? = nil) -> JavaDateFormat? {
    guard let text = self[key] ?? fallback, !text.isEmpty else { return nil }
    if let format = JavaDateFormat(text) { return format }
    report(
      Finding(
        key: key, problem: "\"\(text)\" is not a pattern of dates that is known here",
        advice: "write letters of yMdHkKhmsSaEuDzZX, other letters in quotes: yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"))
    return nil
  }
}
