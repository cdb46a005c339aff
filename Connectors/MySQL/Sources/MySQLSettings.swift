internal import MillraceCore

/// The connector's settings, typed. Everything that is wrong with them is a finding of the configuration.
struct MySQLSettings: Sendable {
  enum LimitAction: String, CaseIterable, Sendable { case warn, fail }

  /// `inconsistent.schema.handling.mode`: what happens to rows of a table whose definition is not known.
  enum InconsistentSchemas: String, CaseIterable, Sendable { case fail, warn, skip }

  let flavour: Flavour
  var connection: ConnectionParameters
  var serverID: UInt32
  /// How records are shaped: names, keys, masks.
  var rules: TableRules
  var filter: TableFilter
  /// What it is made of, where tables captured later are looked for.
  var captures: CaptureChoice?
  var types: TypeSettings
  var snapshot: SnapshotSettings
  var signals: SignalSettings
  var notifications: NotificationSettings
  var incremental: IncrementalSettings
  var tombstones: Bool
  var contextHeaders: Bool
  var skipped: Set<String>
  var skipsUnchanged: Bool
  var includesQuery: Bool
  var includesSchemaChanges: Bool
  var includesComments: Bool
  var history: SchemaHistorySettings
  var inconsistentSchemas: InconsistentSchemas
  var gtids: GTIDRules
  /// How often an idle server gives a sign of life.
  var serverHeartbeat: Duration
  /// How long the server may wait for us to read, in s.
  var writeTimeout: Int
  /// The most tables to capture, and whether more are an error; 0: no limit.
  var mostTables: (count: Int, isError: Bool)
  /// What stands for a value that the log did not carry.
  var placeholder: [UInt8]
  var name: String
  var heartbeat: HeartbeatSettings
  var transactionMetadata: Bool

  var naming: TopicNaming { rules.naming }
  var prefix: String { naming.prefix }
  var source: SourceBlock { flavour == .mysql ? .mysql : .mariadb }

  init(_ configuration: inout Configuration, _ flavour: Flavour, topics: MySQLConnector.TopicReaderMaker? = nil) {
    self.flavour = flavour
    rules = TableRules(&configuration, parts: .database)
    name = configuration["name"] ?? rules.naming.prefix
    connection = MySQLSettings.connection(&configuration, flavour)
    connection.programName = "millrace \(name)"
    serverID = UInt32(configuration.integer("database.server.id", default: 0, in: 1...Int(UInt32.max)))
    if configuration["database.server.id"] == nil {
      configuration.report(
        Finding(key: "database.server.id", problem: "is missing", advice: "write a number that no other replica or connector of this server has"))
    }
    signals = SignalSettings(&configuration)
    notifications = NotificationSettings(&configuration)
    incremental = IncrementalSettings(&configuration)
    filter = TableFilter(&configuration, signals: signals)
    captures = incremental.readsNewTables ? CaptureChoice(TableFilter.keys, of: configuration) : nil
    types = TypeSettings(&configuration)
    snapshot = SnapshotSettings(&configuration)
    tombstones = configuration.boolean("tombstones.on.delete", default: true)
    contextHeaders = configuration.boolean("extended.headers.enabled", default: true)
    skipped = SkippedOperations.list(&configuration)
    skipsUnchanged = configuration.boolean("skip.messages.without.change", default: false)
    includesQuery = configuration.boolean("include.query", default: false)
    includesSchemaChanges = configuration.boolean("include.schema.changes", default: true)
    includesComments = configuration.boolean("include.schema.comments", default: false)
    history = SchemaHistorySettings(&configuration, topics: topics)
    inconsistentSchemas = configuration.choice("inconsistent.schema.handling.mode", default: .fail)
    gtids = GTIDRules(&configuration)
    let keepsAlive = configuration.boolean("connect.keep.alive", default: true)
    let interval = configuration.integer("connect.keep.alive.interval.ms", default: 60_000, in: 1...86_400_000)
    serverHeartbeat = .milliseconds(keepsAlive ? min(10_000, max(500, interval)) : 10_000)
    let timeout = configuration.integer("binlog.net.write.timeout", default: 0, in: 0...31_536_000)
    writeTimeout = timeout == 0 ? 86_400 : timeout
    mostTables = (
      configuration.integer("guardrail.collections.max", default: 0),
      configuration.choice("guardrail.collections.limit.action", default: LimitAction.warn) == .fail
    )
    // What is wrong with the placeholder is found where it is read for the converters.
    placeholder = configuration["unavailable.value.placeholder"].flatMap { UnavailablePlaceholder.bytes($0) } ?? UnavailablePlaceholder.standard
    for (key, ours) in MySQLSettings.fixedClasses(flavour) {
      guard let given = configuration[key]?.trimmed, given != ours else { continue }
      configuration.report(
        Finding(key: key, problem: "\"\(given)\" is a Java class, which cannot be loaded", advice: "write \(ours), or leave it out"))
    }
    heartbeat = HeartbeatSettings(&configuration)
    transactionMetadata = configuration.boolean("provide.transaction.metadata", default: false)
  }

