internal import MillraceCore

/// `replica.identity.autoset.values`: which captured tables get which replica identity at the start, as
/// `regex:DEFAULT|FULL|NOTHING|INDEX name`, separated by commas (io.debezium.connector.postgresql.ReplicaIdentityMapper).
struct ReplicaIdentityRules: Sendable {
  enum Identity: Sendable, Equatable {
    case `default`, full, nothing
    case index(String)
  }

  private struct Rule: Sendable {
    let pattern: NameFilter
    let identity: Identity
  }

  private var rules: [Rule] = []

  var isEmpty: Bool { rules.isEmpty }

  init(_ configuration: inout Configuration) {
    let key = "replica.identity.autoset.values"
    guard let text = configuration[key] else { return }
    func report(_ problem: String) {
      configuration.report(
        Finding(key: key, problem: problem, advice: "write schema\\.table:FULL, and DEFAULT, NOTHING or INDEX name in the place of FULL; commas in between"))
    }
    let items = text.split(separator: ",").map { String($0).trimmed }
    if items.isEmpty { report("is empty") }
    for item in items {
      guard let colon = item.lastIndex(of: ":"), let identity = Self.identity(String(item[item.index(after: colon)...])) else {
        report("has \"\(item)\", which names no replica identity")
        continue
      }
      let pattern = String(item[..<colon]).trimmed
      guard !pattern.isEmpty, let filter = try? NameFilter(pattern) else {
        report("has the invalid regular expression \"\(pattern)\"")
        continue
      }
      rules.append(Rule(pattern: filter, identity: identity))
    }
  }

  private static func identity(_ text: String) -> Identity? {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    switch (words.first?.uppercased(), words.count) {
    case ("DEFAULT", 1): return .default
    case ("FULL", 1): return .full
    case ("NOTHING", 1): return .nothing
    case ("INDEX", 2): return .index(words[1])
    default: return nil
    }
  }

  /// All that a table is to have: more than one is a contradiction.
  func identities(for table: PostgresTable) -> [Identity] {
    rules.filter { $0.pattern.matches(table.qualifiedName) }.map(\.identity)
  }
}

extension ReplicaIdentityRules.Identity {
  /// As `ALTER TABLE … REPLICA IDENTITY` wants it.
  var clause: String {
    switch self {
    case .default: "DEFAULT"
    case .full: "FULL"
    case .nothing: "NOTHING"
    case .index(let name): "USING INDEX \(PostgresConnection.quote(identifier: name))"
    }
  }
}
