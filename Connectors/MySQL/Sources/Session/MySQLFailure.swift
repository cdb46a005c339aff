internal import CLibMariaDB
internal import MillraceCore

/// Turns what libmariadb and the server say into `MillraceError`: code, retry class and advice in one place.
///
/// Numbers: MySQL and MariaDB documentation, "Server Error Message Reference"; from 2000 on they are the library's own.
enum MySQLFailure {
  /// A connection could not be made.
  static func connect(number: Int, text: String, host: String?) -> MillraceError {
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(
        code: "mysql.connect.\(code)", component: "mysql", retry: retry, message: message, advice: advice, subject: host,
        serverCode: "\(number)", serverText: oneLine(text))
    }
    switch number {
    case 1045: return error("password", .stop, "the server does not accept the user and its password", "correct database.user and database.password, or create the user for the address that Millrace connects from")
    case 1130: return error("host", .stop, "the server lets nobody in from this address", "create the user for this address, as 'user'@'address' or 'user'@'%'")
    case 1044, 1049: return error("database", .stop, "the user may not use the database", "grant a privilege on it to the user")
    case 1820, 1862: return error("expired", .stop, "the user's password has expired", "run: ALTER USER … IDENTIFIED BY …; and correct database.password")
    case 3118: return error("locked", .stop, "the user is locked", "run: ALTER USER … ACCOUNT UNLOCK;")
    case 1251, 2058, 2059, 1524: return error("plugin", .stop, "the user's authentication plug-in is not known here", "create the user with caching_sha2_password, mysql_native_password or ed25519")
    case 1040, 1203, 1226: return error("full", .retry, "the server has no free connection", "raise max_connections, or end other clients")
    case 1129: return error("blocked", .stop, "the server blocks this host after many connection errors", "run: FLUSH HOSTS; or mysqladmin flush-hosts")
    case 1053, 1077, 1079: return error("stopping", .retry, "the server is stopping", "wait until it accepts connections")
    case 3159: return error("tls.wanted", .stop, "the server asks for an encrypted connection", "write database.ssl.mode=required")
    case 2026:
      let words = text.lowercased()
      if words.contains("not support") { return withoutTLS(host) }
      // The library's words for a name that does not fit; OpenSSL's for a certificate are others.
      if words.contains("validation of ssl server certificate failed") || words.contains("host name") || words.contains("hostname") {
        return error("tls.host", .stop, "the server's certificate is for another host", "write the name in the certificate as database.hostname; verify_ca compares names, too")
      }
      if words.contains("private key") || words.contains("key values mismatch") || words.contains("bad decrypt") {
        return error("tls.key", .stop, "the client's private key cannot be used", "correct database.ssl.keystore and its password")
      }
      if words.contains("verif") || words.contains("self-signed") || words.contains("self signed") || words.contains("issuer") {
        return error("tls.root", .stop, "no authority that is known has signed the server's certificate", "write the file of the authority that did as database.ssl.truststore")
      }
      if words.contains("no such file") || words.contains("fopen") {
        return error("tls.file", .stop, "a certificate file cannot be read", "correct database.ssl.truststore and database.ssl.keystore")
      }
      if isBroken(words) { return error("unreachable", .retry, "the server cannot be reached", "wait: it was lost while the encrypted connection was made") }
      return error("tls", .stop, "the TLS connection could not be made", "check database.ssl.mode and the certificate settings")
    default: return error("unreachable", .retry, "the server cannot be reached", "check database.hostname and database.port, and that the server runs")
    }
  }

  /// Encryption is asked for, and the server has none.
  static func withoutTLS(_ host: String?) -> MillraceError {
    MillraceError(
      code: "mysql.connect.tls.absent", component: "mysql", retry: .stop, message: "the server has no TLS",
      advice: "configure a certificate on the server, or write a database.ssl.mode that goes on without", subject: host)
  }

  /// Whether the network, not what was agreed on, is what OpenSSL complains of.
  private static func isBroken(_ words: String) -> Bool {
    ["unexpected eof", "reset by peer", "broken pipe", "timed out", "errno", "system error"].contains { words.contains($0) }
  }

  /// The server, or the library, answered a statement with an error.
  static func server(number: Int, text: String) -> MillraceError {
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(
        code: "mysql.\(code)", component: "mysql", retry: retry, message: message, advice: advice, serverCode: "\(number)",
        serverText: oneLine(text))
    }
    switch number {
    // 2026: a connection with TLS that ends.
    case 2006, 2013, 2026, 2055, 2012, 2014, 1927, 1053, 1077, 1079: return lost(text)
    case 1044, 1142, 1143, 1227, 1370, 1410: return error("privilege", .stop, "the user lacks a privilege", "grant what the server names; millrace check lists all that is missing")
    case 1205, 3572: return error("lock", .retry, "a lock that another session holds was not to be had in time", "end the session that holds it: SHOW PROCESSLIST tells which")
    case 1412: return error("snapshot.table", .retry, "a table was altered while the snapshot began", "wait: the next attempt reads it as it is then")
    case 1213: return error("deadlock", .retry, "the server chose this transaction as the victim of a deadlock", "wait: the next attempt may succeed")
    case 1317, 3024, 1969: return error("timeout", .retry, "the server ended a statement", "look at max_execution_time, and for who kills statements")
    case 1040, 1203, 1226, 1041, 1037, 1038, 1114, 1135: return error("server.unavailable", .retry, "the server cannot do it now", "read the server's message")
    case 1290, 1836: return error("read-only", .stop, "the server is read-only", "name a server that can be written to")
    default: return error("statement", .stop, "the server refused a statement", "read the server's message")
    }
  }

  /// The server ended a dump, or did not begin it (ER_MASTER_FATAL_ERROR_READING_BINLOG): its words decide.
  static func dump(number: Int, text: String) -> MillraceError {
    let words = text.lowercased()
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(
        code: "mysql.\(code)", component: "mysql", retry: retry, message: message, advice: advice, serverCode: "\(number)",
        serverText: oneLine(text))
    }
    guard number == 1236 || number == 1220 else { return server(number: number, text: text) }
    if words.contains("same server_uuid") || words.contains("same server_id") || words.contains("same server id") {
      return error("server-id", .stop, "another replica with the same server id has connected", "write a database.server.id that no other replica or connector of this server has")
    }
    if words.contains("purged") || words.contains("could not find first log file") || words.contains("could not find gtid state")
      || words.contains("not in the binlog") || words.contains("requested starting") || words.contains("unknown binlog file")
    {
      return error("log.lost", .stop, "the server no longer has the binlog that the stored position needs", "take a new snapshot: set snapshot.mode=when_needed, or remove the stored offset; keep logs longer with binlog_expire_logs_seconds (MariaDB: expire_logs_days)")
    }
    if words.contains("impossible position") || words.contains("bogus data") {
      return error("log.position", .stop, "the stored position is not one of the server's binlog", "the log was reset or the server is another one: take a new snapshot, or name the server that wrote the log")
    }
    if words.contains("has more gtids than") || words.contains("gtid_strict_mode") || words.contains("diverge") {
      return error("log.diverged", .stop, "the server lacks transactions that were delivered", "name a server that has all transactions of the stored position, or take a new snapshot")
    }
    if words.contains("max_allowed_packet") {
      return error("packet", .stop, "an event is larger than the server's max_allowed_packet", "run: SET GLOBAL max_allowed_packet = 1073741824;")
    }
    if words.contains("binary log is not open") || words.contains("binary logging") {
      return error("log.off", .stop, "the server writes no binlog", "start it with log_bin")
    }
    return error("dump", .retry, "the server ended the stream of its binlog", "read the server's message")
  }

  /// An established connection broke.
  static func lost(_ text: String) -> MillraceError {
    MillraceError(
      code: "mysql.connection.lost", component: "mysql", retry: .retry, message: "the connection to the server was lost",
      advice: "look into the server's log if this repeats", serverText: oneLine(text))
  }

  /// A statement was called off because the run ends.
  static var interrupted: MillraceError {
    MillraceError(
      code: "mysql.interrupted", component: "mysql", retry: .stop, message: "a statement was called off, because the run ends", advice: "")
  }

  /// A statement took longer than `database.query.timeout.ms`.
  static func slow(_ limit: Duration) -> MillraceError {
    MillraceError(
      code: "mysql.timeout", component: "mysql", retry: .retry, message: "the server did not answer a statement within \(limit)",
      advice: "look for locks and long transactions on the server, or raise database.query.timeout.ms")
  }

  static var noMemory: MillraceError {
    MillraceError(
      code: "mysql.memory", component: "mysql", retry: .stop, message: "a library gets no memory for its work",
      advice: "give the process more memory")
  }

  static var noRows: MillraceError {
    MillraceError(
      code: "mysql.statement", component: "mysql", retry: .stop, message: "a statement that should give rows gives none",
      advice: "write a SELECT")
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0 == "\n" || $0 == "\t" ? " " : $0 }).trimmed
  }
}
