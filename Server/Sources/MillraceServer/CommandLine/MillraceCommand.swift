internal import ArgumentParser
internal import Glibc
internal import MillraceCore

/// `millrace`: reads the arguments and runs one of the commands.
struct MillraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "millrace",
    abstract: "Streams the rows and changes of a database, from a Debezium configuration.",
    discussion: """
      CONFIG is Kafka Connect JSON, a Debezium Server application.properties, YAML of the same keys, or - for standard input. \
      Environment variables (DEBEZIUM_SOURCE_TOPIC_PREFIX) override it, key=value arguments override both, and values may \
      hold ${env:NAME} and ${file:PATH:KEY}.

      Exit codes: 0 ended gracefully, 1 failed while running, 2 invalid configuration or arguments.
      """,
    version: MillraceVersion.string,
    subcommands: [RunCommand.self, CheckCommand.self, ReplayCommand.self, SignalCommand.self, ConnectorsCommand.self, SinksCommand.self])
}

/// The entry of the executable, and of one with components of your own.
public enum MillraceMain {
  /// Runs the command that the process's arguments name. Ends the process.
  ///
  /// - Parameter components: what a configuration can name beside what the program brings.
  public static func run(adding components: [Component] = []) async -> Never {
    exit(await ComponentRegistry.$current.withValue(ComponentRegistry.standard.adding(components)) { await status().rawValue })
  }

  private static func status() async -> ExitStatus {
    StopSignals.ignoreBrokenPipes()
    do {
      var command = try MillraceCommand.parseAsRoot(nil)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return .graceful
    } catch let status as ExitStatus {
      return status
    } catch {
      // Help and version are errors to the parser that succeed; mistakes in the arguments end with 2, not with its own 64.
      guard MillraceCommand.exitCode(for: error).isSuccess else {
        StandardError.shared.line(MillraceCommand.fullMessage(for: error))
        return .invalidConfiguration
      }
      print(MillraceCommand.fullMessage(for: error))
      return .graceful
    }
  }
}
