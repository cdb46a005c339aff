public import MillraceCore

/// A component of your own that a configuration can name, as those that the program brings: give it to `MillraceMain.run(adding:)`.
///
/// A component is told by its short name in lower case, or by its class (what stands in a Kafka Connect configuration), with or
/// without its package. A name that is taken already stands for the new one. `options` are its settings as they are named below its
/// prefix; settings that are not among them are errors, and mistakes that `make` reports to the configuration are, too.
public struct Component: Sendable {
  let enter: @Sendable (inout ComponentRegistry) -> Void

  /// What `connector.class` can name. Its settings have no prefix.
  public static func connector(
    _ name: String, classes: [String] = [], _ summary: String, options: [ConfigurationOption] = [],
    make: @escaping @Sendable (inout Configuration, Log) -> any Connector
  ) -> Component {
    Component { $0.connectors.insert(ConnectorEntry(name, classes, summary, options: options, make: make), at: 0) }
  }

  /// What `sink.type` can name. Settings stand below `sink.<name>.`.
  public static func sink(
    _ name: String, _ summary: String, options: [ConfigurationOption] = [],
    make: @escaping @Sendable (inout Configuration) -> any Sink
  ) -> Component {
    Component { $0.sinks.insert(SinkEntry(name, [], summary, options: options, make: make), at: 0) }
  }

  /// What `transforms.<alias>.type` can name. Settings stand below `transforms.<alias>.`.
  public static func transform(
    _ name: String, classes: [String] = [], _ summary: String, options: [ConfigurationOption] = [],
    make: @escaping @Sendable (inout Configuration) -> any Transform
  ) -> Component {
    Component { $0.transforms.insert(TransformEntry(name, classes, summary, options: options) { settings, _ in make(&settings) }, at: 0) }
  }

  /// What `predicates.<alias>.type` can name. Settings stand below `predicates.<alias>.`.
  public static func predicate(
    _ name: String, classes: [String] = [], _ summary: String, options: [ConfigurationOption] = [],
    make: @escaping @Sendable (inout Configuration) -> any Predicate
  ) -> Component {
    Component { $0.predicates.insert(PredicateEntry(name, classes, summary, options: options, make: make), at: 0) }
  }

  /// What `key.converter`, `value.converter` and `header.converter` can name. Settings stand below `<part>.converter.`.
  ///
  /// - Parameter make: its second parameter is what stands for a value that the log did not carry.
  public static func converter(
    _ name: String, classes: [String] = [], _ summary: String, options: [ConfigurationOption] = [],
    make: @escaping @Sendable (inout Configuration, [UInt8]) -> any Converter
  ) -> Component {
    Component { $0.converters.insert(ConverterEntry(name, classes, summary, options: options, make: make), at: 0) }
  }

  /// What `offset.storage` can name.
  ///
  /// - Parameter make: its second parameter is the name of the run.
  public static func offsetStore(
    _ name: String, classes: [String] = [], _ summary: String,
    make: @escaping @Sendable (inout Configuration, String) -> any OffsetStore
  ) -> Component {
    Component { $0.offsetStores.insert(OffsetStoreEntry(name, classes, summary, make: make), at: 0) }
  }
}

extension ComponentRegistry {
  /// What the commands of this process choose from. A task-local value, so that nothing is global and mutable.
  @TaskLocal static var current = ComponentRegistry.standard

  func adding(_ components: [Component]) -> ComponentRegistry {
    var registry = self
    for component in components { component.enter(&registry) }
    return registry
  }
}
