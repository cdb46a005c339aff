public import MillraceCore
internal import MillraceFormats

/// What the settings of Apicurio's converters say (io.apicurio.registry.serde.SerdeConfig).
struct ApicurioSettings: Sendable {
  enum Strategy: String, CaseIterable, Sendable {
    case topic = "TopicIdStrategy", simple = "SimpleTopicIdStrategy"
  }

  var http = HTTPSettings()
  /// Of the interface: 2 or 3.
  var version = 2
  /// `apicurio.registry.auto-register`
  var registers = false
  /// `apicurio.registry.auto-register.if-exists`
  var ifExists = "RETURN_OR_UPDATE"
  /// `apicurio.registry.find-latest`
  var findsLatest = false
  var group = "default"
  var artifactID: String?
  var artifactVersion: String?
  var strategy = Strategy.topic
  /// How many bytes a number takes.
  var numberWidth = 8
  /// `globalId` or `contentId`
  var numberName = "globalId"
  /// `apicurio.registry.headers.enabled`
  var usesHeaders = false
  /// What the headers of the number are called, where it is not `apicurio.value.globalId` and the like.
  var headerNames: [RecordPart: String] = [:]

  func artifact(of schema: RegistrySchema) -> String {
    artifactID ?? (strategy == .topic ? "\(schema.topic)-\(schema.part.rawValue)" : schema.topic)
  }
}

extension ApicurioRegistry {
  /// The settings of the registry below `key.converter.` and the like.
  public static let options: [ConfigurationOption] = [
    .init("apicurio.registry.url", required: true, "Where the registry is, http://host:8080/apis/registry/v2 or …/v3; several with commas, tried in turn."),
    .init("apicurio.registry.auto-register", .boolean, default: "false", "Whether schemas are registered; otherwise they must be there."),
    .init("apicurio.registry.auto-register.if-exists", default: "RETURN_OR_UPDATE", "What becomes of an artifact that is there: RETURN_OR_UPDATE, UPDATE, RETURN, FAIL, or version 3's FIND_OR_CREATE_VERSION, CREATE_VERSION."),
    .init("apicurio.registry.find-latest", .boolean, default: "false", "Whether messages name the latest version, which must have their form; without auto-register."),
    .init("apicurio.registry.artifact.group-id", default: "default", "The group of the artifacts."),
    .init("apicurio.registry.artifact.artifact-id", "One artifact for all; default: by the strategy."),
    .init("apicurio.registry.artifact.version", "The version that messages name; without auto-register."),
    .init("apicurio.registry.artifact-resolver-strategy", default: "io.apicurio.registry.serde.strategy.TopicIdStrategy", "What artifacts are named after: TopicIdStrategy (topic-value) or SimpleTopicIdStrategy (topic)."),
    .init("apicurio.registry.as-confluent", .boolean, default: "false", "Whether numbers have four bytes instead of eight."),
    .init("apicurio.registry.id-handler", "The same by class: DefaultIdHandler, Legacy8ByteIdHandler, Legacy4ByteIdHandler, Default4ByteIdHandler."),
    .init("apicurio.registry.use-id", .choice(["globalid", "contentid"], notYet: ["none"]), default: "globalId", "Which number: globalId or contentId."),
    .init("apicurio.use-id", .choice(["globalid", "contentid"], notYet: ["none"]), "The same under the name that Debezium's examples use."),
    .init("apicurio.registry.headers.enabled", .boolean, default: "false", "Whether the number stands in a header, apicurio.value.globalId, not before the value."),
    .init("apicurio.registry.headers.handler", default: "io.apicurio.registry.serde.headers.DefaultHeadersHandler", support: .notYet, "Another writer of the headers: a Java class."),
    .init("apicurio.registry.headers.key.globalId.name", default: "apicurio.key.globalId", "The header of a key's global number."),
    .init("apicurio.registry.headers.key.contentId.name", default: "apicurio.key.contentId", "The header of a key's content number."),
    .init("apicurio.registry.headers.value.globalId.name", default: "apicurio.value.globalId", "The header of a value's global number."),
    .init("apicurio.registry.headers.value.contentId.name", default: "apicurio.value.contentId", "The header of a value's content number."),
    .init("apicurio.registry.check-period-ms", default: "30000", support: .ignored(reason: "nothing is forgotten"), ""),
    .init("apicurio.auth.username", "For basic authentication."),
    .init("apicurio.auth.password", secret: true, "For basic authentication."),
    .init("apicurio.auth.service.url", support: .notYet, "A service for tokens."),
    .init("apicurio.registry.request.headers.*", "A header of every request."),
  ] + TLSSettings.options(below: "apicurio.registry.request.ssl.")

