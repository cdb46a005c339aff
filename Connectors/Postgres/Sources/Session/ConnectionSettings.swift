internal import MillraceCore

/// How the server is reached and who asks: what every session needs, and nothing of what is captured.
struct ConnectionSettings: Sendable {
  enum TLSMode: String, CaseIterable, Sendable {
    case disable, allow, prefer, require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  /// In the order in which they are tried.
  var hosts: [DatabaseHost]
  var user: String
  var password: String
  var database: String
  var tls: [(String, String)]
  var initialStatements: [String]
  var queryTimeout: Duration?
  /// What the server shows the session as.
  var application = "millrace"

  init(_ configuration: inout Configuration) {
    hosts = DatabaseHost.list(&configuration, port: 5432)
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
    initialStatements = configuration.statements("database.initial.statements")
    let timeout = configuration.integer("database.query.timeout.ms", default: 600_000, in: 0...86_400_000)
    queryTimeout = timeout == 0 ? nil : .milliseconds(timeout)
  }

  /// Session settings that make every text form that the type codecs read definite, and keep a session that waits alive.
  static let sessionSettings = [
    ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("TimeZone", "UTC"), ("extra_float_digits", "3"), ("bytea_output", "hex"),
    ("lc_monetary", "C"), ("row_security", "off"), ("client_encoding", "UTF8"), ("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0"),
    ("lock_timeout", "0"),
  ]

  /// libpq keywords for a connection. A server that has gone without a word is noticed within 30 s, by TCP's probes while
  /// nothing is sent and by its time limit for what was sent.
  func parameters(replication: Bool) -> [(String, String)] {
    var parameters = [
      ("host", hosts.map(\.name).joined(separator: ",")), ("port", hosts.map { "\($0.port)" }.joined(separator: ",")),
      ("user", user), ("password", password), ("dbname", database),
      ("connect_timeout", "10"), ("client_encoding", "UTF8"), ("application_name", application),
      ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
      ("options", ConnectionSettings.sessionSettings.map { "-c \($0.0)=\($0.1)" }.joined(separator: " ")),
    ]
    parameters += tls
    if replication { parameters.append(("replication", "database")) }
    return parameters
  }
}
