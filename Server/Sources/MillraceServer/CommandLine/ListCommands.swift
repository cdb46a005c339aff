internal import ArgumentParser
internal import MillraceCore

struct ConnectorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connectors", abstract: "Lists the connectors; with a name, every setting of it, its default and meaning.")

  @Argument(help: ArgumentHelp("A connector, by short name or class.", valueName: "NAME"))
  var name: String?

  func run() throws {
    let text = try ComponentListing(kind: "connector", key: "connector.class").text(ComponentRegistry.current.connectors, name: name) {
      $0.options() + ComponentRegistry.current.signalChannels.flatMap { $0.options() } + CoreOptions.all
    }
    print(text)
  }
}

struct SinksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sinks", abstract: "Lists the sinks; with a name, every setting of it, its default and meaning.")

  @Argument(help: ArgumentHelp("A sink.", valueName: "NAME"))
  var name: String?

  func run() throws {
    let text = try ComponentListing(kind: "sink", key: "sink.type").text(ComponentRegistry.current.sinks, name: name) { $0.options() }
    print(text)
  }
}
