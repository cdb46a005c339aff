internal import MillraceCore
internal import MillraceFormats

/// Holds a configuration against the tables of what exists, and makes the parts of the run. Collects everything that is wrong;
/// nothing is connected or written.
struct Assembler {
  let registry: ComponentRegistry
  let loaded: LoadedSettings
  let log: Log
  private(set) var findings: [Finding] = []
  /// Names with an error, so that a component that finds the same mistake again does not repeat it.
  private var reported: Set<String> = []
  /// Keys whose component is known, and that are checked.
  private var checked: Set<String> = []

  init(registry: ComponentRegistry, loaded: LoadedSettings, log: Log) {
    self.registry = registry
    self.loaded = loaded
    self.log = log
    for finding in loaded.findings { add(finding) }
  }

  private var configuration: Configuration { loaded.configuration }

  /// - Returns: the parts, or nil if there is an error among the findings.
  mutating func assemble() -> Assembly? {
    guard loaded.isReadable else { return nil }
    let (connector, signalChannels) = makeConnector()
    let converters = makeConverters()
    let transforms = makeTransforms()
    let (sink, sinkPrefix) = makeSink()
    let name = [configuration["name"], configuration["topic.prefix"]].compactMap(\.self).first { !$0.isEmpty } ?? "millrace"
    let store = makeStore(name)
    joinTransactions(sink, store)
    var options = Pipeline.Options(configuration)
    options.faults = makeFaultPolicy(name)
    guard let connector, let converters, let sink, let store, !findings.contains(where: { $0.severity == .error }) else { return nil }
    return Assembly(
      name: name, connector: connector, signalChannels: signalChannels, transforms: transforms, converters: converters, sink: sink, sinkPrefix: sinkPrefix, store: store,
      options: options)
  }

  private var isExactlyOnce: Bool { configuration["exactly.once.support"]?.trimmed.lowercased() == "required" }

  /// With `exactly.once.support=required` the sink keeps the checkpoints, in the store.
  private mutating func joinTransactions(_ sink: (any Sink)?, _ store: (any OffsetStore)?) {
    let identifier = "sink.kafka.producer.transactional.id"
    guard isExactlyOnce else {
      for key in ["transaction.boundary", "transaction.boundary.interval.ms"] where configuration[key].map({ $0.trimmed.lowercased() != "poll" }) == true {
        report(
          Finding(.warning, key: key, problem: "has no effect without transactions", advice: "write exactly.once.support=required too, or remove it"))
      }
      if configuration[identifier] != nil {
        report(
          Finding(key: identifier, problem: "has no effect without transactions", advice: "write exactly.once.support=required too, or remove it"))
      }
      return
    }
    guard let sink, let store else { return }
    if let sink = sink as? any TransactionalSink {
      if let finding = sink.adopt(store) { report(finding) }
    } else {
      report(
        Finding(
          key: "exactly.once.support", problem: "cannot be required: this sink has no transactions",
          advice: "write sink.type=kafka, or exactly.once.support=requested"))
    }
  }

  // MARK: components

