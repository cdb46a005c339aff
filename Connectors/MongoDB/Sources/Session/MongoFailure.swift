internal import MillraceCore

/// Turns what libmongoc and the server say into `MillraceError`: code, retry class and advice in one place.
///
/// Numbers of the server's errors: src/mongo/base/error_codes.yml of MongoDB.
enum MongoFailure {
  /// Where an error comes from, as libmongoc's `bson_error_t.domain` tells.
  enum Origin { case server, network, selection, credentials, local }

  static func error(_ origin: Origin, number: Int, text: String) -> MillraceError {
    switch origin {
    case .server: server(number, text)
    case .network: lost(text)
    case .selection: selection(text)
    case .credentials: credentials(text)
    case .local: make("client", .stop, "the driver refuses a command", "report this with the text", text: text)
    }
  }

  private static func make(
    _ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String, number: Int? = nil, text: String? = nil
  ) -> MillraceError {
    MillraceError(
      code: "mongodb.\(code)", component: "mongodb", retry: retry, message: message, advice: advice,
      serverCode: number.map { "\($0)" }, serverText: text.map(oneLine))
  }

  /// The connection broke, or nothing came in time.
  static func lost(_ text: String) -> MillraceError {
    make("connection.lost", .retry, "the connection to the server was lost", "look into the server's log if this repeats", text: text)
  }

  static var interrupted: MillraceError { make("interrupted", .stop, "a command was called off, because the run ends", "") }

  private static func credentials(_ text: String) -> MillraceError {
    make(
      "connect.credentials", .stop, "the server does not accept user and password",
      "correct mongodb.user, mongodb.password and mongodb.authsource, or what the connection string says of them", text: text)
  }

  private static func selection(_ text: String) -> MillraceError {
    let words = text.lowercased()
    if words.contains("tls") || words.contains("ssl") || words.contains("certificate") {
      return make(
        "connect.tls", .stop, "the TLS connection could not be made",
        "check mongodb.ssl.enabled, mongodb.ssl.truststore, mongodb.ssl.keystore and mongodb.ssl.invalid.hostname.allowed", text: text)
    }
    if words.contains("authentication failed") { return credentials(text) }
    return make(
      "connect.unreachable", .retry, "no server can be reached that fits the connection string",
      "check mongodb.connection.string, its replicaSet above all, and that the servers run and have a primary", text: text)
  }

  /// The server answered a command with an error.
  private static func server(_ number: Int, _ text: String) -> MillraceError {
    switch number {
    case 13, 8000:
      return make("privilege", .stop, "the user lacks a privilege", "grant what the server names; millrace check lists all that is missing", number: number, text: text)
    case 18: return credentials(text)
    case 136, 222, 234, 260, 280, 286: return historyLost(number, text)
    case 10334, 10364, 17420:
      return make(
        "oversize", .stop, "an event is larger than the server can send",
        "write cursor.oversize.handling.mode=split (MongoDB 6.0.9 and later), or skip with cursor.oversize.skip.threshold", number: number, text: text)
    case 40324 where text.contains("$changeStreamSplitLargeEvent"):
      return make(
        "split.unknown", .stop, "the server does not know $changeStreamSplitLargeEvent", "upgrade to MongoDB 6.0.9 or later, or choose another cursor.oversize.handling.mode",
        number: number, text: text)
    case 40573, 40415, 303:
      return make("not-replicated", .stop, "the server is no member of a replica set", "start it with --replSet and run rs.initiate(), or connect to one that is", number: number, text: text)
    // Elections, shutdowns, killed cursors and what else passes: a fresh attempt goes on from the stored token.
    case 6, 7, 43, 50, 63, 64, 89, 91, 112, 133, 134, 150, 175, 189, 237, 262, 317, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436:
      return make("server.unavailable", .retry, "the server cannot do it now", "wait: the next attempt goes on where this one ended", number: number, text: text)
    default:
      return make("command", .stop, "the server refused a command", "read the server's message", number: number, text: text)
    }
  }

  /// The oplog no longer has what follows the stored token, or the token means nothing to this server.
  static func historyLost(_ number: Int?, _ text: String) -> MillraceError {
    make(
      "history.lost", .stop, "the server cannot go on from the stored resume token",
      "remove the stored offset to begin with a new snapshot, or write snapshot.mode=when_needed; a larger oplog keeps history longer",
      number: number, text: text)
  }

  static func oneLine(_ text: String) -> String {
    String(text.map { $0 == "\n" || $0 == "\t" ? " " : $0 }).trimmed
  }
}
