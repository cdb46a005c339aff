/// Holds the settings of an embedded run against what its connector knows.
enum EmbeddedSettings {
  /// Settings that are not the connector's and that an embedded run goes by, or that change nothing anywhere.
  private static let honoured: Set<String> = ["name", "connector.class", "tasks.max", "offset.flush.interval.ms"]
  /// Settings of connectors that steer a converter only.
  private static let converters: Set<String> = ["unavailable.value.placeholder"]

  /// - Parameter options: what the connector knows; nothing is said about keys when it does not tell.
  static func findings(_ settings: Configuration, options: [ConfigurationOption]) -> [Finding] {
    if options.isEmpty { return [] }
    let core = OptionTable(CoreOptions.all)
    let own = OptionTable(options)
    var findings: [Finding] = []
    let reported = Set(settings.findings.map(\.key))
    for key in settings.keys where !reported.contains(key) {
      guard let value = settings[key] else { continue }
      let option = own[key] ?? core[key]
      guard let option else {
        let nearest = own.nearest(to: key)
        findings.append(Finding(key: key, problem: "is not a known setting", advice: nearest.map { "write \($0)" } ?? "remove it"))
        continue
      }
      if let finding = option.finding(for: value, key: key) {
        findings.append(finding)
      } else if converters.contains(key) || own[key] == nil && option.support == .supported && !honoured.contains(key) {
        findings.append(
          Finding(
            key: key, problem: "has no effect in an embedded run",
            advice: "remove it: store, transforms and what becomes of the records are given in code"))
      }
    }
    for option in options where option.isRequired && settings[option.name]?.isEmpty != false && !reported.contains(option.name) {
      findings.append(Finding(key: option.name, problem: "is missing", advice: "write \(option.name): \(option.summary)"))
    }
    return findings
  }
}

extension Pipeline.Options {
  /// The settings that steer the pipeline itself. What is no number here is not set: the option tables find it.
  public init(_ configuration: Configuration) {
    self.init()
    func number(_ key: String) -> Int? { configuration[key].flatMap { Int($0.trimmed) } }
    if let interval = number("offset.flush.interval.ms") { flushInterval = .milliseconds(interval) }
    if configuration["exactly.once.support"]?.trimmed.lowercased() == "required" {
      isExactlyOnce = true
      if configuration["transaction.boundary"]?.trimmed.lowercased() != "interval" {
        flushInterval = .zero
      } else if let interval = number("transaction.boundary.interval.ms") {
        flushInterval = .milliseconds(interval)
      }
    }
    if let records = number("max.batch.size") { batchRecords = records }
    if let bytes = number("max.queue.size.in.bytes"), bytes > 0 { queueBytes = bytes }
    if let records = number("max.queue.size") { queueBatches = max(2, records / max(1, batchRecords)) }
    if let attempts = number("errors.max.retries") { retry.attempts = attempts }
    if let pause = number("retriable.restart.connector.wait.ms") { retry.maximum = .milliseconds(pause) }
  }
}
