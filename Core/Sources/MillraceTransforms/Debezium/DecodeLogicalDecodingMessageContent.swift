public import MillraceCore

/// Debezium's `io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent`: a message of PostgreSQL's log
/// whose content is JSON, as an insert of what the content says.
public enum DecodeLogicalDecodingMessageContent {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("fields.null.include", .boolean, default: "false", "Whether null members are kept, as bytes, or left out.")
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    SchemaTransform(MessageContentWork(keepsNulls: configuration.boolean("fields.null.include", default: false)))
  }
}

/// `@unchecked Sendable`: a transform is used by one stage at a time, and so is what it remembers.
final class MessageContentWork: SchemaWork, @unchecked Sendable {
  let name = "DecodeLogicalDecodingMessageContent"
  var side: RecordSide { .value }
  private var json: JSONStructure
  /// By the content's schema, as in the reference.
  private var schemas: [Schema: Schema] = [:]
  private var place = SchemaPlace()

  init(keepsNulls: Bool) { json = JSONStructure(keepsNulls: keepsNulls) }

  struct Plan: Sendable {
    let schema: Schema
    let message: Int
    let content: Int
    let op: Int
  }

  struct Entry {
    let plan: Plan
    let letter: Slot
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    guard schema.name == "io.debezium.connector.postgresql.MessageValue" else { return nil }
    guard let message = schema.index(of: "message"), let op = schema.index(of: "op"),
      let content = schema.fields[message].schema.index(of: "content"), case .bytes = schema.fields[message].schema.fields[content].schema.kind
    else {
      throw failure("DecodeLogicalDecodingMessageContent.type", "the content of messages is not binary", advice: "write binary.handling.mode=bytes")
    }
    return Plan(schema: schema, message: message, content: content, op: op)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry { Entry(plan: plan, letter: batch.text("c")) }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    let plan = entry.plan
    let message = batch.field(plan.message, of: slot)
    let content = message.kind == .structure ? batch.field(plan.content, of: message) : .null
    let after: Slot
    let schema: Schema
    do {
      guard content.kind == .bytes else { throw JSONStructure.Mismatch() }
      let bytes = batch.arena.withBytes(at: content.offset, length: content.count) { Array($0) }
      guard bytes.first == UInt8(ascii: "{") else { throw JSONStructure.Mismatch() }
      let document = try JSONValue(parsingFirst: bytes)
      schema = try json.schema(of: document, named: nil)
      after = try json.slot(document, schema, in: &batch)
    } catch {
      throw failure("DecodeLogicalDecodingMessageContent.json", "the content of the message is no JSON object that has a schema", advice: "choose the messages by a predicate")
    }
    let count = plan.schema.fields.count
    let first = batch.slots.append(repeating: .null, count: count)
    var next = first
    for field in 0..<count where field != plan.message {
      let value = field == plan.op ? entry.letter : batch.field(field, of: slot)
      batch.slots[next] = value
      next += 1
    }
    batch.slots[next] = after
    batch.records[index].set(.key, .null, schema: Record.noSchema)
    batch.records[index].set(.value, .structure(first: first, count: count), schema: place.index(of: envelope(plan.schema, schema, plan), in: &batch))
  }

  /// By a name that the outbox event router takes for an envelope's.
  private func envelope(_ message: Schema, _ content: Schema, _ plan: Plan) -> Schema {
    if let known = schemas[content] { return known }
    var fields = message.fields
    fields.remove(at: plan.message)
    let schema = Schema(.structure(fields + [Schema.Field("after", content)]), name: (message.name ?? "") + ".Envelope")
    if schemas.count >= 4096 { schemas.removeAll() }
    schemas[content] = schema
    return schema
  }
}