  private mutating func makeConnector() -> ((any Connector)?, [(name: String, channel: any SignalChannel)]) {
    let entry = choose("connector.class", "connector", from: registry.connectors, notYet: ComponentRegistry.NotYet.connectors)
    let tables = entry.map { [$0.options()] } ?? registry.connectors.map { $0.options() }
    let table = OptionTable(
      CoreOptions.all + registry.offsetStores.flatMap { $0.options() } + registry.signalChannels.flatMap { $0.options() } + tables.joined())
    let scopes = ["sink.", "transforms.", "predicates.", "key.converter.", "value.converter.", "header.converter."]
    let processors = table["post.processors"]?.support == .supported ? checkPostProcessors() : []
    let columns = table["converters"]?.support == .supported ? checkColumnConverters() : []
    let keys = configuration.keys.filter { key in table[key] != nil || !(scopes + processors + columns).contains { key.hasPrefix($0) } }
    check(keys, below: "", table, listing: entry.map { "millrace connectors \($0.name)" })
    if entry != nil {
      checkRequired(table)
    } else if configuration["connector.class"]?.trimmed.isEmpty != false {
      let example = registry.connectors.first?.classes.first ?? "…"
      report(Finding(key: "connector.class", problem: "is missing", advice: "write connector.class=\(example), for example"))
    }
    for key in keys where key.hasSuffix(".exclude.list") {
      let other = key.dropLast("exclude.list".count) + "include.list"
      if configuration[key]?.isEmpty == false, configuration[String(other)]?.isEmpty == false, table[String(other)] != nil {
        report(
          Finding(
            key: key, problem: "contradicts \(loaded.name(of: String(other))): only one of the two can be given",
            advice: "remove one of them"))
      }
    }
    checkQueue()
    guard let entry else { return (nil, []) }
    var settings = configuration
    let channels = makeSignalChannels(for: &settings, follows: table["signal.enabled.channels"]?.support == .supported)
    let connector = entry.make(&settings, log)
    take(settings.findings, below: "")
    if let (name, _) = channels.first, !(connector is any SignalledConnector) {
      report(
        Finding(
          key: "signal.enabled.channels", problem: "has \(name), which this connector does not follow yet", advice: "take \(name) out of the list"))
    }
    return (connector, channels)
  }

  /// Makes the channels that a connector does not read by itself, and takes their names out of its settings.
  private mutating func makeSignalChannels(
    for settings: inout Configuration, follows: Bool
  ) -> [(name: String, channel: any SignalChannel)] {
    let key = "signal.enabled.channels"
    var names = settings.list(key), channels: [(name: String, channel: any SignalChannel)] = []
    for entry in registry.signalChannels {
      guard follows, names.contains(where: { $0.lowercased() == entry.name }) else {
        for option in entry.options() where follows && !option.name.hasSuffix("*") && configuration[option.name] != nil {
          report(
            Finding(
              .warning, key: option.name, problem: "has no effect without the channel \(entry.name)",
              advice: "write \(key)=\((names.isEmpty ? ["source"] : names).joined(separator: ",")),\(entry.name)"))
        }
        continue
      }
      names.removeAll { $0.lowercased() == entry.name }
      settings[key] = names.joined(separator: ",")
      var own = configuration
      channels.append((entry.name, entry.make(&own, log)))
      take(own.findings, below: "")
    }
    return channels
  }

  /// Answers the prefixes of the settings that belong to post-processors.
  private mutating func checkPostProcessors() -> [String] {
    var prefixes: [String] = []
    for name in aliases("post.processors") {
      let prefix = "\(name)."
      prefixes.append(prefix)
      guard let entry = chooseType(prefix, "post-processor", from: registry.postProcessors) else { continue }
      _ = checkedSettings(below: prefix, OptionTable(entry.options() + [.init("type", required: true, "The post-processor's class.")]))
    }
    return prefixes
  }

  /// Answers the prefixes of the settings that belong to column converters; their classes are the connector's to judge.
  private mutating func checkColumnConverters() -> [String] {
    let type = ConfigurationOption("type", required: true, "The converter's class.")
    return aliases("converters").map { name in
      _ = checkedSettings(below: "\(name).", OptionTable(registry.columnConverters + [type]))
      return "\(name)."
    }
  }

  /// Debezium refuses a queue that is not larger than a batch, too.
  private mutating func checkQueue() {
    let (batch, queue) = (configuration["max.batch.size"], configuration["max.queue.size"])
    guard batch != nil || queue != nil, let records = Int(batch ?? "2048"), let room = Int(queue ?? "8192"), records > 0, room > 0,
      room <= records
    else { return }
    report(
      Finding(
        key: queue == nil ? "max.batch.size" : "max.queue.size",
        problem: queue == nil ? "is not smaller than max.queue.size, 8192" : "is not larger than max.batch.size, \(records)",
        advice: "write max.queue.size=\(records * 4), for example"))
  }

