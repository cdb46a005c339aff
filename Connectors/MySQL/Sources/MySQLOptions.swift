public import MillraceCore

/// Every setting of Debezium's MySQL and MariaDB connectors, and what becomes of it here.
public enum MySQLOptions {
  /// Those of the MySQL connector, in the order in which they are shown; each says whether it is supported.
  public static let mysql: [ConfigurationOption] = options(.mysql)
  /// Those of the MariaDB connector.
  public static let mariadb: [ConfigurationOption] = options(.mariadb)

  /// Those of the column converters that `converters` names, below a name of the user's.
  public static let columnConverters: [ConfigurationOption] = [
    .init("selector", "TinyIntOneToBooleanConverter, ZeroDateFallbackConverter: the columns, as database.table.column."),
    .init("length.checker", .boolean, default: "true", "TinyIntOneToBooleanConverter: whether the type has to be TINYINT(1)."),
    .init("selector.boolean", "JdbcSinkDataTypesConverter: columns of booleans."),
    .init("selector.real", "JdbcSinkDataTypesConverter: columns of REAL."),
    .init("selector.string", "JdbcSinkDataTypesConverter: columns of texts."),
    .init("treat.real.as.double", .boolean, default: "true", "JdbcSinkDataTypesConverter: whether REAL is DOUBLE."),
    .init("target.types", default: "DATE,DATETIME,TIMESTAMP", "ZeroDateFallbackConverter: the types of columns."),
    .init("fallback.date", "ZeroDateFallbackConverter: what stands for a zero date."),
    .init("fallback.datetime", "ZeroDateFallbackConverter: the same for DATETIME."),
    .init("fallback.timestamp", "ZeroDateFallbackConverter: the same for TIMESTAMP."),
    .init("column.*", "ZeroDateFallbackConverter: the same for one column, as column.DATABASE.TABLE.COLUMN.fallback."),
  ]

  private static func options(_ flavour: Flavour) -> [ConfigurationOption] {
    connection(flavour) + log + capture + snapshot(flavour) + history + values(flavour) + naming + delivery + sideChannels + javaOnly(flavour)
  }

  private static func connection(_ flavour: Flavour) -> [ConfigurationOption] {
    let modes =
      flavour == .mysql ? ["disabled", "preferred", "required", "verify_ca", "verify_identity"] : ["disable", "trust", "verify-ca", "verify-full"]
    return [
      .init("database.hostname", required: true, "Host name or address of the server; more than one, with commas in between, are tried in order."),
      .init("database.port", .integer(1...65535), default: "3306", "Its port."),
      .init("database.user", required: true, "A user with SELECT, REPLICATION SLAVE and REPLICATION CLIENT."),
      .init("database.password", secret: true, "Its password."),
      .init("database.server.id", .integer(1...Int(UInt32.max)), required: true, "Our number among the server's replicas: nobody else's."),
      .init(
        "database.server.id.offset", .integer(0...Int.max), default: "10000",
        support: .ignored(reason: "one connection reads the log"), "Added to the number for a second reader."),
      .init("database.ssl.mode", .choice(modes), default: flavour == .mysql ? "preferred" : "disable", "Whether to encrypt the connection, and what to verify."),
      .init("database.ssl.truststore", "A PEM file of the authorities that the server is verified against (Java's key stores are not read)."),
      .init("database.ssl.truststore.password", secret: true, support: .ignored(reason: "a PEM file of certificates has no password"), "Its password."),
      .init("database.ssl.keystore", "A PEM file of the client's certificate and private key."),
      .init("database.ssl.keystore.password", secret: true, "Passphrase of the private key."),
      .init("connect.timeout.ms", .integer(1...86_400_000), default: "30000", "How long a server may take to accept the connection."),
      .init("connect.keep.alive", .boolean, default: "true", "Whether TCP's probes find out that a server has gone; the log's heartbeats do in any case."),
      .init("connect.keep.alive.interval.ms", .integer(1...86_400_000), default: "60000", "How often an idle server gives a sign of life in its log; from every 500 ms to every 10 s."),
      .init("binlog.net.write.timeout", .integer(0...31_536_000), default: "0", "How long, in s, the server waits for us to take more of the log; 0: a day."),
      .init(
        "binlog.net.read.timeout", .integer(0...31_536_000), default: "0", support: .ignored(reason: "a dump's connection sends nothing to the server"),
        "How long, in s, the server waits for us to send."),
      .init("use.nongraceful.disconnect", .boolean, default: "false", support: .ignored(reason: "closing never waits"), "Closes without a farewell."),
      .init(
        "database.initial.statements", secret: true,
        "SQL run on each connection that does not read the log, separated by ;, which is doubled where it is meant itself."),
      .init(
        "database.query.timeout.ms", .integer(0...86_400_000), default: "600000",
        "How long a statement may wait for the server before it is called off; 0: for ever. Rows of a snapshot may take longer."),
      .init(
        "read.only", .boolean, default: "false",
        support: .ignored(reason: "no snapshot writes into the database, whatever it says"),
        "Whether incremental snapshots do without writing into the signal table."),
    ]
  }

