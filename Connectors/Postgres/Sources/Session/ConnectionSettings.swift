internal import MillraceCore

/// How the server is reached and who asks: what every session needs, and nothing of what is captured.
struct ConnectionSettings: Sendable {
  enum TLSMode: String, CaseIterable, Sendable {
    case disable, allow, prefer, require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  /// Server names or addresses, more than one in the order in which they are tried, each with its port.
  var hosts: [(name: String, port: String)]
  var user: String
  var password: String
  var database: String
  var tls: [(String, String)]
  var initialStatements: [String]
  var queryTimeout: Duration?
  /// What the server shows the session as.
  var application = "millrace"

  init(_ configuration: inout Configuration) {
    let host = configuration.required("database.hostname", "write the server's name or address")
    let port = configuration.integer("database.port", default: 5432, in: 1...65535)
    hosts = ConnectionSettings.hosts(host, port, &configuration)
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
    initialStatements = ConnectionSettings.statements(configuration["database.initial.statements"] ?? "")
    let timeout = configuration.integer("database.query.timeout.ms", default: 600_000, in: 0...86_400_000)
    queryTimeout = timeout == 0 ? nil : .milliseconds(timeout)
  }

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
  func parameters(replication: Bool) -> [(String, String)] {
    var parameters = [
      ("host", hosts.map(\.name).joined(separator: ",")), ("port", hosts.map(\.port).joined(separator: ",")),
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
