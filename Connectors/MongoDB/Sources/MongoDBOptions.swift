public import MillraceCore

/// Every setting of the connector, in the order in which they are shown.
public enum MongoDBOptions {
  /// What `millrace connectors mongodb` shows, and what unknown keys are held against.
  public static let all: [ConfigurationOption] = connection + capture + snapshot + values + naming + delivery + sideChannels + javaOnly

  private static let connection: [ConfigurationOption] = [
    .init("mongodb.connection.string", required: true, secret: true, "The deployment: mongodb://host:port,…/?replicaSet=NAME, or mongodb+srv://…; it can say all that the settings below say, and comes first."),
    .init("mongodb.user", "Who signs in."),
    .init("mongodb.password", secret: true, "The user's password."),
    .init("mongodb.authsource", default: "admin", "The database that has the user."),
    .init(
      "mongodb.authentication.class", default: "io.debezium.connector.mongodb.connection.DefaultMongoDbAuthProvider",
      "What signs in: this class, no other."),
    .init("mongodb.ssl.enabled", .boolean, default: "false", "Connects with TLS."),
    .init("mongodb.ssl.invalid.hostname.allowed", .boolean, default: "false", "With TLS: whether the server's certificate may be for another host."),
    .init("mongodb.ssl.keystore", "With TLS: a PEM file with the client's certificate and key."),
    .init("mongodb.ssl.keystore.password", secret: true, "The password of the key."),
    .init("mongodb.ssl.keystore.type", default: "PKCS12", "PEM: Java's stores cannot be read here."),
    .init("mongodb.ssl.truststore", "With TLS: a PEM file with the authorities that are trusted."),
    .init(
      "mongodb.ssl.truststore.password", secret: true, support: .ignored(reason: "a PEM file of certificates has no password"),
      "The password of Java's trust store."),
    .init("mongodb.ssl.truststore.type", default: "PKCS12", "PEM: Java's stores cannot be read here."),
    .init("mongodb.connect.timeout.ms", .integer(0...Int(Int32.max)), default: "10000", "How long a connection may take."),
    .init("mongodb.socket.timeout.ms", .integer(0...Int(Int32.max)), default: "0", "How long an answer may take; 0: a minute in the stream, else five."),
    .init("mongodb.server.selection.timeout.ms", .integer(1...Int(Int32.max)), default: "30000", "How long is looked for a server, through an election, say."),
    .init("mongodb.heartbeat.frequency.ms", .integer(500...Int(Int32.max)), default: "10000", "How often the driver looks at the servers."),
    .init(
      "mongodb.poll.interval.ms", default: "30000", support: .ignored(reason: "the driver follows the deployment by itself"),
      "How often Debezium looks for new replica sets."),
  ]

  private static let capture: [ConfigurationOption] = [
    .init("capture.mode", .choice(["change_streams", "change_streams_update_full", "change_streams_with_pre_image", "change_streams_update_full_with_pre_image"]),
      default: "change_streams_update_full", "Whether updates bring the whole document (update_full), and changes the document before (pre_image)."),
    .init("capture.mode.full.update.type", .choice(["lookup", "post_image"]), default: "lookup", "Where whole documents of updates come from: looked up when the change is read, or kept by the server (MongoDB 6)."),
    .init("capture.scope", .choice(["deployment", "database", "collection"]), default: "deployment", "What the change stream is opened on."),
    .init("capture.target", "The database of capture.scope=database, or database.collection of capture.scope=collection."),
    .init("capture.start.op.time", default: "-1", "Without a stored offset: where the stream begins, as a BSON timestamp (seconds × 2³² + ordinal); -1: now."),
    .init("database.include.list", "Databases to capture."),
    .init("database.exclude.list", "Databases to leave out; not together with database.include.list."),
    .init("collection.include.list", "Collections to capture, as database\\.collection."),
    .init("collection.exclude.list", "Collections to leave out; not together with collection.include.list."),
    .init("filters.match.mode", .choice(["regex", "literal"]), default: "regex", "Whether those lists are anchored regular expressions, or names."),
    .init("field.exclude.list", "Fields to leave out of documents, as database.collection.field.nested; * stands for any characters of database and collection."),
    .init("field.renames", "Fields to give another name, as database.collection.field:newName."),
    .init("cursor.pipeline", "Stages of an aggregation that the server puts the events through, as JSON."),
    .init("cursor.pipeline.order", .choice(["internal_first", "user_first", "user_only"]), default: "internal_first", "Whether they come behind the filters' own stages, before them, or instead of them."),
    .init("cursor.oversize.handling.mode", .choice(["fail", "skip", "split"]), default: "fail", "What becomes of an event that is larger than the server can send: the run ends, events above a size are left out, or it is sent in parts (MongoDB 6.0.9)."),
    .init("cursor.oversize.skip.threshold", .integer(0...Int(Int32.max)), default: "0", "With skip: the size of a document, in bytes, above which its events are left out."),
    .init("cursor.max.await.time.ms", .integer(0...Int(Int32.max)), default: "0", "How long the server waits for an event before it answers without one, at most; 0, and above 500: half a second, and less behind events."),
    .init("skipped.operations", default: "t", "Operations to leave out: c, u, d, t, or none."),
    .init("guardrail.collections.max", .integer(0...Int.max), default: "0", "Most collections to capture; 0: no limit."),
    .init("guardrail.collections.limit.action", .choice(["warn", "fail"]), default: "warn", "What happens above that limit at the start: a warning, or no run."),
  ]

