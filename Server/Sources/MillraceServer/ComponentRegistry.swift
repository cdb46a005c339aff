internal import MillraceArrow
internal import MillraceCore
internal import MillraceFile
internal import MillraceFormats
internal import MillraceKafka
internal import MillraceMySQL
internal import MillraceMongoDB
internal import MillracePostgres
internal import MillraceRegistries
internal import MillraceScripting
internal import MillraceTransforms

/// Everything that a configuration can name: the one place where a new component is entered, with one line.
struct ComponentRegistry: Sendable {
  var connectors: [ConnectorEntry] = []
  var sinks: [SinkEntry] = []
  var converters: [ConverterEntry] = []
  var transforms: [TransformEntry] = []
  var predicates: [PredicateEntry] = []
  var offsetStores: [OffsetStoreEntry] = []
  /// Beside those that connectors read by themselves.
  var signalChannels: [SignalChannelEntry] = []
  /// Only their settings are checked here; a connector makes its own.
  var postProcessors: [ComponentEntry<Void>] = []
  /// Settings below the names of `converters`.
  var columnConverters: [ConfigurationOption] = []
  /// Makes one transform of a chain whose links may have predicates.
  var chain: @Sendable ([TransformLink]) -> [any Transform] = { $0.map(\.transform) }

  struct TransformLink: Sendable {
    let transform: any Transform
    let predicate: (any Predicate)?
    let negate: Bool
  }
}

extension ComponentRegistry {
  private static let connect = "org.apache.kafka.connect"
  private static let predicates = "\(connect).transforms.predicates"

  static let standard = ComponentRegistry(
    connectors: [
      .init(
        "postgres", ["io.debezium.connector.postgresql.PostgresConnector"], "PostgreSQL, by logical replication (pgoutput)",
        options: PostgresOptions.all
      ) { PostgresConnector(&$0, log: $1) },
      .init(
        "mysql", ["io.debezium.connector.mysql.MySqlConnector"], "MySQL, by its row-based binlog", options: MySQLOptions.mysql
      ) { MySQLConnector.mysql(&$0, log: $1) { KafkaTopicReader(&$0, below: $1) } },
      .init(
        "mariadb", ["io.debezium.connector.mariadb.MariaDbConnector"], "MariaDB, by its row-based binlog", options: MySQLOptions.mariadb
      ) { MySQLConnector.mariaDB(&$0, log: $1) { KafkaTopicReader(&$0, below: $1) } },
      .init(
        "mongodb", ["io.debezium.connector.mongodb.MongoDbConnector"], "MongoDB, by change streams", options: MongoDBOptions.all
      ) { MongoDBConnector(&$0, log: $1) },
    ],
    sinks: [
      .init("kafka", [], "Kafka topics", options: KafkaSink.options) { KafkaSink(&$0) },
      .init("file", [], "a file, one JSON line per record", options: FileSink.options) { FileSink(&$0) },
      .init("arrow", [], "Arrow IPC files, a folder for each topic", options: ArrowSink.options) { ArrowSink(&$0) },
      .init("stdout", [], "standard output, one JSON line per record", options: StdoutSink.options) { StdoutSink(&$0) },
    ],
    converters: recordConverters,
    transforms: allTransforms,
    predicates: [
      .init("topicnamematches", ["\(predicates).TopicNameMatches"], "records of some topics", options: TopicNameMatches.options) {
        TopicNameMatches(&$0)
      },
      .init("hasheaderkey", ["\(predicates).HasHeaderKey"], "records with a header", options: HasHeaderKey.options) {
        HasHeaderKey(&$0)
      },
      .init("recordistombstone", ["\(predicates).RecordIsTombstone"], "records without value") { _ in RecordIsTombstone() },
    ],
    offsetStores: [
      .init("file", ["\(connect).storage.FileOffsetBackingStore"], "a file, replaced as a whole") {
        FileOffsetStore(path: offsetPath($0, $1), name: $1)
      },
      .init(
        "kafka", ["\(connect).storage.KafkaOffsetBackingStore"], "a compacted topic, in Kafka Connect's form", options: KafkaOffsetStore.options
      ) { KafkaOffsetStore(&$0, name: $1) },
      .init("memory", ["\(connect).storage.MemoryOffsetBackingStore"], "nothing is kept") { _, _ in MemoryOffsetStore() },
    ],
    signalChannels: [
      .init("kafka", [], "a topic", options: KafkaSignalChannel.options) { KafkaSignalChannel(&$0, log: $1) }
    ],
    postProcessors: [
      .init(
        "reselectcolumnspostprocessor", [ReselectionSettings.className], "columns that the log did not carry, selected again",
        options: ReselectionSettings.options, make: ())
    ],
    columnConverters: MySQLOptions.columnConverters,
    chain: { links in [TransformChain(steps: links.map { ($0.transform, $0.predicate, $0.negate) })] })
}

