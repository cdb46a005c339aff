public import MillraceCore
internal import MillraceFormats

/// What the settings of Confluent's converters say about the registry (io.confluent.kafka.serializers.AbstractKafkaSchemaSerDeConfig).
struct ConfluentSettings: Sendable {
  enum Strategy: String, CaseIterable, Sendable {
    case topic = "TopicNameStrategy", record = "RecordNameStrategy", topicRecord = "TopicRecordNameStrategy"
  }

  var http = HTTPSettings()
  /// `auto.register.schemas`
  var registers = true
  /// `use.schema.id`
  var schemaID: Int64?
  /// `id.compatibility.strict`
  var isStrictAboutID = true
  /// `use.latest.version`
  var usesLatest = false
  /// `latest.compatibility.strict`
  var isStrictAboutLatest = true
  /// `normalize.schemas`
  var normalizes = false
  var keyStrategy = Strategy.topic
  var valueStrategy = Strategy.topic

  func subject(of schema: RegistrySchema) throws(MillraceError) -> String {
    let strategy = schema.part == .key ? keyStrategy : valueStrategy
    if strategy == .topic { return "\(schema.topic)-\(schema.part.rawValue)" }
    guard let name = schema.name else {
      throw MillraceError(
        code: "registry.subject", component: "registry", retry: .record, message: "a \(schema.part.rawValue) that is no record has no name for \(strategy.rawValue)",
        advice: "write \(schema.part.rawValue).subject.name.strategy=io.confluent.kafka.serializers.subject.TopicNameStrategy", subject: schema.topic)
    }
    return strategy == .record ? name : "\(schema.topic)-\(name)"
  }
}

extension ConfluentRegistry {
  /// The settings of the registry below `key.converter.` and the like.
  public static let options: [ConfigurationOption] = [
    .init("schema.registry.url", required: true, "Where the registry is, http://host:8081 for example; several with commas, tried in turn."),
    .init("auto.register.schemas", .boolean, default: "true", "Whether schemas are registered; otherwise they must be there."),
    .init("use.latest.version", .boolean, default: "false", "Whether messages name the subject's latest schema, which must have their form; without auto.register.schemas."),
    .init("latest.compatibility.strict", .boolean, default: "true", "Whether the names in that schema must be the same, too."),
    .init("use.schema.id", .integer(-1...Int(Int32.max)), default: "-1", "The number of the schema that all messages name; -1: none; without auto.register.schemas."),
    .init("id.compatibility.strict", .boolean, default: "true", "Whether the names in that schema must be the same, too."),
    .init("normalize.schemas", .boolean, default: "false", "Whether the registry brings schemas into a standard form before it compares them."),
    .init("key.subject.name.strategy", default: "io.confluent.kafka.serializers.subject.TopicNameStrategy", "What the subject of a key is named after: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy."),
    .init("value.subject.name.strategy", default: "io.confluent.kafka.serializers.subject.TopicNameStrategy", "The same for values."),
    .init("basic.auth.credentials.source", .choice(["url", "user_info"], notYet: ["sasl_inherit"]), default: "URL", "Where user and password stand: URL or USER_INFO."),
    .init("basic.auth.user.info", secret: true, "user:password, with USER_INFO."),
    .init("schema.registry.basic.auth.user.info", secret: true, "The same under its older name."),
    .init("bearer.auth.credentials.source", .choice(["static_token"], notYet: ["oauthbearer", "sasl_oauthbearer_inherit", "custom"]), default: "STATIC_TOKEN", "Where the token stands: STATIC_TOKEN."),
    .init("bearer.auth.token", secret: true, "Sent as Authorization: Bearer."),
    .init("request.header.*", "A header of every request."),
    .init("http.connect.timeout.ms", .integer(1...Int(Int32.max)), default: "60000", "How long a connection may take."),
    .init("http.read.timeout.ms", .integer(1...Int(Int32.max)), default: "60000", "How long an answer may take."),
    .init("proxy.host", default: "", "A proxy for HTTP."),
    .init("proxy.port", .integer(-1...65535), default: "-1", "Its port."),
  ] + TLSSettings.options(below: "schema.registry.ssl.") + [
    .init("max.schemas.per.subject", default: "1000", support: .ignored(reason: "nothing is forgotten"), "The size of a cache."),
    .init("context.name.strategy", default: "io.confluent.kafka.serializers.context.NullContextNameStrategy", support: .impossible(reason: "it names a Java class"), "What a context is named after."),
    .init("schema.reflection", default: "false", support: .ignored(reason: "it is about Java classes"), ""),
    .init("avro.reflection.allow.null", default: "false", support: .ignored(reason: "it is about Java classes"), ""),
    .init("avro.use.logical.type.converters", default: "false", support: .ignored(reason: "it is about Java classes"), ""),
    .init("avro.remove.java.properties", default: "false", support: .ignored(reason: "our schemas have none"), ""),
  ]

