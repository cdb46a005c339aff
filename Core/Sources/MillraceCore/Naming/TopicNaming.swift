/// The names of topics, as Debezium's naming strategies make them (io.debezium.schema.AbstractTopicNamingStrategy and its kin).
///
/// Ask once per table, never per record.
public struct TopicNaming: Sendable {
  /// Which parts of a table's name are in its topic.
  public enum Parts: Sendable {
    /// Schema and table: `SchemaTopicNamingStrategy`.
    case schema
    /// Database and table: `DefaultTopicNamingStrategy`.
    case database
  }

  public let prefix: String
  public let delimiter: String
  /// The topic of heartbeats.
  public let heartbeat: String
  /// The topic of transaction metadata.
  public let transaction: String
  private let parts: Parts
  private let isUnicode: Bool
  private let route: TopicRoute?

  public init(prefix: String, delimiter: String = ".") {
    self.prefix = prefix
    self.delimiter = delimiter
    heartbeat = TopicNaming.heartbeatPrefix + delimiter + prefix
    transaction = prefix + delimiter + TopicNaming.transactionPart
    parts = .schema
    isUnicode = false
    route = nil
  }

  /// Reads `topic.*`; what is wrong becomes a finding.
  /// - Parameter parts: those of the connector's default strategy.
  public init(_ configuration: inout Configuration, parts: Parts) {
    prefix = configuration.required("topic.prefix", "write a name for this source; topics begin with it")
    delimiter = configuration["topic.delimiter"] ?? "."
    let first = configuration["topic.heartbeat.prefix"] ?? TopicNaming.heartbeatPrefix
    let last = configuration["topic.transaction"] ?? TopicNaming.transactionPart
    let name = configuration["topic.heartbeat.name"] ?? ""
    for (key, value) in [
      ("topic.prefix", prefix), ("topic.delimiter", delimiter), ("topic.heartbeat.prefix", first), ("topic.transaction", last),
      ("topic.heartbeat.name", name),
    ] {
      if value.isEmpty, key == "topic.prefix" || key == "topic.heartbeat.name" { continue }
      if value.isEmpty || !value.utf8.allSatisfy({ TopicNaming.isLegal($0) }) {
        configuration.report(
          Finding(
            key: key, problem: value.isEmpty ? "is empty" : "\"\(value)\" has characters that a topic name cannot have",
            advice: "use letters, digits, dot, dash and underscore"))
      }
    }
    // Neither of the two is sanitised, and neither depends on the strategy.
    heartbeat = name.isEmpty ? first + delimiter + prefix : name
    transaction = prefix + delimiter + last
    let strategy = configuration["topic.naming.strategy"].flatMap { TopicNaming.strategy($0.trimmed, &configuration) }
    self.parts = strategy?.parts ?? parts
    isUnicode = strategy?.isUnicode ?? false
    route = strategy?.isRegex == true ? TopicRoute(&configuration) : nil
  }

  /// The topic of a table or collection.
  public func dataChange(database: String? = nil, schema: String? = nil, table: String) -> String {
    let name = sanitised(origin(database, schema, table))
    return route?.topic(for: name) ?? name
  }

  /// The field that tells tables apart which share a topic, and the table's value of it; nil where keys stay as they are.
  public func keyIdentifier(database: String? = nil, schema: String? = nil, table: String) -> (field: String, value: String)? {
    route?.identifier(for: origin(database, schema, table))
  }

  /// Blank parts are left out.
  private func origin(_ database: String?, _ schema: String?, _ table: String) -> String {
    let first = switch parts {
    case .schema: schema
    case .database: database
    }
    return [prefix, first ?? "", table].filter { !$0.unicodeScalars.allSatisfy { $0.value <= 32 } }.joined(separator: delimiter)
  }

