internal import MillraceCore

/// What it takes to reach a server.
struct ConnectionParameters: Sendable {
  /// Whether a connection is encrypted, and what is verified, in MySQL's words; MariaDB's `disable` is `disabled`, its `trust`
  /// `required`, its `verify-ca` `verifyCA` and its `verify-full` `verifyIdentity`.
  enum TLSMode: Sendable { case disabled, preferred, required, verifyCA, verifyIdentity }

  /// Tried in this order.
  var hosts: [DatabaseHost]
  var user: String
  var password: String
  var tls = TLSMode.preferred
  /// PEM files.
  var authorities: String?
  var certificate: String?
  var key: String?
  var keyPassphrase: String?
  var connectTimeout = Duration.seconds(30)
  /// How long a statement may wait for an answer; nil: for ever.
  var queryTimeout: Duration?
  /// TCP probes find out that a silent server is gone.
  var keepsAlive = true
  /// Run on each connection that is not the stream's.
  var initialStatements: [String] = []
  /// Shown in `performance_schema.session_connect_attrs`.
  var programName = "millrace"
}
