/// Watches for a server that says nothing more although the connection stands: a host that is gone without a word, a network that
/// swallows what it is given. The server has its `wal_sender_timeout`; this is the same from our side.
///
/// A server with nothing to send is silent, too, so it is asked before it is given up: it answers a question with a keepalive.
struct ServerSilence {
  enum Step: Equatable {
    case wait
    /// Ask the server to answer.
    case ask
    /// It was asked again and again and has not answered.
    case lost
  }

  private let limit: Int64
  private let interval: Int64
  private var heard: Int64
  private var asked: Int64

  /// Times are in ns. It is asked six times within the limit, which is six status intervals, and 10 s at least.
  init(statusInterval: Int64, now: Int64) {
    limit = max(10_000_000_000, 6 * min(statusInterval, .max / 6))
    interval = limit / 6
    heard = now
    asked = now
  }

  /// Something has come from the server, or nobody has listened until now.
  mutating func end(now: Int64) {
    heard = now
    asked = now
  }

  mutating func step(now: Int64) -> Step {
    if now - heard >= limit { return .lost }
    guard now - asked >= interval else { return .wait }
    asked = now
    return .ask
  }

  /// How long it has been, in s.
  func seconds(now: Int64) -> Int64 { (now - heard) / 1_000_000_000 }
}
