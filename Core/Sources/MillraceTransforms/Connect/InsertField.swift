public import MillraceCore

/// Kafka Connect's `InsertField`: fields with what is known about the record, or with a text of one's own.
public enum InsertField {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("topic.field", "A field for the topic. A name that ends with ! is required, with ? or without either optional."),
    .init("partition.field", "A field for the partition that a transform has chosen."),
    .init("timestamp.field", "A field for the record's timestamp."),
    .init("offset.field", support: .ignored(reason: "only the records of a sink have an offset"), "A field for Kafka's offset."),
    .init("static.field", "A field for static.value."), .init("static.value", "The text of static.field."), .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    var items: [InsertFieldWork.Item] = []
    for (key, content) in [("topic.field", InsertFieldWork.Content.topic), ("partition.field", .partition), ("timestamp.field", .timestamp)] {
      if let text = configuration.string(key) { items.append(.init(text, content)) }
    }
    if let text = configuration.string("static.field") {
      if configuration["static.value"] == nil {
        configuration.report(Finding(key: "static.value", problem: "is missing", advice: "give the text of static.field; it may be empty"))
      }
      items.append(.init(text, .text(configuration.string("static.value") ?? "")))
    }
    if configuration["offset.field"] != nil {
      configuration.report(
        Finding(key: "offset.field", problem: "is only for sinks: a record has no offset before it is written", advice: "remove it"))
    } else if items.isEmpty {
      configuration.report(
        Finding(key: "static.field", problem: "is missing, and so is every other field to insert", advice: "give topic.field, partition.field, timestamp.field or static.field"))
    }
    return SchemaTransform(InsertFieldWork(side: side, items: items, replacesNull: configuration.replacesNull))
  }
}

struct InsertFieldWork: SchemaWork {
  let name = "InsertField"
  let side: RecordSide
  let items: [Item]
  let replacesNull: Bool

  enum Content: Sendable {
    case topic, partition, timestamp
    case text(String)
  }

  struct Item: Sendable {
    let name: String
    let isOptional: Bool
    let content: Content

    init(_ text: String, _ content: Content) {
      isOptional = !text.hasSuffix("!")
      name = text.hasSuffix("!") || text.hasSuffix("?") ? String(text.dropLast()) : text
      self.content = content
    }

    var schema: Schema {
      switch content {
      case .topic, .text: isOptional ? .optionalString : .string
      case .partition: isOptional ? .optionalInt32 : .int32
      case .timestamp: ConnectTime.timestamp(optional: isOptional)
      }
    }
  }

  struct Plan: Sendable {
    let copy: StructCopy
    let schema: Schema
    let count: Int
  }

  struct Entry {
    let plan: Plan
    let schema: UInt32
    /// The texts, once for each batch.
    let texts: [Slot]
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    let fields = try requireFields(schema)
    var all = fields
    for item in items {
      guard !all.contains(where: { $0.name == item.name }) else {
        throw failure("InsertField.field", "there is a field \(item.name) already", advice: "choose another name")
      }
      all.append(Schema.Field(item.name, item.schema))
    }
    return Plan(
      copy: StructCopy(of: fields, replacesNull: replacesNull), schema: schema.basics(.structure(all)), count: all.count)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    var texts: [Slot] = []
    for item in items { if case .text(let text) = item.content { texts.append(batch.text(text)) } else { texts.append(.null) } }
    return Entry(plan: plan, schema: batch.intern(schema: plan.schema), texts: texts)
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    let first = entry.plan.copy.append(slot, more: items.count, to: &batch)
    let record = batch.records[index]
    for (number, item) in items.enumerated() {
      var value = entry.texts[number]
      switch item.content {
      case .topic: value = batch.text(batch.topics[Int(record.topic)])
      case .partition: if record.partition >= 0 { value = .integer(Int64(record.partition)) }
      case .timestamp: if record.timestamp >= 0 { value = .integer(record.timestamp) }
      case .text: break
      }
      if value.isNull, !item.isOptional {
        throw failure("InsertField.missing", "the record has no value for the required field \(item.name)", advice: "write \(item.name)? instead")
      }
      batch.slots[first + entry.plan.copy.kept.count + number] = value
    }
    batch.records[index].set(side, .structure(first: first, count: entry.plan.count), schema: entry.schema)
  }
}
