internal import MillraceCore

/// What one envelope comes to as an event (io.debezium.converters.CloudEventsConverter), or nothing for other schemas.
final class CloudEventsPlan: Sendable {
  let schema: Schema
  /// Places in the envelope.
  let source: Int
  let operation: Int
  /// nil where there is none.
  let transaction: Int?
  let sourceCount: Int
  /// Places in the source block.
  let name: Int
  let connector: Int
  let milliseconds: Int
  /// What the identifier has behind the name: `;lsn:` and the place of its value, and so on.
  let identity: [(opening: [UInt8], field: Int)]
  let attributes: [Attribute]
  /// The data of the event: the first fields of the envelope, or a value that was joined with its metadata.
  let data: Schema
  /// How many fields of the envelope that are.
  let dataCount: Int
  let isJoined: Bool

  struct Attribute: Sendable {
    let name: String
    /// `,"name":` in JSON, with `{` instead of the comma for the first.
    let opening: [UInt8]
    let content: Content
    let isOptional: Bool
    /// An int32 of the source block stays a number; all else is text.
    var isInteger = false
  }

  enum Content: Sendable {
    case id, source, type, time, dataSchema, operation
    /// The same for all events.
    case fixed([UInt8])
    /// The text stands for null: the field's default.
    case sourceField(Int, null: [UInt8]?)
    case transactionField(Int)
    /// What a header has told.
    case field(Int)
  }

  private static let transactionFields = ["id", "total_order", "data_collection_order"]

  /// What differs between connectors, by the word that the names of their source blocks have.
  private struct Kind {
    /// The word in the name of the data's schema.
    let name: String
    /// The fields of the source block that tell one change from another, and what the identifier calls them.
    let identity: [(title: String, field: String)]
    /// The fields with which the envelope begins.
    var data = ["before", "after"]

    init(_ name: String, _ fields: [String]) {
      self.name = name
      identity = fields.map { ($0, $0) }
    }

    init(_ name: String, _ identity: [(String, String)], data: [String]) {
      self.name = name
      self.identity = identity
      self.data = data
    }
  }

  private static let kinds = [
    "postgresql": Kind("postgresql", ["lsn", "txId", "sequence"]), "mysql": Kind("mysql", ["file", "pos"]),
    "mariadb": Kind("mariadb", ["file", "pos"]),
    "mongo": Kind("mongodb", [("ts", "ts_ms"), ("ord", "ord")], data: ["before", "after", "updateDescription"]),
  ]

  /// nil where values of the schema are no changes of rows: they have no event.
  init?(_ schema: Schema, _ settings: CloudEventsSettings) throws(MillraceError) {
    let fields = schema.fields
    isJoined = schema.name == EventMetadata.schemaName
    guard isJoined || Envelope.isEnvelope(schema), let source = schema.index(of: "source"), let operation = schema.index(of: "op"), fields.count > 1
    else { return nil }
    if isJoined {
      // Without these headers it is no change of a row.
      guard fields[source].schema.isStruct, case .string = fields[operation].schema.kind, fields[operation].schema !== Schema.optionalString else { return nil }
    } else if fields[0].name != "before" || fields[1].name != "after" {
      return nil
    }
    let transaction = schema.index(of: "transaction").flatMap { fields[$0].schema.isStruct ? $0 : nil }
    let block = fields[source].schema
    let parts = block.name?.split(separator: ".").map(String.init) ?? []
    let kind = parts.count > 1 ? Self.kinds[parts[parts.count - 2]] : nil
    let identity = (kind?.identity ?? []).compactMap { part in
      block.index(of: part.field).map { (opening: Array(";\(part.title):".utf8), field: $0) }
    }
    guard let kind, identity.count == kind.identity.count, let name = block.index(of: "name"), let connector = block.index(of: "connector"),
      let milliseconds = block.index(of: "ts_ms"), isJoined || fields.prefix(kind.data.count).map(\.name) == kind.data
    else {
      throw MillraceError(
        code: "format.cloudevents.connector", component: "cloudevents", retry: .record, message: "changes of this connector are no CloudEvents yet",
        advice: "use another converter", subject: schema.name)
    }
    self.schema = schema
    sourceCount = block.fields.count
    (self.source, self.operation, self.transaction) = (source, operation, transaction)
    (self.name, self.connector, self.milliseconds) = (name, connector, milliseconds)
    self.identity = identity
    data = Schema(
      .structure(isJoined ? fields[0].schema.fields : Array(fields.prefix(kind.data.count))),
      name: settings.adjustment.adjusted("io.debezium.connector.\(kind.name).Data"))
    dataCount = kind.data.count
    var attributes: [Attribute] = []
    func add(_ name: String, _ content: Content, optional: Bool = false, integer: Bool = false) {
      let opening = (attributes.isEmpty ? "{" : ",") + JSONName.quoted(name) + ":"
      attributes.append(Attribute(name: name, opening: Array(opening.utf8), content: content, isOptional: optional, isInteger: integer))
    }
    add("id", settings.metadata.idIsInHeader ? schema.index(of: EventMetadata.id).map { .field($0) } ?? .id : .id)
    add("source", .source)
    add("specversion", .fixed(Array("1.0".utf8)))
    add("type", settings.metadata.typeIsInHeader ? schema.index(of: EventMetadata.type).map { .field($0) } ?? .type : .type)
    add("time", .time)
    add("datacontenttype", .fixed(Array("application/\(settings.dataIsAvro ? "avro" : "json")".utf8)))
    if settings.dataIsAvro { add("dataschema", .dataSchema) }
    if settings.hasExtensions {
      add("iodebeziumop", .operation)
      for (index, field) in block.fields.enumerated() {
        var text: [UInt8]?
        if case .text(let value)? = field.schema.substitute { text = Array(value.utf8) }
        add(
          Self.extensionName(field.name), .sourceField(index, null: text), optional: field.schema.isOptional,
          integer: field.schema.kind == .int32)
      }
      for (index, name) in (transaction.map { fields[$0].schema.fields.map(\.name) } ?? Self.transactionFields).enumerated() {
        add(Self.extensionName("tx_" + name), .transactionField(index), optional: true)
      }
    }
    self.attributes = attributes
  }

  /// Attributes have letters and digits only.
  private static func extensionName(_ name: String) -> String {
    "iodebezium" + String(name.unicodeScalars.filter { $0.value < 0x80 && ($0.properties.isAlphabetic || $0.properties.numericType != nil) }.map { Character($0) })
  }

  /// The event as a struct, for Avro.
  func event(named name: String) -> Schema {
    Schema(
      .structure(
        attributes.map { Schema.Field($0.name, $0.schema) } + [Schema.Field("data", .bytes)]), name: name)
  }
}

extension CloudEventsPlan.Attribute {
  fileprivate var schema: Schema {
    isInteger ? (isOptional ? .optionalInt32 : .int32) : isOptional ? .optionalString : .string
  }
}

extension Schema {
  fileprivate var isStruct: Bool { if case .structure = kind { true } else { false } }
}