extension ComponentRegistry {
  private static let recordConverters: [ConverterEntry] =
    [
      .init("json", ["\(connect).json.JsonConverter"], "JSON, with its schema or without", options: JSONConverter.options) {
        JSONConverter(&$0, placeholder: $1)
      },
      .init("simple", ["\(connect).storage.SimpleHeaderConverter"], "text, for headers") { _, _ in SimpleHeaderConverter() },
      .init("simplestring", ["\(connect).storage.StringConverter"], "text", options: StringConverter.options) {
        StringConverter(&$0, placeholder: $1)
      },
      .init("jsonbytearray", [], "JSON, too", options: JSONConverter.options) { JSONConverter(&$0, placeholder: $1) },
      .init("bytearray", ["\(connect).converters.ByteArrayConverter"], "bytes as they are") { _, _ in ByteArrayConverter() },
      .init(
        "binary", ["io.debezium.converters.BinaryDataConverter", "io.debezium.converters.ByteArrayConverter"],
        "bytes as they are, other values by another converter", options: BinaryDataConverter.options
      ) { BinaryDataConverter(delegate: delegate(&$0, $1)) },
      .init(
        "avro", ["io.confluent.connect.avro.AvroConverter"], "Avro, with Confluent's schema registry",
        options: AvroConverter.options + ConfluentRegistry.options
      ) {
        let registry = ConfluentRegistry(&$0)
        return AvroConverter(&$0, placeholder: $1, registry: registry)
      },
      .init(
        "apicurio-avro", ["io.apicurio.registry.utils.converter.AvroConverter"], "Avro, with Apicurio's registry",
        options: AvroConverter.options + ApicurioRegistry.options + [.init("schemas.enable", support: .ignored(reason: "it is JsonConverter's"), "")]
      ) {
        let registry = ApicurioRegistry(&$0)
        return AvroConverter(&$0, placeholder: $1, registry: registry)
      },
      .init(
        "apicurio-json", ["io.apicurio.registry.utils.converter.ExtJsonConverter"], "JSON whose schema is in Apicurio's registry",
        options: ExtJSONConverter.options + ApicurioRegistry.options
      ) {
        let registry = ApicurioRegistry(&$0)
        return ExtJSONConverter(&$0, placeholder: $1, registry: registry)
      },
      .init(
        "protobuf", ["io.confluent.connect.protobuf.ProtobufConverter"], "Protobuf, with Confluent's schema registry",
        options: ProtobufConverter.options + ConfluentRegistry.options
      ) {
        let registry = ConfluentRegistry(&$0)
        return ProtobufConverter(&$0, placeholder: $1, registry: registry)
      },
      .init(
        "cloudevents", ["io.debezium.converters.CloudEventsConverter"], "changes as CloudEvents, in JSON or Avro", options: CloudEventsConverter.options
      ) { CloudEventsConverter(&$0, placeholder: $1) { ConfluentRegistry(&$0) } },
    ] + numbers

