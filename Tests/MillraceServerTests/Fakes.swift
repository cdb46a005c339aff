import MillraceCore
@testable import MillraceServer

/// Components that do nothing, for tests of what a configuration says.
final class FakeConnector: Connector {
  let partition: [Checkpoint.Entry] = []
  init(_ configuration: inout Configuration) { _ = NameFilter("table.include.list", of: &configuration) }
  func check() async -> [Finding] { [] }
  func open(resuming checkpoint: Checkpoint?) async throws(MillraceError) -> Beginning { Beginning(snapshot: nil, streams: false) }
  func stream(into output: any BatchOutput) async throws(MillraceError) {}
  func confirm(_ checkpoint: Checkpoint) {}
  func close(isFinal: Bool) async {}
}

final class FakeSink: Sink {
  let path: String?
  init(_ configuration: inout Configuration) {
    path = configuration["path"]
    if path == "/" { configuration.report(Finding(key: "path", problem: "is a folder", advice: "write the path of a file")) }
  }
  func check() async -> [Finding] { [] }
  func start(_ context: SinkContext) async throws(MillraceError) {}
  func write(_ box: BatchBox) async throws(MillraceError) {}
  func flush(waiting: Bool) async throws(MillraceError) -> UInt64 { 0 }
  func close() async {}
}

final class FakeConverter: Converter {
  let form = ConvertedForm.binary
  func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool { false }
}

final class FakeTransform: Transform {
  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {}
}

final class FakePredicate: Predicate {
  func test(_ index: Int, of batch: borrowing RecordBatch) -> Bool { true }
}

struct FakeStore: OffsetStore {
  func load(partition: [Checkpoint.Entry]) async throws(MillraceError) -> Checkpoint? { nil }
  func save(_ checkpoint: Checkpoint) async throws(MillraceError) {}
  func close() async {}
}

extension ComponentRegistry {
  static let fake = ComponentRegistry(
    connectors: [
      .init(
        "postgres", ["io.debezium.connector.postgresql.PostgresConnector"], "fake",
        options: [
          .init("database.hostname", required: true, "Host."),
          .init("database.port", .integer(1...65535), default: "5432", "Port."),
          .init("database.password", secret: true, "Password."),
          .init("database.tcpKeepAlive", .boolean, default: "true", "Probes."),
          .init("topic.prefix", required: true, "Prefix."),
          .init("table.include.list", .patterns, "Tables."),
          .init("table.exclude.list", .patterns, "Not these tables."),
          .init("snapshot.mode", .choice(["initial", "no_data"], notYet: ["custom"]), default: "initial", "Snapshot."),
          .init("heartbeat.interval.ms", default: "0", support: .notYet, "Heartbeat."),
          .init("converters", support: .impossible(reason: "it names Java classes"), "Converters."),
          .init("driver.*", support: .ignored(reason: "there is no JDBC driver"), "Driver."),
        ]
      ) { settings, _ in FakeConnector(&settings) }
    ],
    sinks: [
      .init("stdout", [], "fake") { FakeSink(&$0) },
      .init("file", [], "fake", options: [.init("path", required: true, "The file.")]) { FakeSink(&$0) },
      .init(
        "kafka", [], "fake",
        options: [.init("producer.bootstrap.servers", required: true, "Brokers."), .init("producer.*", "More.")]
      ) { FakeSink(&$0) },
    ],
    converters: [
      .init(
        "json", ["org.apache.kafka.connect.json.JsonConverter"], "fake",
        options: [.init("schemas.enable", .boolean, default: "true", "Schemas.")]
      ) { _, _ in FakeConverter() },
      .init("simple", ["org.apache.kafka.connect.storage.SimpleHeaderConverter"], "fake") { _, _ in FakeConverter() },
    ],
    transforms: [
      .init(
        "unwrap", ["io.debezium.transforms.ExtractNewRecordState"], "fake", options: [.init("add.fields", "Fields.")]
      ) { _, _ in FakeTransform() }
    ],
    predicates: [
      .init(
        "topicnamematches", ["org.apache.kafka.connect.transforms.predicates.TopicNameMatches"], "fake",
        options: [.init("pattern", required: true, "Topics.")]
      ) { _ in FakePredicate() }
    ],
    offsetStores: [
      .init("file", ["org.apache.kafka.connect.storage.FileOffsetBackingStore"], "fake") { _, _ in FakeStore() },
      .init("memory", ["org.apache.kafka.connect.storage.MemoryOffsetBackingStore"], "fake") { _, _ in FakeStore() },
    ])
}

/// Loads a configuration from memory.
func load(
  _ text: String, as path: String = "test.properties", _ arguments: [String] = [], environment: [String: String] = [:],
  files: [String: String] = [:]
) -> LoadedSettings {
  var all = files
  all[path] = text
  let source = ConfigurationSource(
    read: { [all] path in
      all[path].map { .success(Array($0.utf8)) } ?? .failure(.init(reason: "No such file or directory"))
    },
    environment: { environment })
  return ConfigurationLoader(source: source, knownNames: { ComponentRegistry.fake.serverNames }).load(path, arguments: arguments)
}

/// What is found in a configuration.
func findings(_ loaded: LoadedSettings) -> [Finding] {
  var assembler = Assembler(registry: .fake, loaded: loaded, log: .none)
  _ = assembler.assemble()
  return assembler.findings
}
