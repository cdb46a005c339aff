internal import CLibPQ
internal import Glibc
internal import MillraceCore

/// One libpq connection, used by one thread at a time; all calls block.
///
/// Owns the handle: it is closed with the object. Results never leave this file as C pointers.
/// Source: PostgreSQL documentation, chapters "libpq — C Library" and "Streaming Replication Protocol".
final class PostgresConnection: @unchecked Sendable {
  // @unchecked: libpq allows a connection to be used from any thread, one at a time; the connector's phases follow each other.
  private let handle: OpaquePointer
  /// Ends a statement that waits for the server.
  var interruption: Interruption?
  /// The longest that a statement may take to answer; nil: for ever. Rows of a COPY may take longer.
  var limit: Duration?

  /// - Parameter parameters: libpq connection keywords.
  /// - Throws: `postgres.connect.*`, retryable where the server may come back.
  init(_ parameters: [(String, String)]) throws(MillraceError) {
    let names = parameters.map { strdup($0.0) }
    let values = parameters.map { strdup($0.1) }
    defer {
      names.forEach { free($0) }
      values.forEach { free($0) }
    }
    let namePointers = names.map { UnsafePointer<CChar>($0) } + [nil]
    let valuePointers = values.map { UnsafePointer<CChar>($0) } + [nil]
    guard let handle = PQconnectdbParams(namePointers, valuePointers, 0) else {
      throw MillraceError(
        code: "postgres.connect.memory", component: "postgres", retry: .stop, message: "libpq has no memory for a connection",
        advice: "give the process more memory")
    }
    guard PQstatus(handle) == CONNECTION_OK else {
      let text = String(cString: PQerrorMessage(handle))
      PQfinish(handle)
      throw PostgresFailure.connect(text)
    }
    self.handle = handle
    // What the server has to say beside results (notices about missing objects) goes nowhere: it is not an answer.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  var version: ServerVersion { ServerVersion(number: Int(PQserverVersion(handle))) }

  var socket: CInt { PQsocket(handle) }

  func parameter(_ name: String) -> String? { PQparameterStatus(handle, name).map { String(cString: $0) } }

  /// Runs one statement (or several, separated by `;`, of which the last one's rows are returned). All values are text.
  @discardableResult
  func query(_ sql: String) throws(MillraceError) -> [[String?]] {
    let result = try answer(to: PQsendQuery(handle, sql))
    try check(result.pointer, [PGRES_TUPLES_OK, PGRES_COMMAND_OK], sql)
    return result.rows
  }

  /// As `query`, with parameters `$1`… as text.
  func query(_ sql: String, _ parameters: [String]) throws(MillraceError) -> [[String?]] {
    let values = parameters.map { strdup($0) }
    defer { values.forEach { free($0) } }
    let pointers = values.map { UnsafePointer<CChar>($0) }
    let result = try answer(to: PQsendQueryParams(handle, sql, CInt(pointers.count), nil, pointers, nil, nil, 0))
    try check(result.pointer, [PGRES_TUPLES_OK, PGRES_COMMAND_OK], sql)
    return result.rows
  }

  /// The names of the columns that a statement gives.
  func columnNames(_ sql: String) throws(MillraceError) -> [String] {
    let result = Result(PQexec(handle, sql))
    try check(result.pointer, [PGRES_TUPLES_OK], sql)
    return (0..<PQnfields(result.pointer)).map { PQfname(result.pointer, $0).map { String(cString: $0) } ?? "" }
  }

  /// Quotes an identifier, the quotes included.
  static func quote(identifier: String) -> String {
    "\"" + doubled(UInt8(ascii: "\""), in: identifier) + "\""
  }

  /// Quotes a literal for the server's standard-conforming form.
  static func quote(literal: String) -> String {
    let text = doubled(UInt8(ascii: "'"), in: literal)
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return "'\(text)'" }
    return "E'" + doubled(UInt8(ascii: "\\"), in: text) + "'"
  }

  /// Quotes a literal of a replication command, whose grammar has no escapes but the doubled quote.
  static func quote(replicationLiteral literal: String) -> String { "'" + doubled(UInt8(ascii: "'"), in: literal) + "'" }

