internal import Glibc
internal import MillraceCore

/// Proves all that a run needs, changes nothing, and tells for each lack the statement that mends it.
struct MySQLCheck {
  let connection: MySQLConnection
  let settings: MySQLSettings

  /// The setting that a connection error is about.
  static func key(of error: MillraceError, _ settings: MySQLSettings) -> String {
    switch error.code {
    case "mysql.connect.password", "mysql.connect.expired": "database.password"
    case "mysql.connect.host", "mysql.connect.locked", "mysql.connect.plugin", "mysql.connect.database": "database.user"
    case "mysql.connect.tls", "mysql.connect.tls.absent", "mysql.connect.tls.wanted": "database.ssl.mode"
    // The library does not say which file it is.
    case "mysql.connect.tls.file" where settings.connection.certificate.map { access($0, R_OK) != 0 } ?? false: "database.ssl.keystore"
    case "mysql.connect.tls.root", "mysql.connect.tls.file": "database.ssl.truststore"
    case "mysql.connect.tls.key": "database.ssl.keystore"
    case "mysql.initial-statement": "database.initial.statements"
    case "mysql.timeout": "database.query.timeout.ms"
    default: "database.hostname"
    }
  }

  private var isMariaDB: Bool { connection.version.isMariaDB }

  func run() throws(MillraceError) -> [Finding] {
    var findings: [Finding] = []
    if let other = otherServer() { return [other] }
    let variables = try serverVariables()
    if settings.snapshot.rules.streams {
      checkLog(variables, &findings)
      checkGTIDs(variables, &findings)
      try checkReplication(variables, &findings)
    }
    try checkTables(&findings)
    try checkTimeZones(&findings)
    return findings
  }

  private func otherServer() -> Finding? {
    guard isMariaDB != (settings.flavour == .mariadb) else { return nil }
    let wanted = isMariaDB ? "io.debezium.connector.mariadb.MariaDbConnector" : "io.debezium.connector.mysql.MySqlConnector"
    return Finding(
      key: "connector.class", problem: "is for the other server: \(connection.host.name) is a \(connection.version)",
      advice: "write connector.class=\(wanted)")
  }

  private func serverVariables() throws(MillraceError) -> [String: String] {
    let names = [
      "log_bin", "binlog_format", "binlog_row_image", "binlog_row_metadata", "binlog_row_value_options", "binlog_expire_logs_seconds",
      "expire_logs_days", "server_id", "gtid_mode", "enforce_gtid_consistency", "gtid_strict_mode", "log_slave_updates", "log_replica_updates",
      "binlog_rows_query_log_events", "binlog_annotate_row_events", "read_only", "net_write_timeout",
    ]
    let list = names.map { "'\($0)'" }.joined(separator: ", ")
    var variables: [String: String] = [:]
    for row in try connection.query("SHOW GLOBAL VARIABLES WHERE variable_name IN (\(list))") {
      if let name = row[0]?.lowercased(), let value = row[1] { variables[name] = value }
    }
    return variables
  }

  // MARK: the log

  private func checkLog(_ variables: [String: String], _ findings: inout [Finding]) {
    if variables["log_bin"] == "OFF" {
      findings.append(Finding(key: "log_bin", problem: "is OFF: the server writes no binlog", advice: "start the server with log_bin=binlog in its [mysqld] section"))
      return
    }
    if let format = variables["binlog_format"], format != "ROW" {
      findings.append(
        Finding(key: "binlog_format", problem: "is \(format): changes are logged as statements", advice: "run: SET GLOBAL binlog_format = 'ROW'; and end the sessions that began before"))
    }
    if let image = variables["binlog_row_image"], image != "FULL" {
      findings.append(
        Finding(
          .warning, key: "binlog_row_image", problem: "is \(image): values that did not change are missing in records",
          advice: "run: SET GLOBAL binlog_row_image = 'FULL';"))
    }
    if let metadata = variables["binlog_row_metadata"], metadata != "FULL" {
      findings.append(
        Finding(
          .warning, key: "binlog_row_metadata", problem: "is \(metadata): the log does not tell the names of columns, so tables have to be tracked by their DDL alone",
          advice: "run: SET GLOBAL binlog_row_metadata = 'FULL';"))
    }
    if settings.includesQuery {
      let name = isMariaDB ? "binlog_annotate_row_events" : "binlog_rows_query_log_events"
      if variables[name] == "OFF" {
        findings.append(Finding(.warning, key: "include.query", problem: "has no effect: \(name) is OFF", advice: "run: SET GLOBAL \(name) = ON;"))
      }
    }
    checkRetention(variables, &findings)
  }

