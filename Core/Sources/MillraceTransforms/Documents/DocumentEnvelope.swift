internal import MillraceCore

/// What is done with the changes of one collection: where its envelope has what, and the shapes of its documents.
final class DocumentEnvelope {
  /// Kept so that the identity under which this is found stays taken.
  let schema: Schema
  let before: Int
  let after: Int
  let changes: Int?
  /// Places in the description of an update.
  let updated: Int
  let removed: Int
  /// What the documents' schemas are called.
  let name: String
  let fields: [FieldReference.Place]
  let headers: [FieldReference.Place]
  let addedFields: [Schema.Field]
  let shapes: DocumentShapes

  /// - Returns: nil if `schema` is no envelope of documents: its records pass unchanged.
  init?(_ schema: Schema, _ settings: DocumentSettings) throws(MillraceError) {
    guard Envelope.isEnvelope(schema), let after = schema.index(of: "after"), let before = schema.index(of: "before"),
      case .string = schema.fields[after].schema.kind, case .string = schema.fields[before].schema.kind
    else { return nil }
    self.schema = schema
    self.after = after
    self.before = before
    let changes = schema.index(of: "updateDescription")
    let description = changes.map { schema.fields[$0].schema }
    if let description, let updated = description.index(of: "updatedFields"), let removed = description.index(of: "removedFields") {
      self.changes = changes
      self.updated = updated
      self.removed = removed
    } else {
      self.changes = nil
      updated = 0
      removed = 0
    }
    let topic = (schema.name ?? "").dropLast(".Envelope".count)
    name = topic.split(separator: ".", omittingEmptySubsequences: false).map { settings.form.schemaNames.adjusted(String($0)) }.joined(separator: ".")
    var fields: [FieldReference.Place] = [], headers: [FieldReference.Place] = []
    for reference in settings.fields { if let place = try reference.place(in: schema) { fields.append(place) } }
    for reference in settings.headers { if let place = try reference.place(in: schema) { headers.append(place) } }
    self.fields = fields
    self.headers = headers
    addedFields = fields.map { Schema.Field($0.newName, $0.schema) }
    shapes = DocumentShapes(collapses: settings.form.arrays == .array)
  }
}

/// What the options of `ExtractNewDocumentState` come to.
struct DocumentSettings: Sendable {
  var deletes = ExtractNewRecordState.DeleteHandling.tombstone
  var rewritesWithID = false
  var fields: [FieldReference] = []
  var headers: [FieldReference] = []
  var form = DocumentForm()
  /// What stands between the names of flattened documents; nil: they are not flattened.
  var delimiter: String?

  /// Whether documents tell by `__deleted` whether they were deleted.
  var rewrites: Bool { deletes == .rewrite || deletes == .rewriteWithTombstone }
}
