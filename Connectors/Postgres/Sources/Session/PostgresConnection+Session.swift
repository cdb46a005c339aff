internal import MillraceCore

/// The two kinds of connection that the connector uses.
extension PostgresConnection {
  /// For statements and COPY. The text forms that the codecs read hold whatever `database.initial.statements` sets.
  static func control(_ settings: PostgresSettings, interruption: Interruption? = nil) throws(MillraceError) -> PostgresConnection {
    try control(settings.connection, interruption: interruption)
  }

  static func control(_ settings: ConnectionSettings, interruption: Interruption? = nil) throws(MillraceError) -> PostgresConnection {
    let connection = try PostgresConnection(settings.parameters(replication: false))
    connection.interruption = interruption
    connection.limit = settings.queryTimeout
    try connection.liftTimeouts()
    guard !settings.initialStatements.isEmpty else { return connection }
    for statement in settings.initialStatements {
      do throws(MillraceError) {
        try connection.query(statement)
      } catch {
        guard error.retry == .stop else { throw error }
        throw MillraceError(
          code: "postgres.initial-statement", component: "postgres", retry: .stop,
          message: "the server refused a statement of database.initial.statements", advice: "correct it", serverCode: error.serverCode,
          serverText: error.serverText)
      }
    }
    for (name, _) in ConnectionSettings.sessionSettings { try connection.query("RESET \(name)") }
    try connection.liftTimeouts()
    return connection
  }

  /// For commands of the replication protocol.
  static func replication(_ settings: PostgresSettings, interruption: Interruption? = nil) throws(MillraceError) -> PostgresConnection {
    let connection = try PostgresConnection(settings.connection.parameters(replication: true))
    connection.interruption = interruption
    connection.limit = settings.queryTimeout
    try connection.liftTimeouts()
    return connection
  }

  /// Limits of the server's or the role's settings that would end a connection which waits by its nature.
  func liftTimeouts() throws(MillraceError) {
    if version.hasIdleSessionTimeout { try query("SET idle_session_timeout = 0") }
    if version.hasTransactionTimeout { try query("SET transaction_timeout = 0") }
  }
}

extension PostgresConnection: StatementConnection {
  func run(_ sql: String) throws(MillraceError) { try query(sql) }
}