  /// The same with one server only: what one attempt does is done on one.
  func at(_ host: DatabaseHost) -> MySQLSettings {
    var settings = self
    settings.connection.hosts = [host]
    return settings
  }

  /// Settings that name a Java class, and the class whose work is done here.
  private static func fixedClasses(_ flavour: Flavour) -> [(String, String)] {
    let maker = flavour == .mysql ? "io.debezium.connector.mysql.MySqlSourceInfoStructMaker" : "io.debezium.connector.mariadb.MariaDbSourceInfoStructMaker"
    return [
      ("sourceinfo.struct.maker", maker),
      ("transaction.metadata.factory", "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory"),
    ]
  }

  // MARK: connection

  private enum MySQLMode: String, CaseIterable {
    case disabled, preferred, required
    case verifyCA = "verify_ca"
    case verifyIdentity = "verify_identity"
  }

  private enum MariaDBMode: String, CaseIterable {
    case disable, trust
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  private static func connection(_ configuration: inout Configuration, _ flavour: Flavour) -> ConnectionParameters {
    var parameters = ConnectionParameters(
      hosts: DatabaseHost.list(&configuration, port: 3306),
      user: configuration.required("database.user", "write a user with REPLICATION SLAVE, REPLICATION CLIENT and SELECT"),
      password: configuration["database.password"] ?? "")
    switch flavour {
    case .mysql:
      switch configuration.choice("database.ssl.mode", default: MySQLMode.preferred) {
      case .disabled: parameters.tls = .disabled
      case .preferred: parameters.tls = .preferred
      case .required: parameters.tls = .required
      case .verifyCA: parameters.tls = .verifyCA
      case .verifyIdentity: parameters.tls = .verifyIdentity
      }
    case .mariadb:
      switch configuration.choice("database.ssl.mode", default: MariaDBMode.disable) {
      case .disable: parameters.tls = .disabled
      case .trust: parameters.tls = .required
      case .verifyCA: parameters.tls = .verifyCA
      case .verifyFull: parameters.tls = .verifyIdentity
      }
    }
    parameters.authorities = configuration["database.ssl.truststore"]
    parameters.certificate = configuration["database.ssl.keystore"]
    parameters.key = parameters.certificate
    parameters.keyPassphrase = configuration["database.ssl.keystore.password"]
    if parameters.authorities == nil, parameters.tls == .verifyCA || parameters.tls == .verifyIdentity {
      configuration.report(
        Finding(.warning, key: "database.ssl.truststore", problem: "is missing: the system's authorities are asked", advice: "write the PEM file of the authority that signed the server's certificate"))
    }
    parameters.connectTimeout = .milliseconds(configuration.integer("connect.timeout.ms", default: 30_000, in: 1...86_400_000))
    let timeout = configuration.integer("database.query.timeout.ms", default: 600_000, in: 0...86_400_000)
    parameters.queryTimeout = timeout == 0 ? nil : .milliseconds(timeout)
    parameters.keepsAlive = configuration.boolean("connect.keep.alive", default: true)
    parameters.initialStatements = configuration.statements("database.initial.statements")
    return parameters
  }
}
