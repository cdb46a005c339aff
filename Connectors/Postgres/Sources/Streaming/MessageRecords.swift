internal import MillraceCore

/// Records of logical messages (`pg_logical_emit_message`): topic `<prefix>.message`, op `m`, no context headers
/// (io.debezium.connector.postgresql.LogicalDecodingMessageMonitor).
struct MessageRecords: Sendable {
  private let topic: String
  private let prefixes: MessagePrefixes
  private let binaries: BinaryMode
  private let key = Schema(
    .structure([.init("prefix", .optionalString)]), name: "io.debezium.connector.postgresql.MessageKey", version: 1)
  private let value: Schema

  /// - Parameter topic: the prefix and `.message`, whatever the naming strategy and its delimiter are.
  init(topic: String, binaries: BinaryMode, prefixes: MessagePrefixes = MessagePrefixes()) {
    self.topic = topic
    self.prefixes = prefixes
    self.binaries = binaries
    value = Schema(
      .structure([
        .init("op", .string), .init("ts_ms", .optionalInt64), .init("source", SourceBlock.schema),
        .init("transaction", Envelope.transactionBlock),
        .init(
          "message",
          Schema(
            .structure([.init("prefix", .optionalString), .init("content", binaries.optionalSchema)]),
            name: "io.debezium.connector.postgresql.Message", version: 1)),
      ]), name: "io.debezium.connector.postgresql.MessageValue", version: 1)
  }

  /// Whether messages of this prefix are delivered.
  func takes(prefix: String) -> Bool { prefixes.take(prefix) }

  func append(
    prefix: String, content: UnsafeRawBufferPointer, source: Slot, transaction: Slot, now: Int64, order: Record.Order,
    to batch: inout RecordBatch
  ) {
    let prefix = batch.text(prefix), content = batch.binary(content, binaries), operation = batch.text("m")
    let keyRun = batch.slots.append(repeating: prefix, count: 1)
    let body = batch.slots.append(repeating: prefix, count: 2)
    batch.slots[body + 1] = content
    let run = batch.slots.append(repeating: .null, count: 5)
    batch.slots[run] = operation
    batch.slots[run + 1] = .integer(now / 1_000_000)
    batch.slots[run + 2] = source
    batch.slots[run + 3] = transaction
    batch.slots[run + 4] = .structure(first: body, count: 2)
    batch.records.append(
      Record(
        topic: batch.intern(topic: topic), keySchema: batch.intern(schema: key), key: .structure(first: keyRun, count: 1),
        valueSchema: batch.intern(schema: value), value: .structure(first: run, count: 5), firstHeader: 0, headerCount: 0,
        order: order))
  }
}