  private static let snapshot: [ConfigurationOption] = [
    .init(
      "snapshot.mode", .choice(["initial", "initial_only", "no_data", "always", "when_needed", "configuration_based", "custom"]),
      default: "initial", "Whether the documents that are there are read first. custom names a Java class: an error."),
    .init("snapshot.mode.custom.name", support: .ignored(reason: "snapshot.mode=custom is refused"), "A Java class for snapshot.mode=custom."),
    .init("snapshot.mode.configuration.based.snapshot.data", .boolean, default: "false", "snapshot.mode=configuration_based: whether each start reads the documents."),
    .init("snapshot.mode.configuration.based.snapshot.schema", .boolean, default: "false", "Whether a start may leave a snapshot unfinished."),
    .init("snapshot.mode.configuration.based.start.stream", .boolean, default: "false", "Whether changes follow."),
    .init("snapshot.mode.configuration.based.snapshot.on.schema.error", .boolean, default: "false", "Refuses to start without a stored offset."),
    .init("snapshot.mode.configuration.based.snapshot.on.data.error", .boolean, default: "false", "Whether a stored offset that the server cannot go on from is dropped."),
    .init("snapshot.delay.ms", .integer(0...Int.max), default: "0", "A pause before the snapshot."),
    .init("snapshot.include.collection.list", .patterns, "Captured collections whose documents are read, as database.collection; all without it."),
    .init("snapshot.collection.filter.overrides", "Collections, as database.collection, of which a query chooses the documents to read."),
    .init("snapshot.collection.filter.overrides.*", "Such a query, as JSON."),
    .init("snapshot.max.threads", .integer(1...1024), default: "1", "Readers of the snapshot; they share collections, large ones in ranges of _id."),
    .init("snapshot.fetch.size", .integer(0...Int(Int32.max)), default: "0", "Documents in an answer of the server while reading; 0: about 2 MiB."),
    .init("streaming.delay.ms", .integer(0...Int.max), default: "0", "A pause before the stream."),
    .init(
      "incremental.snapshot.watermarking.strategy", .choice(["insert_insert", "insert_delete"]), default: "insert_insert",
      support: .ignored(reason: "chunks are read at a cluster time, and nothing is written"), "What a snapshot inside the stream writes into the signal collection."),
    .init(
      "incremental.snapshot.allow.schema.changes", .boolean, default: "false", support: .ignored(reason: "documents have no schema that could change"),
      "Schema changes during one."),
  ] + IncrementalSettings.options + IncrementalSettings.streamOptions

  private static let values: [ConfigurationOption] = [
    .init(
      "json.serialization.mode", .choice(["legacy", "strict", "extended", "relaxed"]), default: "legacy",
      "The JSON of documents: legacy (version 1; updatedFields relaxed version 2), strict (version 1), extended (canonical version 2), relaxed (version 2). Keys are always relaxed."),
    .init(
      "sourceinfo.struct.maker", default: "io.debezium.connector.mongodb.MongoDbSourceInfoStructMaker", "What makes the source block: this class, no other."),
    .init("converters", support: .impossible(reason: "it names Java classes for columns, and documents have none"), "Custom converters."),
    .init("post.processors", support: .notYet, "Post-processors."),
  ]

