internal import MillraceCore

/// Turns what libpq and the server say into `MillraceError`: code, retry class and advice in one place.
///
/// SQLSTATE classes: PostgreSQL documentation, appendix "Error Codes".
enum PostgresFailure {
  /// A connection could not be made. libpq gives no SQLSTATE here, so the server's words decide.
  static func connect(_ text: String) -> MillraceError {
    // Names of hosts, users and databases stand in quotes and may hold any of the words looked for.
    let words = text.lowercased().split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      .map { $0.offset.isMultiple(of: 2) ? $0.element : "" }.joined(separator: "\"")
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(
        code: "postgres.connect.\(code)", component: "postgres", retry: retry, message: message, advice: advice,
        serverText: oneLine(text))
    }
    if words.contains("password authentication failed") || words.contains("no password supplied") {
      return error("password", .stop, "the server does not accept the user's password", "correct database.user and database.password")
    }
    if words.contains("role"), words.contains("does not exist") || words.contains("not permitted to log in") {
      return error("user", .stop, "the user does not exist on the server or may not log in", "correct database.user, or create the role with LOGIN REPLICATION")
    }
    if words.contains("database"), words.contains("does not exist") {
      return error("database", .stop, "the database does not exist on the server", "correct database.dbname")
    }
    if words.contains("permission denied for database") {
      return error("privilege", .stop, "the user may not connect to the database", "run: GRANT CONNECT ON DATABASE <database.dbname> TO <database.user>")
    }
    if words.contains("pg_hba.conf") {
      let encryption = words.contains("encryption") ? "; a line may ask for TLS or rule it out, which database.sslmode decides" : ""
      return error("hba", .stop, "the server's pg_hba.conf does not let this user in", "add a line for the user, its database and its address to pg_hba.conf and reload the server\(encryption)")
    }
    if words.contains("replication role attribute") || words.contains("must be superuser or replication role")
      || words.contains("permission denied to start wal sender")
    {
      return error("replication", .stop, "the user may not start replication", "run: ALTER ROLE <database.user> REPLICATION")
    }
    if words.contains("ssl syscall") || words.contains("closed unexpectedly") { return lost(text) }
    if let (what, message, advice) = tls(words) { return error(what, .stop, message, advice) }
    if words.contains("starting up") || words.contains("shutting down") || words.contains("recovery mode") {
      return error("starting", .retry, "the server is starting or stopping", "wait until it accepts connections")
    }
    if words.contains("too many clients") || words.contains("too many connections") || words.contains("remaining connection slots")
      || words.contains("max_wal_senders")
    {
      return error("full", .retry, "the server has no free connection", "raise max_connections or max_wal_senders, or end other clients")
    }
    return error("unreachable", .retry, "the server cannot be reached", "check database.hostname and database.port, and that the server runs")
  }

  /// What is wrong with an encrypted connection: the last part of the code, message and advice.
  private static func tls(_ words: String) -> (String, String, String)? {
    if words.contains("does not support ssl") {
      return ("tls.absent", "the server has no TLS", "set ssl = on and a certificate on the server, or write database.sslmode=prefer")
    }
    if words.contains("root certificate file") || words.contains("could not read root certificate") {
      return ("tls.root", "the file of the root certificates cannot be read", "correct database.sslrootcert, or write database.sslmode=require, which verifies nothing")
    }
    if words.contains("does not match host name") {
      return ("tls.host", "the server's certificate is for another host", "write the name in the certificate as database.hostname, or database.sslmode=verify-ca, which does not compare names")
    }
    if words.contains("certificate verify failed") {
      return ("tls.root", "the root certificates did not sign the server's certificate", "write the file of the authority that did as database.sslrootcert")
    }
    if words.contains("private key") {
      return ("tls.key", "the client's private key cannot be used", "correct database.sslkey and database.sslpassword; the key must belong to database.sslcert, and nobody else may read its file")
    }
    if words.contains("client certificate") || words.contains("certificate authentication failed") || words.contains("certificate file")
      || words.contains("unknown ca") || words.contains("bad certificate")
    {
      return ("tls.certificate", "the server does not accept the client's certificate", "write a certificate for the user, signed by an authority that the server knows, as database.sslcert")
    }
    guard words.contains("ssl") || words.contains("certificate") else { return nil }
    return ("tls", "the TLS connection could not be made", "check database.sslmode and the certificate settings")
  }

  /// An established connection broke.
  static func lost(_ text: String) -> MillraceError {
    MillraceError(
      code: "postgres.connection.lost", component: "postgres", retry: .retry, message: "the connection to the server was lost",
      advice: "look into the server's log if this repeats", serverText: oneLine(text))
  }

  /// A statement was called off because the run ends.
  static var interrupted: MillraceError {
    MillraceError(
      code: "postgres.interrupted", component: "postgres", retry: .stop, message: "a statement was called off, because the run ends",
      advice: "")
  }

  /// A statement took longer than `database.query.timeout.ms`.
  static func slow(_ limit: Duration) -> MillraceError {
    MillraceError(
      code: "postgres.timeout", component: "postgres", retry: .retry, message: "the server did not answer a statement within \(limit)",
      advice: "look for locks and long transactions on the server, or raise database.query.timeout.ms")
  }

  /// The server answered a statement with an error.
  static func server(state: String, text: String, statement: String) -> MillraceError {
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(
        code: "postgres.\(code)", component: "postgres", retry: retry, message: message, advice: advice, serverCode: state,
        serverText: oneLine(text))
    }
    switch state {
    case "55006":
      return error("slot.active", .retry, "the replication slot is in use by another client", "stop the other client, or choose another slot.name")
    case "55P03":
      return error("lock", .retry, "a lock that another session holds was not to be had in time", "end the session that holds it: pg_blocking_pids tells which")
    case "42501":
      return error("privilege", .stop, "the user lacks a privilege", "grant what the server names; millrace check lists all that is missing")
    case "53400" where text.contains("replication slots"):
      return error("slots.full", .stop, "the server has no free replication slot", "drop an unused slot (pg_drop_replication_slot) or raise max_replication_slots")
    case "55000" where text.contains("wal_level"):
      return error("wal-level", .stop, "the server's wal_level is too low for logical decoding", "set wal_level=logical and restart the server")
    case "58P01", "55000":
      return error("slot.lost", .stop, "the server no longer has the log that the slot needs", "drop the slot, remove the stored offset and take a new snapshot")
    case "42704" where text.contains("publication"):
      return error("publication.missing", .stop, "the publication does not exist", "create it, or set publication.autocreate.mode")
    case "42704" where text.contains("replication slot"):
      return error("slot.missing", .stop, "the replication slot does not exist", "remove the stored offset to begin with a new snapshot")
    default:
      // 08 connection, 53 resources, 57P operator intervention, 40 rollback: another attempt may do.
      let passing = ["08", "53", "57", "40"].contains(String(state.prefix(2)))
      return error(
        passing ? "server.unavailable" : "statement", passing ? .retry : .stop,
        passing ? "the server cannot do it now" : "the server refused a statement", "read the server's message")
    }
  }

  /// An error of a statement that named a table and its columns as the catalog had them a moment ago: where they are gone since,
  /// a fresh look helps.
  static func changed(_ error: MillraceError, table: String) -> MillraceError {
    guard let state = error.serverCode, ["42703", "42P01", "3F000"].contains(state) else { return error }
    return MillraceError(
      code: "postgres.tables.changed", component: "postgres", retry: .retry,
      message: "the table was altered or dropped after the snapshot was taken", advice: "wait: the next attempt sees it as it is",
      subject: table, serverCode: state, serverText: error.serverText)
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0 == "\n" || $0 == "\t" ? " " : $0 }).trimmed
  }
}
