internal import MillraceCore

/// Where a signal from outside goes.
struct SignalSender {
  /// Why there is no way to the connector.
  struct Refusal: Error { let finding: Finding }

  /// The channel's name.
  let channel: String
  private let way: Way

  private enum Way {
    case source(any SignalledConnector)
    case file(String)
    case other(any SignalChannel)
  }

  /// - Parameter wanted: the channel; the first that can be written to without it.
  init(_ assembly: Assembly, channel wanted: String?) throws(Refusal) {
    guard let connector = assembly.connector as? any SignalledConnector else {
      throw Refusal(finding: Finding(key: "connector.class", problem: "names a connector that follows no signals", advice: "choose another one"))
    }
    let settings = connector.signalSettings
    var ways: [(name: String, way: Way)] = []
    if settings.readsSource, settings.collection != nil { ways.append(("source", .source(connector))) }
    for (name, channel) in assembly.signalChannels { ways.append((name, .other(channel))) }
    if let file = settings.file { ways.append(("file", .file(file))) }
    if let wanted, !ways.contains(where: { $0.name == wanted.lowercased() }) {
      throw Refusal(
        finding: Finding(
          key: "--channel", problem: "names \"\(wanted)\", which this configuration does not have",
          advice: ways.isEmpty ? SignalSender.advice : "write one of \(ways.map(\.name).joined(separator: ", "))"))
    }
    guard let chosen = ways.first(where: { wanted == nil || $0.name == wanted?.lowercased() }) else {
      throw Refusal(
        finding: Finding(key: "signal.enabled.channels", problem: "has no channel that others can write to", advice: SignalSender.advice))
    }
    (channel, way) = chosen
  }

  private static let advice = "write signal.data.collection=TABLE, or signal.enabled.channels=file with signal.file=PATH, and start the connector with it"

  func send(_ signal: Signal) async throws(MillraceError) {
    switch way {
    case .source(let connector): try await connector.write(signal)
    case .file(let path): try SignalFile.append(signal, to: path)
    case .other(let channel): try await channel.send(signal)
    }
  }
}
