internal import MillraceCore

/// `schema.history.internal.*`. Millrace keeps table definitions with the checkpoint; what is set here says where those of a Debezium
/// that ran before are, and what is kept.
struct SchemaHistorySettings: Sendable {
  enum Store: Sendable, Equatable {
    case file(String)
    case memory
    /// nil: without a topic there is nothing to take over from.
    case kafka(topic: String?)
  }

  let store: Store
  /// What reads the topic; nil where there is none, or nothing that could.
  private(set) var topics: (any TopicReader)?
  /// `store.only.captured.tables.ddl`: other tables are neither kept nor told of.
  let onlyCapturedTables: Bool
  /// `store.only.captured.databases.ddl`.
  let onlyCapturedDatabases: Bool

  private static let prefix = "schema.history.internal"
  private static let kafka = "io.debezium.storage.kafka.history.KafkaSchemaHistory"
  private static let file = "io.debezium.storage.file.history.FileSchemaHistory"
  private static let memory = "io.debezium.relational.history.MemorySchemaHistory"

  /// - Parameter topics: makes what reads a topic, by settings below a prefix; nil in a program that has no Kafka.
  init(_ configuration: inout Configuration, topics: MySQLConnector.TopicReaderMaker? = nil) {
    let name = configuration.string(Self.prefix, default: Self.kafka) ?? Self.kafka
    switch name {
    case Self.file:
      store = .file(
        configuration.required("\(Self.prefix).file.filename", "name the file that Debezium wrote, or would write, its history to"))
    case Self.memory: store = .memory
    case Self.kafka, "io.debezium.relational.history.KafkaSchemaHistory":
      let topic = configuration["\(Self.prefix).kafka.topic"].map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
      store = .kafka(topic: topic)
      guard topic != nil else { break }
      self.topics = topics?(&configuration, "\(Self.prefix).")
      if topics == nil {
        configuration.report(
          Finding(
            key: "\(Self.prefix).kafka.topic", problem: "names a topic, which this program cannot read",
            advice: "leave it out; to take over from Debezium set snapshot.mode=recovery once"))
      }
    default:
      store = .memory
      configuration.report(
        Finding(
          key: Self.prefix, problem: "names a store that is not known here: \(name)",
          advice: "leave it out: table definitions are kept with the offset; to take over from Debezium set snapshot.mode=recovery once"))
    }
    onlyCapturedTables = configuration.boolean("\(Self.prefix).store.only.captured.tables.ddl", default: false)
    onlyCapturedDatabases = configuration.boolean("\(Self.prefix).store.only.captured.databases.ddl", default: false)
  }

  /// Whether an event becomes a record, by `isCaptured` of its tables or, where it names none, `isCapturedDatabase`.
  func tells(_ event: SchemaChangeEvent, isCaptured: (TableID) -> Bool, isCapturedDatabase: (String) -> Bool) -> Bool {
    if !onlyCapturedTables, !onlyCapturedDatabases { return true }
    if !event.database.isEmpty, !isCapturedDatabase(event.database) { return false }
    guard onlyCapturedTables, let concerned = event.concerned else { return true }
    return concerned.contains(where: isCaptured)
  }

  /// Whether what is known of a table is kept.
  func keeps(_ table: TableID, isCaptured: (TableID) -> Bool, isCapturedDatabase: (String) -> Bool) -> Bool {
    if onlyCapturedTables { return isCaptured(table) }
    return !onlyCapturedDatabases || isCapturedDatabase(table.database)
  }

  /// The settings, for the connectors' tables of options.
  static let options: [ConfigurationOption] = [
    .init(
      prefix, default: kafka,
      "The class of Debezium's schema history. Millrace keeps table definitions with the offset; FileSchemaHistory and KafkaSchemaHistory name what to take over from."),
    .init("\(prefix).file.filename", "The file of FileSchemaHistory: read once, when Debezium's offset is taken over; never written."),
    .init("\(prefix).kafka.topic", "The topic of KafkaSchemaHistory: read once, when Debezium's offset is taken over; never written."),
    .init("\(prefix).kafka.bootstrap.servers", "The brokers of that topic."),
    .init("\(prefix).consumer.*", secret: true, "Settings of the consumer that reads it, by the names of Java's or librdkafka's."),
    .init(
      "\(prefix).kafka.*", support: .ignored(reason: "the topic is neither made nor written, and is read to its end"),
      "How Debezium makes, writes and reads the topic."),
    .init("\(prefix).producer.*", secret: true, support: .ignored(reason: "no history topic is written"), "Kafka client settings."),
    .init(
      "\(prefix).store.only.captured.tables.ddl", .boolean, default: "false",
      "Keeps definitions of captured tables only, and tells of no others in the schema-change topic."),
    .init(
      "\(prefix).store.only.captured.databases.ddl", .boolean, default: "false",
      "The same for databases that have captured tables."),
    .init(
      "\(prefix).skip.unparseable.ddl", .boolean, default: "false",
      support: .ignored(reason: "a statement that is not understood never stops the stream; the table it is about is read from the server again"),
      "Whether Debezium passes over what its parser refuses."),
    .init(
      "\(prefix).ddl.filter", support: .ignored(reason: "Debezium, too, applies and tells these statements, and only forgets them at a restart"),
      "Statements that Debezium does not restore from its history."),
    .init("\(prefix).prefer.ddl", .boolean, default: "false", support: .ignored(reason: "statements are always preferred"), "How Debezium restores its history."),
    .init("\(prefix).memory.optimization", default: "off", support: .ignored(reason: "it tunes the JVM's memory"), "Debezium's sharing of equal columns."),
    .init(
      "database.history", support: .impossible(reason: "since Debezium 2.0 its name is schema.history.internal"), "The old name of schema.history.internal."),
    .init(
      "database.history.*", support: .impossible(reason: "since Debezium 2.0 these names begin with schema.history.internal."),
      "The old names of schema.history.internal.*."),
  ]
}
