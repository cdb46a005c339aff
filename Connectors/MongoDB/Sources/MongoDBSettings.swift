internal import MillraceCore

/// The connector's settings, typed. Everything that is wrong with them is a finding of the configuration.
struct MongoDBSettings: Sendable {
  enum LimitAction: String, CaseIterable, Sendable { case warn, fail }

  var connection: ConnectionSettings
  var naming: TopicNaming
  var schemaNames: NameAdjustment
  var filter: CollectionFilter
  /// What it is made of, where collections captured later are looked for.
  var captures: CaptureChoice?
  var fields: FieldRuleList
  var capture: CaptureSettings
  var json: SerializationMode
  var snapshot: SnapshotSettings
  var tombstones: Bool
  var contextHeaders: Bool
  var skipped: Set<String>
  var heartbeat: HeartbeatSettings
  var transactionMetadata: Bool
  var signals: SignalSettings
  var notifications: NotificationSettings
  var incremental: IncrementalSettings
  /// The most collections to capture, and whether more are an error; 0: no limit.
  var mostCollections: (count: Int, isError: Bool)
  var name: String

  var prefix: String { naming.prefix }

  /// `json.serialization.mode`.
  enum SerializationMode: String, CaseIterable, Sendable {
    case legacy, strict, extended, relaxed

    /// For `before` and `after`.
    var document: ExtendedJSON {
      switch self {
      case .legacy, .strict: .document
      case .extended: ExtendedJSON(mode: .canonical, isCompact: true)
      case .relaxed: .identity
      }
    }

    /// For `updatedFields`.
    var changes: ExtendedJSON { self == .legacy ? .changes : document }
  }

  init(_ configuration: inout Configuration) {
    connection = ConnectionSettings(&configuration)
    naming = TopicNaming(&configuration, parts: .database)
    schemaNames = NameAdjustment(configuration.choice("schema.name.adjustment.mode", default: .none), of: .schema)
    filter = CollectionFilter(&configuration)
    fields = FieldRuleList(&configuration)
    capture = CaptureSettings(&configuration)
    json = configuration.choice("json.serialization.mode", default: .legacy)
    snapshot = SnapshotSettings(&configuration)
    tombstones = configuration.boolean("tombstones.on.delete", default: true)
    contextHeaders = configuration.boolean("extended.headers.enabled", default: true)
    if configuration["skipped.operations"] == nil { configuration["skipped.operations"] = "t" }
    skipped = Set(configuration.list("skipped.operations").map { $0.lowercased() })
    for operation in skipped.subtracting(["c", "u", "d", "t", "none"]).sorted() {
      configuration.report(
        Finding(key: "skipped.operations", problem: "\"\(operation)\" is no operation", advice: "write a list of c, u, d, t, or none"))
    }
    if skipped.count > 1, skipped.contains("none") {
      configuration.report(
        Finding(key: "skipped.operations", problem: "has none beside other operations", advice: "write none alone, or a list of c, u, d, t"))
    }
    heartbeat = HeartbeatSettings(&configuration)
    transactionMetadata = configuration.boolean("provide.transaction.metadata", default: false)
    signals = SignalSettings(&configuration)
    notifications = NotificationSettings(&configuration)
    incremental = IncrementalSettings(&configuration)
    captures = incremental.readsNewTables ? CaptureChoice(CollectionFilter.keys, of: configuration) : nil
    mostCollections = (
      configuration.integer("guardrail.collections.max", default: 0),
      configuration.choice("guardrail.collections.limit.action", default: LimitAction.warn) == .fail
    )
    name = configuration["name"] ?? naming.prefix
    checkSignals(&configuration)
    for (key, ours) in MongoDBSettings.fixedClasses {
      guard let given = configuration[key]?.trimmed, given != ours else { continue }
      configuration.report(
        Finding(key: key, problem: "\"\(given)\" is a Java class, which cannot be loaded", advice: "write \(ours), or leave it out"))
    }
  }

  private func checkSignals(_ configuration: inout Configuration) {
    if signals.collection != nil || signals.file != nil, !capture.mode.hasFullUpdates {
      configuration.report(
        Finding(
          .warning, key: "capture.mode", problem: "brings updates without the whole document: where a document changes while an incremental snapshot reads its collection, the change alone is delivered",
          advice: "write capture.mode=change_streams_update_full, if such snapshots are to be whole"))
    }
    guard let name = signals.collection else { return }
    guard let namespace = Namespace(name) else {
      return configuration.report(
        Finding(key: "signal.data.collection", problem: "\"\(name)\" is no full name of a collection", advice: "write database.collection"))
    }
    guard signals.readsSource else { return }
    if !isInScope(namespace) {
      configuration.report(
        Finding(key: "signal.data.collection", problem: "lies outside of capture.target, whose changes alone are read", advice: "choose a collection of capture.target, or signal.enabled.channels=file"))
    }
    if !capture.stages.isEmpty {
      configuration.report(
        Finding(
          .warning, key: "signal.data.collection", problem: "is read through the stages of cursor.pipeline: signals that they leave out or change do not arrive",
          advice: "let its inserts pass: {\"$match\": {\"$or\": [{\"ns.coll\": \"\(namespace.collection)\"}, …]}}"))
    }
  }

  /// Whether the change stream brings changes of a collection at all.
  private func isInScope(_ namespace: Namespace) -> Bool {
    switch capture.scope {
    case .deployment: true
    case .database(let name): namespace.database == name
    case .collection(let database, let name): namespace.database == database && namespace.collection == name
    }
  }

  /// Settings that name a Java class, and the class whose work is done here.
  private static let fixedClasses = [
    ("sourceinfo.struct.maker", "io.debezium.connector.mongodb.MongoDbSourceInfoStructMaker"),
    ("transaction.metadata.factory", "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory"),
  ]
}
