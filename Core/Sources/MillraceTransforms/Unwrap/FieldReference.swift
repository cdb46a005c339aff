internal import MillraceCore

/// One item of `add.fields` or `add.headers`: `f`, `struct.f` or either with `:newName`.
struct FieldReference: Sendable, Equatable {
  /// The member of the envelope that holds the field; nil for the envelope itself.
  let parent: String?
  let field: String
  /// What it is called in the result, prefix included.
  let newName: String

  /// - Returns: nil for what is none of the three forms.
  init?(_ item: String, prefix: String) {
    let parts = item.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmed }
    let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, !parts.contains(""), !path.contains(""), let first = path.first else { return nil }
    if path.count == 1 {
      field = first
      parent =
        switch first {
        case "id", "total_order", "data_collection_order": "transaction"
        case "op", "ts_ms", "ts_us", "ts_ns": nil
        case "updateDescription": "updateDescription"
        default: "source"
        }
    } else {
      parent = first
      field = path[1]
    }
    newName = prefix + (parts.count == 2 ? parts[1] : path.count == 1 ? field : "\(first)_\(field)")
  }

  /// The items of a setting, `add.fields` say, whose prefix is `add.fields.prefix`; mistakes become findings.
  static func list(_ key: String, _ configuration: inout Configuration) -> [FieldReference] {
    let prefix = configuration.string("\(key).prefix", default: "__") ?? "__"
    var references: [FieldReference] = []
    for item in configuration.list(key) {
      guard let reference = FieldReference(item, prefix: prefix) else {
        configuration.report(
          Finding(
            key: key, problem: "has \"\(item)\", which is no field", advice: "write f, struct.f, f:newName or struct.f:newName"))
        continue
      }
      if references.contains(where: { $0.newName == reference.newName }) {
        configuration.report(
          Finding(key: key, problem: "adds \(reference.newName) twice", advice: "rename one: \(item):another"))
        continue
      }
      references.append(reference)
    }
    return references
  }

  /// Where the value lies in an envelope.
  struct Place: Sendable {
    /// The index of the parent in the envelope; nil for the envelope itself.
    let parent: Int?
    let field: Int
    let newName: String
    /// The field's own schema, optional and without its default.
    let schema: Schema

    func slot(of envelope: Slot, _ batch: borrowing RecordBatch) -> Slot {
      guard let parent else { return batch.field(field, of: envelope) }
      let structure = batch.field(parent, of: envelope)
      return structure.kind == .structure ? batch.field(field, of: structure) : .null
    }
  }

  /// Looks in the parent, then in the envelope itself; nil where neither has the field, which is left out then.
  func place(in envelope: Schema) throws(MillraceError) -> Place? {
    if let parent {
      guard let index = envelope.index(of: parent) else {
        throw MillraceError(
          code: "transform.field.unknown", component: "unwrap", retry: .record,
          message: "\(parent).\(field) is to be added, but the envelope has no field \(parent)",
          advice: "correct add.fields and add.headers", subject: envelope.name)
      }
      let inner = envelope.fields[index].schema
      if let field = inner.index(of: field) {
        return Place(parent: index, field: field, newName: newName, schema: inner.fields[field].schema.addable)
      }
    }
    guard let index = envelope.index(of: field) else { return nil }
    return Place(parent: nil, field: index, newName: newName, schema: envelope.fields[index].schema.addable)
  }
}

extension Schema {
  /// Optional and without a default.
  fileprivate var addable: Schema {
    Schema(kind, optional: true, name: name, version: version, doc: doc, parameters: parameters)
  }
}

extension Header {
  /// `op` as a header of a tombstone, which has no envelope to take it from; nil where it is not wanted.
  static func ofTombstone(_ references: [FieldReference], _ batch: inout RecordBatch) -> Header? {
    guard let reference = references.first(where: { $0.field == "op" }) else { return nil }
    let name = batch.intern(headerName: reference.newName)
    return Header(name: name, schema: batch.intern(schema: .string), value: batch.text("d"))
  }
}