  /// Replaces what a topic name cannot have, and cuts it at 249 characters (Kafka's org.apache.kafka.common.internals.Topic).
  /// Java counts UTF-16 units, so a character outside the basic plane is replaced by two.
  func sanitised(_ name: String) -> String {
    var bytes: [UInt8] = []
    for unit in name.utf16 {
      if let byte = UInt8(exactly: unit), TopicNaming.isLegal(byte), !isUnicode || byte != UInt8(ascii: "_") {
        bytes.append(byte)
      } else {
        bytes += replacement(unit)
      }
    }
    if bytes.count > TopicNaming.maximumLength { bytes = Array(bytes.prefix(TopicNaming.maximumLength)) }
    let dot = UInt8(ascii: ".")
    if bytes == [dot] || bytes == [dot, dot] { bytes = bytes.flatMap { replacement(UInt16($0)) } }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func replacement(_ unit: UInt16) -> [UInt8] {
    isUnicode ? NameAdjustment.escaped(unit) : [UInt8(ascii: "_")]
  }

  /// Whether Kafka allows this character in a topic name.
  static func isLegal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      return true
    default: return false
    }
  }

  private static func strategy(
    _ name: String, _ configuration: inout Configuration
  ) -> (parts: Parts, isUnicode: Bool, isRegex: Bool)? {
    switch name {
    case "io.debezium.schema.SchemaTopicNamingStrategy": return (.schema, false, false)
    case "io.debezium.schema.SchemaUnicodeTopicNamingStrategy": return (.schema, true, false)
    case "io.debezium.schema.SchemaRegexTopicNamingStrategy": return (.schema, false, true)
    case "io.debezium.schema.DefaultTopicNamingStrategy": return (.database, false, false)
    case "io.debezium.schema.DefaultUnicodeTopicNamingStrategy": return (.database, true, false)
    case "io.debezium.schema.DefaultRegexTopicNamingStrategy": return (.database, false, true)
    default:
      configuration.report(
        Finding(
          key: "topic.naming.strategy", problem: "\"\(name)\" is no strategy that is known here, and a Java class cannot be loaded",
          advice: "write io.debezium.schema.SchemaTopicNamingStrategy, DefaultTopicNamingStrategy, or their Unicode or Regex form, such as io.debezium.schema.SchemaRegexTopicNamingStrategy"))
      return nil
    }
  }

  static let maximumLength = 249
  private static let heartbeatPrefix = "__debezium-heartbeat"
  private static let transactionPart = "transaction"

  /// The settings that `init(_:parts:)` reads.
  /// - Parameter strategy: the connector's default.
  public static func options(strategy: String) -> [ConfigurationOption] {
    [
      .init("topic.prefix", required: true, "First part of every topic, and the name under which the position is stored."),
      .init("topic.delimiter", default: ".", "Stands between the parts of a topic."),
      .init(
        "topic.naming.strategy", default: strategy,
        "What makes the names of topics: SchemaTopicNamingStrategy or DefaultTopicNamingStrategy of io.debezium.schema, or their Unicode and Regex forms."),
      .init("topic.regex", "With a Regex strategy: what the whole name must match to be replaced."),
      .init("topic.replacement", "With a Regex strategy: the new name; $1 or ${name} stand for groups of topic.regex."),
      .init(
        "topic.key.enforce.uniqueness", .boolean, default: "true",
        "With a Regex strategy: whether keys get a field that tells the tables of one topic apart."),
      .init("topic.key.field.name", default: "__dbz__physicalTableIdentifier", "With a Regex strategy: the name of that field."),
      .init("topic.key.field.regex", "With a Regex strategy: what the whole name must match to be replaced in that field."),
      .init("topic.key.field.replacement", "With a Regex strategy: the value of that field, with groups of topic.key.field.regex."),
      .init(
        "topic.cache.size", .integer(0...Int.max), default: "10000", support: .ignored(reason: "a topic is named once per table"),
        "Size of Debezium's cache of names."),
      .init("topic.transaction", default: transactionPart, "Last part of the topic of transaction metadata."),
      .init("topic.heartbeat.prefix", default: heartbeatPrefix, "First part of the topic of heartbeats."),
      .init("topic.heartbeat.name", "The topic of heartbeats, where it is not made of topic.heartbeat.prefix and topic.prefix."),
    ]
  }
}
