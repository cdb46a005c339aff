internal import CLibMariaDB
internal import Glibc
internal import MillraceCore

/// One libmariadb connection, used by one thread at a time; all calls block.
///
/// Owns the handle: it is closed with the object. The session's time zone is UTC, its character set utf8mb4.
final class MySQLConnection: @unchecked Sendable {
  // @unchecked: a connection may be used from any thread, one at a time; the connector's phases follow each other.
  let handle: UnsafeMutablePointer<MYSQL>
  let version: ServerVersion
  /// The server that answered.
  let host: DatabaseHost
  private let parameters: ConnectionParameters
  /// Ends a statement that waits for the server.
  var interruption: Interruption?
  /// The longest that a statement may take to answer; nil: for ever. Rows of `stream` may take longer.
  var limit: Duration?

  /// Connects to the first host that answers.
  /// - Throws: `mysql.connect.*`, retryable where the server may come back.
  static func open(_ parameters: ConnectionParameters, interruption: Interruption? = nil) throws(MillraceError) -> MySQLConnection {
    var failure: MillraceError?
    for host in parameters.hosts {
      do throws(MillraceError) {
        let connection = try MySQLConnection(host, parameters)
        connection.interruption = interruption
        connection.limit = parameters.queryTimeout
        try connection.prepare()
        return connection
      } catch {
        // What is wrong with this user or this statement is wrong everywhere.
        if error.retry == .stop { throw error }
        failure = failure ?? error
      }
    }
    throw failure ?? MySQLFailure.connect(number: Int(CR_UNKNOWN_HOST), text: "no host is given", host: nil)
  }

  private init(_ host: DatabaseHost, _ parameters: ConnectionParameters) throws(MillraceError) {
    guard MySQLConnection.isLibraryReady else { throw MySQLFailure.noMemory }
    var handle: UnsafeMutablePointer<MYSQL>
    do throws(MillraceError) {
      handle = try MySQLConnection.connected(host, parameters, encrypted: parameters.tls != .disabled)
    } catch {
      // `preferred` is content without encryption.
      guard parameters.tls == .preferred, error.code.hasPrefix("mysql.connect.tls") else { throw error }
      handle = try MySQLConnection.connected(host, parameters, encrypted: false)
    }
    self.handle = handle
    self.host = host
    self.parameters = parameters
    version = ServerVersion(mysql_get_server_info(handle).map { String(cString: $0) } ?? "")
  }

  deinit { mysql_close(handle) }

  private static let isLibraryReady = mysql_server_init(0, nil, nil) == 0

  private static func connected(
    _ host: DatabaseHost, _ parameters: ConnectionParameters, encrypted: Bool
  ) throws(MillraceError) -> UnsafeMutablePointer<MYSQL> {
    guard let handle = mysql_init(nil) else { throw MySQLFailure.noMemory }
    func set(_ option: mysql_option, _ text: String) { _ = mysql_options(handle, option, text) }
    func set(_ option: mysql_option, _ number: UInt32) {
      var number = number
      _ = mysql_options(handle, option, &number)
    }
    func set(_ option: mysql_option, _ flag: Bool) {
      var flag: my_bool = flag ? 1 : 0
      _ = mysql_options(handle, option, &flag)
    }
    set(MYSQL_OPT_CONNECT_TIMEOUT, UInt32(clamping: max(1, parameters.connectTimeout.components.seconds)))
    set(MYSQL_SET_CHARSET_NAME, "utf8mb4")
    set(MYSQL_OPT_LOCAL_INFILE, UInt32(0))
    // "localhost" is no word for a Unix socket here.
    set(MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
    set(MYSQL_OPT_MAX_ALLOWED_PACKET, UInt32(1 << 30))
    _ = mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", parameters.programName)
    set(MYSQL_OPT_SSL_ENFORCE, encrypted)
    if encrypted {
      // The library verifies the authority and the name together, or neither.
      let verifies = parameters.tls == .verifyCA || parameters.tls == .verifyIdentity
      set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, verifies)
      if verifies, let file = parameters.authorities { set(MYSQL_OPT_SSL_CA, file) }
      if let file = parameters.certificate { set(MYSQL_OPT_SSL_CERT, file) }
      if let file = parameters.key { set(MYSQL_OPT_SSL_KEY, file) }
      if let text = parameters.keyPassphrase { set(MARIADB_OPT_TLS_PASSPHRASE, text) }
    }
    guard
      mysql_real_connect(
        handle, host.name, parameters.user, parameters.password, nil, UInt32(host.port), nil, UInt(CLIENT_MULTI_RESULTS)) != nil
    else {
      let number = Int(mysql_errno(handle)), text = String(cString: mysql_error(handle))
      mysql_close(handle)
      throw MySQLFailure.connect(number: number, text: text, host: "\(host.name):\(host.port)")
    }
    // Without an authority to verify, the library goes on with a server that has no TLS, whatever it is told to enforce.
    if encrypted, mysql_get_ssl_cipher(handle) == nil {
      mysql_close(handle)
      throw MySQLFailure.withoutTLS("\(host.name):\(host.port)")
    }
    if parameters.keepsAlive { keepAlive(mysql_get_socket(handle)) }
    return handle
  }

