/// The settings that belong to no component: names, converters and transforms, offsets, and what Kafka Connect and Debezium's
/// engine add to every connector.
public enum CoreOptions {
  /// Every setting that belongs to no component, in the order in which they are shown.
  public static let all: [ConfigurationOption] = run + offsets + framework + elsewhere

  private static let run: [ConfigurationOption] = [
    .init("name", "The name of this run: it names the default offset file. Default: topic.prefix."),
    .init("connector.class", required: true, "What to read: a class name as in Kafka Connect, or a short name such as postgres."),
    .init("tasks.max", .integer(1...Int.max), default: "1", "Accepted as it is: one connector is one task."),
    .init("sink.type", "Where records go: kafka, file or stdout. Default: kafka where bootstrap.servers is given, else stdout."),
    .init("key.converter", default: "org.apache.kafka.connect.json.JsonConverter", "Turns record keys into bytes."),
    .init("value.converter", default: "org.apache.kafka.connect.json.JsonConverter", "Turns record values into bytes."),
    .init(
      "header.converter", default: "org.apache.kafka.connect.storage.SimpleHeaderConverter", "Turns header values into bytes."),
    .init("transforms", "Names of the transforms, in their order; each has its settings below transforms.<name>."),
    .init("predicates", "Names of the predicates; each has its settings below predicates.<name>."),
    .init(
      "log.level", .choice(["debug", "info", "warn", "warning", "error"]), default: "info",
      "What is reported on standard error: debug, info, warn or error."),
  ]

  private static let offsets: [ConfigurationOption] = [
    .init("offset.storage", default: "file", "Keeps the position across restarts: file, kafka, memory, or Kafka Connect's class for them."),
    .init("offset.storage.file.filename", "The file of the file store. Default: <name>.offsets in the working folder."),
    .init(
      "offset.flush.interval.ms", .integer(1...86_400_000), default: "1000",
      "How often the durable position is stored and confirmed (Debezium: 60000)."),
    .init(
      "offset.flush.timeout.ms", .integer(0...Int.max), default: "5000",
      support: .ignored(reason: "a flush is waited for as long as it takes"), "How long a flush may take."),
    .init(
      "offset.commit.policy", support: .ignored(reason: "positions are stored every offset.flush.interval.ms"),
      "Debezium's engine: when offsets are stored."),
    .init("offset.storage.jdbc.*", support: .notYet, "Debezium's JDBC store."),
    .init("offset.storage.redis.*", support: .notYet, "Debezium's Redis store."),
  ]

  private static let framework: [ConfigurationOption] = [
    .init(
      "errors.tolerance", .choice(["none", "all"]), default: "none",
      "Whether a record that a transform or converter fails on ends the run (none), or is left out of its topic (all)."),
    .init(
      "errors.deadletterqueue.topic.name", "With errors.tolerance=all: the topic that gets such records, at their place in the order."),
    .init(
      "errors.deadletterqueue.context.headers.enable", .boolean, default: "false",
      "Whether headers of a dead letter say where it comes from and what was wrong (__connect.errors.*)."),
    .init(
      "errors.deadletterqueue.topic.replication.factor", support: .ignored(reason: "topics are made by the brokers, or as topic.creation.* says"),
      "Replicas of the dead-letter topic."),
    .init(
      "errors.retry.timeout", .integer(-1...Int.max), default: "0",
      "How long a transform or converter that fails for a while is tried again; -1: always; 0: the run begins again at once."),
    .init(
      "errors.retry.delay.max.ms", .integer(1...Int.max), default: "60000",
      "The longest pause between two of those tries; the first is 300 ms."),
    .init(
      "errors.retry.delay.initial.ms", default: "300", support: .ignored(reason: "the first pause is 300 ms"),
      "Debezium's engine: the first pause before a retry."),
    .init(
      "errors.log.enable", .boolean, default: "false",
      "Whether each record at fault is logged; otherwise one line a second counts them."),
    .init(
      "errors.log.include.messages", .boolean, default: "false", support: .ignored(reason: "row values are never logged"),
      "Log the records at fault."),
    .init(
      "exactly.once.support", .choice(["requested", "required"]), default: "requested",
      "required: records and checkpoint are committed in one transaction of the sink, so that a restart repeats nothing."),
    .init(
      "transaction.boundary", .choice(["poll", "interval"], notYet: ["connector"]), default: "poll",
      "What makes a transaction, with exactly.once.support=required: what was read at once, or an interval."),
    .init(
      "transaction.boundary.interval.ms", .integer(1...86_400_000),
      "The length of a transaction, with transaction.boundary=interval. Default: offset.flush.interval.ms."),
  ]

  private static let elsewhere: [ConfigurationOption] =
    [
      ("config.action.reload", "restart", "settings are read once, at the start"),
      ("tasks.max.enforce", "true", "one connector is one task"),
      ("connector.plugin.version", nil, "this program has one version of each connector"),
      ("key.converter.plugin.version", nil, "this program has one version of each converter"),
      ("value.converter.plugin.version", nil, "this program has one version of each converter"),
      ("header.converter.plugin.version", nil, "this program has one version of each converter"),
      ("offsets.storage.topic", nil, "there is no Connect worker; offset.storage keeps positions"),
      ("plugin.path", nil, "there are no Java plug-ins"),
      ("group.id", nil, "there is no Connect cluster"),
      ("listeners", nil, "there is no Connect worker"),
      ("rest.*", nil, "there is no Connect worker"),
      ("config.storage.*", nil, "there is no Connect worker"),
      ("status.storage.*", nil, "there is no Connect worker"),
      ("internal.*", nil, "it steers the inside of Debezium"),
      ("record.processing.*", nil, "records are converted in order, beside the reading thread"),
      ("task.management.timeout.ms", "180000", "there are no Java tasks"),
      ("quarkus.*", nil, "there is no Java runtime"),
    ].map { name, value, reason in
      ConfigurationOption(name, default: value, support: .ignored(reason: reason), "Belongs to Kafka Connect or to Debezium's engine.")
    }

  /// Names of old Debezium versions, and what they are called since 2.0: the way to the nearest name that spelling does not show.
  public static let renamed: [String: String] = [
    "database.server.name": "topic.prefix",
    "database.whitelist": "database.include.list", "database.blacklist": "database.exclude.list",
    "schema.whitelist": "schema.include.list", "schema.blacklist": "schema.exclude.list",
    "table.whitelist": "table.include.list", "table.blacklist": "table.exclude.list",
    "column.whitelist": "column.include.list", "column.blacklist": "column.exclude.list",
    "slot.drop_on_stop": "slot.drop.on.stop",
    "sanitize.field.names": "field.name.adjustment.mode", "toasted.value.placeholder": "unavailable.value.placeholder",
    "drop.tombstones": "delete.tombstone.handling.mode", "delete.handling.mode": "delete.tombstone.handling.mode",
  ]
}