  private static let allTransforms: [TransformEntry] =
    [
      .init(
        "extractnewrecordstate", ["io.debezium.transforms.ExtractNewRecordState"], "the row after the change, without its envelope",
        options: ExtractNewRecordState.options
      ) { settings, _ in ExtractNewRecordState(&settings) },
      .init(
        "extractnewdocumentstate", ["io.debezium.connector.mongodb.transforms.ExtractNewDocumentState"],
        "MongoDB's document after the change, as a struct instead of text", options: ExtractNewDocumentState.options
      ) { settings, _ in ExtractNewDocumentState(&settings) },
      .init(
        "csvvalue", ["io.millrace.transforms.CsvValue"], "rows as lines of comma-separated values", options: CsvValue.options
      ) { settings, _ in CsvValue.transform(&settings) },
    ] + connectTransforms + debeziumTransforms

  /// Kafka Connect's own transforms. Most exist twice, for keys and for values.
  private static let connectTransforms: [TransformEntry] =
    [
      sided("Cast", "fields as another plain type", Cast.options) { Cast.transform(on: $0, &$1) },
      sided("ExtractField", "one field in the place of the struct", ExtractField.options) { ExtractField.transform(on: $0, &$1) },
      sided("Flatten", "one struct of all nested ones", Flatten.options) { Flatten.transform(on: $0, &$1) },
      sided("HeaderFrom", "headers made of fields", HeaderFrom.options) { HeaderFrom.transform(on: $0, &$1) },
      sided("HoistField", "a struct around what is there", HoistField.options) { HoistField.transform(on: $0, &$1) },
      sided("InsertField", "fields with topic, partition, timestamp or a text", InsertField.options) { InsertField.transform(on: $0, &$1) },
      sided("MaskField", "zeros or a replacement for fields", MaskField.options) { MaskField.transform(on: $0, &$1) },
      sided("ReplaceField", "fields left out or renamed", ReplaceField.options) { ReplaceField.transform(on: $0, &$1) },
      sided("SetSchemaMetadata", "another name or version of the schema", SetSchemaMetadata.options) {
        SetSchemaMetadata.transform(on: $0, &$1)
      },
      sided("TimestampConverter", "times in another form", TimestampConverter.options) { TimestampConverter.transform(on: $0, &$1) },
      [
        connectTransform("DropHeaders", "headers removed", DropHeaders.options) { DropHeaders(&$0) },
        connectTransform("Filter", "records dropped", FilterRecords.options) { _ in FilterRecords() },
        connectTransform("InsertHeader", "a header with a fixed value", InsertHeader.options) { InsertHeader(&$0) },
        connectTransform("RegexRouter", "topics by a regular expression", RegexRouter.options) { RegexRouter(&$0) },
        connectTransform("TimestampRouter", "topics by the record's time", TimestampRouter.options) { TimestampRouter(&$0) },
        connectTransform("ValueToKey", "keys made of fields of the value", ValueToKey.options) { ValueToKey.transform(&$0) },
      ],
    ].flatMap(\.self)

  private static func connectTransform(
    _ name: String, _ summary: String, _ options: [ConfigurationOption],
    make: @escaping @Sendable (inout Configuration) -> any Transform
  ) -> TransformEntry {
    .init(name.lowercased(), ["\(connect).transforms.\(name)"], summary, options: options) { settings, _ in make(&settings) }
  }

  private static func sided(
    _ name: String, _ summary: String, _ options: [ConfigurationOption],
    make: @escaping @Sendable (RecordSide, inout Configuration) -> any Transform
  ) -> [TransformEntry] {
    [RecordSide.key, .value].map { side in
      connectTransform("\(name)$\(side == .key ? "Key" : "Value")", "\(side): \(summary)", options) { make(side, &$0) }
    }
  }