  private static let naming: [ConfigurationOption] =
    TopicNaming.options(strategy: "io.debezium.schema.DefaultTopicNamingStrategy") + [
      .init("schema.name.adjustment.mode", .choice(["none", "avro", "avro_unicode"]), default: "none", "Makes schema names fit for Avro."),
      .init(
        "field.name.adjustment.mode", default: "none",
        support: .ignored(reason: "documents are delivered as JSON texts, whose names nothing adjusts; so in Debezium"), "Makes field names fit for Avro."),
    ]

  private static let delivery: [ConfigurationOption] = [
    .init("tombstones.on.delete", .boolean, default: "true", "A delete is followed by a record without value, for compacted topics."),
    .init("extended.headers.enabled", .boolean, default: "true", "Adds Debezium's context headers to each record."),
    .init("max.batch.size", .integer(1...Int.max), default: "2048", "Most records in one batch."),
    .init("max.queue.size", .integer(1...Int.max), default: "8192", "Most records between reading and writing."),
    .init(
      "max.queue.size.in.bytes", .integer(0...Int.max), default: "0", "Most bytes between reading and writing; 0: our own bound, which keeps memory small."),
    .init("poll.interval.ms", default: "500", support: .ignored(reason: "changes are handed on as they arrive"), "Longest wait for a batch to fill."),
    .init("errors.max.retries", .integer(-1...Int.max), default: "-1", "How often a lost connection is tried again; -1: always."),
    .init("retriable.restart.connector.wait.ms", .integer(0...Int.max), default: "2000", "Longest pause before a lost connection is tried."),
    .init(
      "event.processing.failure.handling.mode", .choice(["fail", "warn", "skip", "ignore"]), default: "fail",
      "What happens to an event that cannot be decoded: it ends the run, or it is left out, with a warning (warn) or without."),
    .init(
      "event.converting.failure.handling.mode", .choice(["fail", "warn", "skip"]), support: .ignored(reason: "a document is printed as a whole, or its event is at fault"),
      "What happens to a value that cannot be converted."),
  ]

  private static let sideChannels: [ConfigurationOption] = [
    .init(
      "provide.transaction.metadata", .boolean, default: "false",
      "Says in each change where it stands in its transaction, and sends a record at a transaction's begin and end."),
    .init(
      "transaction.metadata.factory", default: "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory",
      "What makes the transaction block: this class, no other."),
    .init("heartbeat.interval.ms", .integer(0...86_400_000), default: "0", "How often a heartbeat is sent; 0: never."),
    .init("signal.*", support: .notYet, "Settings of another signal channel."),
    .init("openlineage.integration.enabled", .boolean, default: "false", support: .notYet, "Emits lineage events."),
    .init("openlineage.integration.*", support: .ignored(reason: "openlineage.integration.enabled is false"), "Settings of lineage events."),
  ] + SignalSettings.options + NotificationSettings.options

  private static let javaOnly: [ConfigurationOption] = [
    ("heartbeat.topics.prefix", "__debezium-heartbeat", "Debezium does not read it any more; topic.heartbeat.prefix names the topic"),
    ("skip.messages.without.change", "false", "a change stream has no update that changes nothing; Debezium's MongoDB connector does not read it either"),
    ("query.fetch.size", "0", "there is no JDBC driver"),
    ("connection.validation.timeout.ms", "60000", "there is no JDBC driver"),
    ("internal.mongodb.allow.offset.invalidation", "false", "offsets of single shards, as old versions kept them, are not looked for"),
    ("snapshot.max.threads.multiplier", "1", "large collections are cut by their size; Debezium's MongoDB connector does not read it"),
    ("legacy.snapshot.max.threads", "false", "readers share collections; Debezium's MongoDB connector does not read it"),
    ("poll.dispatch.interval.ms", "0", "batches go on as soon as they are ready"),
    ("queue.provider.type", "memory", "the hand-off is bounded in bytes and never spills"),
    ("executor.shutdown.timeout.ms", "4000", "there is no Java executor"),
    ("custom.metric.tags", nil, "there are no MBeans"),
    ("statistics.metrics.enabled", "true", "there are no MBeans"),
    ("custom.sanitize.pattern", nil, "settings are never logged with their values"),
    ("custom.retriable.exception", nil, "it matches Java exceptions"),
  ].map { name, value, reason in
    ConfigurationOption(name, default: value, support: .ignored(reason: reason), "Steers Java parts of Debezium.")
  }
}
