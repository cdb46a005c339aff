internal import MillraceCore

/// Which collections a snapshot reads, in Debezium's order: by name, those of one name by their databases.
///
/// Views, time series and the server's own collections (`system.*`) are left out: the change stream knows no changes of them.
struct SnapshotList {
  let session: MongoSession
  let settings: MongoDBSettings
  let log: Log

  /// - Parameter isWanted: chooses among the captured ones.
  func collections(where isWanted: (CollectionCatalog.Entry) -> Bool) throws(MillraceError) -> [CollectionCatalog.Entry] {
    var entries = try CollectionCatalog(session: session).collections(in: settings.capture.scope).filter {
      settings.filter.captures(database: $0.database, collection: $0.name) && isWanted($0)
    }
    let views = entries.filter(\.isView)
    if !views.isEmpty {
      log.warning("views and time series are not read, because the change stream has no changes of them", ("names", views.map(\.namespace).joined(separator: ", ")))
      entries.removeAll(where: \.isView)
    }
    let ranks = SnapshotList.ranks(of: Set(entries.map(\.database)))
    return entries.sorted {
      if $0.name != $1.name { return $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) }
      return ranks[$0.database] ?? 0 < ranks[$1.database] ?? 0
    }
  }

  /// The order of a `java.util.HashSet` of names.
  static func ranks(of names: Set<String>) -> [String: Int] {
    var buckets = 16
    while names.count > buckets * 3 / 4 { buckets *= 2 }
    func bucket(_ name: String) -> Int {
      let hash = name.utf16.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
      return Int(hash ^ hash >> 16) & (buckets - 1)
    }
    let sorted = names.sorted { bucket($0) != bucket($1) ? bucket($0) < bucket($1) : $0 < $1 }
    return Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
  }
}
