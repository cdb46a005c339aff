internal import MillraceCore

/// What is the same for all records of one collection. One object for each: plans are kept per schema object.
final class CollectionShape: Sendable {
  let database: String
  let name: String
  let topic: String
  let key: Schema
  let envelope: Schema
  /// nil: documents are delivered as they are.
  let fields: FieldRules?

  /// The full name, `database.collection`.
  var namespace: String { "\(database).\(name)" }

  init(database: String, name: String, naming: TopicNaming, schemaNames: NameAdjustment, source: Schema, fields: FieldRules?) {
    self.database = database
    self.name = name
    self.fields = fields
    topic = naming.dataChange(database: database, table: name)
    key = Schema(.structure([.init("id", .string)]), name: schemaNames.adjusted(topic + ".Key"))
    envelope = DocumentEnvelope.schema(topic: topic, source: source, name: schemaNames.adjusted)
  }

  /// Whether it is this one, by the bytes of its names.
  @inline(__always) func isNamed(_ database: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer) -> Bool {
    CollectionShape.isEqual(self.name, name) && CollectionShape.isEqual(self.database, database)
  }

  private static func isEqual(_ text: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
    text.utf8.count == bytes.count && text.utf8.elementsEqual(bytes)
  }
}
