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

  /// Server names or addresses, more than one in the order in which they are tried, each with its port.
  var hosts: [(name: String, port: String)]
  var user: String
  var password: String
  var database: String
  var tls: [(String, String)]
  /// How records are shaped: names, keys, masks.
  var rules: TableRules
  var initialStatements: [String]
  var queryTimeout: Duration?
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

  var naming: TopicNaming { rules.naming }
  var prefix: String { naming.prefix }

  init(_ configuration: inout Configuration) {
    let host = configuration.required("database.hostname", "write the server's name or address")
    let port = configuration.integer("database.port", default: 5432, in: 1...65535)
    hosts = PostgresSettings.hosts(host, port, &configuration)
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
    initialStatements = PostgresSettings.statements(configuration["database.initial.statements"] ?? "")
    let timeout = configuration.integer("database.query.timeout.ms", default: 600_000, in: 0...86_400_000)
    queryTimeout = timeout == 0 ? nil : .milliseconds(timeout)
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
    if configuration["skipped.operations"] == nil { configuration["skipped.operations"] = "t" }
    skipped = Set(configuration.list("skipped.operations").map { $0.lowercased() })
    for operation in skipped.subtracting(["c", "u", "d", "t", "none"]).sorted() {
      configuration.report(
        Finding(key: "skipped.operations", problem: "\"\(operation)\" is no operation", advice: "write a list of c, u, d, t, or none"))
    }
    unpublished = skipsByDefault ? [] : skipped.subtracting(["none"])
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

  /// `host,host:port,…`, as JDBC and libpq have it; an IPv6 address with a port stands in brackets.
  private static func hosts(_ text: String, _ port: Int, _ configuration: inout Configuration) -> [(name: String, port: String)] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { item in
      let item = String(item).trimmed
      let end = item.hasPrefix("[") ? item.firstIndex(of: "]") : nil
      var name = end.map { String(item[item.index(after: item.startIndex)..<$0]) } ?? item
      var rest = end.map { String(item[item.index(after: $0)...]) } ?? ""
      if end == nil, !item.hasPrefix("/"), item.filter({ $0 == ":" }).count == 1, let colon = item.firstIndex(of: ":") {
        name = String(item[..<colon])
        rest = String(item[colon...])
      }
      let own = rest.isEmpty ? port : Int(rest.dropFirst())
      if (name.isEmpty && !text.isEmpty) || own.map({ !(1...65535).contains($0) }) ?? true {
        configuration.report(
          Finding(key: "database.hostname", problem: "has \"\(item)\", which is no server", advice: "write host, or host:port, with commas in between"))
      }
      return (name, "\(own ?? port)")
    }
  }

  /// Splits at each `;`; a doubled one stands for itself (io.debezium.jdbc.JdbcConnection).
  private static func statements(_ text: String) -> [String] {
    var statements = [""]
    var rest = Substring(text)
    while let character = rest.popFirst() {
      if character == ";", rest.first == ";" {
        rest.removeFirst()
        statements[statements.count - 1].append(character)
      } else if character == ";" {
        statements.append("")
      } else {
        statements[statements.count - 1].append(character)
      }
    }
    return statements.map(\.trimmed).filter { !$0.isEmpty }
  }

  /// Session settings that make every text form that the type codecs read definite, and keep a session that waits alive.
  static let sessionSettings = [
    ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("TimeZone", "UTC"), ("extra_float_digits", "3"), ("bytea_output", "hex"),
    ("lc_monetary", "C"), ("row_security", "off"), ("client_encoding", "UTF8"), ("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0"),
    ("lock_timeout", "0"),
  ]

  /// libpq keywords for a connection. A server that has gone without a word is noticed within 30 s, by TCP's probes while
  /// nothing is sent and by its time limit for what was sent.
  func connectionParameters(replication: Bool) -> [(String, String)] {
    var parameters = [
      ("host", hosts.map(\.name).joined(separator: ",")), ("port", hosts.map(\.port).joined(separator: ",")),
      ("user", user), ("password", password), ("dbname", database),
      ("connect_timeout", "10"), ("client_encoding", "UTF8"), ("application_name", "millrace \(name)"),
      ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
      ("options", PostgresSettings.sessionSettings.map { "-c \($0.0)=\($0.1)" }.joined(separator: " ")),
    ]
    parameters += tls
    if replication { parameters.append(("replication", "database")) }
    return parameters
  }
}