  private static let log: [ConfigurationOption] = [
    .init("gtid.source.includes", .patterns, "Origins (UUIDs, MariaDB's domains) whose transactions are wanted."),
    .init("gtid.source.excludes", .patterns, "Origins whose transactions are not wanted; not together with gtid.source.includes."),
    .init("gtid.source.filter.dml.events", .boolean, default: "true", "Whether rows of other origins that arrive all the same are left out."),
    .init("gtid.ignore.on.recovery", .boolean, default: "false", "Goes on from the stored file and position instead of the stored GTIDs."),
    .init("binlog.buffer.size", .integer(0...Int.max), default: "0", support: .ignored(reason: "the server writes no transaction that was rolled back"), "Events held back for a rollback."),
    .init("include.query", .boolean, default: "false", "source.query holds the statement, where binlog_rows_query_log_events (MariaDB: binlog_annotate_row_events) is on."),
    .init("inconsistent.schema.handling.mode", .choice(["fail", "warn", "skip"]), default: "fail", "What happens to rows of a table whose definition is not known."),
  ]

  private static let capture: [ConfigurationOption] = [
    .init("database.include.list", .patterns, "Databases to capture: anchored regular expressions."),
    .init("database.exclude.list", .patterns, "Databases to leave out; not together with database.include.list."),
    .init("table.include.list", .patterns, "Tables to capture, as database\\.table: anchored regular expressions."),
    .init("table.exclude.list", .patterns, "Tables to leave out; not together with table.include.list."),
    .init("table.ignore.builtin", .boolean, default: "true", "Leaves out the server's own databases."),
    .init("column.include.list", .patterns, "Columns to capture."),
    .init("column.exclude.list", .patterns, "Columns to leave out."),
    .init("skipped.operations", default: "t", "Operations to leave out: c, u, d, t, or none."),
    .init("skip.messages.without.change", .boolean, default: "false", "Leaves out updates that change nothing that is delivered; it takes binlog_row_image=FULL."),
    .init("guardrail.collections.max", .integer(0...Int.max), default: "0", "Most tables to capture; 0: no limit."),
    .init(
      "guardrail.collections.limit.action", .choice(["warn", "fail"]), default: "warn",
      "What happens above that limit at the start: a warning, or no run."),
  ]

