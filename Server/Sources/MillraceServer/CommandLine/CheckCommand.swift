internal import ArgumentParser
internal import MillraceCore

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Proves that a configuration can run, without changing anything, and reports all that is wrong.")

  @OptionGroup var arguments: ConfigurationArguments

  func run() async throws {
    let loaded = arguments.load(.current)
    var assembler = Assembler(registry: .current, loaded: loaded, log: LogLine.log(from: .warning))
    guard let assembly = assembler.assemble() else {
      FindingReport.print(assembler.findings)
      throw ExitStatus.invalidConfiguration
    }
    var findings = assembler.findings
    var stored: Checkpoint?
    do {
      stored = try await assembly.store.peek(partition: assembly.connector.partition)
    } catch {
      findings.append(Finding(key: "offset.storage", problem: "\(error.message) (\(error.subject ?? ""))", advice: error.advice))
    }
    async let source = assembly.connector.check(resuming: stored)
    async let target = assembly.sink.check()
    findings += await source
    for var finding in await target {
      finding.key = assembly.sinkPrefix + finding.key
      findings.append(finding)
    }
    await assembly.connector.close(isFinal: false)
    await assembly.sink.close()
    FindingReport.print(findings)
    if findings.contains(where: { $0.severity == .error }) { throw ExitStatus.invalidConfiguration }
  }
}
