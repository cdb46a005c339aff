import MillraceCore
import MillraceFormats
import MillraceTransforms
import Testing

/// One batch of row changes.
enum Sample {
  static let row = Schema(
    .structure([
      Schema.Field("id", .int32), Schema.Field("x", .string),
      Schema.Field("n", Schema(.int32, optional: true, defaultValue: .integer(5))),
      Schema.Field(
        "d",
        Schema(
          .bytes, optional: true, name: "org.apache.kafka.connect.data.Decimal", version: 1,
          parameters: [Schema.Parameter("scale", "2"), Schema.Parameter("connect.decimal.precision", "10")])),
    ]), optional: true, name: "srv.public.t.Value")
  static let key = Schema(.structure([Schema.Field("id", .int32)]), name: "srv.public.t.Key")
  static let source = Schema(
    .structure([
      Schema.Field("ts_ms", .int64),
      Schema.Field(
        "snapshot",
        Schema(
          .string, optional: true, name: "io.debezium.data.Enum", version: 1,
          parameters: [Schema.Parameter("allowed", "true,false")], defaultValue: .text("false"))),
      Schema.Field("db", .string), Schema.Field("table", .string), Schema.Field("lsn", .optionalInt64),
    ]), name: "Source")
  static let envelope = Envelope.schema(topic: "srv.public.t", row: row, source: source)

  static func batch() -> RecordBatch {
    var batch = RecordBatch()
    let transaction = Value.structure([.text("2149:911515472"), .integer(1), .integer(1)])
    let old = Value.structure([.integer(1), .text("a"), .null, .integer(150)])
    let new = Value.structure([.integer(1), .text("c"), .null, .integer(150)])
    let inserted = Value.structure([.integer(2), .text("topic_b"), .null, .null])
    change(&batch, id: 2, before: .null, after: inserted, transaction, "c")
    change(&batch, id: 1, before: old, after: new, .null, "u")
    change(&batch, id: 1, before: new, after: .null, .null, "d")
    append(&batch, topic: "srv.public.t", key: .structure([.integer(1)]), key, value: .null, nil)
    change(&batch, id: nil, before: .null, after: .null, .null, "t")
    return batch
  }

  private static func change(
    _ batch: inout RecordBatch, id: Int64?, before: Value, after: Value, _ transaction: Value, _ op: String
  ) {
    let source = Value.structure([.integer(7), .null, .text("formats"), .text("t"), .integer(99)])
    append(
      &batch, topic: "srv.public.t", key: id.map { .structure([.integer($0)]) } ?? .null, id == nil ? nil : key,
      value: .structure([before, after, source, transaction, .text(op), .integer(5), .integer(5000), .integer(5_000_000)]), envelope)
  }

  static func append(
    _ batch: inout RecordBatch, topic: String, key: Value, _ keySchema: Schema?, value: Value, _ valueSchema: Schema?
  ) {
    let keySlot = batch.slot(key), valueSlot = batch.slot(value)
    batch.records.append(
      Record(
        topic: batch.intern(topic: topic), keySchema: keySchema.map { batch.intern(schema: $0) } ?? Record.noSchema, key: keySlot,
        valueSchema: valueSchema.map { batch.intern(schema: $0) } ?? Record.noSchema, value: valueSlot, firstHeader: 0,
        headerCount: 0, order: Record.Order(commit: 1, ordinal: UInt64(batch.records.count))))
  }
}

struct Delivered: Equatable {
  var topic: String
  var key: String?
  var value: String?
  /// `name=value`, or the name alone for null.
  var headers: [String]
}

func transform(_ options: [String: String]) throws -> ExtractNewRecordState {
  var configuration = Configuration(options)
  let transform = ExtractNewRecordState(&configuration)
  try #require(configuration.findings.isEmpty)
  return transform
}

func unwrapped(_ options: [String: String], schemas: Bool = false) throws -> [Delivered] {
  var batch = Sample.batch()
  try transform(options).apply(to: &batch, where: Selection())
  return try delivered(batch, schemas: schemas)
}

/// What a sink would deliver.
func delivered(_ batch: borrowing RecordBatch, schemas: Bool) throws -> [Delivered] {
  let keys = JSONConverter(schemas: false)
  let values = JSONConverter(schemas: schemas, replacesNullWithDefault: false)
  let headers = SimpleHeaderConverter()
  var result: [Delivered] = []
  for index in 0..<batch.records.count where !batch.records[index].isDropped {
    let record = batch.records[index]
    var item = Delivered(topic: batch.topics[Int(record.topic)], headers: [])
    item.key = try text(record.key, record.keySchema, record.topic, batch, keys)
    item.value = try text(record.value, record.valueSchema, record.topic, batch, values)
    for place in Int(record.firstHeader)..<Int(record.firstHeader) + Int(record.headerCount) {
      let header = batch.headers[place]
      let value = try text(header.value, header.schema, record.topic, batch, headers)
      item.headers.append(batch.headerNames[Int(header.name)] + (value.map { "=\($0)" } ?? ""))
    }
    result.append(item)
  }
  return result
}

private func text(_ slot: Slot, _ schema: UInt32, _ topic: UInt32, _ batch: borrowing RecordBatch, _ converter: any Converter) throws
  -> String?
{
  var output = ByteArena()
  guard try converter.convert(slot, schema: schema, topic: topic, of: batch, into: &output) else { return nil }
  return output.withBytes { String(decoding: $0, as: UTF8.self) }
}
