internal import MillraceCore
#if MILLRACE_COMPONENTS
  internal import MillraceFile
  internal import MillraceFormats
  internal import MillraceKafka
  internal import MillracePostgres
  internal import MillraceTransforms
#endif

/// Everything that a configuration can name: the one place where a new component is entered, with one line.
struct ComponentRegistry: Sendable {
  var connectors: [ConnectorEntry] = []
  var sinks: [SinkEntry] = []
  var converters: [ConverterEntry] = []
  var transforms: [TransformEntry] = []
  var predicates: [PredicateEntry] = []
  var offsetStores: [OffsetStoreEntry] = []
  /// Makes one transform of a chain whose links may have predicates.
  var chain: @Sendable ([TransformLink]) -> [any Transform] = { $0.map(\.transform) }

  struct TransformLink: Sendable {
    let transform: any Transform
    let predicate: (any Predicate)?
    let negate: Bool
  }
}

#if MILLRACE_COMPONENTS
  extension ComponentRegistry {
    static let standard = ComponentRegistry(
      connectors: [
        .init("postgres", ["io.debezium.connector.postgresql.PostgresConnector"], "PostgreSQL, by logical replication with pgoutput",
          options: PostgresOptions.all) { PostgresOptions.check(&$0); return PostgresConnector(&$0, log: $1) },
      ],
      sinks: [
        .init("kafka", [], "Kafka topics", options: KafkaSink.options) { KafkaSink(&$0) },
        .init("file", [], "a file, one JSON line per record", options: FileSink.options) { FileSink(&$0) },
        .init("stdout", [], "standard output, one JSON line per record", options: StdoutSink.options) { StdoutSink(&$0) },
      ],
      converters: [
        .init("json", ["org.apache.kafka.connect.json.JsonConverter"], "JSON, with its schema or without", options: JSONConverter.options) { JSONConverter(&$0) },
        .init("simple", ["org.apache.kafka.connect.storage.SimpleHeaderConverter"], "text, for headers") { _ in SimpleHeaderConverter() },
        .init("simplestring", ["org.apache.kafka.connect.storage.StringConverter"], "text", options: StringConverter.options) { StringConverter(&$0) },
        .init("binary", ["org.apache.kafka.connect.converters.ByteArrayConverter", "io.debezium.converters.BinaryDataConverter"], "bytes as they are", options: ByteArrayConverter.options) { ByteArrayConverter(&$0) },
      ],
      transforms: [
        .init("extractnewrecordstate", ["io.debezium.transforms.ExtractNewRecordState"], "the row after the change, without its envelope", options: ExtractNewRecordState.options) { ExtractNewRecordState(&$0) },
      ],
      predicates: [
        .init("topicnamematches", ["org.apache.kafka.connect.transforms.predicates.TopicNameMatches"], "records of some topics", options: TopicNameMatches.options) { TopicNameMatches(&$0) },
        .init("hasheaderkey", ["org.apache.kafka.connect.transforms.predicates.HasHeaderKey"], "records with a header", options: HasHeaderKey.options) { HasHeaderKey(&$0) },
        .init("recordistombstone", ["org.apache.kafka.connect.transforms.predicates.RecordIsTombstone"], "records without value") { RecordIsTombstone(&$0) },
      ],
      offsetStores: [
        .init("file", ["org.apache.kafka.connect.storage.FileOffsetBackingStore"], "a file, replaced as a whole") { FileOffsetStore(path: offsetPath($0, $1)) },
        .init("memory", ["org.apache.kafka.connect.storage.MemoryOffsetBackingStore"], "nothing is kept") { _, _ in MemoryOffsetStore() },
      ],
      chain: { [TransformChain($0.map { ($0.transform, $0.predicate, $0.negate) })] })
  }
#else
  extension ComponentRegistry {
    static let standard = ComponentRegistry()
  }
#endif

extension ComponentRegistry {
  static func offsetPath(_ configuration: Configuration, _ name: String) -> String {
    if let path = configuration["offset.storage.file.filename"], !path.isEmpty { return path }
    return name.replacing("/", with: "_") + ".offsets"
  }

  /// What Debezium and Kafka Connect have and we do not have yet, so that the answer to it is not "unknown".
  enum NotYet {
    static let connectors = [
      "io.debezium.connector.mysql.MySqlConnector", "io.debezium.connector.mariadb.MariaDbConnector",
      "io.debezium.connector.mongodb.MongoDbConnector", "io.debezium.connector.sqlserver.SqlServerConnector",
      "io.debezium.connector.oracle.OracleConnector", "io.debezium.connector.db2.Db2Connector",
      "io.debezium.connector.vitess.VitessConnector", "io.debezium.connector.spanner.SpannerConnector",
      "io.debezium.connector.informix.InformixConnector", "io.debezium.connector.jdbc.JdbcSinkConnector",
    ]
    static let sinks = [
      "kinesis", "pubsub", "pubsublite", "http", "pulsar", "eventhubs", "redis", "nats-streaming", "nats-jetstream", "pravega",
      "infinispan", "rocketmq", "rabbitmq", "rabbitmqstream", "sqs", "sns", "jdbc", "milvus", "qdrant", "instructlab", "fluss", "iceberg",
    ]
    static let converters = [
      "avro", "protobuf", "cloudevents", "jsonbytearray", "io.confluent.connect.avro.AvroConverter",
      "io.confluent.connect.protobuf.ProtobufConverter", "io.confluent.connect.json.JsonSchemaConverter",
      "io.apicurio.registry.utils.converter.AvroConverter", "io.apicurio.registry.utils.converter.ExtJsonConverter",
      "io.debezium.converters.CloudEventsConverter",
    ]
    static let offsetStores = [
      "org.apache.kafka.connect.storage.KafkaOffsetBackingStore", "io.debezium.storage.jdbc.offset.JdbcOffsetBackingStore",
      "io.debezium.storage.redis.offset.RedisOffsetBackingStore", "io.debezium.storage.configmap.ConfigMapOffsetStore",
    ]
    /// All that lies in these packages.
    static let transformPackages = [
      "io.debezium.transforms.", "org.apache.kafka.connect.transforms.", "io.debezium.connector.", "io.debezium.ai.",
    ]
  }
}
