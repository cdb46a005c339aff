/// One of the servers that `database.hostname` names.
package struct DatabaseHost: Sendable, Equatable {
  package var name: String
  package var port: Int

  package init(name: String, port: Int) {
    self.name = name
    self.port = port
  }

  /// `database.hostname` and `database.port`: `host,host:port,…`, as JDBC and libpq have it; an IPv6 address with a port stands in
  /// brackets.
  /// - Parameter standard: the port where none is given.
  package static func list(_ configuration: inout Configuration, port standard: Int) -> [DatabaseHost] {
    let text = configuration.required("database.hostname", "write the server's name or address")
    let port = configuration.integer("database.port", default: standard, in: 1...65535)
    return text.split(separator: ",", omittingEmptySubsequences: false).map { item in
      let item = String(item).trimmed
      let end = item.hasPrefix("[") ? item.firstIndex(of: "]") : nil
      var name = end.map { String(item[item.index(after: item.startIndex)..<$0]) } ?? item
      var rest = end.map { String(item[item.index(after: $0)...]) } ?? ""
      // What begins with a slash is the folder of a socket.
      if end == nil, !item.hasPrefix("/"), item.filter({ $0 == ":" }).count == 1, let colon = item.firstIndex(of: ":") {
        name = String(item[..<colon])
        rest = String(item[colon...])
      }
      let own = rest.isEmpty ? port : Int(rest.dropFirst())
      if (name.isEmpty && !text.isEmpty) || own.map({ !(1...65535).contains($0) }) ?? true {
        configuration.report(
          Finding(key: "database.hostname", problem: "has \"\(item)\", which is no server", advice: "write host, or host:port, with commas in between"))
      }
      return DatabaseHost(name: name, port: own ?? port)
    }
  }
}

extension Configuration {
  /// The statements of a setting: it is split at each `;`, of which a doubled one stands for itself (io.debezium.jdbc.JdbcConnection).
  package func statements(_ key: String) -> [String] {
    var statements = [""]
    var rest = Substring(self[key] ?? "")
    while let character = rest.popFirst() {
      if character == ";", rest.first == ";" {
        rest.removeFirst()
        statements[statements.count - 1].append(character)
      } else if character == ";" {
        statements.append("")
      } else {
        statements[statements.count - 1].append(character)
      }
    }
    return statements.map(\.trimmed).filter { !$0.isEmpty }
  }
}
