internal import ArgumentParser
internal import Glibc
internal import MillraceCore

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a configuration until it is stopped.",
    discussion: "SIGTERM and SIGINT end it gracefully: drain, flush, store the position, confirm it. A second one ends it at once.")

  @OptionGroup var arguments: ConfigurationArguments

  @Option(help: ArgumentHelp("Stop gracefully after so many records.", valueName: "N"))
  var exitAfter: UInt64?

  @Option(help: ArgumentHelp("Stop gracefully after so many seconds without a record.", valueName: "SECONDS"))
  var exitWhenIdle: Double?

  func validate() throws {
    if let exitWhenIdle, !(exitWhenIdle >= 0 && exitWhenIdle.isFinite) { throw ValidationError("--exit-when-idle takes 0 or more seconds") }
  }

  func run() async throws {
    let loaded = arguments.load(.current)
    let log = LogLine.log(from: LogLine.level(loaded.configuration["log.level"]))
    var assembler = Assembler(registry: .current, loaded: loaded, log: log)
    guard let assembly = assembler.assemble() else {
      FindingReport.print(assembler.findings)
      throw ExitStatus.invalidConfiguration
    }
    FindingReport.logWarnings(assembler.findings, log)

    var options = assembly.options
    options.exitAfter = exitAfter
    options.exitWhenIdle = exitWhenIdle
    let pipeline = Pipeline(
      connector: assembly.connector, transforms: assembly.transforms, converters: assembly.converters, sink: assembly.sink,
      store: assembly.store, options: options, log: log)
    let run = StoppableRun()
    StopSignals.handle {
      if run.stop() { pipeline.stop() } else { _exit(ExitStatus.graceful.rawValue) }  // nothing was begun yet
    }

    let found = await assembly.connector.check()
    if found.contains(where: { $0.severity == .error }) {
      FindingReport.print(found)
      await assembly.connector.close(isFinal: false)
      throw ExitStatus.invalidConfiguration
    }
    FindingReport.logWarnings(found, log)

    run.begin()
    log.info("started", ("name", assembly.name), ("version", MillraceVersion.string))
    if let connector = assembly.connector as? any SignalledConnector {
      for (_, channel) in assembly.signalChannels { channel.start(into: connector.signals) }
    }
    let display = Task { await ProgressDisplay(progress: { pipeline.progress }, log: log).run() }
    let failure = await Self.outcome(of: pipeline)
    for (_, channel) in assembly.signalChannels { await channel.close() }
    display.cancel()
    if StandardError.shared.isTerminal { await display.value }
    if let failure {
      log.error(failure.message, fields: failure)
      throw ExitStatus.failed
    }
    log.info("stopped", ("records", String(pipeline.progress.records)), ("durable", String(pipeline.progress.durable)))
  }

  private static func outcome(of pipeline: Pipeline) async -> MillraceError? {
    do {
      try await pipeline.run()
      return nil
    } catch {
      return error
    }
  }
}

extension Log {
  /// A failure as one line: its code, where it happened, the server's own words, and what to do.
  func error(_ message: String, fields failure: MillraceError) {
    var fields = [("code", failure.code), ("component", failure.component)]
    if let subject = failure.subject { fields.append(("subject", subject)) }
    if let position = failure.position { fields.append(("position", position)) }
    if let code = failure.serverCode { fields.append(("server_code", code)) }
    if let text = failure.serverText { fields.append(("server", text)) }
    if !failure.advice.isEmpty { fields.append(("advice", failure.advice)) }
    report(.error, message, fields)
  }

  func info(_ message: String, _ fields: [(String, String)]) { report(.info, message, fields) }
}