  /// A server that has gone without a word is noticed within 30 s.
  private static func keepAlive(_ socket: CInt) {
    for (level, option, value) in [
      (SOL_SOCKET, SO_KEEPALIVE, 1), (CInt(IPPROTO_TCP), TCP_KEEPIDLE, 15), (CInt(IPPROTO_TCP), TCP_KEEPINTVL, 5),
      (CInt(IPPROTO_TCP), TCP_KEEPCNT, 3), (CInt(IPPROTO_TCP), CInt(TCP_USER_TIMEOUT), 30_000),
    ] as [(CInt, CInt, CInt)] {
      var value = value
      setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }
  }

  private func prepare() throws(MillraceError) {
    for statement in parameters.initialStatements {
      do throws(MillraceError) { try query(statement) } catch {
        if error.retry == .retry { throw error }
        throw MillraceError(
          code: "mysql.initial-statement", component: "mysql", retry: .stop, message: "a statement of database.initial.statements failed",
          advice: error.serverCode == "1298"
            ? "run: \(TimeZoneTables.command(version)); or name the offset of the time zone" : "correct it; it runs on each connection",
          serverCode: error.serverCode, serverText: error.serverText)
      }
    }
    // Whatever those have said: values are read by it.
    if !parameters.initialStatements.isEmpty { try query("SET NAMES utf8mb4") }
    try query("SET time_zone = '+00:00'")
  }

  var socket: CInt { mysql_get_socket(handle) }

  /// The connection's number on the server, for KILL.
  var threadID: UInt { UInt(mysql_thread_id(handle)) }

  var isEncrypted: Bool { mysql_get_ssl_cipher(handle) != nil }

  // MARK: statements

  /// Runs one statement and answers its rows as text; bytes that are not UTF-8 are replaced. A procedure's further results are left out.
  @discardableResult
  func query(_ sql: String) throws(MillraceError) -> [[String?]] {
    try send(sql)
    guard let result = mysql_store_result(handle) else {
      if mysql_field_count(handle) > 0 { throw failure(sql) }
      try skipResults(sql)
      return []
    }
    defer { mysql_free_result(result) }
    let columns = Int(mysql_num_fields(result))
    var rows: [[String?]] = []
    while let row = mysql_fetch_row(result) {
      guard let lengths = mysql_fetch_lengths(result) else { break }
      rows.append(
        (0..<columns).map { column in
          row[column].map { String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(lengths[column])), as: UTF8.self) }
        })
    }
    try skipResults(sql)
    return rows
  }

  /// Runs one statement whose rows are read one by one, as they arrive. Nothing else may run on the connection until the rows are gone.
  func stream(_ sql: String) throws(MillraceError) -> MySQLRows {
    try send(sql)
    guard let result = mysql_use_result(handle) else {
      if mysql_field_count(handle) > 0 { throw failure(sql) }
      throw MySQLFailure.noRows
    }
    return MySQLRows(result, of: self)
  }

  private func send(_ sql: String) throws(MillraceError) {
    let text = Array(sql.utf8)
    let sent = text.withUnsafeBytes { mysql_send_query(handle, $0.bindMemory(to: CChar.self).baseAddress, UInt($0.count)) }
    guard sent == 0 else { throw failure(sql) }
    try waitForAnswer()
    guard mysql_read_query_result(handle) == 0 else { throw failure(sql) }
  }

  /// What a procedure gives beside its first result.
  private func skipResults(_ sql: String) throws(MillraceError) {
    while mysql_more_results(handle) != 0 {
      guard mysql_next_result(handle) == 0 else { throw failure(sql) }
      mysql_free_result(mysql_store_result(handle))
    }
  }

  /// Waits for the first byte of an answer, no longer than `limit`, and not against `interruption`.
  private func waitForAnswer() throws(MillraceError) {
    let begun = Clock.nanoseconds()
    let most = limit.map { Int64($0 / .nanoseconds(1)) }
    while true {
      var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      if poll(&descriptor, 1, 100) > 0 { return }
      if interruption?.isRequested == true {
        abandon()
        throw MySQLFailure.interrupted
      }
      if let most, let limit, Clock.nanoseconds() - begun > most {
        abandon()
        throw MySQLFailure.slow(limit)
      }
    }
  }

  /// Gives up the statement that runs: another connection asks the server to end it, and this one is of no use any more.
  func abandon() {
    let id = threadID
    shutdown(socket, CInt(SHUT_RDWR))
    var parameters = parameters
    parameters.connectTimeout = .seconds(3)
    parameters.queryTimeout = .seconds(3)
    parameters.initialStatements = []
    parameters.hosts = [host]
    guard let other = try? MySQLConnection.open(parameters) else { return }
    _ = try? other.query("KILL \(id)")
  }

  /// What the library says of the last call.
  func failure(_ statement: String) -> MillraceError {
    MySQLFailure.server(number: Int(mysql_errno(handle)), text: String(cString: mysql_error(handle)))
  }

  // MARK: quoting

  /// Quotes an identifier, the quotes included.
  static func quote(identifier: String) -> String { "`" + doubled(UInt8(ascii: "`"), in: identifier) + "`" }

  /// Quotes a literal, so that it is the same with and without NO_BACKSLASH_ESCAPES: what has a backslash is written in hex.
  static func quote(literal: String) -> String {
    guard literal.utf8.contains(UInt8(ascii: "\\")) else { return "'" + doubled(UInt8(ascii: "'"), in: literal) + "'" }
    let digits = Array("0123456789ABCDEF".utf8)
    return "_utf8mb4 0x" + String(decoding: literal.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static func doubled(_ byte: UInt8, in text: String) -> String {
    var bytes: [UInt8] = []
    for unit in text.utf8 {
      bytes.append(unit)
      if unit == byte { bytes.append(unit) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
