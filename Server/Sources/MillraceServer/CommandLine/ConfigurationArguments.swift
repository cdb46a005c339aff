internal import ArgumentParser
internal import MillraceCore

/// CONFIG and the settings behind it, as `run` and `check` take them.
struct ConfigurationArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("The configuration: a file, or - for standard input.", valueName: "CONFIG"))
  var path: String

  @Argument(help: ArgumentHelp("Settings that override the configuration.", valueName: "key=value"))
  var settings: [String] = []

  func load(_ registry: ComponentRegistry) -> LoadedSettings {
    ConfigurationLoader(knownNames: { registry.serverNames }).load(path, arguments: settings)
  }
}

extension ComponentRegistry {
  /// All options under Debezium Server's names.
  var serverNames: [String] {
    CoreOptions.all.map { "debezium.source.\($0.name)" }
      + connectors.flatMap { $0.options() }.map { "debezium.source.\($0.name)" }
      + sinks.flatMap { sink in sink.options().map { "debezium.sink.\(sink.name).\($0.name)" } }
  }
}
