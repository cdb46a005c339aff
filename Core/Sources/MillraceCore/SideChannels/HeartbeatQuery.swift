internal import Synchronization

/// A connection that runs statements, as far as `HeartbeatQuery` needs one.
package protocol StatementConnection: AnyObject, Sendable {
  /// Runs a statement and forgets its result.
  func run(_ sql: String) throws(MillraceError)
  /// Gives up the statement that runs. Any thread.
  func cancel()
}

/// `heartbeat.action.query`: a statement run with each heartbeat, on a connection and a thread of its own, so that one that waits
/// holds up neither the stream nor the heartbeats (io.debezium.heartbeat.DatabaseHeartbeatImpl, which waits for it).
///
/// A statement that fails is a warning: the next heartbeat tries again.
package final class HeartbeatQuery: Sendable {
  private struct State {
    var connection: (any StatementConnection)?
    var isRunning = false
    var isEnded = false
    /// What was reported last: a failure that lasts is said once.
    var failure: String?
  }

  private let sql: String
  private let connect: @Sendable () throws(MillraceError) -> any StatementConnection
  private let log: Log
  private let thread = WorkerThread()
  private let state = Mutex(State())

  package init(_ sql: String, log: Log, connect: @escaping @Sendable () throws(MillraceError) -> any StatementConnection) {
    self.sql = sql
    self.connect = connect
    self.log = log
  }

  /// Runs the statement soon; not at all where the one before still runs.
  package func run() {
    let begins = state.withLock { state in
      if state.isRunning || state.isEnded { return false }
      state.isRunning = true
      return true
    }
    if begins { thread.enqueue { self.execute() } }
  }

  /// Gives up a statement that runs.
  package func end() {
    let connection = state.withLock { state in
      state.isEnded = true
      return state.isRunning ? state.connection : nil
    }
    connection?.cancel()
  }

  private func execute() {
    var connection = state.withLock { $0.connection }
    var failure: MillraceError?
    do throws(MillraceError) {
      if connection == nil {
        let made = try connect()
        connection = made
        let isEnded = state.withLock { state in
          state.connection = made
          return state.isEnded
        }
        if isEnded { return }
      }
      try connection?.run(sql)
    } catch {
      failure = error
      // A lost connection is made anew; one that answers with an error is as good as before.
      if error.retry == .retry { connection = nil }
    }
    let (isNews, isEnded) = state.withLock { state in
      state.connection = connection
      state.isRunning = false
      let text = failure.map { "\($0)" }
      defer { state.failure = text }
      return (text != state.failure, state.isEnded)
    }
    if let failure, isNews, !isEnded { log.warning("heartbeat.action.query failed", ("error", "\(failure)")) }
  }
}
