internal import MillraceCore

/// The aggregation that is a change stream, with the filters as its stages, so that the server sends as little as possible of what is
/// not captured (io.debezium.connector.mongodb.ChangeStreamPipelineFactory), and with those of `cursor.pipeline`, which may leave out more
/// or stand in the filters' place. Which collections are delivered `CollectionFilter` decides.
struct ChangeStreamPipeline {
  let capture: CaptureSettings
  let filter: CollectionFilter
  let skipped: Set<String>
  /// Its new documents come, too, whatever the filters say; what `cursor.pipeline` leaves out does not.
  let signals: Namespace?

  init(_ settings: MongoDBSettings) {
    capture = settings.capture
    filter = settings.filter
    skipped = settings.skipped
    signals = settings.signals.readsSource ? settings.signals.collection.flatMap { Namespace($0) } : nil
  }

  enum Start: Equatable {
    case now
    case after(BSONDocument)
    /// At a BSON timestamp.
    case at(UInt64)
  }

  /// The database to run it on, and the command without `cursor`.
  func command(_ start: Start) -> (database: String, command: BSONDocument) {
    var options = BSONDocument()
    if capture.mode.hasFullUpdates { options.append("fullDocument", .text(capture.fullUpdate == .lookup ? "updateLookup" : "whenAvailable")) }
    if capture.mode.hasPreImages { options.append("fullDocumentBeforeChange", .text("whenAvailable")) }
    switch start {
    case .now: break
    // Unlike resumeAfter, it goes on behind the drop of a collection, too.
    case .after(let token): options.append("startAfter", .document(token))
    case .at(let time): options.append("startAtOperationTime", .timestamp(time))
    }
    if capture.scope == .deployment { options.append("allChangesForCluster", .boolean(true)) }
    let pipeline = BSONDocument.Value.array([.document(["$changeStream": .document(options)])] + stages.map { .document($0) })
    switch capture.scope {
    case .deployment: return ("admin", ["aggregate": .int32(1), "pipeline": pipeline])
    case .database(let name): return (name, ["aggregate": .int32(1), "pipeline": pipeline])
    case .collection(let database, let name): return (database, ["aggregate": .text(name), "pipeline": pipeline])
    }
  }

  /// The stages behind `$changeStream`.
  var stages: [BSONDocument] {
    var stages: [BSONDocument] = []
    if capture.oversize == .skip { stages.append(sizes) }
    switch capture.order {
    case .internalFirst: stages += [match] + capture.stages
    case .userFirst: stages += capture.stages + [match]
    case .userOnly: stages += capture.stages
    }
    if capture.oversize == .split { stages.append(["$changeStreamSplitLargeEvent": .document([:])]) }
    return stages
  }

  private var sizes: BSONDocument {
    let limit = BSONDocument.Value.int32(Int32(capture.oversizeThreshold))
    func fits(_ field: String) -> BSONDocument.Value {
      .document(["$expr": .document(["$lte": .array([.document(["$bsonSize": .text(field)]), limit])])])
    }
    return ["$match": .document(["$and": .array([fits("$fullDocument"), fits("$fullDocumentBeforeChange")])])]
  }

  private var match: BSONDocument {
    var conditions: [BSONDocument] = [operations]
    // What the scope settles the server need not look at: such a condition costs it more than the event does.
    var hasDatabase = false, hasCollection = false
    switch capture.scope {
    case .deployment: break
    case .database(let name): hasDatabase = filter.captures(database: name)
    case .collection(let database, let name):
      hasCollection = filter.captures(database: database, collection: name)
      hasDatabase = hasCollection
    }
    if let databases = filter.databases, !hasDatabase { conditions.append(condition("ns.db", databases)) }
    if let collections = filter.collections, !hasCollection { conditions.append(condition(collections: collections)) }
    if filter.databases?.isIncluded != true, !hasDatabase {
      conditions.append(["ns.db": .document(["$nin": .array(CollectionFilter.builtIn.sorted().map { .text($0) })])])
    }
    var captured: BSONDocument = ["$and": .array(conditions.map { .document($0) })]
    if let signals {
      let own: BSONDocument = ["operationType": .text("insert"), "ns.db": .text(signals.database), "ns.coll": .text(signals.collection)]
      captured = ["$or": .array([.document(captured), .document(own)])]
    }
    if capture.scope == .deployment { return ["$match": .document(captured)] }
    // The end of a stream whose collection or database is gone names neither: the next stream begins behind it.
    return ["$match": .document(["$or": .array([.document(captured), .document(["operationType": .text("invalidate")])])])]
  }

  private var operations: BSONDocument {
    var names = ["insert", "update", "replace", "delete"]
    if skipped.contains("c") { names.removeAll { $0 == "insert" } }
    if skipped.contains("u") { names.removeAll { $0 == "update" || $0 == "replace" } }
    if skipped.contains("d") { names.removeAll { $0 == "delete" } }
    return ["operationType": .document(["$in": .array(names.map { .text($0) })])]
  }

  private func condition(_ field: String, _ names: CollectionFilter.Names) -> BSONDocument {
    if filter.mode == .literal {
      return [field: .document([names.isIncluded ? "$in" : "$nin": .array(names.texts.map { .text($0) })])]
    }
    let pattern = BSONDocument.Value.regex(anchored(names.texts), options: "i")
    return [field: names.isIncluded ? pattern : .document(["$not": pattern])]
  }

  /// Patterns of collections are held against `database.collection`.
  private func condition(collections names: CollectionFilter.Names) -> BSONDocument {
    let full = BSONDocument.Value.document(["$concat": .array([.text("$ns.db"), .text("."), .text("$ns.coll")])])
    var matches: BSONDocument.Value
    if filter.mode == .literal {
      matches = .document(["$in": .array([full, .array(names.texts.map { .document(["$literal": .text($0)]) })])])
    } else {
      matches = .document([
        "$regexMatch": .document(["input": full, "regex": .document(["$literal": .text(anchored(names.texts))]), "options": .text("i")])
      ])
    }
    if !names.isIncluded { matches = .document(["$not": .array([matches])]) }
    return ["$expr": matches]
  }

  private func anchored(_ texts: [String]) -> String { "^(?:\(texts.map { "(?:\($0))" }.joined(separator: "|")))$" }
}