  private mutating func makeConverters() -> RecordConverters? {
    let standard = ["key": "json", "value": "json", "header": "simple"]
    var placeholder = UnavailableValue.defaultPlaceholder
    if let setting = configuration["unavailable.value.placeholder"] {
      if let bytes = UnavailableValue.placeholder(setting) {
        placeholder = bytes
      } else {
        report(
          Finding(
            key: "unavailable.value.placeholder", problem: "has no pairs of hexadecimal digits behind hex:", advice: "write hex:c0ffee, for example"))
      }
    }
    var made: [String: any Converter] = [:]
    for part in ["key", "value", "header"] {
      let key = "\(part).converter"
      let entry = choose(
        key, "converter", from: registry.converters, notYet: ComponentRegistry.NotYet.converters, fallback: standard[part])
      guard let entry else { continue }
      var settings = checkedSettings(below: "\(key).", OptionTable(entry.options()))
      made[part] = entry.make(&settings, placeholder)
      take(settings.findings, below: "\(key).")
    }
    guard let key = made["key"], let value = made["value"], let header = made["header"] else { return nil }
    return RecordConverters(key: key, value: value, header: header)
  }

  private mutating func makeFaultPolicy(_ name: String) -> FaultPolicy {
    var settings = configuration
    var policy = FaultPolicy(&settings, name: name)
    policy.deadLetterConverter = JSONConverter(schemas: false)
    take(settings.findings, below: "")
    return policy
  }

  private mutating func makeTransforms() -> [any Transform] {
    var predicates: [String: any Predicate] = [:]
    let predicateNames = aliases("predicates")
    for name in predicateNames {
      let prefix = "predicates.\(name)."
      guard let entry = chooseType(prefix, "predicate", from: registry.predicates) else { continue }
      let type = ConfigurationOption("type", required: true, "The predicate's class.")
      var settings = checkedSettings(below: prefix, OptionTable(entry.options() + [type]))
      predicates[name] = entry.make(&settings)
      take(settings.findings, below: prefix)
    }
    var links: [ComponentRegistry.TransformLink] = []
    for name in aliases("transforms") {
      let prefix = "transforms.\(name)."
      guard let entry = chooseType(prefix, "transform", from: registry.transforms) else { continue }
      let common: [ConfigurationOption] = [
        .init("type", required: true, "The transform's class."),
        .init("predicate", "The predicate that chooses the records to transform."),
        .init("negate", .boolean, default: "false", "Whether the others are transformed instead."),
      ]
      var settings = checkedSettings(below: prefix, OptionTable(entry.options() + common))
      let predicate = settings["predicate"].flatMap { $0.isEmpty ? nil : $0 }
      if let predicate, !predicateNames.contains(predicate) {
        report(
          Finding(
            key: prefix + "predicate", problem: "names \"\(predicate)\", which predicates does not name",
            advice: NearestName.of(predicate, among: predicateNames).map { "write \($0)" } ?? "add it to predicates"))
      } else if predicate == nil, settings["negate"] != nil {
        report(Finding(key: prefix + "negate", problem: "negates no predicate", advice: "write \(prefix)predicate too, or remove it"))
      }
      let negate = settings["negate"]?.trimmed.lowercased() == "true"
      for key in common.map(\.name) { settings[key] = nil }
      let transform = entry.make(&settings, log)
      take(settings.findings, below: prefix)
      links.append(.init(transform: transform, predicate: predicate.flatMap { predicates[$0] }, negate: negate))
    }
    return links.isEmpty ? [] : registry.chain(links)
  }