  private static let numbers: [ConverterEntry] = NumberConverter.Kind.allCases.map { kind in
    .init(kind.rawValue.lowercased(), ["\(connect).converters.\(kind.rawValue)Converter"], "\(kind.rawValue.lowercased()) values") { _, _ in
      NumberConverter(kind)
    }
  }

  /// The converter that `delegate.converter.type` names; what is wrong with it or its settings becomes a finding.
  private static func delegate(_ configuration: inout Configuration, _ placeholder: [UInt8]) -> (any Converter)? {
    let key = "delegate.converter.type"
    guard let type = configuration[key]?.trimmed, !type.isEmpty else { return nil }
    guard let entry = current.converters.first(where: { $0.isNamed(type) }), entry.name != "binary" else {
      configuration.report(Finding(key: key, problem: "names no converter: \"\(type)\"", advice: "write org.apache.kafka.connect.json.JsonConverter, for example"))
      return nil
    }
    var settings = configuration.below("\(key).")
    let table = OptionTable(entry.options())
    for name in settings.keys {
      let problem = table[name].map { $0.finding(for: settings[name] ?? "", key: name) } ?? Finding(key: name, problem: "is not a known setting", advice: "remove it")
      if let problem { settings.report(problem) }
    }
    let delegate = entry.make(&settings, placeholder)
    for var finding in settings.findings {
      finding.key = "\(key).\(finding.key)"
      configuration.report(finding)
    }
    return delegate
  }

  /// Debezium's own transforms beside ExtractNewRecordState.
  private static let debeziumTransforms: [TransformEntry] = [
    .init(
      "eventrouter", ["io.debezium.transforms.outbox.EventRouter"], "rows of an outbox table as messages, each to its topic", options: EventRouter.options
    ) { EventRouter.transform(&$0, log: $1) },
    .init(
      "mongoeventrouter", ["io.debezium.connector.mongodb.transforms.outbox.MongoEventRouter"], "documents of an outbox collection as messages, each to its topic",
      options: MongoEventRouter.options
    ) { MongoEventRouter(&$0, log: $1) },
    .init("scriptfilter", ["io.debezium.transforms.Filter"], "records dropped by an expression", options: ScriptTransform.options(.filter)) {
      settings, _ in ScriptTransform(.filter, &settings)
    },
    debezium("ContentBasedRouter", "topics by an expression", ScriptTransform.options(.router)) { ScriptTransform(.router, &$0) },
    debezium("ByLogicalTableRouter", "one topic for several tables", LogicalTableRouter.options) { LogicalTableRouter(&$0) },
    debezium("ToLogicalTopicRouter", "the same under its name from Debezium 3.7 on", LogicalTableRouter.topicRouterOptions) {
      LogicalTableRouter(&$0, field: LogicalTableRouter.newerField)
    },
    debezium("ExtractChangedRecordState", "headers that name the changed fields", ExtractChangedRecordState.options) {
      ExtractChangedRecordState.transform(&$0)
    },
    debezium("ExtractSchemaToNewRecord", "the table's columns and their types in the record", ExtractSchemaToNewRecord.options) {
      ExtractSchemaToNewRecord.transform(&$0)
    },
    debezium("HeaderToValue", "fields made of headers", HeaderToValue.options) { HeaderToValue.transform(&$0) },
    debezium("partitions.PartitionRouting", "partitions by a hash of fields", PartitionRouting.options) { PartitionRouting.transform(&$0) },
    debezium("TimezoneConverter", "times in another time zone", TimezoneConverter.options) { TimezoneConverter.transform(&$0) },
    debezium("SchemaChangeEventFilter", "schema changes of some kinds dropped", SchemaChangeEventFilter.options) {
      SchemaChangeEventFilter.transform(&$0)
    },
    debezium("VectorToJsonConverter", "vectors as JSON", VectorToJSONConverter.options) { _ in VectorToJSONConverter.transform() },
    debezium("GeometryFormatTransformer", "geometries with or without SRID inside", GeometryFormatTransformer.options) {
      GeometryFormatTransformer.transform(&$0)
    },
    debezium("SwapGeometryCoordinates", "geometries with x and y swapped", SwapGeometryCoordinates.options) {
      SwapGeometryCoordinates.transform(&$0)
    },
    debezium("tracing.ActivateTracingSpan", "nothing: spans are not made here", ActivateTracingSpan.options) { _ in
      ActivateTracingSpan.transform()
    },
    debezium("openlineage.OpenLineage", "nothing: lineage events are not sent here", OpenLineage.options) { _ in OpenLineage.transform() },
    .init(
      "timescaledb", ["io.debezium.connector.postgresql.transforms.timescaledb.TimescaleDb"],
      "changes of TimescaleDB's chunks as those of their hypertables", options: TimescaleDb.options
    ) { TimescaleDb(&$0, log: $1) },
    debezium("EnforceRecordSize", "long values of large records cut", EnforceRecordSize.options) { EnforceRecordSize.transform(&$0) },
    .init(
      "decodelogicaldecodingmessagecontent", ["io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent"],
      "messages of PostgreSQL's log with JSON content as inserts", options: DecodeLogicalDecodingMessageContent.options
    ) { settings, _ in DecodeLogicalDecodingMessageContent.transform(&settings) },
    .init(
      "readtoinsertevent", ["io.debezium.connector.mysql.transforms.ReadToInsertEvent"], "rows of the snapshot as inserts",
      options: ReadToInsertEvent.options
    ) { _, _ in ReadToInsertEvent.transform() },
  ]

