internal import CLibMongoC
internal import MillraceCore

/// One client of libmongoc with one logical session of the server's, for one thread: what runs commands, and what a cursor is read
/// with. Calls block.
final class MongoSession {
  private let client: OpaquePointer
  private var session: OpaquePointer?
  private let readPreference: OpaquePointer?
  /// How long is looked for a server in all; the driver does it in slices, between which it can be called off.
  private let patience: Duration
  /// Whether what waits for a server need not wait any longer.
  var isCalledOff: () -> Bool = { false }

  /// Of looking for a server, ms.
  private static let slice = 1000

  /// - Parameter silence: how long an answer may take where `mongodb.socket.timeout.ms` does not say, ms.
  init(_ settings: ConnectionSettings, silence: Int = 300_000) throws(MillraceError) {
    guard MongoLibrary.isReady else { throw MongoFailure.error(.local, number: 0, text: "libmongoc could not be initialised") }
    var failure = bson_error_t()
    guard let uri = mongoc_uri_new_with_error(settings.uri, &failure) else { throw MongoSession.invalid(failure) }
    defer { mongoc_uri_destroy(uri) }
    patience = MongoSession.apply(settings, silence, to: uri)
    guard let client = mongoc_client_new_from_uri_with_error(uri, &failure) else { throw MongoSession.invalid(failure) }
    self.client = client
    readPreference = mongoc_client_get_read_prefs(client).flatMap { mongoc_read_prefs_copy($0) }
    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
    mongoc_client_set_appname(client, String("millrace \(settings.name)".prefix(120)))
  }

  deinit {
    if let session { mongoc_client_session_destroy(session) }
    if let readPreference { mongoc_read_prefs_destroy(readPreference) }
    mongoc_client_destroy(client)
  }

