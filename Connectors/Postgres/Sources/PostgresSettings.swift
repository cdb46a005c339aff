internal import MillraceCore

/// The connector's settings, typed. Everything that is wrong with them is a finding of the configuration.
struct PostgresSettings: Sendable {
  enum PublicationMode: String, CaseIterable, Sendable {
    case allTables = "all_tables"
    case disabled, filtered
    case noTables = "no_tables"
  }

  enum TLSMode: String, CaseIterable, Sendable {
    case disable, allow, prefer, require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  enum LimitAction: String, CaseIterable, Sendable {
    case warn, fail
  }

  var host: String
  var port: Int
  var user: String
  var password: String
  var database: String
  var tls: [(String, String)]
  /// How records are shaped: names, keys, masks.
  var rules: TableRules
  var slot: String
  var dropSlotOnStop: Bool
  var publication: String
  var publicationMode: PublicationMode
  var publishViaRoot: Bool
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

  var naming: TopicNaming { rules.naming }
  var prefix: String { naming.prefix }

  init(_ configuration: inout Configuration) {
    host = configuration.required("database.hostname", "write the server's name or address")
    port = configuration.integer("database.port", default: 5432, in: 1...65535)
    user = configuration.required("database.user", "write a role with LOGIN and REPLICATION")
    password = configuration["database.password"] ?? ""
    database = configuration.required("database.dbname", "write the database to capture")
    tls = [("sslmode", configuration.choice("database.sslmode", default: TLSMode.prefer).rawValue)]
    for (key, keyword) in [
      ("database.sslcert", "sslcert"), ("database.sslkey", "sslkey"), ("database.sslpassword", "sslpassword"),
      ("database.sslrootcert", "sslrootcert"),
    ] {
      if let value = configuration[key] { tls.append((keyword, value)) }
    }
    if !configuration.boolean("database.tcpKeepAlive", default: true) { tls.append(("keepalives", "0")) }
    rules = TableRules(&configuration, parts: .schema)
    slot = configuration["slot.name"] ?? "debezium"
    let slotIsLegal = !slot.isEmpty && slot.utf8.count <= 63
      && slot.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    if !slotIsLegal {
      configuration.report(
        Finding(key: "slot.name", problem: "\"\(slot)\" is no slot name", advice: "use up to 63 lower-case letters, digits and underscores"))
    }
    dropSlotOnStop = configuration.boolean("slot.drop.on.stop", default: false)
    publication = configuration["publication.name"] ?? "dbz_publication"
    publicationMode = configuration.choice("publication.autocreate.mode", default: .allTables)
    publishViaRoot = configuration.boolean("publish.via.partition.root", default: false)
    snapshot = SnapshotSettings(&configuration)
    filter = TableFilter(&configuration)
    types = TypeModes(&configuration)
    propagation = SourceTypePropagation(&configuration)
    tombstones = configuration.boolean("tombstones.on.delete", default: true)
    contextHeaders = configuration.boolean("extended.headers.enabled", default: true)
    statusInterval = .milliseconds(configuration.integer("status.update.interval.ms", default: 10_000, in: 100...3_600_000))
    if configuration["skipped.operations"] == nil { configuration["skipped.operations"] = "t" }
    skipped = Set(configuration.list("skipped.operations").map { $0.lowercased() })
    for operation in skipped.subtracting(["c", "u", "d", "t", "none"]).sorted() {
      configuration.report(
        Finding(key: "skipped.operations", problem: "\"\(operation)\" is no operation", advice: "write a list of c, u, d, t, or none"))
    }
    if skipped.count > 1, skipped.contains("none") {
      configuration.report(
        Finding(key: "skipped.operations", problem: "has none beside other operations", advice: "write none alone, or a list of c, u, d, t"))
    }
    skipsUnchanged = configuration.boolean("skip.messages.without.change", default: false)
    messagePrefixes = MessagePrefixes(&configuration)
    mostTables = (
      configuration.integer("guardrail.collections.max", default: 0),
      configuration.choice("guardrail.collections.limit.action", default: LimitAction.warn) == .fail
    )
    // What is wrong with the placeholder is found where it is read for the converters.
    placeholder = configuration["unavailable.value.placeholder"].flatMap { UnavailablePlaceholder.bytes($0) } ?? UnavailablePlaceholder.standard
    name = configuration["name"] ?? rules.naming.prefix
    for (key, ours) in PostgresSettings.fixedClasses {
      guard let given = configuration[key]?.trimmed, given != ours else { continue }
      configuration.report(
        Finding(key: key, problem: "\"\(given)\" is a Java class, which cannot be loaded", advice: "write \(ours), or leave it out"))
    }
    heartbeat = HeartbeatSettings(&configuration)
    transactionMetadata = configuration.boolean("provide.transaction.metadata", default: false)
    if let plugin = configuration["plugin.name"], plugin != "pgoutput" {
      configuration.report(
        Finding(key: "plugin.name", problem: "\"\(plugin)\" is not supported", advice: "write plugin.name=pgoutput, which every server since PostgreSQL 10 has, or leave it out"))
    }
  }

  /// Settings that name a Java class, and the class whose work is done here.
  private static let fixedClasses = [
    ("sourceinfo.struct.maker", "io.debezium.connector.postgresql.PostgresSourceInfoStructMaker"),
    ("transaction.metadata.factory", "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory"),
  ]

  /// libpq keywords for a connection. The session settings make every text form that the type codecs read definite.
  func connectionParameters(replication: Bool) -> [(String, String)] {
    var parameters = [
      ("host", host), ("port", "\(port)"), ("user", user), ("password", password), ("dbname", database),
      ("connect_timeout", "10"), ("client_encoding", "UTF8"), ("application_name", "millrace \(name)"),
      ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
      // A network that swallows what we send is noticed within a minute, too.
      ("tcp_user_timeout", "60000"),
      (
        "options",
        "-c DateStyle=ISO -c IntervalStyle=postgres -c TimeZone=UTC -c extra_float_digits=3 -c bytea_output=hex"
          + " -c lc_monetary=C -c row_security=off -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=0"
      ),
    ]
    parameters += tls
    if replication { parameters.append(("replication", "database")) }
    return parameters
  }
}