  private func checkRetention(_ variables: [String: String], _ findings: inout [Finding]) {
    let seconds = variables["binlog_expire_logs_seconds"].flatMap { Double($0) } ?? 0
    let days = variables["expire_logs_days"].flatMap { Double($0) } ?? 0
    let kept = seconds > 0 ? seconds : days * 86_400
    guard kept > 0, kept < 86_400 else { return }
    findings.append(
      Finding(
        .warning, key: "binlog_expire_logs_seconds", problem: "is \(Int(kept)): a run that is down for longer loses changes",
        advice: "run: SET GLOBAL binlog_expire_logs_seconds = 604800;"))
  }

  private func checkGTIDs(_ variables: [String: String], _ findings: inout [Finding]) {
    if let mode = variables["gtid_mode"], mode != "ON" {
      findings.append(
        Finding(
          .warning, key: "gtid_mode", problem: "is \(mode): a stored position is good on this server only, not on a replica that takes its place",
          advice: "run, one after the other: SET GLOBAL enforce_gtid_consistency = ON; SET GLOBAL gtid_mode = OFF_PERMISSIVE; SET GLOBAL gtid_mode = ON_PERMISSIVE; SET GLOBAL gtid_mode = ON;"))
      if settings.gtids.areGiven {
        findings.append(Finding(key: "gtid.source.includes", problem: "needs GTIDs, which the server does not write", advice: "switch gtid_mode on, or remove gtid.source.includes and .excludes"))
      }
    }
  }

  private func checkReplication(_ variables: [String: String], _ findings: inout [Finding]) throws(MillraceError) {
    if let own = variables["server_id"].flatMap({ UInt32($0) }), own == settings.serverID {
      findings.append(Finding(key: "database.server.id", problem: "is the server's own number", advice: "write another one, such as \(own &+ 184_053)"))
    }
    let user = MySQLConnection.quote(literal: settings.connection.user)
    let client = isMariaDB ? "BINLOG MONITOR" : "REPLICATION CLIENT"
    do throws(MillraceError) {
      _ = try BinlogStatus(connection)
    } catch {
      guard error.code == "mysql.privilege" else {
        if error.code == "mysql.log.off" { return }
        throw error
      }
      findings.append(Finding(key: "database.user", problem: "may not ask for the server's log", advice: "run: GRANT \(client) ON *.* TO \(user)@'%';"))
    }
    if !(try mayReplicate()) {
      findings.append(Finding(key: "database.user", problem: "may not read the server's log", advice: "run: GRANT REPLICATION SLAVE ON *.* TO \(user)@'%';"))
    }
    try checkReplicas(&findings)
  }

  private func mayReplicate() throws(MillraceError) -> Bool { try grants().contains { Grant($0).map { $0.isGlobal && $0.allows("REPLICATION SLAVE") } ?? false } }

  /// The user's own grants, those of active roles included.
  private func grants() throws(MillraceError) -> [String] {
    let role = try connection.query("SELECT CURRENT_ROLE()").first?.first.flatMap { $0 } ?? "NONE"
    let roles = isMariaDB || role == "NONE" ? "" : " FOR CURRENT_USER() USING \(role)"
    return try connection.query("SHOW GRANTS\(roles)").compactMap { $0.first.flatMap { $0 } }
  }