  private mutating func makeSink() -> ((any Sink)?, prefix: String) {
    let fallback = configuration["sink.kafka.producer.bootstrap.servers"] == nil ? "stdout" : "kafka"
    let entry = choose("sink.type", "sink", from: registry.sinks, notYet: ComponentRegistry.NotYet.sinks, fallback: fallback)
    for other in registry.sinks where other.name != entry?.name {
      let keys = configuration.keys.filter { $0.hasPrefix("sink.\(other.name).") }
      guard let first = keys.first else { continue }
      check(keys, below: "sink.\(other.name).", OptionTable(other.options()), listing: "millrace sinks \(other.name)")
      // The offset store goes to the same brokers.
      if let entry, storeEntry?.name != other.name, !reported.contains(loaded.name(of: first)) {
        report(
          Finding(
            .warning, key: first, problem: "is not used: records go to \(entry.name)",
            advice: "write sink.type=\(other.name), or remove it"))
      }
    }
    let known = registry.sinks.map { "sink.\($0.name)." }
    for key in configuration.keys where key.hasPrefix("sink.") && key != "sink.type" && !known.contains(where: key.hasPrefix) {
      let table = OptionTable(registry.sinks.flatMap { sink in sink.options().map { .init("sink.\(sink.name).\($0.name)", $0.summary) } })
      // The settings of a sink that does not exist follow from the one mistake in sink.type.
      if entry != nil || !key.hasPrefix("sink.\(configuration["sink.type"] ?? "").") { reportUnknown(key, below: "", table, listing: "millrace sinks") }
    }
    guard let entry else { return (nil, "") }
    let prefix = "sink.\(entry.name)."
    var settings = checkedSettings(below: prefix, OptionTable(entry.options()), listing: "millrace sinks \(entry.name)")
    let sink = entry.make(&settings)
    take(settings.findings, below: prefix)
    return (sink, prefix)
  }

  private var storeEntry: OffsetStoreEntry? {
    configuration["offset.storage"].flatMap { text in registry.offsetStores.first { $0.isNamed(text.trimmed) } }
  }

  private mutating func makeStore(_ name: String) -> (any OffsetStore)? {
    let entry = choose(
      "offset.storage", "offset store", from: registry.offsetStores, notYet: ComponentRegistry.NotYet.offsetStores, fallback: "file")
    guard let entry else { return nil }
    for other in registry.offsetStores where other.name != entry.name {
      let table = OptionTable(other.options())
      for key in configuration.keys where table[key] != nil {
        report(
          Finding(
            .warning, key: key, problem: "is not used: offsets go to \(entry.name)", advice: "write offset.storage=\(other.name), or remove it"))
      }
    }
    var settings = configuration
    let store = entry.make(&settings, name)
    take(settings.findings, below: "")
    return store
  }

  // MARK: choosing

  private mutating func choose<Make>(
    _ key: String, _ kind: String, from entries: [ComponentEntry<Make>], notYet: [String], fallback: String? = nil
  ) -> ComponentEntry<Make>? {
    let given = configuration[key]?.trimmed
    guard let text = given.flatMap({ $0.isEmpty ? nil : $0 }) ?? fallback else { return nil }
    if let entry = entries.first(where: { $0.isNamed(text) }) { return entry }
    let isKnown = notYet.contains { $0.lowercased() == text.lowercased() }
    let names = entries.flatMap { [$0.name] + $0.classes }
    let advice = isKnown ? nil : NearestName.of(text, among: names)
    report(
      Finding(
        key: key, problem: isKnown ? "\"\(text)\" is not supported yet" : "names no known \(kind): \"\(text)\"",
        advice: advice.map { "write \($0)" } ?? "write one of \(entries.map { $0.classes.first ?? $0.name }.joined(separator: ", "))"))
    return nil
  }

  private mutating func chooseType<Make>(
    _ prefix: String, _ kind: String, from entries: [ComponentEntry<Make>]
  ) -> ComponentEntry<Make>? {
    let key = prefix + "type"
    guard let text = configuration[key]?.trimmed, !text.isEmpty else {
      let example = entries.first?.classes.first ?? "…"
      report(Finding(key: key, problem: "is missing", advice: "write \(key)=\(example), for example"))
      return nil
    }
    let packages = ComponentRegistry.NotYet.transformPackages
    let names = entries.flatMap(\.classes)
    // A class of those packages that is spelled nearly like one of ours is a slip, not another class.
    let notYet = packages.contains { text.hasPrefix($0) } && !names.contains { Self.isSlip(text, of: $0) } ? [text] : []
    return choose(key, kind, from: entries, notYet: notYet)
  }

  private static func isSlip(_ text: String, of name: String) -> Bool {
    NearestName.distance(Array(text.utf8), Array(name.utf8)) <= 3
  }

