internal import MillraceCore

/// Where in the log the connector is: the transaction being read and how much of it is done.
///
/// Commits are ordered by the LSN of their commit record, and a transaction is always sent whole, so (commit, changes done)
/// finds the place again in one pass: drop what is before it.
struct PostgresPosition: Sendable, Equatable {
  /// The commit LSN (pgoutput's `final_lsn`) of the transaction that was read last; 0 before the first.
  var commit: UInt64 = 0
  /// Changes of that transaction that are done; nil when it is whole.
  var changesDone: UInt64?
  /// The end LSN of the last whole transaction: what the server may forget up to. nil before the first.
  var lastCommitEnd: UInt64?
  /// The LSN of the last change.
  var lastChange: UInt64 = 0
  var transactionID: UInt32 = 0
  /// Commit time of the transaction, µs since 1970.
  var timestamp: Int64 = 0
  /// The kind of the last change, in Debezium's words.
  var messageType: String = "NOOP"
  /// Where the stream begins when nothing was read yet: the slot's consistent point.
  var start: UInt64 = 0

  /// What may be confirmed to the server once everything up to here is durable.
  var flushable: UInt64 { max(lastCommitEnd ?? 0, start) }
}

extension PostgresPosition {
  /// The checkpoint in Debezium's offset form, with our exact position in `state`.
  func checkpoint(partition: [Checkpoint.Entry]) -> Checkpoint {
    var offset: [Checkpoint.Entry] = [
      .init("lsn_proc", .integer(Int64(bitPattern: lastChange))), .init("messageType", .text(messageType)),
    ]
    if let lastCommitEnd { offset.append(.init("lsn_commit", .integer(Int64(bitPattern: lastCommitEnd)))) }
    offset.append(.init("lsn", .integer(Int64(bitPattern: lastChange))))
    offset.append(.init("txId", .integer(Int64(transactionID))))
    offset.append(.init("ts_usec", .integer(timestamp)))
    var state: [(String, JSONValue)] = [
      ("version", .integer(1)), ("start", .string("\(start)")), ("commit", .string("\(commit)")),
    ]
    if let changesDone { state.append(("changesDone", .integer(Int64(changesDone)))) }
    return Checkpoint(partition: partition, offset: offset, state: JSONValue.object(state).printed())
  }
}