  private func checkReplicas(_ findings: inout [Finding]) throws(MillraceError) {
    let statement = isMariaDB || connection.version.number < 80022 ? "SHOW SLAVE HOSTS" : "SHOW REPLICAS"
    // Only who may replicate is told.
    guard let rows = try? connection.query(statement) else { return }
    if rows.contains(where: { $0.first.flatMap { $0 } == "\(settings.serverID)" }) {
      findings.append(
        Finding(.warning, key: "database.server.id", problem: "is that of a replica which is connected now", advice: "write a number that no other replica or connector of this server has"))
    }
  }

  // MARK: tables

  /// All tables of the server, views left out.
  private func tableNames() throws(MillraceError) -> [TableID] {
    try connection.query(
      "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_schema, table_name"
    ).compactMap { row in row[0].flatMap { database in row[1].map { TableID(database, $0) } } }
  }

  private func checkTables(_ findings: inout [Finding]) throws(MillraceError) {
    let all = try tableNames()
    let captured = all.filter { settings.filter.captures(database: $0.database, table: $0.table) }
    let databases = Set(all.map(\.database)).sorted()
    for (key, pattern, meant) in settings.filter.unmatched(databases: databases, tables: all.map { "\($0)" }) {
      findings.append(
        Finding(
          .warning, key: key, problem: "has the pattern \"\(pattern)\", which matches nothing on the server",
          advice: meant.map { "patterns are regular expressions over the whole name: you probably mean \($0)" }
            ?? "patterns are regular expressions over the whole name, database.table; correct it, or create the table"))
    }
    if captured.isEmpty {
      findings.append(
        Finding(.warning, key: "table.include.list", problem: "selects no table: nothing will be captured", advice: "correct the include and exclude lists, or create the tables"))
    }
    if settings.mostTables.count > 0, captured.count > settings.mostTables.count {
      findings.append(
        Finding(
          settings.mostTables.isError ? .error : .warning, key: "guardrail.collections.max",
          problem: "is \(settings.mostTables.count), but \(captured.count) tables are captured", advice: "capture fewer tables with table.include.list, or raise it"))
    }
    findings += settings.snapshot.unmatched(captured.map { "\($0)" })
    // Where a grant does not say it, it is tried, table by table: that takes its time with ten thousand of them.
    let lines = try grants(), isPartlyRevoked = lines.contains { $0.hasPrefix("REVOKE ") }
    let grants = isPartlyRevoked ? [] : lines.compactMap { Grant($0) }.filter { $0.allows("SELECT") }
    let isWhole = grants.contains(where: \.isGlobal), readable = Set(grants.compactMap(\.database))
    for table in captured where !isWhole && !readable.contains(table.database) {
      do throws(MillraceError) {
        try connection.query("SELECT 1 FROM \(MySQLConnection.quote(identifier: table.database)).\(MySQLConnection.quote(identifier: table.table)) LIMIT 0")
      } catch {
        guard error.code == "mysql.privilege" else { continue }
        findings.append(
          Finding(
            key: "table \(table)", problem: "cannot be read by \"\(settings.connection.user)\"",
            advice: "run: GRANT SELECT ON \(MySQLConnection.quote(identifier: table.database)).* TO \(MySQLConnection.quote(literal: settings.connection.user))@'%';"))
      }
    }
  }

  // MARK: time zones

  /// Our sessions are in +00:00, and the log is. Only statements of the configuration's own can name a zone.
  private func checkTimeZones(_ findings: inout [Finding]) throws(MillraceError) {
    var statements = settings.snapshot.overrides.map { (key: "snapshot.select.statement.overrides.\($0)", text: $1) }
    statements += settings.connection.initialStatements.map { (key: "database.initial.statements", text: $0) }
    if let query = settings.heartbeat.query { statements.append((key: "heartbeat.action.query", text: query)) }
    let naming = statements.filter { TimeZoneTables.areNeeded(by: $0.text) }
    guard !naming.isEmpty, try TimeZoneTables.areEmpty(connection) else { return }
    for key in Set(naming.map(\.key)).sorted() {
      findings.append(
        Finding(
          .warning, key: key, problem: "converts times, but the server's time zone tables are empty: for a zone's name CONVERT_TZ gives NULL",
          advice: "run: \(TimeZoneTables.command(connection.version))"))
    }
  }
}
