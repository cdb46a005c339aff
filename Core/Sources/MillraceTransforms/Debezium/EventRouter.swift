public import MillraceCore

/// Debezium's `io.debezium.transforms.outbox.EventRouter`: the rows of an outbox table as messages, each in the topic that a column
/// names.
///
/// Inserts and snapshot rows become messages, deletes and tombstones are dropped, updates are dropped or refused.
public enum EventRouter {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] =
    [
      .init("table.field.event.id", default: "id", "The column with the event's id, which becomes the header id."),
      .init("table.field.event.key", default: "aggregateid", "The column that becomes the key."),
      .init(
        "table.field.event.type", default: "type", support: .ignored(reason: "Debezium's reads it nowhere: place the column by table.fields.additional.placement"),
        "The column with the event's type."),
      .init("table.field.event.timestamp", "The column that becomes the record's timestamp; without it the time of decoding does."),
      .init("table.field.event.payload", default: "payload", "The column that becomes the value."),
      .init("table.field.event.schema.version", "The int32 column that becomes the version of the value's schema, if the value is a struct."),
      .init(
        "table.fields.additional.placement",
        "More columns and where they go, as column:header, column:envelope or column:partition, each with :alias if wanted."),
      .init("table.field.additional.missing", .choice(["error", "ignore"]), default: "error", "What a column means that the table lacks."),
      .init("table.op.invalid.behavior", .choice(["warn", "error", "fatal"]), default: "warn", "What an update does: a line in the log, or the end of the run."),
      .init("table.expand.json.payload", .boolean, default: "false", "Whether a payload that is JSON becomes a struct."),
      .init(
        "table.json.payload.null.behavior", .choice(["ignore", "optional_bytes"]), default: "ignore",
        "Whether null members of such a payload are left out or kept, as bytes."),
      .init("field.name.adjustment.mode", .choice(["none", "avro", "avro_unicode"]), default: "none", "Changes the names of its members."),
      .init("route.by.field", default: "aggregatetype", "The column that names the topic."),
      .init("route.topic.regex", default: "(?<routedByValue>.*)", "A regular expression that is held against that name as a whole."),
      .init("route.topic.replacement", default: "outbox.event.${routedByValue}", "The topic; ${routedByValue} and $1 are groups of the expression."),
      .init("route.tombstone.on.empty.payload", .boolean, default: "false", "Whether an empty payload becomes a tombstone."),
    ] + ActivateTracingSpan.options

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration, log: Log) -> any Transform {
    SchemaTransform(EventRouterWork(EventRouterSettings(&configuration), log: log))
  }
}

/// What the options come to.
struct EventRouterSettings: Sendable {
  enum Placement: String, CaseIterable, Sendable { case header, envelope, partition }
  enum InvalidOperation: String, CaseIterable, Sendable { case warn, error, fatal }

  struct Additional: Sendable, Equatable {
    let field: String
    let placement: Placement
    let alias: String
  }

  let id: String
  let key: String
  let payload: String
  let timestamp: String?
  let version: String?
  let additional: [Additional]
  let ignoresMissing: Bool
  let invalidOperation: InvalidOperation
  var expandsJSON: Bool
  let keepsNulls: Bool
  let names: NameAdjustment
  let routeBy: String
  /// nil where a setting is wrong.
  let route: RegexReplacement?
  let makesTombstones: Bool

  /// Whether the value is a struct of the payload and further columns, and not the payload itself.
  var hasEnvelope: Bool { additional.contains { $0.placement == .envelope } }

  /// What the names of the settings begin with: `table`, or `collection`.
  let source: String

  /// - Parameter idField: where the event's id is, unless a setting says it.
  init(_ configuration: inout Configuration, of source: String = "table", idField: String = "id") {
    self.source = source
    id = configuration.string("\(source).field.event.id") ?? idField
    key = configuration.string("\(source).field.event.key") ?? "aggregateid"
    payload = configuration.string("\(source).field.event.payload") ?? "payload"
    timestamp = configuration.string("\(source).field.event.timestamp")
    version = configuration.string("\(source).field.event.schema.version")
    routeBy = configuration.string("route.by.field") ?? "aggregatetype"
    additional = EventRouterSettings.additional("\(source).fields.additional.placement", &configuration)
    ignoresMissing = configuration.string("\(source).field.additional.missing")?.lowercased().trimmed == "ignore"
    invalidOperation = configuration.choice("\(source).op.invalid.behavior", default: .warn)
    expandsJSON = configuration.boolean("\(source).expand.json.payload", default: false)
    keepsNulls = configuration.string("table.json.payload.null.behavior")?.lowercased().trimmed == "optional_bytes"
    names = NameAdjustment(configuration.choice("field.name.adjustment.mode", default: .none), of: .field)
    makesTombstones = configuration.boolean("route.tombstone.on.empty.payload", default: false)
    if configuration["route.topic.regex"] == nil { configuration["route.topic.regex"] = "(?<routedByValue>.*)" }
    if configuration["route.topic.replacement"] == nil { configuration["route.topic.replacement"] = "outbox.event.${routedByValue}" }
    route = RegexReplacement("route.topic.regex", "route.topic.replacement", isRequired: true, of: &configuration)
  }

  private static func additional(_ key: String, _ configuration: inout Configuration) -> [Additional] {
    var result: [Additional] = []
    for item in configuration.list(key) {
      let parts = item.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmed }
      guard (2...3).contains(parts.count), !parts.contains(""), let placement = Placement(rawValue: parts[1].lowercased()) else {
        configuration.report(
          Finding(
            key: key, problem: "has \"\(item)\", which places no column",
            advice: "write column:header, column:envelope or column:partition, with :alias if wanted"))
        continue
      }
      let item = Additional(field: parts[0], placement: placement, alias: parts.count == 3 ? parts[2] : parts[0])
      if placement == .envelope, item.alias == "payload" || result.contains(where: { $0.placement == .envelope && $0.alias == item.alias }) {
        configuration.report(Finding(key: key, problem: "puts two fields called \(item.alias) into the envelope", advice: "give one an alias: \(parts[0]):envelope:another"))
        continue
      }
      result.append(item)
    }
    return result
  }
}