  /// Byte by byte: a quote with a combining mark behind it is one Character, but a quote to the server.
  private static func doubled(_ byte: UInt8, in text: String) -> String {
    var bytes: [UInt8] = []
    for unit in text.utf8 {
      bytes.append(unit)
      if unit == byte { bytes.append(unit) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Asks the server to give up the statement that runs, so that the rest of a COPY need not be read.
  func cancel() {
    guard let cancel = PQgetCancel(handle) else { return }
    defer { PQfreeCancel(cancel) }
    var message = [CChar](repeating: 0, count: 256)
    PQcancel(cancel, &message, CInt(message.count))
  }

  // MARK: waiting

  /// Waits for the last result of what was sent, as PQexec does, but no longer than `limit`, and not against `interruption`.
  /// - Throws: `postgres.interrupted` or `postgres.timeout` after the server has given the statement up.
  private func answer(to sent: CInt) throws(MillraceError) -> Result {
    guard sent == 1 else { throw PostgresFailure.lost(String(cString: PQerrorMessage(handle))) }
    var waiting = Waiting(limit: limit, begun: Clock.nanoseconds())
    var last: OpaquePointer?
    while true {
      do throws(MillraceError) {
        try awaitResult(&waiting)
      } catch {
        PQclear(last)
        throw error
      }
      guard let next = PQgetResult(handle) else { break }
      PQclear(last)
      last = next
      let status = PQresultStatus(next)
      if [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(where: { $0 == status }) { break }
    }
    let result = Result(last)
    // What succeeded at the last moment counts.
    if let cause = waiting.cause, PQresultStatus(result.pointer) == PGRES_FATAL_ERROR { throw cause }
    return result
  }

  private struct Waiting {
    let limit: Duration?
    let begun: Int64
    /// Why the statement was cancelled.
    var cause: MillraceError?
    var cancelled: Int64 = 0
  }

  private func awaitResult(_ waiting: inout Waiting) throws(MillraceError) {
    while PQisBusy(handle) == 1 {
      var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      poll(&descriptor, 1, 50)
      try consumeInput()
      let now = Clock.nanoseconds()
      if let cause = waiting.cause {
        // A server that does not even answer to this is gone.
        if now - waiting.cancelled > 10_000_000_000 { throw cause }
        continue
      }
      if interruption?.isRequested == true {
        waiting.cause = PostgresFailure.interrupted
      } else if let limit = waiting.limit, .nanoseconds(now - waiting.begun) > limit {
        waiting.cause = PostgresFailure.slow(limit)
      }
      if waiting.cause != nil {
        waiting.cancelled = now
        cancel()
      }
    }
  }

  // MARK: COPY

  /// Starts `COPY … TO STDOUT`; rows come by `copyRow`.
  func startCopyOut(_ sql: String) throws(MillraceError) {
    let result = try answer(to: PQsendQuery(handle, sql))
    try check(result.pointer, [PGRES_COPY_OUT], sql)
  }

  /// Starts replication (`START_REPLICATION …`); messages come by `copyMessage`.
  func startReplication(_ command: String) throws(MillraceError) {
    let result = try answer(to: PQsendQuery(handle, command))
    try check(result.pointer, [PGRES_COPY_BOTH], command)
  }

  enum CopyState {
    case row
    /// Nothing complete has arrived.
    case nothing
    case end
  }

  /// Hands the next row or message of a COPY to `body`; the bytes are valid inside it only.
  /// Never waits: answers `nothing` when no whole message is in libpq's buffer, which `consumeInput` fills.
  @inline(__always)
  func copyMessage(
    _ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void
  ) throws(MillraceError) -> CopyState {
    var buffer: UnsafeMutablePointer<CChar>?
    let length = PQgetCopyData(handle, &buffer, 1)
    if length > 0, let buffer {
      defer { PQfreemem(buffer) }
      try body(UnsafeRawBufferPointer(start: buffer, count: Int(length)))
      return .row
    }
    if length == 0 { return .nothing }
    if length == -1 {
      let result = Result(PQgetResult(handle))
      if let pointer = result.pointer { try check(pointer, [PGRES_COMMAND_OK, PGRES_COPY_OUT, PGRES_COPY_BOTH], "COPY") }
      // The end of the command itself.
      while let more = PQgetResult(handle) { PQclear(more) }
      return .end
    }
    throw PostgresFailure.lost(String(cString: PQerrorMessage(handle)))
  }

  /// Takes what the socket has into libpq's buffer.
  func consumeInput() throws(MillraceError) {
    guard PQconsumeInput(handle) == 1 else { throw PostgresFailure.lost(String(cString: PQerrorMessage(handle))) }
  }

  /// Sends one message of a COPY BOTH (a standby status update).
  func sendCopy(_ bytes: [UInt8]) throws(MillraceError) {
    let sent = bytes.withUnsafeBytes { raw in
      PQputCopyData(handle, raw.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(raw.count))
    }
    guard sent == 1, PQflush(handle) >= 0 else { throw PostgresFailure.lost(String(cString: PQerrorMessage(handle))) }
  }

  /// Ends a COPY BOTH from our side and waits, `seconds` at most, until the server has taken all that was sent before.
  func endCopy(seconds: Int) {
    guard PQputCopyEnd(handle, nil) == 1, PQflush(handle) >= 0 else { return }
    let deadline = Clock.nanoseconds() + Int64(seconds) * 1_000_000_000
    while Clock.nanoseconds() < deadline {
      var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      poll(&descriptor, 1, 100)
      guard PQconsumeInput(handle) == 1 else { return }
      var buffer: UnsafeMutablePointer<CChar>?
      while true {
        let length = PQgetCopyData(handle, &buffer, 1)
        if length > 0 { PQfreemem(buffer) } else if length == 0 { break } else { return }
      }
    }
  }

  // MARK: results

  private struct Result: ~Copyable {
    let pointer: OpaquePointer?
    init(_ pointer: OpaquePointer?) { self.pointer = pointer }
    deinit { PQclear(pointer) }

    var rows: [[String?]] {
      let columns = PQnfields(pointer)
      return (0..<PQntuples(pointer)).map { row in
        (0..<columns).map { column in
          PQgetisnull(pointer, row, column) == 1 ? nil : String(cString: PQgetvalue(pointer, row, column))
        }
      }
    }
  }

  private func check(
    _ result: OpaquePointer?, _ wanted: [ExecStatusType], _ statement: String
  ) throws(MillraceError) {
    let status = PQresultStatus(result)
    if wanted.contains(where: { $0 == status }) { return }
    let state = result.flatMap { PQresultErrorField($0, CInt(UInt8(ascii: "C"))) }.map { String(cString: $0) }
    let text = result.flatMap { PQresultErrorField($0, CInt(UInt8(ascii: "M"))) }.map { String(cString: $0) }
    guard let state else { throw PostgresFailure.lost(String(cString: PQerrorMessage(handle))) }
    throw PostgresFailure.server(state: state, text: text ?? "", statement: statement)
  }
}
