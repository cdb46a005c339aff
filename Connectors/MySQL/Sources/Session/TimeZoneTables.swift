internal import MillraceCore

/// The server's tables of time zones: without them it knows offsets and SYSTEM, but no zone by its name.
enum TimeZoneTables {
  /// Whether a statement may name a zone.
  static func areNeeded(by statement: String) -> Bool {
    let words = statement.uppercased()
    return words.contains("CONVERT_TZ") || words.contains("TIME_ZONE") || words.contains("AT TIME ZONE")
  }

  static func areEmpty(_ connection: MySQLConnection) throws(MillraceError) -> Bool {
    try connection.query("SELECT CONVERT_TZ('2024-01-01 00:00:00', 'UTC', '+00:00')").first?.first.flatMap { $0 } == nil
  }

  /// What fills them, on the server's machine.
  static func command(_ server: ServerVersion) -> String {
    server.isMariaDB
      ? "mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb -u root mysql" : "mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql -u root mysql"
  }
}
