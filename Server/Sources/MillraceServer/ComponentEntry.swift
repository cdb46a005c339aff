internal import MillraceCore

/// One connector, sink, converter, transform, predicate or offset store that a configuration can name.
struct ComponentEntry<Make: Sendable>: Sendable {
  /// The short name, in lower case.
  let name: String
  /// What Kafka Connect and Debezium call it.
  let classes: [String]
  /// One line for the table of choices.
  let summary: String
  /// Its settings, named as below its prefix. A function, so that nobody pays for the tables of what is not used.
  let options: @Sendable () -> [ConfigurationOption]
  /// Makes it from its settings; what is wrong with them is reported to the configuration.
  let make: Make

  init(
    _ name: String, _ classes: [String], _ summary: String,
    options: @autoclosure @escaping @Sendable () -> [ConfigurationOption] = [], make: Make
  ) {
    self.name = name
    self.classes = classes
    self.summary = summary
    self.options = options
    self.make = make
  }

  /// Whether `text` names this component: its short name, its class, or its class without package.
  func isNamed(_ text: String) -> Bool {
    name == text.lowercased() || classes.contains { $0 == text || $0.split(separator: ".").last.map(String.init) == text }
  }
}

typealias ConnectorEntry = ComponentEntry<@Sendable (inout Configuration, Log) -> any Connector>
typealias SinkEntry = ComponentEntry<@Sendable (inout Configuration) -> any Sink>
/// The second parameter is what stands for a value that the log did not carry.
typealias ConverterEntry = ComponentEntry<@Sendable (inout Configuration, [UInt8]) -> any Converter>
typealias TransformEntry = ComponentEntry<@Sendable (inout Configuration, Log) -> any Transform>
typealias PredicateEntry = ComponentEntry<@Sendable (inout Configuration) -> any Predicate>
typealias SignalChannelEntry = ComponentEntry<@Sendable (inout Configuration, Log) -> any SignalChannel>
/// The second parameter is the name of the run.
typealias OffsetStoreEntry = ComponentEntry<@Sendable (inout Configuration, String) -> any OffsetStore>
