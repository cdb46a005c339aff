internal import MillraceCore

/// Which collections there are.
struct CollectionCatalog {
  let session: MongoSession

  struct Entry: Sendable, Equatable {
    let database: String
    let name: String
    /// Of a view or a time series, which are no collections to the change stream.
    let isView: Bool
    /// What it is called for good: another collection of the same name has another one.
    var identity: String?
    /// Whether the server keeps documents as they were before and after changes.
    let hasImages: Bool

    /// The full name, `database.collection`.
    var namespace: String { "\(database).\(name)" }
  }

  /// The databases of a scope, without the server's own.
  func databases(in scope: CaptureSettings.Scope) throws(MillraceError) -> [String] {
    switch scope {
    case .database(let name), .collection(let name, _): return [name]
    case .deployment: break
    }
    let reply = try session.run(["listDatabases": .int32(1), "nameOnly": .boolean(true), "authorizedDatabases": .boolean(true)], on: "admin")
    var names: [String] = []
    for case .document(let database) in try reply.array("databases") ?? [] {
      if let name = try database.text("name"), !CollectionFilter.builtIn.contains(name) { names.append(name) }
    }
    return names
  }

  /// All collections of a scope, views included, the server's own left out, in the server's order.
  func collections(in scope: CaptureSettings.Scope) throws(MillraceError) -> [Entry] {
    var entries: [Entry] = []
    for database in try databases(in: scope) {
      entries += try collections(of: database)
    }
    if case .collection(let database, let name) = scope { entries.removeAll { $0.database != database || $0.name != name } }
    return entries
  }

  private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  func collections(of database: String) throws(MillraceError) -> [Entry] {
    let cursor = try MongoCursor(["listCollections": .int32(1)], on: database, session: session)
    defer { cursor.close() }
    var entries: [Entry] = []
    while true {
      while let bytes = try cursor.next() {
        let description = try BSONDocument(bytes)
        guard let name = try description.text("name"), !name.hasPrefix("system.") else { continue }
        let images = try description.document("options")?.document("changeStreamPreAndPostImages")?.integer("enabled") == 1
        var entry = Entry(database: database, name: name, isView: try description.text("type") ?? "collection" != "collection", hasImages: images)
      if case .raw(.binary, let identity)? = try description.document("info")?.value("uuid") { entry.identity = CollectionCatalog.hexadecimal(identity.dropFirst(5)) }
      entries.append(entry)
      }
      guard cursor.isOpen else { return entries }
      try cursor.fetch()
    }
  }
}
