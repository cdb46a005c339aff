internal import MillraceCore

/// Which collections are captured: `database.include.list` or `.exclude.list`, and `collection.include.list` or `.exclude.list`, as
/// anchored patterns without regard to case, or as literal names (`filters.match.mode`). The server's own databases never are.
struct CollectionFilter: Sendable {
  enum MatchMode: String, CaseIterable, Sendable { case regex, literal }

  /// One of the two lists for databases or collections.
  struct Names: Sendable {
    let isIncluded: Bool
    /// As written, for the server's pipeline.
    let texts: [String]
    fileprivate let patterns: NameFilter?

    fileprivate func matches(_ name: String) -> Bool { patterns?.matches(name) ?? texts.contains(name) }
  }

  /// The settings that choose collections whose documents are read.
  static let keys = [
    "filters.match.mode", "database.include.list", "database.exclude.list", "collection.include.list", "collection.exclude.list",
    "snapshot.include.collection.list",
  ]

  static let builtIn: Set<String> = ["admin", "config", "local"]

  let mode: MatchMode
  let databases: Names?
  let collections: Names?

  init(_ configuration: inout Configuration) {
    mode = configuration.choice("filters.match.mode", default: .regex)
    databases = CollectionFilter.names("database", mode, &configuration)
    collections = CollectionFilter.names("collection", mode, &configuration)
  }

  private static func names(_ kind: String, _ mode: MatchMode, _ configuration: inout Configuration) -> Names? {
    let keys = ["\(kind).include.list", "\(kind).exclude.list"]
    let given = keys.filter { !(configuration[$0] ?? "").trimmed.isEmpty }
    if given.count == 2 {
      configuration.report(
        Finding(key: keys[1], problem: "stands beside \(keys[0]), which already selects", advice: "write only one of the two"))
    }
    guard let key = given.first else { return nil }
    let patterns = mode == .regex ? NameFilter(key, of: &configuration) : nil
    return Names(isIncluded: key == keys[0], texts: patterns?.texts ?? configuration.list(key), patterns: patterns)
  }

  func captures(database: String) -> Bool {
    if CollectionFilter.builtIn.contains(database) { return false }
    return databases.map { $0.matches(database) == $0.isIncluded } ?? true
  }

  func captures(database: String, collection: String) -> Bool {
    guard captures(database: database) else { return false }
    return collections.map { $0.matches("\(database).\(collection)") == $0.isIncluded } ?? true
  }

  /// Patterns of the include lists that match nothing, with the one that was probably meant.
  func unmatched(databases known: [String], collections names: [String]) -> [(key: String, pattern: String, meant: String?)] {
    var found: [(key: String, pattern: String, meant: String?)] = []
    for (key, list, names) in [("database.include.list", databases, known), ("collection.include.list", collections, names)] {
      guard let list, list.isIncluded else { continue }
      if let patterns = list.patterns {
        found += patterns.unmatchedPatterns(in: names).map { (key, $0.pattern, $0.meant) }
      } else {
        found += list.texts.filter { !names.contains($0) }.map { (key, $0, NearestName.of($0, among: names)) }
      }
    }
    return found
  }
}
