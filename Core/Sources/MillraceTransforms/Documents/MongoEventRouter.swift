public import MillraceCore

/// Debezium's `io.debezium.connector.mongodb.transforms.outbox.MongoEventRouter`: the documents of an outbox collection as messages, each
/// in the topic that a field names.
///
/// A document becomes the row of an envelope, and `EventRouter`'s work is done on that. A payload that is a document becomes its canonical
/// extended JSON, or a struct where payloads are expanded.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
public final class MongoEventRouter: Transform, @unchecked Sendable {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = EventRouter.options.compactMap { option in
    if option.name == "table.json.payload.null.behavior" || option.name == "field.name.adjustment.mode" { return nil }
    let name = option.name.hasPrefix("table.") ? "collection." + option.name.dropFirst("table.".count) : option.name
    return ConfigurationOption(
      name, option.kind, default: name == "collection.field.event.id" ? "_id" : option.defaultValue, support: option.support,
      option.summary.replacing("column", with: "field").replacing("table", with: "collection"))
  }

  private let payload: String
  private let timestamp: String?
  private let expands: Bool
  private let router: any Transform
  /// By the value's schema; nil is kept with the schema, too.
  private var envelopes: [ObjectIdentifier: (schema: Schema, outbox: OutboxEnvelope?)] = [:]
  private var reader = DocumentReader()

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration, log: Log) {
    var settings = EventRouterSettings(&configuration, of: "collection", idField: "_id")
    payload = settings.payload
    timestamp = settings.timestamp
    // Payloads that are documents become structs; text stays text, as in the reference.
    expands = settings.expandsJSON
    settings.expandsJSON = false
    router = SchemaTransform(EventRouterWork(settings, log: log))
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    var known: [OutboxEnvelope?] = []
    for schema in batch.schemas { known.append(envelope(schema)) }
    var recent: Expanded?
    for index in 0..<batch.records.count {
      let record = batch.records[index]
      if record.isDropped || !selection.contains(index) || record.valueSchema == Record.noSchema { continue }
      guard let envelope = known[Int(record.valueSchema)], record.value.kind == .structure else { continue }
      let operation = batch.letter(batch.field(envelope.places.op, of: record.value))
      if operation == UInt8(ascii: "d") || operation == UInt8(ascii: "u") { continue }
      do throws(DocumentFailure) {
        try expand(index, envelope, &recent, &batch)
      } catch {
        var error = error.error
        error.component = "MongoEventRouter"
        throw error.at(record, of: batch)
      }
    }
    try router.apply(to: &batch, where: selection)
  }

  private func envelope(_ schema: Schema) -> OutboxEnvelope? {
    if let known = envelopes[ObjectIdentifier(schema)] { return known.outbox }
    let outbox = OutboxEnvelope(schema)
    if envelopes.count >= 4096 { envelopes.removeAll() }
    envelopes[ObjectIdentifier(schema)] = (schema, outbox)
    return outbox
  }

  /// The schema that a record of this batch got, and what it was made for: most records have those of the one before.
  private typealias Expanded = (value: UInt32, row: Schema, result: UInt32)

  /// Puts a struct in the place of the document's text.
  private func expand(_ index: Int, _ envelope: OutboxEnvelope, _ recent: inout Expanded?, _ batch: inout RecordBatch) throws(DocumentFailure) {
    let value = batch.records[index].value
    let after = batch.field(envelope.places.after, of: value)
    guard after.kind == .text else { throw .malformed }
    reader.nodes.removeAll(keeping: 1 << 16)
    do {
      _ = try reader.read(after.offset, after.count, of: batch.arena)
    } catch {
      throw .malformed
    }
    guard reader.nodes[0].kind == .document else { throw .malformed }
    try prepare(&batch)
    let nodes = reader.nodes.elements, start = batch.arena.start
    let shape = try envelope.shapes.shape(of: 0, nodes, start) { () throws(DocumentFailure) in
      let made = try DocumentTypeMaker(form: DocumentForm()).document(
        0, name: envelope.name, isOptional: false, DocumentTypeMaker.Source(nodes: nodes, arena: start))
      return withTimestamp(made)
    }
    let row = try DocumentWriter(nodes: nodes, keepsEmptyArrays: true).structure(0, as: shape.type, &batch)
    let whole = batch.copy(value)
    batch.slots[whole.offset + envelope.places.after] = row
    batch.records[index].value = whole
    let source = batch.records[index].valueSchema
    if recent?.value != source || recent?.row !== shape.type.schema {
      recent = (source, shape.type.schema, batch.intern(schema: envelope.schema(row: shape.type.schema)))
    }
    if let recent { batch.records[index].valueSchema = recent.result }
  }

  /// What the members are taken for that have a meaning of their own.
  private func prepare(_ batch: inout RecordBatch) throws(DocumentFailure) {
    var at = 1
    for _ in 0..<Int(reader.nodes[0].count) {
      let node = reader.nodes[at]
      if isNamed(node, payload, batch), node.kind == .document, !expands {
        let text = try CanonicalJSON.printed(batch.arena.withBytes(at: node.offset, length: Int(node.length)) { Array($0) })
        reader.nodes[at].kind = .text
        reader.nodes[at].bits = UInt64(batch.arena.count)
        reader.nodes[at].length = UInt32(text.count)
        text.withUnsafeBytes { batch.arena.append($0) }
      } else if let timestamp, isNamed(node, timestamp, batch), node.kind != .int64 {
        throw .noTimestamp(timestamp)
      }
      at = Int(reader.nodes[at].end)
    }
  }

  private func isNamed(_ node: DocumentNode, _ name: String, _ batch: borrowing RecordBatch) -> Bool {
    batch.arena.withBytes(at: Int(node.name), length: Int(node.nameLength)) { $0.elementsEqual(name.utf8) }
  }

  /// Its own schema for the field of the timestamp.
  private func withTimestamp(_ type: DocumentType) -> DocumentType {
    guard let timestamp, case .structure(let members) = type.kind, let field = type.schema.index(of: timestamp) else { return type }
    var fields = type.schema.fields
    fields[field] = Schema.Field(timestamp, Schema(.int64, name: "io.debezium.time.Timestamp", version: 1))
    return DocumentType(.structure(members), Schema(.structure(fields), optional: type.schema.isOptional, name: type.schema.name))
  }
}

/// An envelope of documents, and those that it becomes with structs in the place of their text.
final class OutboxEnvelope {
  private let schema: Schema
  let places: EnvelopePlaces
  let shapes = DocumentShapes(collapses: true)
  /// By the row's schema, which each of them holds.
  private var made: [ObjectIdentifier: Schema] = [:]

  /// nil for what is no envelope of documents.
  init?(_ schema: Schema) {
    guard let places = EnvelopePlaces(schema), case .string = schema.fields[places.after].schema.kind else { return nil }
    self.schema = schema
    self.places = places
  }

  /// What the struct is called: as the text was.
  var name: String? { schema.fields[places.after].schema.name }

  func schema(row: Schema) -> Schema {
    if let known = made[ObjectIdentifier(row)] { return known }
    if made.count >= 2 * DocumentShapes.most { made.removeAll() }
    var fields = schema.fields
    fields[places.after] = Schema.Field(fields[places.after].name, row)
    let result = Schema(.structure(fields), optional: schema.isOptional, name: schema.name, version: schema.version)
    made[ObjectIdentifier(row)] = result
    return result
  }
}