  private static func snapshot(_ flavour: Flavour) -> [ConfigurationOption] {
    let percona = flavour == .mysql ? ["minimal_percona", "minimal_percona_no_table_locks"] : []
    return [
      .init(
        "snapshot.mode",
        .choice(["initial", "initial_only", "no_data", "always", "when_needed", "recovery", "configuration_based", "custom"]),
        default: "initial", "Whether the rows that are there are read first. custom names a Java class: an error."),
      .init("snapshot.mode.custom.name", support: .ignored(reason: "snapshot.mode=custom is refused"), "A Java class for snapshot.mode=custom."),
      .init("snapshot.mode.configuration.based.snapshot.data", .boolean, default: "false", "snapshot.mode=configuration_based: whether each start reads the rows."),
      .init("snapshot.mode.configuration.based.snapshot.schema", .boolean, default: "false", "Whether a start may leave a snapshot unfinished; definitions are always read."),
      .init("snapshot.mode.configuration.based.start.stream", .boolean, default: "false", "Whether changes follow."),
      .init("snapshot.mode.configuration.based.snapshot.on.schema.error", .boolean, default: "false", "Refuses to start without a stored offset."),
      .init(
        "snapshot.mode.configuration.based.snapshot.on.data.error", .boolean, default: "false",
        "Whether a stored offset that the server cannot go on from is dropped."),
      .init(
        "snapshot.locking.mode", .choice(["minimal"] + percona + ["extended", "none", "custom"]), default: "minimal",
        "What is locked while the snapshot begins. custom names a Java class: an error."),
      .init(
        "snapshot.locking.mode.custom.name", support: .ignored(reason: "snapshot.locking.mode=custom is refused"),
        "A Java class for snapshot.locking.mode=custom."),
      .init("snapshot.lock.timeout.ms", .integer(0...Int.max), default: "10000", "How long a lock may take; 0: without end."),
      .init("snapshot.query.mode", .choice(["select_all", "custom"]), default: "select_all", "What the snapshot reads. custom names a Java class: an error."),
      .init(
        "snapshot.query.mode.custom.name", support: .ignored(reason: "snapshot.query.mode=custom is refused"),
        "A Java class for snapshot.query.mode=custom."),
      .init("snapshot.select.statement.overrides", "Tables with a statement of their own for the snapshot, as database.table,…."),
      .init("snapshot.select.statement.overrides.*", "The SELECT of one table; a column that it leaves out is null."),
      .init("snapshot.include.collection.list", .patterns, "Tables to snapshot, among the captured ones."),
      .init(
        "snapshot.tables.order.by.row.count", .choice(["disabled", "ascending", "descending"]), default: "disabled",
        "The order of the tables, by the server's row counts; disabled: that of table.include.list."),
      .init("snapshot.fetch.size", .integer(0...Int.max), support: .ignored(reason: "rows are streamed, not fetched in portions"), "Rows in one portion."),
      .init(
        "min.row.count.to.stream.results", .integer(0...Int.max), default: "1000", support: .ignored(reason: "rows are always streamed"),
        "From how many rows on a table is streamed."),
      .init("snapshot.max.threads", .integer(1...1024), default: "1", "Connections that read at once, all at the same point."),
      .init("snapshot.max.threads.multiplier", .integer(1...1_000_000), default: "1", "A table is cut into at least so many chunks per thread; large ones into more."),
      .init("snapshot.max.threads.multiplier.*", .integer(1...1_000_000), default: "1", "The same for one table, as database.table."),
      .init("legacy.snapshot.max.threads", .boolean, default: "false", "Each table is read by one connection."),
      .init("snapshot.delay.ms", .integer(0...Int.max), default: "0", "A pause before the snapshot."),
      .init("streaming.delay.ms", .integer(0...Int.max), default: "0", "A pause before the stream."),
      .init(
        "incremental.snapshot.watermarking.strategy", .choice(["insert_insert", "insert_delete"]), default: "insert_insert",
        support: .ignored(reason: "nothing is written to the source: a chunk tells what it has seen of the log"),
        "What an incremental snapshot writes into the signal table."),
      .init(
        "incremental.snapshot.allow.schema.changes", .boolean, default: "false",
        support: .ignored(reason: "a chunk is read again when its table has changed, in any case"), "Schema changes during an incremental snapshot."),
    ] + IncrementalSettings.options + IncrementalSettings.streamOptions
  }

