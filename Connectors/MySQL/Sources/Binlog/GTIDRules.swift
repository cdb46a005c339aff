internal import MillraceCore

/// `gtid.source.includes` and `.excludes`: from which origins (a server's UUID, a MariaDB domain) changes are wanted.
struct GTIDRules: Sendable {
  private let includes: NameFilter?
  private let excludes: NameFilter?
  /// `gtid.source.filter.dml.events`: whether rows of other origins are left out as well.
  let filtersRows: Bool
  /// `gtid.ignore.on.recovery`: whether the stored place counts instead of the stored GTIDs.
  let ignoresStored: Bool

  init(_ configuration: inout Configuration) {
    includes = NameFilter("gtid.source.includes", of: &configuration)
    excludes = NameFilter("gtid.source.excludes", of: &configuration)
    if includes != nil, excludes != nil {
      configuration.report(
        Finding(key: "gtid.source.excludes", problem: "stands beside gtid.source.includes", advice: "keep one of the two"))
    }
    filtersRows = configuration.boolean("gtid.source.filter.dml.events", default: true)
    ignoresStored = configuration.boolean("gtid.ignore.on.recovery", default: false)
  }

  var areGiven: Bool { includes != nil || excludes != nil }

  /// Whether an origin is wanted.
  func takes(_ origin: String) -> Bool {
    if let includes { return includes.matches(origin) }
    if let excludes { return !excludes.matches(origin) }
    return true
  }

  /// What is to be asked for, in order to get all that `stored` does not hold of the wanted origins, and nothing of others.
  func requested(_ stored: GTIDSet, executed: GTIDSet) -> GTIDSet {
    areGiven ? stored.filtered(takes).union(executed.filtered { !takes($0) }) : stored
  }
}
