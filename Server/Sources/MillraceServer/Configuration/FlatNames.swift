/// Debezium Server's names for settings, turned into the flat names of a Kafka Connect connector.
///
/// `debezium.source.X` is X; `debezium.sink.*`, `debezium.transforms*` and `debezium.predicates*` lose their first word;
/// `debezium.format.value` is `value.converter`, `debezium.format.value.X` is `value.converter.X`, and `debezium.format.X` is
/// `X` of all three converters. The settings of producer and topics, which Kafka Connect takes at the top, go to the Kafka sink.
enum FlatNames {
  /// The flat names of a written one: one, or three for a common setting of all converters.
  static func of(_ written: String) -> [String] {
    if let rest = written.after("debezium.source.") { return [sinkName(rest) ?? rest] }
    if let rest = written.after("debezium.format.") {
      for part in ["key", "value", "header"] {
        if rest == part { return ["\(part).converter"] }
        if let option = rest.after("\(part).") { return ["\(part).converter.\(option)"] }
      }
      return ["key", "value", "header"].map { "\($0).converter.\(rest)" }
    }
    if written.hasPrefix("debezium.sink.") || written.hasPrefix("debezium.transforms") || written.hasPrefix("debezium.predicates") {
      return [String(written.dropFirst("debezium.".count))]
    }
    if written == "quarkus.log.level" { return ["log.level"] }
    return [sinkName(written) ?? written]
  }

  /// What Kafka Connect and its worker call the settings of producer and topics.
  private static func sinkName(_ name: String) -> String? {
    if name == "bootstrap.servers" { return "sink.kafka.producer.bootstrap.servers" }
    if let rest = name.after("producer.override.") ?? name.after("producer.") { return "sink.kafka.producer.\(rest)" }
    if name.hasPrefix("topic.creation.") { return "sink.kafka.\(name)" }
    return nil
  }

  /// `log.level` in Quarkus' words.
  static func logLevel(quarkus value: String) -> String {
    switch value.uppercased() {
    case "OFF", "FATAL", "ERROR", "SEVERE": "error"
    case "WARN", "WARNING": "warn"
    case "DEBUG", "FINE", "FINER", "FINEST", "TRACE", "ALL": "debug"
    case "INFO", "CONFIG": "info"
    default: value
    }
  }
}

extension String {
  /// What stands behind `prefix`; nil where there is nothing or the text begins otherwise.
  func after(_ prefix: String) -> String? {
    hasPrefix(prefix) && utf8.count > prefix.utf8.count ? String(dropFirst(prefix.count)) : nil
  }
}
