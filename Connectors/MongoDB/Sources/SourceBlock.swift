internal import MillraceCore

/// The `source` struct of every record (io.debezium.connector.mongodb.MongoDbSourceInfoStructMaker): the order of the fields is part
/// of the format.
enum SourceBlock {
  enum Field {
    static let version = 0, connector = 1, name = 2, tsMs = 3, snapshot = 4, db = 5, sequence = 6, tsUs = 7, tsNs = 8, collection = 9,
      ord = 10, lsid = 11, txnNumber = 12, wallTime = 13
    static let count = 14
  }

  static func schema(_ name: (String) -> String) -> Schema {
    Schema(
      .structure([
        .init("version", .string), .init("connector", .string), .init("name", .string), .init("ts_ms", .int64),
        .init(
          "snapshot",
          Schema(
            .string, optional: true, name: "io.debezium.data.Enum", version: 1,
            parameters: [.init("allowed", "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental")],
            defaultValue: .text("false"))),
        .init("db", .string), .init("sequence", .optionalString), .init("ts_us", .optionalInt64), .init("ts_ns", .optionalInt64),
        .init("collection", .string), .init("ord", .int32), .init("lsid", .optionalString), .init("txnNumber", .optionalInt64),
        .init("wallTime", .optionalInt64),
      ]), name: name("io.debezium.connector.mongo.Source"), version: 1)
  }

  /// Appends a source run with what is the same for all records of a run; the rest is null.
  static func appendTemplate(to batch: inout RecordBatch, name: String, marker: SnapshotMarker?) -> Int {
    let first = batch.slots.append(repeating: .null, count: Field.count)
    let version = batch.text(MillraceVersion.string), connector = batch.text("mongodb"), name = batch.text(name)
    batch.slots[first + Field.version] = version
    batch.slots[first + Field.connector] = connector
    batch.slots[first + Field.name] = name
    // While streaming it is null, and the schema's default, "false", shows.
    if let marker {
      let text = batch.text(marker.rawValue)
      batch.slots[first + Field.snapshot] = text
    }
    return first
  }
}
