internal import MillraceCore

/// The settings of a consumer that a configuration has below a prefix, by the names of Java's or librdkafka's.
struct ConsumerSettings: Sendable {
  /// What it takes to reach the brokers.
  let connection: ProducerConfiguration
  /// Those of the consumer alone, by librdkafka's names.
  var own: [String: String] = [:]

  /// What means nothing outside a JVM, or where records are read one by one and committed by hand.
  private static let javaOnly = [
    "key.deserializer", "value.deserializer", "max.poll.records", "default.api.timeout.ms", "exclude.internal.topics", "enable.auto.commit",
    "auto.commit.interval.ms", "interceptor.classes", "request.timeout.ms",
  ]

  /// - Parameters:
  ///   - prefix: what stands in front of the consumer's settings, such as `signal.consumer.`.
  ///   - bootstrap: the setting that names the brokers where those do not.
  init(_ configuration: inout Configuration, below prefix: String, bootstrap: String) {
    var settings = configuration.below(prefix)
    for name in ConsumerSettings.javaOnly { settings[name] = nil }
    if settings["bootstrap.servers"] == nil {
      settings["bootstrap.servers"] = configuration.required(bootstrap, "name the brokers, such as kafka:9092")
    }
    connection = ProducerConfiguration(settings)
    for var finding in connection.findings {
      finding.key = prefix + finding.key.dropFirst("producer.".count)
      configuration.report(finding)
    }
    for name in settings.keys where !ProducerConfiguration.isOfConnection(name) { own[name] = connection[name] }
  }
}