  /// What the connection string says itself stays. Answers how long is looked for a server.
  private static func apply(_ settings: ConnectionSettings, _ silence: Int, to uri: OpaquePointer) -> Duration {
    func set(_ option: String, _ value: Int) {
      if !mongoc_uri_has_option(uri, option) { mongoc_uri_set_option_as_int32(uri, option, Int32(value)) }
    }
    set(MONGOC_URI_CONNECTTIMEOUTMS, settings.connectTimeout)
    set(MONGOC_URI_SOCKETTIMEOUTMS, settings.socketTimeout == 0 ? silence : settings.socketTimeout)
    let patience = Int(mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, Int32(settings.selectionTimeout)))
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, Int32(min(patience, slice)))
    set(MONGOC_URI_HEARTBEATFREQUENCYMS, settings.heartbeatFrequency)
    // Waits for an election instead of failing at once.
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_SERVERSELECTIONTRYONCE, false)
    if let user = settings.user, mongoc_uri_get_username(uri) == nil {
      mongoc_uri_set_username(uri, user)
      mongoc_uri_set_password(uri, settings.password ?? "")
      if !mongoc_uri_has_option(uri, MONGOC_URI_AUTHSOURCE) { mongoc_uri_set_auth_source(uri, settings.authSource) }
    }
    if settings.usesTLS { mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, true) }
    if settings.allowsInvalidHostnames { mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDHOSTNAMES, true) }
    for (option, value) in [
      (MONGOC_URI_TLSCERTIFICATEKEYFILE, settings.keyFile), (MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, settings.keyPassword),
      (MONGOC_URI_TLSCAFILE, settings.authorityFile),
    ] {
      if let value, !mongoc_uri_has_option(uri, option) { mongoc_uri_set_option_as_utf8(uri, option, value) }
    }
    return .milliseconds(patience)
  }

  // MARK: commands

  /// The server that fits the connection string's read preference: a cursor's commands all go to the same.
  func selectServer() throws(MillraceError) -> UInt32 {
    try patiently { () throws(MillraceError) in
      var failure = bson_error_t()
      guard let description = mongoc_client_select_server(client, false, readPreference, &failure) else { throw MongoSession.error(failure) }
      defer { mongoc_server_description_destroy(description) }
      return mongoc_server_description_id(description)
    }
  }

  /// Tries again as long as no server is to be had: a command that found none has not been sent.
  private func patiently<R>(_ body: () throws(MillraceError) -> R) throws(MillraceError) -> R {
    let end = ContinuousClock.now + patience
    while true {
      if isCalledOff() { throw MongoFailure.interrupted }
      do throws(MillraceError) { return try body() } catch {
        guard error.code == "mongodb.connect.unreachable", ContinuousClock.now < end else { throw error }
      }
    }
  }

  /// Runs a command and answers a copy of the reply. It is not tried twice: what a cursor has handed out once does not come again.
  /// - Parameter server: nil: whichever fits.
  func run(_ command: BSONDocument, on database: String, server: UInt32? = nil) throws(MillraceError) -> BSONDocument {
    let reply = try reply(to: command, on: database, server: server)
    return try reply.copy()
  }

  /// Runs a command that writes, on the primary; what it could not write is an error.
  func write(_ command: BSONDocument, on database: String) throws(MillraceError) {
    try patiently { () throws(MillraceError) in
      var failure = bson_error_t()
      let reply = Reply()
      let done = try command.withBSON { mongoc_client_write_command_with_opts(client, database, $0, nil, reply.content, &failure) }
      if !done { throw MongoSession.error(failure) }
    }
  }

  /// Runs a command whose outcome does not matter; does not wait for a server that is away.
  func attempt(_ command: BSONDocument, on database: String, server: UInt32) {
    _ = try? send(command, on: database, server: server)
  }

  /// Runs a command; the reply stays as the driver has it, however large.
  func reply(to command: BSONDocument, on database: String, server: UInt32?) throws(MillraceError) -> Reply {
    try patiently { () throws(MillraceError) in try send(command, on: database, server: server) }
  }

  private func send(_ command: BSONDocument, on database: String, server: UInt32?) throws(MillraceError) -> Reply {
    var failure = bson_error_t()
    guard let options = bson_new() else { throw MongoFailure.error(.local, number: 0, text: "no memory") }
    defer { bson_destroy(options) }
    if let server { bson_append_int32(options, "serverId", -1, Int32(bitPattern: server)) }
    if session == nil { session = startSession(&failure) }
    if let session, !mongoc_client_session_append(session, options, &failure) { throw MongoSession.error(failure) }
    let reply = Reply()
    let done = try command.withBSON { command in
      mongoc_client_command_with_opts(client, database, command, server == nil ? readPreference : nil, options, reply.content, &failure)
    }
    if !done { throw MongoSession.error(failure) }
    return reply
  }

  /// One that asks for nothing of its own: who needs what was written before says so with the command.
  private func startSession(_ failure: UnsafeMutablePointer<bson_error_t>) -> OpaquePointer? {
    guard let options = mongoc_session_opts_new() else { return nil }
    defer { mongoc_session_opts_destroy(options) }
    mongoc_session_opts_set_causal_consistency(options, false)
    return mongoc_client_start_session(client, options, failure)
  }

  /// What the server answered, freed with it.
  final class Reply: @unchecked Sendable {
    // @unchecked: handed from the thread that asked to the one that reads.
    /// A `bson_t`, which Swift sees only from outside: 128 bytes, aligned to as many.
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
    fileprivate var content: OpaquePointer { OpaquePointer(memory) }

    fileprivate init() { bson_init(content) }

    deinit {
      bson_destroy(content)
      memory.deallocate()
    }

    /// Valid as long as the reply.
    var bytes: UnsafeRawBufferPointer { BSONDocument.bytes(of: content) }

    func copy() throws(MillraceError) -> BSONDocument { try BSONDocument(bytes) }
  }

  // MARK: failures

  private static func invalid(_ failure: bson_error_t) -> MillraceError {
    MillraceError(
      code: "mongodb.connect.string", component: "mongodb", retry: .stop, message: "the connection string cannot be used",
      advice: "correct mongodb.connection.string", serverText: text(failure))
  }

  private static func error(_ failure: bson_error_t) -> MillraceError {
    let text = text(failure)
    switch mongoc_error_domain_t(rawValue: failure.domain) {
    case MONGOC_ERROR_SERVER, MONGOC_ERROR_WRITE_CONCERN, MONGOC_ERROR_QUERY:
      return MongoFailure.error(.server, number: Int(failure.code), text: text)
    case MONGOC_ERROR_STREAM, MONGOC_ERROR_PROTOCOL: return MongoFailure.error(.network, number: Int(failure.code), text: text)
    case MONGOC_ERROR_SERVER_SELECTION: return MongoFailure.error(.selection, number: Int(failure.code), text: text)
    case MONGOC_ERROR_CLIENT:
      if failure.code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue { return MongoFailure.error(.credentials, number: Int(failure.code), text: text) }
      return MongoFailure.error(.network, number: Int(failure.code), text: text)
    default: return MongoFailure.error(.local, number: Int(failure.code), text: text)
    }
  }

  private static func text(_ failure: bson_error_t) -> String {
    withUnsafeBytes(of: failure.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

extension BSONDocument {
  /// As libbson reads it.
  fileprivate func withBSON<R>(_ body: (OpaquePointer) -> R) throws(MillraceError) -> R {
    guard let document = bytes.withUnsafeBufferPointer({ bson_new_from_data($0.baseAddress, $0.count) }) else {
      throw MongoFailure.error(.local, number: 0, text: "no memory")
    }
    defer { bson_destroy(document) }
    return body(document)
  }

  /// The bytes of a document of libbson's, which begin with their count.
  fileprivate static func bytes(of document: OpaquePointer) -> UnsafeRawBufferPointer {
    guard let data = bson_get_data(document) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: data, count: Int(UnsafeRawPointer(data).loadUnaligned(as: Int32.self)))
  }

  /// Out of extended JSON of any version, as people write it; nil where it is none.
  init?(json text: String) {
    var failure = bson_error_t()
    guard let document = bson_new_from_json(text, -1, &failure) else { return nil }
    defer { bson_destroy(document) }
    guard let copy = try? BSONDocument(BSONDocument.bytes(of: document)) else { return nil }
    self = copy
  }
}
