internal import MillraceCore

/// Proves all that a run needs, changes nothing, and tells for each lack the command that mends it.
struct MongoDBCheck {
  let session: MongoSession
  let settings: MongoDBSettings
  /// What a run would go on from.
  var stored: StoredPosition?

  /// The setting that a connection error is about.
  static func key(of error: MillraceError) -> String {
    switch error.code {
    case "mongodb.connect.credentials": "mongodb.user"
    case "mongodb.connect.tls": "mongodb.ssl.enabled"
    case "mongodb.privilege": "mongodb.user"
    case "mongodb.offset": "offset.storage"
    default: "mongodb.connection.string"
    }
  }

  func run() throws(MillraceError) -> [Finding] {
    var findings: [Finding] = []
    guard let version = try checkServer(&findings) else { return findings }
    let catalog = CollectionCatalog(session: session)
    let collections: [CollectionCatalog.Entry]
    do throws(MillraceError) {
      collections = try catalog.collections(in: settings.capture.scope)
    } catch {
      guard error.code == "mongodb.privilege" else { throw error }
      findings.append(privilege("list databases and collections", error, role: "readAnyDatabase"))
      return findings
    }
    let captured = collections.filter { settings.filter.captures(database: $0.database, collection: $0.name) }
    checkPatterns(collections, captured, &findings)
    checkLimit(captured, &findings)
    checkImages(captured, version, &findings)
    if settings.snapshot.rules.rows != .never { try checkReading(captured, &findings) }
    if settings.snapshot.rules.streams { try checkStream(version, &findings) }
    return findings
  }

  // MARK: server

  /// Answers the version where a change stream can be had.
  private func checkServer(_ findings: inout [Finding]) throws(MillraceError) -> MongoVersion? {
    let hello = try session.run(["hello": .int32(1)], on: "admin")
    let build = try session.run(["buildInfo": .int32(1)], on: "admin")
    let version = MongoVersion(try build.text("version") ?? "")
    let isRouter = try hello.text("msg") == "isdbgrid"
    if try hello.text("setName") == nil, !isRouter {
      findings.append(
        Finding(
          key: "mongodb.connection.string", problem: "leads to a server that is no member of a replica set: it has no change streams",
          advice: "start it with --replSet rs0 and run rs.initiate(), or name a replica set or mongos"))
      return nil
    }
    if version < .oldest {
      findings.append(
        Finding(key: "server version", problem: "\(version) is too old", advice: "upgrade to MongoDB \(MongoVersion.oldest) or later"))
      return nil
    }
    if settings.capture.oversize == .split, !version.splitsEvents {
      findings.append(
        Finding(
          key: "cursor.oversize.handling.mode", problem: "is split, which MongoDB \(version) does not know",
          advice: "upgrade to MongoDB 6.0.9 or later, or write fail or skip"))
    }
    if settings.capture.needsImages, !version.hasImages {
      findings.append(
        Finding(
          key: "capture.mode", problem: "asks for images, which MongoDB \(version) does not keep",
          advice: "upgrade to MongoDB 6.0 or later, or write capture.mode=change_streams_update_full with capture.mode.full.update.type=lookup"))
    }
    if settings.signals.collection != nil || settings.signals.file != nil, !version.readsAtTimes {
      findings.append(
        Finding(
          .warning, key: "signal.enabled.channels", problem: "is of no use for snapshots: MongoDB \(version) cannot read at a cluster time, so it has no incremental ones",
          advice: "upgrade to MongoDB 5.0 or later"))
    }
    return version
  }

  // MARK: collections

  private func checkPatterns(_ all: [CollectionCatalog.Entry], _ captured: [CollectionCatalog.Entry], _ findings: inout [Finding]) {
    let isLiteral = settings.filter.mode == .literal
    for (key, pattern, meant) in settings.filter.unmatched(databases: Set(all.map(\.database)).sorted(), collections: all.map(\.namespace)) {
      findings.append(
        Finding(
          .warning, key: key, problem: "has \"\(pattern)\", which matches nothing on the server",
          advice: meant.map { "you probably mean \($0)" }
            ?? (isLiteral ? "correct it, or create the collection" : "patterns are regular expressions over the whole name, database.collection; correct it, or create the collection")))
    }
    if captured.isEmpty {
      findings.append(
        Finding(.warning, key: "collection.include.list", problem: "selects no collection that is there", advice: "correct the include and exclude lists, or create the collections"))
    }
  }

