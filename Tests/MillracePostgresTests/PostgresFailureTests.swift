import MillraceCore
import Testing

@testable import MillracePostgres

struct PostgresFailureTests {
  private static let prefix = #"connection to server at "127.0.0.1", port 5432 failed: "#

  /// Texts as libpq 15 and 17 give them.
  @Test(arguments: [
    (#"FATAL:  password authentication failed for user "cdc""#, "password", .stop),
    ("fe_sendauth: no password supplied", "password", .stop),
    (#"FATAL:  role "nobody" does not exist"#, "user", .stop),
    (#"FATAL:  role "cdc" is not permitted to log in"#, "user", .stop),
    ("FATAL:  permission denied for database \"cdc\"\nDETAIL:  User does not have CONNECT privilege.", "privilege", .stop),
    (#"FATAL:  database "nowhere" does not exist"#, "database", .stop),
    (#"FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "cdc", database "cdc", SSL off"#, "hba", .stop),
    (#"FATAL:  no pg_hba.conf entry for replication connection from host "10.0.0.1", user "cdc", no encryption"#, "hba", .stop),
    ("FATAL:  must be superuser or replication role to start walsender", "replication", .stop),
    ("FATAL:  permission denied to start WAL sender\nDETAIL:  Only roles with the REPLICATION attribute may start.", "replication", .stop),
    ("server does not support SSL, but SSL was required", "tls.absent", .stop),
    ("SSL error: certificate verify failed", "tls.root", .stop),
    (#"root certificate file "/none" does not exist"#, "tls.root", .stop),
    (#"server certificate for "db" does not match host name "127.0.0.1""#, "tls.host", .stop),
    (#"could not load private key file "/client.key": bad decrypt"#, "tls.key", .stop),
    ("connection requires a valid client certificate", "tls.certificate", .stop),
    ("FATAL:  the database system is starting up", "starting", .retry),
    ("FATAL:  the database system is shutting down", "starting", .retry),
    ("FATAL:  the database system is in recovery mode", "starting", .retry),
    ("FATAL:  sorry, too many clients already", "full", .retry),
    ("FATAL:  remaining connection slots are reserved for non-replication superuser connections", "full", .retry),
    ("FATAL:  number of requested standby connections exceeds max_wal_senders (currently 10)", "full", .retry),
    ("Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", "unreachable", .retry),
    (#"could not translate host name "nowhere" to address: Name or service not known"#, "unreachable", .retry),
    ("timeout expired", "unreachable", .retry),
  ] as [(String, String, MillraceError.Retry)])
  func whyAConnectionFailsIsToldByTheServersWords(_ text: String, _ code: String, _ retry: MillraceError.Retry) {
    let error = PostgresFailure.connect(Self.prefix + text + "\n")
    #expect(error.code == "postgres.connect.\(code)")
    #expect(error.retry == retry)
    #expect(!error.advice.isEmpty)
  }

  @Test(arguments: ["ssl.example", "certificate-db", "starting up", "role", "database", "pg_hba.conf"])
  func aNameOfAHostMeansNothing(_ host: String) {
    let refused = PostgresFailure.connect(#"connection to server at "\#(host)", port 5432 failed: Connection refused"#)
    #expect(refused.code == "postgres.connect.unreachable")
    let missing = PostgresFailure.connect(#"connection to server at "\#(host)", port 5432 failed: FATAL:  database "role" does not exist"#)
    #expect(missing.code == "postgres.connect.database")
  }

  @Test(arguments: [
    "SSL SYSCALL error: EOF detected", "SSL connection has been closed unexpectedly", "server closed the connection unexpectedly",
  ])
  func aConnectionThatBreaksWhileItIsMadeIsTriedAgain(_ text: String) {
    #expect(PostgresFailure.connect(Self.prefix + text).retry == .retry)
  }

  @Test func theServersTextIsOneLine() {
    let error = PostgresFailure.lost("server closed the connection unexpectedly\n\tThis probably means\n")
    #expect(error.code == "postgres.connection.lost")
    #expect(error.retry == .retry)
    #expect(error.serverText == "server closed the connection unexpectedly  This probably means")
  }

  @Test(arguments: [
    ("55006", #"replication slot "s" is active for PID 7"#, "slot.active", .retry),
    ("42501", "permission denied for table t", "privilege", .stop),
    ("53400", "all replication slots are in use", "slots.full", .stop),
    ("53400", "temporary file size exceeds temp_file_limit", "server.unavailable", .retry),
    ("58P01", "requested WAL segment 000000010000000000000001 has already been removed", "slot.lost", .stop),
    ("55000", #"can no longer get changes from replication slot "s""#, "slot.lost", .stop),
    ("55000", "logical decoding requires wal_level >= logical", "wal-level", .stop),
    ("42704", #"publication "p" does not exist"#, "publication.missing", .stop),
    ("42704", #"replication slot "s" does not exist"#, "slot.missing", .stop),
    ("42704", #"type "x" does not exist"#, "statement", .stop),
    ("57P01", "terminating connection due to administrator command", "server.unavailable", .retry),
    ("53300", "too many connections", "server.unavailable", .retry),
    ("08006", "connection failure", "server.unavailable", .retry),
    ("40001", "could not serialize access", "server.unavailable", .retry),
    ("42601", "syntax error", "statement", .stop),
    ("", "nothing known", "statement", .stop),
  ] as [(String, String, String, MillraceError.Retry)])
  func anErrorOfTheServerIsClassifiedByItsState(_ state: String, _ text: String, _ code: String, _ retry: MillraceError.Retry) {
    let error = PostgresFailure.server(state: state, text: text, statement: "SELECT 1")
    #expect(error.code == "postgres.\(code)")
    #expect(error.retry == retry)
    #expect(error.serverCode == state)
    #expect(error.serverText == text)
  }
}