  private static let history: [ConfigurationOption] = [
    .init("include.schema.changes", .boolean, default: "true", "Whether changes of tables are delivered to the topic topic.prefix."),
    .init("include.schema.comments", .boolean, default: "false", "Whether they hold the comments of tables and columns."),
  ] + SchemaHistorySettings.options

  private static func values(_ flavour: Flavour) -> [ConfigurationOption] {
    [
      .init("decimal.handling.mode", .choice(["precise", "double", "string"]), default: "precise", "Form of DECIMAL."),
      .init(
        "time.precision.mode", .choice(["adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"]),
        default: "adaptive_time_microseconds", "Form of dates and times."),
      .init("bigint.unsigned.handling.mode", .choice(["long", "precise"]), default: "long", "Form of BIGINT UNSIGNED."),
      .init("binary.handling.mode", .choice(["bytes", "base64", "base64-url-safe", "hex"]), default: "bytes", "Form of binary columns."),
      .init("enable.time.adjuster", .boolean, default: "true", "Years below 100 are those of this century and the last."),
      .init("unavailable.value.placeholder", default: "__debezium_unavailable_value", "Stands for a value that the log did not carry; hex: in front means bytes."),
      .init("converters", "Names of column converters; each has its class below <name>.type: those that Debezium ships."),
      .init("post.processors", support: .notYet, "Post-processors, such as the re-selection of columns."),
      .init("column.propagate.source.type", .patterns, "Columns whose schema names the database's type."),
      .init("datatype.propagate.source.type", .patterns, "Types, as database\\.table\\.type, whose columns' schema names the database's type."),
      .init(
        "sourceinfo.struct.maker", default: "io.debezium.connector.\(flavour == .mysql ? "mysql.MySql" : "mariadb.MariaDb")SourceInfoStructMaker",
        "What makes the source block: this class, no other."),
    ]
  }

  private static let naming: [ConfigurationOption] = TableRules.options(strategy: "io.debezium.schema.DefaultTopicNamingStrategy")

  private static let delivery: [ConfigurationOption] = [
    .init("tombstones.on.delete", .boolean, default: "true", "A delete is followed by a record without value, for compacted topics."),
    .init("extended.headers.enabled", .boolean, default: "true", "Adds Debezium's context headers to each record."),
    .init("max.batch.size", .integer(1...Int.max), default: "2048", "Most records in one batch."),
    .init("max.queue.size", .integer(1...Int.max), default: "8192", "Most records between reading and writing."),
    .init(
      "max.queue.size.in.bytes", .integer(0...Int.max), default: "0",
      "Most bytes between reading and writing; 0: our own bound, which keeps memory small."),
    .init("poll.interval.ms", default: "500", support: .ignored(reason: "changes are handed on as they arrive"), "Longest wait for a batch to fill."),
    .init("errors.max.retries", .integer(-1...Int.max), default: "-1", "How often a lost connection is tried again; -1: always."),
    .init("retriable.restart.connector.wait.ms", .integer(0...Int.max), default: "2000", "Longest pause before a lost connection is tried."),
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
    .init("openlineage.integration.*", support: .ignored(reason: "openlineage.integration.enabled is false"), "Settings of lineage events."),
  ] + SignalSettings.options + NotificationSettings.options

  private static func javaOnly(_ flavour: Flavour) -> [ConfigurationOption] {
    [
      ("database.jdbc.driver", flavour == .mysql ? "com.mysql.cj.jdbc.Driver" : "org.mariadb.jdbc.Driver", "there is no JDBC driver"),
      ("database.protocol", flavour == .mysql ? "jdbc:mysql" : "jdbc:mariadb", "there is no JDBC driver"),
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
      ("ddl.parser.type", "default", "there is one parser, which passes over what it does not know"),
      ("resolve.create.table.like.schema", "false", "CREATE TABLE … LIKE is always resolved"),
    ].map { name, value, reason in
      ConfigurationOption(name, default: value, support: .ignored(reason: reason), "Steers Java parts of Debezium.")
    }
  }
}
