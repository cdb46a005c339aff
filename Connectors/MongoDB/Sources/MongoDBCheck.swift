internal import MillraceCore

/// Proves all that a run needs, changes nothing, and tells for each lack the command that mends it.
struct MongoDBCheck {
  let session: MongoSession
  let settings: MongoDBSettings

  /// The setting that a connection error is about.
  static func key(of error: MillraceError) -> String {
    switch error.code {
    case "mongodb.connect.credentials": "mongodb.user"
    case "mongodb.connect.tls": "mongodb.ssl.enabled"
    case "mongodb.privilege": "mongodb.user"
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
    if let hours = try oplogHours(), hours < 24 {
      findings.append(
        Finding(
          .warning, key: "oplog", problem: "goes back \(hours) hours: a connector that is stopped for longer has to begin anew",
          advice: "run on each member: db.adminCommand({replSetResizeOplog: 1, minRetentionHours: 48}), or give it a larger size"))
    }
  }

  /// nil where it cannot be told, or is not full yet.
  private func oplogHours() throws(MillraceError) -> Int64? {
    do throws(MillraceError) {
      func time(_ order: Int32) throws(MillraceError) -> Int64? {
        let command: BSONDocument = [
          "find": .text("oplog.rs"), "sort": .document(["$natural": .int32(order)]), "projection": .document(["ts": .int32(1)]), "limit": .int32(1),
          "singleBatch": .boolean(true),
        ]
        let reply = try session.run(command, on: "local")
        guard case .document(let entry)? = try reply.document("cursor")?.array("firstBatch")?.first, case .timestamp(let time)? = try entry.value("ts") else { return nil }
        return Int64(time >> 32)
      }
      let status = try session.run(["collStats": .text("oplog.rs")], on: "local")
      guard let size = try status.integer("size"), let most = try status.integer("maxSize"), size > most / 2 else { return nil }
      guard let first = try time(1), let last = try time(-1) else { return nil }
      return (last - first) / 3600
    } catch {
      // Not everybody may read `local`.
      if error.retry == .retry { throw error }
      return nil
    }
  }

  private func privilege(_ what: String, _ error: MillraceError, role: String) -> Finding {
    let user = settings.connection.user ?? "the user"
    return Finding(
      key: "mongodb.user", problem: "\(user == "the user" ? user : "\"\(user)\"") may not \(what) (server: \(error.serverText ?? error.message))",
      advice: "grant the role \(role): db.grantRolesToUser")
  }
}
