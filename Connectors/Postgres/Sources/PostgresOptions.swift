public import MillraceCore

/// Every setting of Debezium's Postgres connector, and what becomes of it here.
public enum PostgresOptions {
  /// In the order in which they are shown; each says whether it is supported.
  public static let all: [ConfigurationOption] =
    connection + [readOnly] + slot + publication + capture + snapshot + values + naming + delivery + sideChannels + javaOnly

  /// What every session needs, a transform's own as well.
  static let connection: [ConfigurationOption] = [
    .init("database.hostname", required: true, "Host name or address of the server, or the folder of its Unix socket."),
    .init("database.port", .integer(1...65535), default: "5432", "Its port."),
    .init("database.user", required: true, "A role with LOGIN and REPLICATION."),
    .init("database.password", secret: true, "Its password."),
    .init("database.dbname", required: true, "The database to read."),
    .init(
      "database.sslmode", .choice(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]), default: "prefer",
      "Whether to encrypt the connection, and what to verify, as in libpq."),
    .init("database.sslcert", "File of the client's certificate."),
    .init("database.sslkey", "File of the client's private key."),
    .init("database.sslpassword", secret: true, "Passphrase of the private key."),
    .init("database.sslrootcert", "File of the certificates that the server is verified against."),
    .init("database.tcpKeepAlive", .boolean, default: "true", "Whether TCP probes find out that a silent server is gone."),
    .init(
      "database.initial.statements", secret: true,
      "SQL run on each connection that is not for replication, separated by ;, which is doubled where it is meant itself."),
    .init(
      "database.query.timeout.ms", .integer(0...86_400_000), default: "600000",
      "How long a statement may wait for the server before it is called off; 0: for ever. Rows of a snapshot may take longer."),
  ]

  private static let readOnly = ConfigurationOption(
    "read.only", .boolean, default: "false", support: .ignored(reason: "no snapshot writes into the database, whatever it says"),
    "Whether incremental snapshots do without writing into the signal table.")

  private static let slot: [ConfigurationOption] = [
    .init(
      "plugin.name", .choice(["pgoutput"], notYet: ["decoderbufs"]), default: "pgoutput",
      "The server's output plug-in; pgoutput is part of PostgreSQL."),
    .init("slot.name", default: "debezium", "The logical replication slot; it is created where it is missing."),
    .init("slot.drop.on.stop", .boolean, default: "false", "Whether a graceful end drops the slot; what comes later is then lost."),
    .init("slot.failover", .boolean, default: "false", "Creates the slot as a failover slot, on a primary of PostgreSQL 17 or later."),
    .init("slot.stream.params", "Further options of the plug-in, as name=value;…: origin=none (16 or later) leaves out what was replicated from elsewhere."),
    .init("slot.max.retries", .integer(0...1_000_000), default: "6", "How often a slot that is in use, or that cannot be created yet, is tried again."),
    .init("slot.retry.delay.ms", .integer(0...86_400_000), default: "10000", "The pause before a slot is tried again."),
    .init(
      "internal.create.slot.command.timeout", .integer(1...86_400), default: "90",
      "How many seconds the creation of the slot may wait for open transactions."),
    .init(
      "status.update.interval.ms", .integer(100...3_600_000), default: "10000", "How often the confirmed position is sent to the server."),
    .init(
      "lsn.flush.mode", .choice(["connector", "connector_and_driver", "manual"]), default: "connector",
      "Who confirms positions. The first two confirm what is durable, and idle positions too, so that no WAL is retained; manual confirms nothing."),
    .init(
      "flush.lsn.source", .boolean, default: "true", "Debezium's old name of lsn.flush.mode: false means manual."),
    .init(
      "lsn.flush.timeout.ms", default: "30000", support: .ignored(reason: "a confirmation never blocks"),
      "How long Debezium waits for a confirmation."),
    .init(
      "lsn.flush.timeout.action", default: "fail", support: .ignored(reason: "a confirmation never blocks"),
      "What Debezium does when a confirmation takes too long."),
    .init(
      "offset.mismatch.strategy",
      .choice(["no_validation", "trust_offset", "trust_slot", "trust_greater_lsn"]),
      "What to do where the slot was confirmed beyond the stored position. Not set: stop, as trust_offset does; the others go on and leave out what is between."),
    .init("xmin.fetch.interval.ms", .integer(0...86_400_000), default: "0", "How often source.xmin is read; 0: never."),
  ]

  private static let publication: [ConfigurationOption] = [
    .init("publication.name", default: "dbz_publication", "The publication that is read."),
    .init(
      "publication.autocreate.mode", .choice(["all_tables", "disabled", "filtered", "no_tables"]), default: "all_tables",
      "Whether a missing publication is created: for all tables, not at all, for the captured tables, or for none."),
    .init(
      "publish.via.partition.root", .boolean, default: "false", "Changes of a partition appear under its root table."),
    .init("replica.identity.autoset.values", "Replica identities that captured tables are given at the start, as regex:FULL,…: DEFAULT, FULL, NOTHING or INDEX name."),
  ]

  private static let capture: [ConfigurationOption] = [
    .init("schema.include.list", .patterns, "Schemas to capture: anchored regular expressions."),
    .init("schema.exclude.list", .patterns, "Schemas to leave out; not together with schema.include.list."),
    .init("table.include.list", .patterns, "Tables to capture, as schema\\.table: anchored regular expressions."),
    .init("table.exclude.list", .patterns, "Tables to leave out; not together with table.include.list."),
    .init(
      "table.ignore.builtin", .boolean, default: "true", support: .ignored(reason: "the server publishes no table of its own"),
      "Leaves out the system's own tables."),
    .init("column.include.list", .patterns, "Columns to capture."),
    .init("column.exclude.list", .patterns, "Columns to leave out."),
    .init("message.prefix.include.list", .patterns, "Prefixes of the logical messages to deliver."),
    .init("message.prefix.exclude.list", .patterns, "Prefixes of the logical messages to leave out."),
    .init("skipped.operations", default: "t", "Operations to leave out: c, u, d, t, or none."),
    .init(
      "skip.messages.without.change", .boolean, default: "false",
      "Leaves out updates that change neither the row as it is delivered nor the key; it takes REPLICA IDENTITY FULL."),
    .init("guardrail.collections.max", .integer(0...Int.max), default: "0", "Most tables to capture; 0: no limit."),
    .init(
      "guardrail.collections.limit.action", .choice(["warn", "fail"]), default: "warn",
      "What happens above that limit at the start: a warning, or no run."),
  ]

  private static let snapshot: [ConfigurationOption] = [
    .init(
      "snapshot.mode",
      .choice(["initial", "initial_only", "no_data", "always", "when_needed", "configuration_based", "custom"]),
      default: "initial", "Whether the rows that are there are read first. custom names a Java class: an error."),
    .init(
      "snapshot.mode.custom.name", support: .ignored(reason: "snapshot.mode=custom is refused"),
      "A Java class for snapshot.mode=custom."),
    .init(
      "snapshot.mode.configuration.based.snapshot.data", .boolean, default: "false",
      "snapshot.mode=configuration_based: whether each start reads the rows."),
    .init(
      "snapshot.mode.configuration.based.snapshot.schema", .boolean, default: "false",
      "Whether a start may leave a snapshot unfinished; structures are always read."),
    .init("snapshot.mode.configuration.based.start.stream", .boolean, default: "false", "Whether changes follow."),
    .init(
      "snapshot.mode.configuration.based.snapshot.on.schema.error", .boolean, default: "false",
      "Refuses to start without a stored offset."),
    .init(
      "snapshot.mode.configuration.based.snapshot.on.data.error", .boolean, default: "false",
      "Whether a stored offset that the server cannot go on from is dropped."),
    .init(
      "snapshot.isolation.mode", .choice(["serializable", "repeatable_read", "read_committed", "read_uncommitted"]),
      default: "serializable",
      "Isolation. With a new slot it is the slot's point; otherwise one point, or with the last two one for each table."),
    .init(
      "snapshot.locking.mode", .choice(["none", "shared", "custom"]), default: "none",
      "shared locks all tables in ACCESS SHARE MODE at the start, none each as it is reached."),
    .init(
      "snapshot.locking.mode.custom.name", support: .ignored(reason: "snapshot.locking.mode=custom is refused"),
      "A Java class for snapshot.locking.mode=custom."),
    .init(
      "snapshot.lock.timeout.ms", .integer(0...Int.max), default: "10000",
      "How long a lock of snapshot.locking.mode=shared may take; 0: without end."),
    .init("snapshot.query.mode", .choice(["select_all", "custom"]), default: "select_all", "What the snapshot reads. custom names a Java class: an error."),
    .init(
      "snapshot.query.mode.custom.name", support: .ignored(reason: "snapshot.query.mode=custom is refused"),
      "A Java class for snapshot.query.mode=custom."),
    .init("snapshot.select.statement.overrides", "Tables with a statement of their own for the snapshot, as schema.table,…."),
    .init("snapshot.select.statement.overrides.*", "The SELECT of one table; a column that it leaves out is null."),
    .init("snapshot.include.collection.list", .patterns, "Tables to snapshot, among the captured ones."),
    .init(
      "snapshot.tables.order.by.row.count", .choice(["disabled", "ascending", "descending"]), default: "disabled",
      "The order of the tables, by the planner's row counts; disabled: that of table.include.list."),
    .init(
      "snapshot.fetch.size", .integer(0...Int.max), default: "10240",
      support: .ignored(reason: "rows are streamed with COPY, not fetched in portions"), "Rows in one portion."),
    .init("snapshot.max.threads", .integer(1...1024), default: "1", "Connections that read at once, all at the same point."),
    .init(
      "snapshot.max.threads.multiplier", .integer(1...1_000_000), default: "1",
      "A table is cut into at least so many chunks per thread; large ones into more."),
    .init("snapshot.max.threads.multiplier.*", .integer(1...1_000_000), default: "1", "The same for one table, as schema.table."),
    .init("legacy.snapshot.max.threads", .boolean, default: "false", "Each table is read by one connection."),
    .init("snapshot.delay.ms", .integer(0...Int.max), default: "0", "A pause before the snapshot."),
    .init("streaming.delay.ms", .integer(0...Int.max), default: "0", "A pause before the stream."),
    .init(
      "incremental.snapshot.watermarking.strategy", .choice(["insert_insert", "insert_delete"]), default: "insert_insert",
      support: .ignored(reason: "nothing is written to the source: a chunk tells by its own transaction what it has seen"),
      "What an incremental snapshot writes into the signal table."),
    .init(
      "incremental.snapshot.allow.schema.changes", .boolean, default: "false",
      support: .ignored(reason: "a chunk is read again when its table has changed, in any case"), "Schema changes during an incremental snapshot."),
  ] + IncrementalSettings.options + IncrementalSettings.streamOptions

  private static let values: [ConfigurationOption] = [
    .init(
      "decimal.handling.mode", .choice(["precise", "double", "string"]), default: "precise", "Form of numeric and money."),
    .init(
      "time.precision.mode",
      .choice(["adaptive", "adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"]),
      default: "adaptive", "Form of dates and times."),
    .init(
      "binary.handling.mode", .choice(["bytes", "base64", "base64-url-safe", "hex"]), default: "bytes",
      "Form of bytea, of types without mapping, and of the content of logical messages."),
    .init("hstore.handling.mode", .choice(["json", "map"]), default: "json", "Form of hstore."),
    .init("interval.handling.mode", .choice(["numeric", "string"]), default: "numeric", "Form of interval."),
    .init("money.fraction.digits", .integer(0...10), default: "2", "Digits behind the point of money, with decimal.handling.mode=precise."),
    .init("include.unknown.datatypes", .boolean, default: "false", "Delivers types without mapping as bytes: the server's text."),
    .init(
      "unavailable.value.placeholder", default: "__debezium_unavailable_value",
      "Stands for a TOAST value that the server did not send; hex: in front means bytes."),
    .init(
      "converters", support: .impossible(reason: "it names Java classes, and Debezium ships none for PostgreSQL"),
      "Custom converters of columns."),
    .init("post.processors", "Names of post-processors; each has its class in `<name>.type`, and its settings below `<name>.`."),
    .init("column.propagate.source.type", .patterns, "Columns whose schema names the database's type."),
    .init(
      "datatype.propagate.source.type", .patterns, "Types, as schema\\.table\\.type, whose columns' schema names the database's type."),
    .init(
      "include.schema.comments", .boolean, default: "false",
      support: .ignored(reason: "Debezium's Postgres connector puts no comments into records either"),
      "Comments of tables and columns."),
    .init(
      "sourceinfo.struct.maker", default: "io.debezium.connector.postgresql.PostgresSourceInfoStructMaker",
      "What makes the source block: this class, no other."),
    .init(
      "schema.refresh.mode", .choice(["columns_diff", "columns_diff_exclude_unchanged_toast"]), default: "columns_diff",
      support: .ignored(reason: "schemas follow the stream's own Relation messages"), "When Debezium reads a table's columns again."),
  ]

  private static let naming: [ConfigurationOption] =
    TableRules.options(strategy: "io.debezium.schema.SchemaTopicNamingStrategy") + [
      .init(
        "heartbeat.topics.prefix", default: "__debezium-heartbeat",
        support: .ignored(reason: "Debezium does not read it any more; topic.heartbeat.prefix names the topic"),
        "Old name of topic.heartbeat.prefix.")
    ]

  private static let delivery: [ConfigurationOption] = [
    .init("tombstones.on.delete", .boolean, default: "true", "A delete is followed by a record without value, for compacted topics."),
    .init("extended.headers.enabled", .boolean, default: "true", "Adds Debezium's context headers to each record."),
    .init("max.batch.size", .integer(1...Int.max), default: "2048", "Most records in one batch."),
    .init("max.queue.size", .integer(1...Int.max), default: "8192", "Most records between reading and writing."),
    .init(
      "max.queue.size.in.bytes", .integer(0...Int.max), default: "0",
      "Most bytes between reading and writing; 0: our own bound, which keeps memory small."),
    .init(
      "poll.interval.ms", default: "500", support: .ignored(reason: "changes are handed on as they arrive"),
      "Longest wait for a batch to fill."),
    .init("errors.max.retries", .integer(-1...Int.max), default: "-1", "How often a lost connection is tried again; -1: always."),
    .init(
      "retriable.restart.connector.wait.ms", .integer(0...Int.max), default: "2000", "Longest pause before a lost connection is tried."),
    .init(
      "event.processing.failure.handling.mode", .choice(["fail", "warn", "skip", "ignore"]), default: "fail",
      "What happens to a change that cannot be decoded: it ends the run, or it is left out, with a warning (warn) or without."),
    .init(
      "event.converting.failure.handling.mode", .choice(["fail", "warn", "skip"]),
      "What happens to a value that cannot be converted: null takes its place, with a warning (warn) or without (skip), or its change "
        + "is at fault (fail; so without the setting, where Debezium warns)."),
  ]

  private static let sideChannels: [ConfigurationOption] = [
    .init(
      "provide.transaction.metadata", .boolean, default: "false",
      "Says in each change where it stands in its transaction, and sends a record at a transaction's begin and end."),
    .init(
      "transaction.metadata.factory", default: "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory",
      "What makes the transaction block: this class, no other."),
    .init("heartbeat.interval.ms", .integer(0...86_400_000), default: "0", "How often a heartbeat is sent; 0: never."),
    .init("heartbeat.action.query", "SQL that is run with each heartbeat."),
    .init("signal.*", support: .notYet, "Settings of another signal channel."),
    .init("openlineage.integration.enabled", .boolean, default: "false", support: .notYet, "Emits lineage events."),
    .init(
      "openlineage.integration.*", support: .ignored(reason: "openlineage.integration.enabled is false"), "Settings of lineage events."),
  ] + SignalSettings.options + NotificationSettings.options

  private static let javaOnly: [ConfigurationOption] = [
    ("database.sslfactory", nil, "it names a Java class; database.sslmode says what to verify"),
    ("database.connection.factory.class", nil, "it names a Java class"),
    ("connection.validation.timeout.ms", "60000", "connections are not pooled"),
    ("driver.*", nil, "there is no JDBC driver"),
    ("query.fetch.size", "0", "there is no JDBC driver"),
    ("poll.dispatch.interval.ms", "0", "batches go on as soon as they are ready"),
    ("queue.provider.type", "memory", "the hand-off is bounded in bytes and never spills"),
    ("executor.shutdown.timeout.ms", "4000", "there is no Java executor"),
    ("memory.management.schemas.class", nil, "it names a Java class"),
    ("memory.management.tables.class", nil, "it names a Java class"),
    ("custom.metric.tags", nil, "there are no MBeans"),
    ("statistics.metrics.enabled", "true", "there are no MBeans"),
    ("custom.sanitize.pattern", nil, "settings are never logged with their values"),
    ("custom.retriable.exception", nil, "it matches Java exceptions"),
  ].map { name, value, reason in
    ConfigurationOption(name, default: value, support: .ignored(reason: reason), "Steers Java parts of Debezium.")
  }
}
