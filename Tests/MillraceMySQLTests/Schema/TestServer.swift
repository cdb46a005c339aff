import Foundation
import MillraceCore
@testable import MillraceMySQL

/// The servers that MILLRACE_MYSQL_URL and MILLRACE_MARIADB_URL name; `./test` starts both.
enum TestServer: String, CaseIterable, Sendable {
  case mysql = "MILLRACE_MYSQL_URL"
  case mariadb = "MILLRACE_MARIADB_URL"

  static let areGiven = allCases.allSatisfy { ProcessInfo.processInfo.environment[$0.rawValue] != nil }

  func connect() throws -> MySQLConnection {
    let text = ProcessInfo.processInfo.environment[rawValue] ?? ""
    guard let url = URLComponents(string: text), let host = url.host, let user = url.user else { throw NoURL(variable: rawValue) }
    return try MySQLConnection.open(
      ConnectionParameters(hosts: [.init(name: host, port: url.port ?? 3306)], user: user, password: url.password ?? "", tls: .disabled))
  }

  struct NoURL: Error { let variable: String }

  func dialect(_ connection: MySQLConnection) -> SQLDialect {
    SQLDialect(isMariaDB: connection.version.isMariaDB, version: connection.version.number)
  }
}

/// The statements that a server has written to its log, in order.
struct LoggedStatements {
  let connection: MySQLConnection
  private var file: String
  private var position: String

  init(_ connection: MySQLConnection) throws {
    self.connection = connection
    (file, position) = try Self.end(connection)
  }

  private static func end(_ connection: MySQLConnection) throws -> (String, String) {
    let row = try connection.query(connection.version.hasBinaryLogStatus ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS").first
    return (row?[0] ?? "", row?[1] ?? "")
  }

  /// What came since the last call: the default database and the text.
  mutating func next() throws -> [(database: String?, text: String)] {
    let rows = try connection.query("SHOW BINLOG EVENTS IN '\(file)' FROM \(position)")
    (file, position) = try Self.end(connection)
    return rows.compactMap { row in
      guard row[2] == "Query", var text = row[5] else { return nil }
      // MariaDB quotes as the session does that asks.
      guard text.hasPrefix("use `") || text.hasPrefix("use \""), let end = text.range(of: "`; ") ?? text.range(of: "\"; ") else { return (nil, text) }
      let database = String(text[text.index(text.startIndex, offsetBy: 5)..<end.lowerBound])
      text = String(text[end.upperBound...])
      return (database.replacing("``", with: "`"), text)
    }
  }
}
