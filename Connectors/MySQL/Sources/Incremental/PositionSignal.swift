internal import MillraceCore

/// The signal `set-binlog-position`: where the stream is to go on (io.debezium.connector.mysql.signal.SetBinlogPositionSignal).
enum PositionSignal: Equatable {
  case gtids(GTIDSet)
  case place(BinlogPlace)

  static let type = "set-binlog-position"

  init(_ signal: Signal) throws(SignalFault) {
    let file = signal.data?["binlog_filename"]?.string?.trimmed ?? "", number = signal.data?["binlog_position"]?.integer
    let text = signal.data?["gtid_set"]?.string?.trimmed ?? ""
    if !text.isEmpty, !file.isEmpty || number != nil { throw SignalFault("it names a set of GTIDs and a place in a file: one of them is enough") }
    if !text.isEmpty {
      do throws(MillraceError) { self = .gtids(try GTIDSet(text)) } catch { throw SignalFault("its gtid_set is none") }
    } else {
      guard !file.isEmpty, let number, number >= 0 else { throw SignalFault("it names neither a gtid_set nor binlog_filename and binlog_position") }
      let digits = file.split(separator: ".", omittingEmptySubsequences: false).last.map(String.init) ?? ""
      guard file.contains("."), !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { throw SignalFault("its binlog_filename is none") }
      // A file begins with four bytes that are no event.
      self = .place(BinlogPlace(file: file, position: UInt64(max(4, number))))
    }
  }

  /// The position that the stream goes on from.
  /// - Parameter now: where it is.
  func position(from now: MySQLPosition, signal id: String) throws(SignalFault) -> MySQLPosition {
    var position = MySQLPosition()
    switch self {
    case .gtids(let set):
      position.place = now.place
      position.gtids = set
    case .place(let place):
      // From a place alone it cannot be told which transactions are before it.
      guard now.gtids.isEmpty else { throw SignalFault("the server's transactions have GTIDs: name a gtid_set") }
      position.place = place
    }
    position.timestamp = now.timestamp
    position.serverID = now.serverID
    position.setBy = id
    return position
  }

  /// Ends the attempt: the next one begins at the position that is stored now.
  static func restart(_ id: String) -> MillraceError {
    MillraceError(
      code: "mysql.position.set", component: "mysql", retry: .retry, message: "a signal has set the position: the stream begins again there",
      advice: "wait: the next attempt does it", subject: id)
  }
}
