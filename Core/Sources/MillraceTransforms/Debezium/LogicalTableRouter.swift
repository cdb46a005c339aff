public import MillraceCore

/// Debezium's `io.debezium.transforms.ByLogicalTableRouter`: one topic for the records of several tables, with the schema names that
/// go with it, and a field in the key that tells the tables apart. From 3.7 on it is called `ToLogicalTopicRouter`, with another name for
/// that field.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
public final class LogicalTableRouter: Transform, @unchecked Sendable {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("topic.regex", required: true, "A regular expression that the topics of the tables match as a whole."),
    .init("topic.replacement", required: true, "The topic of all of them; $1 and ${name} are groups of the expression."),
    .init("key.enforce.uniqueness", .boolean, default: "true", "Whether the key gets a field with the original topic."),
    .init("key.field.name", default: "__dbz__physicalTableIdentifier", "The name of that field."),
    .init("key.field.regex", "A regular expression for what stands in that field instead, held against the original topic as a whole."),
    .init("key.field.replacement", "What stands in it where key.field.regex matches."),
    .init(
      "schema.name.adjustment.mode", .choice(NameAdjustment.Mode.allCases.map(\.rawValue)), default: "none",
      "Changes the new schema names for converters that are strict about them."),
    .init("logical.table.cache.size", support: .ignored(reason: "schemas are kept as long as they are used"), "How many schemas are kept."),
  ]

  /// Those under the newer name.
  public static let topicRouterOptions: [ConfigurationOption] = options.map { option in
    switch option.name {
    case "key.field.name": .init(option.name, default: newerField, option.summary)
    case "logical.table.cache.size": .init("logical.destination.cache.size", support: option.support, option.summary)
    default: option
    }
  }

  /// The newer class's name for the key's field.
  public static let newerField = "__dbz__sourceIdentifier"

  private let route: RegexReplacement?
  private let isUnique: Bool
  private let field: String
  private let origin: RegexReplacement?
  private let names: NameAdjustment
  /// By topic: the new one and what stands in the key; nil for topics that stay.
  private var routes: [String: Route?] = [:]
  /// By schema object; each holds its schema. The name of the first topic that a schema was seen under stays.
  private var keys: [ObjectIdentifier: (schema: Schema, new: Schema)] = [:]
  private var envelopes: [ObjectIdentifier: (schema: Schema, new: Schema?)] = [:]

  private struct Route {
    let topic: String
    let origin: String
  }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  /// - Parameter standard: what the key's field is called where no setting says.
  public init(_ configuration: inout Configuration, field standard: String = "__dbz__physicalTableIdentifier") {
    route = RegexReplacement("topic.regex", "topic.replacement", isRequired: true, of: &configuration)
    isUnique = configuration.boolean("key.enforce.uniqueness", default: true)
    field = configuration.string("key.field.name") ?? standard
    origin = RegexReplacement("key.field.regex", "key.field.replacement", isRequired: false, of: &configuration)
    names = NameAdjustment(configuration.choice("schema.name.adjustment.mode", default: .none), of: .schema)
  }

  /// What a topic of the batch at hand becomes.
  private enum Known {
    case unseen, unchanged
    case routed(topic: UInt32, name: String, origin: Slot)
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    var known: [Known] = Array(repeating: .unseen, count: batch.topics.count)
    var keyPlaces: [UInt32: UInt32] = [:], valuePlaces: [UInt32: UInt32] = [:]
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let record = batch.records[index]
      let topic = Int(record.topic)
      guard topic < known.count else { continue }
      if case .unseen = known[topic] { known[topic] = learn(batch.topics[topic], &batch) }
      guard case .routed(let new, let name, let origin) = known[topic] else { continue }
      batch.records[index].topic = new
      if record.key.isNull {
        batch.records[index].keySchema = Record.noSchema
      } else {
        guard record.keySchema != Record.noSchema, record.key.kind == .structure else {
          throw MillraceError(
            code: "transform.LogicalTableRouter.key", component: "ByLogicalTableRouter", retry: .record, message: "the key is no struct",
            advice: "let it stand before transforms that change the key"
          ).at(record, of: batch)
        }
        let schema = keyPlaces[record.keySchema] ?? batch.intern(schema: keySchema(batch.schemas[Int(record.keySchema)], name))
        keyPlaces[record.keySchema] = schema
        batch.records[index].keySchema = schema
        if isUnique {
          let count = record.key.count
          let first = batch.slots.append(repeating: origin, count: count + 1)
          for field in 0..<count { batch.slots[first &+ field] = batch.slots[record.key.offset &+ field] }
          batch.records[index].key = .structure(first: first, count: count + 1)
        }
      }
      guard !record.value.isNull, record.valueSchema != Record.noSchema else { continue }
      let schema =
        valuePlaces[record.valueSchema]
        ?? envelopeSchema(batch.schemas[Int(record.valueSchema)], name).map { batch.intern(schema: $0) } ?? record.valueSchema
      valuePlaces[record.valueSchema] = schema
      batch.records[index].valueSchema = schema
    }
  }

  private func learn(_ topic: String, _ batch: inout RecordBatch) -> Known {
    if routes[topic] == nil {
      if routes.count >= 65_536 { routes.removeAll() }
      var made: Route?
      if let new = route?.replacing(topic), !new.isEmpty { made = Route(topic: new, origin: origin?.replacing(topic) ?? topic) }
      routes[topic] = .some(made)
    }
    guard case .some(.some(let route)) = routes[topic] else { return .unchanged }
    let origin = isUnique ? batch.text(route.origin) : .null
    return .routed(topic: batch.intern(topic: route.topic), name: route.topic, origin: origin)
  }

  private func keySchema(_ schema: Schema, _ topic: String) -> Schema {
    if let known = keys[ObjectIdentifier(schema)] { return known.new }
    var fields = schema.fields
    if isUnique { fields.append(Schema.Field(field, .string)) }
    let new = schema.renamed(names.adjusted(topic + ".Key"), .structure(fields))
    if keys.count >= 4096 { keys.removeAll() }
    keys[ObjectIdentifier(schema)] = (schema, new)
    return new
  }

  /// nil for what is no envelope.
  private func envelopeSchema(_ schema: Schema, _ topic: String) -> Schema? {
    if let known = envelopes[ObjectIdentifier(schema)] { return known.new }
    var new: Schema?
    if Envelope.isEnvelope(schema), let rowIndex = schema.index(of: "before") ?? schema.index(of: "after") {
      let old = schema.fields[rowIndex].schema
      let row = old.renamed(names.adjusted(topic + ".Value"), old.kind)
      let fields = schema.fields.map { $0.name == "before" || $0.name == "after" ? Schema.Field($0.name, row) : $0 }
      new = schema.renamed(names.adjusted(topic + ".Envelope"), .structure(fields))
    }
    if envelopes.count >= 4096 { envelopes.removeAll() }
    envelopes[ObjectIdentifier(schema)] = (schema, new)
    return new
  }
}

extension Schema {
  /// The same schema under another name, with another content.
  fileprivate func renamed(_ name: String, _ kind: Kind) -> Schema {
    Schema(kind, optional: isOptional, name: name, version: version, doc: doc, parameters: parameters)
  }
}
