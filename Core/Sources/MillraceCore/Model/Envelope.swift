/// Debezium's envelope of a row change: before, after, source, transaction, op and three clocks, in this order.
public struct Envelope {
  public static let before = 0
  public static let after = 1
  public static let source = 2
  public static let transaction = 3
  public static let op = 4
  public static let tsMs = 5
  public static let tsUs = 6
  public static let tsNs = 7
  public static let fieldCount = 8

  /// Where a row change stands in its transaction; one object for all tables.
  public static let transactionBlock = Schema(
    .structure([
      Schema.Field("id", .string), Schema.Field("total_order", .int64), Schema.Field("data_collection_order", .int64),
    ]), optional: true, name: "event.block", version: 1)

  /// The envelope of the rows of one table. Make it once for each shape of the table: plans are kept per schema object.
  ///
  /// - Parameters:
  ///   - topic: the topic, as schema names have it; the envelope is called `topic.Envelope`.
  ///   - row: the schema of a row, which becomes optional.
  ///   - source: the schema of the source block, which becomes required.
  ///   - name: changes the name, for `schema.name.adjustment.mode`.
  public static func schema(topic: String, row: Schema, source: Schema, name: (String) -> String = { $0 }) -> Schema {
    let row = row.with(optional: true)
    return Schema(
      .structure([
        Schema.Field("before", row), Schema.Field("after", row), Schema.Field("source", source.with(optional: false)),
        Schema.Field("transaction", transactionBlock), Schema.Field("op", .string), Schema.Field("ts_ms", .optionalInt64),
        Schema.Field("ts_us", .optionalInt64), Schema.Field("ts_ns", .optionalInt64),
      ]), name: name(topic + suffix), version: 2)
  }

  /// Whether a schema is an envelope: by its name, as Debezium tells them, and the two fields that every envelope has.
  public static func isEnvelope(_ schema: Schema) -> Bool {
    schema.name?.hasSuffix(suffix) == true && schema.index(of: "after") != nil && schema.index(of: "op") != nil
  }

  private static let suffix = ".Envelope"
}