  private static func debezium(
    _ name: String, _ summary: String, _ options: [ConfigurationOption], make: @escaping @Sendable (inout Configuration) -> any Transform
  ) -> TransformEntry {
    let short = name.split(separator: ".").last.map(String.init) ?? name
    return .init(short.lowercased(), ["io.debezium.transforms.\(name)"], summary, options: options) { settings, _ in make(&settings) }
  }

  static func offsetPath(_ configuration: Configuration, _ name: String) -> String {
    if let path = configuration["offset.storage.file.filename"], !path.isEmpty { return path }
    return name.replacing("/", with: "_") + ".offsets"
  }

  /// What Debezium and Kafka Connect have and we do not have yet, so that the answer to it is not "unknown".
  enum NotYet {
    static let connectors = [
      "io.debezium.connector.sqlserver.SqlServerConnector",
      "io.debezium.connector.oracle.OracleConnector", "io.debezium.connector.db2.Db2Connector",
      "io.debezium.connector.vitess.VitessConnector", "io.debezium.connector.spanner.SpannerConnector",
      "io.debezium.connector.informix.InformixConnector", "io.debezium.connector.jdbc.JdbcSinkConnector",
    ]
    static let sinks = [
      "kinesis", "pubsub", "pubsublite", "http", "pulsar", "eventhubs", "redis", "nats-streaming", "nats-jetstream", "pravega",
      "infinispan", "rocketmq", "rabbitmq", "rabbitmqstream", "sqs", "sns", "jdbc", "milvus", "qdrant", "instructlab", "fluss", "iceberg",
    ]
    static let converters = [
      "io.confluent.connect.json.JsonSchemaConverter",
      "io.apicurio.registry.utils.converter.ProtobufConverter",
    ]
    static let offsetStores = [
      "jdbc", "redis", "configmap", "io.debezium.storage.jdbc.offset.JdbcOffsetBackingStore",
      "io.debezium.storage.redis.offset.RedisOffsetBackingStore", "io.debezium.storage.configmap.ConfigMapOffsetStore",
    ]
    /// All that lies in these packages.
    static let transformPackages = [
      "io.debezium.transforms.", "org.apache.kafka.connect.transforms.", "io.debezium.connector.", "io.debezium.ai.",
    ]
  }
}
