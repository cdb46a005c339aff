internal import ArgumentParser
internal import MillraceCore

/// Sends a signal to a connector that runs with the same configuration.
struct SignalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "signal", abstract: "Sends a signal to the connector that runs with a configuration: asks for snapshots, stops and pauses them.",
    discussion: """
      TYPE is execute-snapshot (--table, --type, --condition, --surrogate-key), stop-snapshot (--table, or all), pause-snapshot, \
      resume-snapshot, log (--message), or another type that the connector knows, with --data.

      The signal goes to the first channel of the configuration that others can write to: source (a row of signal.data.collection, written \
      by the connector's own user), kafka or file. Its id and the channel are printed. Nothing waits for the answer: notifications tell \
      about it.
      """)

  @Argument(help: ArgumentHelp("The configuration: a file, or - for standard input.", valueName: "CONFIG"))
  var path: String

  @Argument(help: ArgumentHelp("What is wanted.", valueName: "TYPE"))
  var type: String

  @Argument(help: ArgumentHelp("Settings that override the configuration.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: ArgumentHelp("A table or collection, or a pattern for their names. May be repeated.", valueName: "TABLE"))
  var table: [String] = []

  @Option(name: .customLong("type"), help: ArgumentHelp("incremental, beside the stream (the default), or blocking, in its place.", valueName: "TYPE"))
  var snapshotType: String?

  @Option(
    help: ArgumentHelp(
      "TABLE=CONDITION: of that table only these rows, in the source's language; for a blocking snapshot a whole statement. May be repeated.",
      valueName: "CONDITION"))
  var condition: [String] = []

  @Option(help: ArgumentHelp("The column that orders the rows instead of the key.", valueName: "COLUMN"))
  var surrogateKey: String?

  @Option(help: ArgumentHelp("The text of a log signal; {} stands for the position.", valueName: "TEXT"))
  var message: String?

  @Option(help: ArgumentHelp("The data of any other signal, a JSON object.", valueName: "JSON"))
  var data: String?

  @Option(help: ArgumentHelp("The channel: source, kafka or file.", valueName: "CHANNEL"))
  var channel: String?

  @Option(help: ArgumentHelp("The signal's id, which notifications carry; a random one without it.", valueName: "ID"))
  var id: String?

  func validate() throws {
    var given: Set<String> = []
    if !table.isEmpty { given.insert("--table") }
    if snapshotType != nil { given.insert("--type") }
    if !condition.isEmpty { given.insert("--condition") }
    if surrogateKey != nil { given.insert("--surrogate-key") }
    if message != nil { given.insert("--message") }
    if data != nil { given.insert("--data") }
    let taken: Set<String> =
      switch type {
      case "execute-snapshot": ["--table", "--type", "--condition", "--surrogate-key"]
      case "stop-snapshot": ["--table"]
      case "pause-snapshot", "resume-snapshot": []
      case "log": ["--message"]
      default: ["--data"]
      }
    if let other = given.subtracting(taken).sorted().first { throw ValidationError("\(other) has no meaning for \(type)") }
    if type == "execute-snapshot", table.isEmpty { throw ValidationError("--table is missing: name the tables to read") }
    if type == "log", message?.isEmpty != false { throw ValidationError("--message is missing") }
    if condition.contains(where: { !$0.contains("=") }) { throw ValidationError("--condition takes TABLE=CONDITION") }
    if let data, (try? JSONValue(parsing: data))?.members == nil { throw ValidationError("--data is no JSON object") }
  }

  /// What the signal carries.
  private var content: JSONValue? {
    switch type {
    case "execute-snapshot":
      var members: [JSONValue.Member] = [
        .init("data-collections", .array(table.map { .string($0) })), .init("type", .string((snapshotType ?? "incremental").uppercased())),
      ]
      if !condition.isEmpty {
        members.append(
          .init("additional-conditions", .array(condition.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return .object([.init("data-collection", .string(parts[0])), .init("filter", .string(parts.last ?? ""))])
          })))
      }
      if let surrogateKey { members.append(.init("surrogate-key", .string(surrogateKey))) }
      return .object(members)
    case "stop-snapshot":
      var members: [JSONValue.Member] = [.init("type", .string("INCREMENTAL"))]
      if !table.isEmpty { members.append(.init("data-collections", .array(table.map { .string($0) }))) }
      return .object(members)
    case "pause-snapshot", "resume-snapshot": return .object([])
    case "log": return .object([.init("message", .string(message ?? ""))])
    default: return data.flatMap { try? JSONValue(parsing: $0) }
    }
  }

  func run() async throws {
    let signal = Signal(id: id ?? Notifier.newID(), type: type, data: content)
    do throws(SignalFault) {
      _ = try SignalAction(signal)
    } catch {
      FindingReport.print([Finding(key: type, problem: "cannot be sent: \(error.problem)", advice: "see millrace signal --help")])
      throw ExitStatus.invalidConfiguration
    }
    let registry = ComponentRegistry.current, log = LogLine.log(from: .warning)
    let loaded = ConfigurationLoader(knownNames: { registry.serverNames }).load(path, arguments: settings)
    var assembler = Assembler(registry: registry, loaded: loaded, log: log)
    guard let assembly = assembler.assemble() else {
      FindingReport.print(assembler.findings)
      throw ExitStatus.invalidConfiguration
    }
    let sender: SignalSender
    do throws(SignalSender.Refusal) {
      sender = try SignalSender(assembly, channel: channel)
    } catch {
      FindingReport.print([error.finding])
      throw ExitStatus.invalidConfiguration
    }
    do throws(MillraceError) {
      try await sender.send(signal)
    } catch {
      log.error(error.message, fields: error)
      throw ExitStatus.failed
    }
    print("\(signal.id)\t\(sender.channel)")
  }
}
