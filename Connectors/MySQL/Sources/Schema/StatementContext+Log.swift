/// The context from the status variables of a QUERY event (MySQL source documentation, "Query_event"; MariaDB's `log_event.h`).
extension StatementContext {
  /// - Parameters:
  ///   - database: of the event; empty where the session had none.
  ///   - variables: the event's block of status variables. A code that is not known ends the reading: those behind it have no length.
  ///   - collation: the name of a collation by the server's number for it.
  package init(database: String, variables: UnsafeRawBufferPointer, collation: (Int) -> String?) {
    self.init(database: database.isEmpty ? nil : database)
    var at = 0
    func number(_ count: Int) -> UInt64? {
      guard at + count <= variables.count else { return nil }
      return (0..<count).reduce(0) { $0 | UInt64(variables[at + $1]) << UInt64(8 * $1) }
    }
    while at < variables.count {
      let code = variables[at]
      at += 1
      var length: Int
      switch code {
      case 0: length = 4   // flags2
      case 1:
        length = 8
        if let bits = number(8) { mode = SQLMode(rawValue: bits) }
      case 2: length = (number(1).map { Int($0) } ?? 0) + 2
      case 5, 6: length = (number(1).map { Int($0) } ?? 0) + 1
      case 3, 10: length = 4
      case 4:   // client, connection, server
        length = 6
        if at + 6 <= variables.count { serverCollation = collation(Int(variables[at + 4]) | Int(variables[at + 5]) << 8) }
      case 7, 8: length = 2
      case 9, 17, 129: length = 8
      case 11:   // user and host
        length = (number(1).map { Int($0) } ?? 0) + 1
        if at + length < variables.count { length += Int(variables[at + length]) + 1 }
      case 12:   // names of databases, each ended by a zero
        var names = number(1).map { Int($0) } ?? 0
        length = 1
        if names >= 254 { names = 0 }
        while names > 0, at + length < variables.count {
          if variables[at + length] == 0 { names -= 1 }
          length += 1
        }
      case 13, 128: length = 3
      case 16:
        length = 1
        if let value = number(1) { explicitDefaultsForTimestamp = value != 0 }
      case 18:
        length = 2
        if let id = number(2) { utf8mb4Collation = collation(Int(id)) }
      case 19, 20: length = 1
      default: return
      }
      at += length
    }
  }
}
