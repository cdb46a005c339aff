internal import ArgumentParser
internal import MillraceCore

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Delivers records of a file, such as repaired dead letters, to the sink of a configuration.",
    discussion: """
      FILE has one record a line, as the file sink writes it. Key and value are delivered as they stand there, behind the transforms; a \
      dead letter with context headers goes to the topic that it was meant for. Every line is looked at before the first is \
      delivered. The database is not asked, and no position is stored.
      """)

  @Argument(help: ArgumentHelp("The records, one a line.", valueName: "FILE"))
  var file: String

  @OptionGroup var arguments: ConfigurationArguments

  func run() async throws {
    let loaded = arguments.load(.current)
    let log = LogLine.log(from: LogLine.level(loaded.configuration["log.level"]))
    var assembler = Assembler(registry: .current, loaded: loaded, log: log)
    guard let assembly = assembler.assemble() else {
      FindingReport.print(assembler.findings)
      throw ExitStatus.invalidConfiguration
    }
    if assembly.options.isExactlyOnce {
      FindingReport.print([
        Finding(
          key: "exactly.once.support", problem: "is required, but what is replayed has no position to store with it",
          advice: "add exactly.once.support=requested to the command")
      ])
      throw ExitStatus.invalidConfiguration
    }
    let topic = loaded.configuration["errors.deadletterqueue.topic.name"]?.trimmed
    let replay = Replay(path: file, converters: assembly.converters, deadLetterTopic: topic?.isEmpty == false ? topic : nil)
    if let finding = replay.check() {
      FindingReport.print([finding])
      throw ExitStatus.invalidConfiguration
    }
    do throws(MillraceError) {
      let count = try await replay.run(into: assembly.sink, log: log)
      log.info("replayed", ("records", String(count)), ("file", file))
    } catch {
      log.error(error.message, fields: error)
      throw ExitStatus.failed
    }
  }
}
