internal import MillraceCore

/// The envelope of a document's change (io.debezium.connector.mongodb.MongoDbSchema): documents are JSON texts.
enum DocumentEnvelope {
  static let before = 0, after = 1, updateDescription = 2, source = 3, op = 4, tsMs = 5, transaction = 6
  static let fieldCount = 7

  private static let json = Schema(.string, optional: true, name: "io.debezium.data.Json", version: 1)

  private static let truncatedArray = Schema(
    .structure([.init("field", .string), .init("size", .int32)]), name: "io.debezium.connector.mongodb.changestream.truncatedarray",
    version: 1)

  /// What an update has changed: `removedFields`, `updatedFields`, `truncatedArrays`.
  static let update = Schema(
    .structure([
      .init("removedFields", Schema(.array(.string), optional: true)), .init("updatedFields", json),
      .init("truncatedArrays", Schema(.array(truncatedArray), optional: true)),
    ]), optional: true, name: "io.debezium.connector.mongodb.changestream.updatedescription", version: 1)

  static func schema(topic: String, source: Schema, name: (String) -> String) -> Schema {
    Schema(
      .structure([
        .init("before", json), .init("after", json), .init("updateDescription", update), .init("source", source),
        .init("op", .optionalString), .init("ts_ms", .optionalInt64), .init("transaction", Envelope.transactionBlock),
      ]), name: name(topic + ".Envelope"))
  }
}
