public import MillraceCore

/// What the settings of a CloudEvents converter come to (io.debezium.converters.CloudEventsConverterConfig).
struct CloudEventsSettings: Sendable {
  var eventIsAvro = false
  var dataIsAvro = false
  var hasExtensions = true
  var metadata = EventMetadata()
  /// `schema.cloudevents.name`
  var schemaName: String?
  var adjustment = NameAdjustment(.none, of: .schema)
  var json = JSONSettings(
    schemasEnabled: true, decimalsAsNumbers: false, replacesNullWithDefault: true, placeholder: UnavailableValue.defaultPlaceholder)
  var avro = AvroSettings()
  /// What stands before the number in `dataschema`.
  var schemaURL = ""
}

extension CloudEventsConverter {
  private enum Serializer: String, CaseIterable { case json, avro }

  /// The settings below `value.converter.`. What a registry needs stands below `avro.`.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("serializer.type", .choice(["json", "avro"]), default: "json", "What the event is written in: json or avro."),
    ConfigurationOption("data.serializer.type", .choice(["json", "avro"]), default: "json", "What its data is written in: json or avro."),
    ConfigurationOption("json.*", "Settings of JsonConverter for data in JSON: schemas.enable, decimal.format, replace.null.with.default."),
    ConfigurationOption("avro.*", "Settings of AvroConverter: schema.registry.url and so on."),
    ConfigurationOption("extension.attributes.enable", .boolean, default: "true", "Whether events have Debezium's own attributes (iodebezium…)."),
    ConfigurationOption("schema.cloudevents.name", "The name of the schema of events in Avro; default: of server and database."),
    ConfigurationOption(
      "schema.name.adjustment.mode", .choice(NameAdjustment.Mode.allCases.map(\.rawValue)), default: "none", "Changes schema names for Avro."),
    ConfigurationOption(
      "metadata.source", default: "value,id:generate,type:generate,traceparent:header,dataSchemaName:generate",
      "Where metadata come from: value, or header for the headers source, op and transaction; id:header and type:header for those of the headers id and type."),
    ConfigurationOption("opentelemetry.tracing.attributes.enable", .boolean, default: "false", support: .notYet, "Attributes of a trace."),
    ConfigurationOption("schema.data.name.source.header.enable", .boolean, default: "false", support: .notYet, "The name of the data's schema from a header."),
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  ///
  /// - Parameter registry: makes the registry from the settings below `avro.`, for Avro.
  public convenience init(
    _ configuration: inout Configuration, placeholder: [UInt8] = UnavailableValue.defaultPlaceholder,
    registry: (inout Configuration) -> any SchemaRegistry
  ) {
    var settings = CloudEventsSettings()
    settings.eventIsAvro = configuration.choice("serializer.type", default: Serializer.json) == .avro
    settings.dataIsAvro = configuration.choice("data.serializer.type", default: Serializer.json) == .avro
    settings.hasExtensions = configuration.boolean("extension.attributes.enable", default: true)
    settings.schemaName = configuration["schema.cloudevents.name"].flatMap { $0.isEmpty ? nil : $0 }
    settings.adjustment = NameAdjustment(configuration.choice("schema.name.adjustment.mode", default: NameAdjustment.Mode.none), of: .schema)
    if settings.eventIsAvro, !settings.dataIsAvro {
      configuration.report(
        Finding(key: "data.serializer.type", problem: "cannot be json yet where serializer.type is avro", advice: "write data.serializer.type=avro, too"))
    }
    if settings.eventIsAvro, settings.schemaName == nil {
      configuration.report(
        Finding(key: "schema.cloudevents.name", problem: "must be given for events in Avro", advice: "write my.Envelope, for example"))
    }
    settings.metadata = Self.metadata(&configuration)
    settings.json.placeholder = placeholder
    settings.avro.placeholder = placeholder
    var json = configuration.below("json.")
    settings.json.schemasEnabled = json.boolean("schemas.enable", default: true)
    settings.json.decimalsAsNumbers = json.choice("decimal.format", default: JSONConverter.DecimalFormat.base64) == .numeric
    settings.json.replacesNullWithDefault = json.boolean("replace.null.with.default", default: true)
    Self.take(json, JSONConverter.options, below: "json.", &configuration)
    guard settings.eventIsAvro || settings.dataIsAvro else {
      for key in configuration.keys where key.hasPrefix("avro.") {
        configuration.report(Finding(.warning, key: key, problem: "is not used: nothing is Avro", advice: "write data.serializer.type=avro, or remove it"))
      }
      self.init(settings, registry: nil)
      return
    }
    var avro = configuration.below("avro.")
    let url = avro.list("schema.registry.url").first ?? ""
    if url.isEmpty {
      configuration.report(Finding(key: "avro.schema.registry.url", problem: "is missing", advice: "write http://registry:8081, for example"))
    }
    settings.schemaURL = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/schemas/ids/"
    settings.avro = AvroSettings(&avro, placeholder: placeholder)
    let made = registry(&avro)
    for finding in avro.findings { Self.report(finding, below: "avro.", &configuration) }
    self.init(settings, registry: made)
  }

  private static func take(_ part: Configuration, _ options: [ConfigurationOption], below prefix: String, _ configuration: inout Configuration) {
    let table = OptionTable(options)
    for key in part.keys where table[key] == nil {
      report(Finding(key: key, problem: "is not a known setting", advice: "remove it"), below: prefix, &configuration)
    }
    for finding in part.findings { report(finding, below: prefix, &configuration) }
  }

  private static func report(_ finding: Finding, below prefix: String, _ configuration: inout Configuration) {
    var finding = finding
    finding.key = prefix + finding.key
    configuration.report(finding)
  }

  private static func metadata(_ configuration: inout Configuration) -> EventMetadata {
    var metadata = EventMetadata()
    let parts = configuration.list("metadata.source")
    if parts.first == "header" {
      // Without a word of their own they come from where the others do.
      metadata.idIsInHeader = !parts.contains("id:generate")
      metadata.typeIsInHeader = !parts.contains("type:generate")
    }
    for part in parts {
      switch part {
      case "value", "id:generate", "type:generate": break
      case "header": metadata.isInHeaders = true
      case "id:header": metadata.idIsInHeader = true
      case "type:header": metadata.typeIsInHeader = true
      // What these lead to is only asked for by settings that are not supported.
      case "dataSchemaName:generate", "dataSchemaName:header", "traceparent:header", "traceparent:value", "traceparent:generate": break
      default:
        configuration.report(
          Finding(
            key: "metadata.source", problem: "does not know \(part)",
            advice: "write value or header, and id, type, traceparent and dataSchemaName with :generate or :header"))
      }
    }
    return metadata
  }
}