  private func checkLimit(_ captured: [CollectionCatalog.Entry], _ findings: inout [Finding]) {
    let (most, isError) = settings.mostCollections
    guard most > 0, captured.count > most else { return }
    findings.append(
      Finding(isError ? .error : .warning, key: "guardrail.collections.max", problem: "is \(most), and \(captured.count) collections would be captured", advice: "narrow collection.include.list, or raise the limit"))
  }

  /// Whether the server keeps the images that the mode delivers; where it does not, they are null.
  private func checkImages(_ captured: [CollectionCatalog.Entry], _ version: MongoVersion, _ findings: inout [Finding]) {
    guard settings.snapshot.rules.streams, settings.capture.needsImages, version.hasImages else { return }
    for collection in captured where !collection.hasImages && !collection.isView {
      findings.append(
        Finding(
          .warning, key: "collection \(collection.namespace)", problem: "keeps no images: what capture.mode asks for will be null",
          advice: "run in \(collection.database): db.runCommand({collMod: \"\(collection.name)\", changeStreamPreAndPostImages: {enabled: true}})"))
    }
  }

  private func checkReading(_ captured: [CollectionCatalog.Entry], _ findings: inout [Finding]) throws(MillraceError) {
    for collection in captured where !collection.isView {
      do throws(MillraceError) {
        _ = try session.run(["find": .text(collection.name), "limit": .int32(1), "singleBatch": .boolean(true)], on: collection.database)
      } catch {
        guard error.code == "mongodb.privilege" else { throw error }
        findings.append(privilege("read \(collection.namespace)", error, role: "read on \(collection.database)"))
      }
    }
  }

  // MARK: stream

  /// Opens the change stream that a run would open, and looks how far back the oplog goes.
  private func checkStream(_ version: MongoVersion, _ findings: inout [Finding]) throws(MillraceError) {
    if settings.capture.oversize == .split, !version.splitsEvents { return }
    if settings.capture.needsImages, !version.hasImages { return }
    let (database, command) = ChangeStreamPipeline(settings).command(.now)
    do throws(MillraceError) {
      let cursor = try MongoCursor(command, on: database, session: session)
      cursor.close()
    } catch {
      switch error.code {
      case "mongodb.privilege":
        let role = settings.capture.scope == .deployment ? "readAnyDatabase" : "read on \(database)"
        findings.append(privilege("open a change stream", error, role: role))
      case "mongodb.command":
        findings.append(
          Finding(key: settings.capture.stages.isEmpty ? "collection.include.list" : "cursor.pipeline", problem: "is refused by the server: \(error.serverText ?? error.message)", advice: "correct the stages or patterns that the server names"))
      default: throw error
      }
    }
    let window = try OplogWindow(session: session)
    findings += window.map { $0.findings(stored: stored?.position.clusterTime) } ?? []
    try checkPosition(&findings)
  }

  /// Whether the server still has what follows the stored position: it looks for its place.
  private func checkPosition(_ findings: inout [Finding]) throws(MillraceError) {
    guard let position = stored?.position, position.token != nil || position.time != nil else { return }
    let start: ChangeStreamPipeline.Start = position.token.map { .after($0) } ?? .at(position.time ?? 0)
    do throws(MillraceError) {
      let (database, command) = ChangeStreamPipeline(settings).command(start)
      let cursor = try MongoCursor(command, on: database, session: session)
      try cursor.fetch(wait: 200)
      cursor.close()
    } catch {
      guard error.code == "mongodb.history.lost" else { return }   // what else is wrong was found before
      let isMended = settings.snapshot.rules.mendsLoss
      findings.removeAll { $0.key == OplogWindow.key }
      findings.append(
        Finding(
          isMended ? .warning : .error, key: "offset.storage", problem: "has a position that the server cannot go on from (server: \(error.serverText ?? error.message))",
          advice: isMended
            ? "a run will take a new snapshot; a larger oplog keeps history longer" : "remove the stored offset to begin with a new snapshot, or write snapshot.mode=when_needed; a larger oplog keeps history longer"))
    }
  }

  private func privilege(_ what: String, _ error: MillraceError, role: String) -> Finding {
    let user = settings.connection.user ?? "the user"
    return Finding(
      key: "mongodb.user", problem: "\(user == "the user" ? user : "\"\(user)\"") may not \(what) (server: \(error.serverText ?? error.message))",
      advice: "grant the role \(role): db.grantRolesToUser")
  }
}