  /// The names in a list such as `transforms`; settings below names that the list does not hold are reported.
  private mutating func aliases(_ list: String) -> [String] {
    var names: [String] = []
    for name in (configuration[list] ?? "").split(separator: ",").map({ String($0).trimmed }) where !name.isEmpty {
      if names.contains(name) {
        report(Finding(key: list, problem: "names \"\(name)\" twice", advice: "remove one"))
      } else {
        names.append(name)
      }
    }
    var strangers: Set<String> = []
    for key in configuration.keys {
      guard let rest = key.after("\(list)."), !names.contains(where: { rest.hasPrefix("\($0).") }) else { continue }
      let name = String(rest.prefix { $0 != "." })
      guard strangers.insert(name).inserted else { continue }
      report(
        Finding(
          key: key, problem: "belongs to \"\(name)\", which \(loaded.name(of: list)) does not name",
          advice: NearestName.of(name, among: names).map { "write \(list).\($0)" } ?? "add \(name) to \(list), or remove it"))
    }
    return names
  }

  // MARK: checking

  private mutating func checkedSettings(below prefix: String, _ table: OptionTable, listing: String? = nil) -> Configuration {
    let keys = configuration.keys.filter { $0.hasPrefix(prefix) && CoreOptions.all.first(named: $0) == nil }
    check(keys, below: prefix, table, listing: listing)
    let settings = configuration.below(prefix)
    for option in table.options where option.isRequired && settings[option.name]?.isEmpty != false {
      report(Finding(key: prefix + option.name, problem: "is missing", advice: "write \(prefix)\(option.name)=…: \(option.summary)"))
    }
    return settings
  }

  private mutating func checkRequired(_ table: OptionTable) {
    for option in table.options where option.isRequired && configuration[option.name]?.isEmpty != false {
      report(Finding(key: option.name, problem: "is missing", advice: "write \(option.name)=…: \(option.summary)"))
    }
  }

  private mutating func check(_ keys: [String], below prefix: String, _ table: OptionTable, listing: String?) {
    for key in keys where checked.insert(key).inserted {
      guard let value = configuration[key] else { continue }
      if let option = table[String(key.dropFirst(prefix.count))] {
        if let finding = option.finding(for: value, key: key) { report(finding) }
      } else {
        reportUnknown(key, below: prefix, table, listing: listing)
      }
    }
  }

  private mutating func reportUnknown(_ key: String, below prefix: String, _ table: OptionTable, listing: String?) {
    let nearest = table.nearest(to: String(key.dropFirst(prefix.count)))
    let written = loaded.name(of: key)
    // Offered in the form in which it was written: debezium.source.X for debezium.source.Y.
    let front = written.hasSuffix(key) ? written.dropLast(key.count) : ""
    report(
      Finding(
        key: key, problem: "is not a known setting",
        advice: nearest.map { "write \(front)\(prefix)\($0)" } ?? listing.map { "remove it; see \($0)" } ?? "remove it"))
  }

  /// Takes over what a component found, under full names.
  private mutating func take(_ found: [Finding], below prefix: String) {
    for var finding in found {
      finding.key = prefix + finding.key
      report(finding)
    }
  }

  /// Adds a finding about a flat name.
  private mutating func report(_ finding: Finding) {
    var finding = finding
    let value = configuration[finding.key] ?? ""
    if OptionTable.isSecret(finding.key, nil), !value.isEmpty {
      finding.problem = finding.problem.replacing(value, with: "***")
      finding.advice = finding.advice.replacing(value, with: "***")
    }
    finding.key = loaded.name(of: finding.key)
    add(finding)
  }

  private mutating func add(_ finding: Finding) {
    if finding.severity == .error {
      guard reported.insert(finding.key).inserted else { return }
    } else if findings.contains(where: { $0.key == finding.key }) {
      return
    }
    findings.append(finding)
  }
}

extension [ConfigurationOption] {
  func first(named name: String) -> ConfigurationOption? { first { $0.name == name } }
}
