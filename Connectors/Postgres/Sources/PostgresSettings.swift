internal import MillraceCore

/// The connector's settings, typed. Everything that is wrong with them is a finding of the configuration.
struct PostgresSettings: Sendable {
  enum PublicationMode: String, CaseIterable, Sendable {
    case allTables = "all_tables"
    case disabled, filtered
    case noTables = "no_tables"
  }

  enum LimitAction: String, CaseIterable, Sendable {
    case warn, fail
  }

  var connection: ConnectionSettings
  /// How records are shaped: names, keys, masks.
  var rules: TableRules
  var slot: SlotSettings
  var publication: String
  var publicationMode: PublicationMode
  var publishViaRoot: Bool
  /// What the publication is to leave out, as far as the configuration says so: pushed down to the server.
  var unpublished: Set<String>
  var replicaIdentities: ReplicaIdentityRules
  var snapshot: SnapshotSettings
  var filter: TableFilter
  var types: TypeModes
  var propagation: SourceTypePropagation?
  var tombstones: Bool
  var contextHeaders: Bool
  var statusInterval: Duration
  var skipped: Set<String>
  var skipsUnchanged: Bool
  var messagePrefixes: MessagePrefixes
  /// The most tables to capture, and whether more are an error; 0: no limit.
  var mostTables: (count: Int, isError: Bool)
  /// What stands for a value that the log did not carry.
  var placeholder: [UInt8]
  var name: String
  var heartbeat: HeartbeatSettings
  var transactionMetadata: Bool
  var signals: SignalSettings
  var notifications: NotificationSettings
  var incremental: IncrementalSettings
  var reselections: [ReselectionSettings]

  var user: String { connection.user }
  var database: String { connection.database }
  var queryTimeout: Duration? { connection.queryTimeout }
  var naming: TopicNaming { rules.naming }
  var prefix: String { naming.prefix }

  init(_ configuration: inout Configuration) {
    connection = ConnectionSettings(&configuration)
    rules = TableRules(&configuration, parts: .schema)
    slot = SlotSettings(&configuration)
    publication = configuration["publication.name"] ?? "dbz_publication"
    publicationMode = configuration.choice("publication.autocreate.mode", default: .allTables)
    publishViaRoot = configuration.boolean("publish.via.partition.root", default: false)
    snapshot = SnapshotSettings(&configuration)
    signals = SignalSettings(&configuration)
    notifications = NotificationSettings(&configuration)
    incremental = IncrementalSettings(&configuration)
    filter = TableFilter(&configuration, signals: signals)
    types = TypeModes(&configuration)
    propagation = SourceTypePropagation(&configuration)
    tombstones = configuration.boolean("tombstones.on.delete", default: true)
    contextHeaders = configuration.boolean("extended.headers.enabled", default: true)
    statusInterval = .milliseconds(configuration.integer("status.update.interval.ms", default: 10_000, in: 100...3_600_000))
    replicaIdentities = ReplicaIdentityRules(&configuration)
    let skipsByDefault = configuration["skipped.operations"] == nil
    skipped = SkippedOperations.list(&configuration)
    unpublished = skipsByDefault ? [] : skipped.subtracting(["none"])
    skipsUnchanged = configuration.boolean("skip.messages.without.change", default: false)
    messagePrefixes = MessagePrefixes(&configuration)
    mostTables = (
      configuration.integer("guardrail.collections.max", default: 0),
      configuration.choice("guardrail.collections.limit.action", default: LimitAction.warn) == .fail
    )
    // What is wrong with the placeholder is found where it is read for the converters.
    placeholder = configuration["unavailable.value.placeholder"].flatMap { UnavailablePlaceholder.bytes($0) } ?? UnavailablePlaceholder.standard
    name = configuration["name"] ?? rules.naming.prefix
    connection.application = "millrace \(name)"
    for (key, ours) in PostgresSettings.fixedClasses {
      guard let given = configuration[key]?.trimmed, given != ours else { continue }
      configuration.report(
        Finding(key: key, problem: "\"\(given)\" is a Java class, which cannot be loaded", advice: "write \(ours), or leave it out"))
    }
    heartbeat = HeartbeatSettings(&configuration)
    transactionMetadata = configuration.boolean("provide.transaction.metadata", default: false)
    reselections = ReselectionSettings.all(&configuration)
    if let plugin = configuration["plugin.name"], plugin != "pgoutput" {
      configuration.report(
        Finding(key: "plugin.name", problem: "\"\(plugin)\" is not supported", advice: "write plugin.name=pgoutput, which every server since PostgreSQL 10 has, or leave it out"))
    }
  }

  /// Whether the initial snapshot reads a captured table's rows.
  func readsRows(of table: PostgresTable) -> Bool {
    snapshot.reads(table) && filter.isListed(schema: table.schema, table: table.name)
  }

  /// Settings that name a Java class, and the class whose work is done here.
  private static let fixedClasses = [
    ("sourceinfo.struct.maker", "io.debezium.connector.postgresql.PostgresSourceInfoStructMaker"),
    ("transaction.metadata.factory", "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory"),
  ]
}