  /// Reads the settings; mistakes become findings of `configuration`.
  public convenience init(_ configuration: inout Configuration) {
    var settings = ConfluentSettings()
    settings.http.urls = URLList.read("schema.registry.url", &configuration)
    settings.registers = configuration.boolean("auto.register.schemas", default: true)
    settings.usesLatest = configuration.boolean("use.latest.version", default: false)
    settings.isStrictAboutLatest = configuration.boolean("latest.compatibility.strict", default: true)
    let number = configuration.integer("use.schema.id", default: -1, in: -1...Int(Int32.max))
    settings.schemaID = number < 0 ? nil : Int64(number)
    settings.isStrictAboutID = configuration.boolean("id.compatibility.strict", default: true)
    settings.normalizes = configuration.boolean("normalize.schemas", default: false)
    settings.keyStrategy = Self.strategy("key.subject.name.strategy", &configuration)
    settings.valueStrategy = Self.strategy("value.subject.name.strategy", &configuration)
    for (key, isUsed) in [("use.latest.version", settings.usesLatest), ("use.schema.id", settings.schemaID != nil)] where isUsed && settings.registers {
      configuration.report(
        Finding(.warning, key: key, problem: "has no effect: schemas are registered", advice: "write auto.register.schemas=false, too"))
    }
    Self.readAccess(&settings.http, &configuration)
    TLSSettings.read(below: "schema.registry.ssl.", into: &settings.http, &configuration)
    settings.http.connectTimeout = configuration.integer("http.connect.timeout.ms", default: 60_000, in: 1...Int(Int32.max))
    settings.http.timeout = configuration.integer("http.read.timeout.ms", default: 60_000, in: 1...Int(Int32.max))
    let port = configuration.integer("proxy.port", default: -1, in: -1...65535)
    if let host = configuration["proxy.host"], !host.isEmpty { settings.http.proxy = port > 0 ? "\(host):\(port)" : host }
    for key in configuration.keys where key.hasPrefix("request.header.") {
      settings.http.headers.append("\(key.dropFirst("request.header.".count)): \(configuration[key] ?? "")")
    }
    self.init(settings)
  }

  private static func readAccess(_ http: inout HTTPSettings, _ configuration: inout Configuration) {
    let info = configuration["basic.auth.user.info"] ?? configuration["schema.registry.basic.auth.user.info"]
    if configuration["basic.auth.credentials.source"]?.trimmed.lowercased() == "user_info" {
      if info?.contains(":") == true {
        http.userInfo = info
      } else {
        configuration.report(Finding(key: "basic.auth.user.info", problem: "is missing, or has no colon", advice: "write user:password"))
      }
    } else if info?.isEmpty == false {
      configuration.report(
        Finding(.warning, key: "basic.auth.user.info", problem: "has no effect", advice: "write basic.auth.credentials.source=USER_INFO, too"))
    }
    if let token = configuration["bearer.auth.token"], !token.isEmpty { http.token = token }
  }

  private static func strategy(_ key: String, _ configuration: inout Configuration) -> ConfluentSettings.Strategy {
    guard let text = configuration[key]?.trimmed, !text.isEmpty else { return .topic }
    let name = text.split(separator: ".").last.map(String.init) ?? text
    if let strategy = ConfluentSettings.Strategy(rawValue: name) { return strategy }
    configuration.report(
      Finding(
        key: key, problem: "cannot be \"\(text)\": other strategies are Java classes",
        advice: "write one of \(ConfluentSettings.Strategy.allCases.map(\.rawValue).joined(separator: ", "))"))
    return .topic
  }
}

/// A list of URLs with commas between.
enum URLList {
  static func read(_ key: String, _ configuration: inout Configuration) -> [String] {
    let urls = configuration.list(key)
    for url in urls where !url.hasPrefix("http://") && !url.hasPrefix("https://") {
      configuration.report(
        Finding(key: key, problem: "has a part that is no http:// or https:// URL", advice: "write \(key)=http://registry:8081, for example"))
    }
    return urls
  }
}