  /// Reads the settings; mistakes become findings of `configuration`.
  public convenience init(_ configuration: inout Configuration) {
    var settings = ApicurioSettings()
    let urls = URLList.read("apicurio.registry.url", &configuration)
    settings.version = urls.contains { $0.contains("/apis/registry/v3") } ? 3 : 2
    settings.http.urls = urls.map { url in
      if url.contains("/apis/registry/") { return url }
      return (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/apis/registry/v2"
    }
    settings.registers = configuration.boolean("apicurio.registry.auto-register", default: false)
    settings.findsLatest = configuration.boolean("apicurio.registry.find-latest", default: false)
    if let text = configuration["apicurio.registry.auto-register.if-exists"]?.trimmed, !text.isEmpty { settings.ifExists = text.uppercased() }
    let known = ["RETURN_OR_UPDATE", "UPDATE", "RETURN", "FAIL", "FIND_OR_CREATE_VERSION", "CREATE_VERSION"]
    if !known.contains(settings.ifExists) {
      configuration.report(
        Finding(key: "apicurio.registry.auto-register.if-exists", problem: "does not know \"\(settings.ifExists)\"", advice: "write one of \(known.joined(separator: ", "))"))
    }
    if let group = configuration["apicurio.registry.artifact.group-id"], !group.isEmpty { settings.group = group }
    settings.artifactID = configuration["apicurio.registry.artifact.artifact-id"].flatMap { $0.isEmpty ? nil : $0 }
    settings.artifactVersion = configuration["apicurio.registry.artifact.version"].flatMap { $0.isEmpty ? nil : $0 }
    Self.readNames(&settings, &configuration)
    if let user = configuration["apicurio.auth.username"], !user.isEmpty {
      settings.http.userInfo = "\(user):\(configuration["apicurio.auth.password"] ?? "")"
    }
    let prefix = "apicurio.registry.request.headers."
    for key in configuration.keys where key.hasPrefix(prefix) {
      settings.http.headers.append("\(key.dropFirst(prefix.count)): \(configuration[key] ?? "")")
    }
    TLSSettings.read(below: "apicurio.registry.request.ssl.", into: &settings.http, &configuration)
    self.init(settings)
  }

  private static func readNames(_ settings: inout ApicurioSettings, _ configuration: inout Configuration) {
    func last(_ key: String) -> String? {
      configuration[key]?.trimmed.split(separator: ".").last.map(String.init)
    }
    if let name = last("apicurio.registry.artifact-resolver-strategy") {
      if let strategy = ApicurioSettings.Strategy(rawValue: name) {
        settings.strategy = strategy
      } else {
        configuration.report(
          Finding(
            key: "apicurio.registry.artifact-resolver-strategy", problem: "cannot be \"\(name)\"",
            advice: "write one of \(ApicurioSettings.Strategy.allCases.map(\.rawValue).joined(separator: ", "))"))
      }
    }
    switch last("apicurio.registry.id-handler") {
    case nil, "DefaultIdHandler", "Legacy8ByteIdHandler": break
    case "Legacy4ByteIdHandler", "Default4ByteIdHandler": settings.numberWidth = 4
    case let name?:
      configuration.report(
        Finding(key: "apicurio.registry.id-handler", problem: "cannot be \"\(name)\": it is a Java class", advice: "leave it out, or write apicurio.registry.as-confluent"))
    }
    if configuration.boolean("apicurio.registry.as-confluent", default: false) { settings.numberWidth = 4 }
    let use = configuration["apicurio.registry.use-id"] ?? configuration["apicurio.use-id"]
    if use?.trimmed.lowercased() == "contentid" { settings.numberName = "contentId" }
    settings.usesHeaders = configuration.boolean("apicurio.registry.headers.enabled", default: false)
    for part in [RecordPart.key, .value] {
      // All are read, so that none is taken for unknown.
      for name in ["globalId", "contentId"] {
        let text = configuration["apicurio.registry.headers.\(part.rawValue).\(name).name"]
        if let text, !text.isEmpty, name == settings.numberName { settings.headerNames[part] = text }
      }
    }
  }
}
