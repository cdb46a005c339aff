public import MillraceCore

/// Debezium's `io.debezium.connector.mongodb.transforms.ExtractNewDocumentState`: the document as a struct instead of an envelope
/// with its text, and the key as what it is.
///
/// The schema follows the document: documents of one shape share one. An update without the whole document becomes the changed fields
/// and `_id`. Records that are no changes of documents pass unchanged.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
public final class ExtractNewDocumentState: Transform, @unchecked Sendable {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption(
      "array.encoding", .choice(DocumentForm.ArrayEncoding.allCases.map(\.rawValue)), default: "array",
      "array: arrays stay arrays, their items have one type. document: they become structs with the fields _0, _1 and so on."),
    ConfigurationOption("flatten.struct", .boolean, default: "false", "Whether nested documents become fields with joined names."),
    ConfigurationOption("flatten.struct.delimiter", default: "_", "Stands between joined names."),
    ConfigurationOption(
      "delete.tombstone.handling.mode", .choice(ExtractNewRecordState.DeleteHandling.allCases.map(\.rawValue)), default: "tombstone",
      "What becomes of deletes: tombstone, drop, rewrite, rewrite-with-tombstone or delete-to-tombstone."),
    ConfigurationOption(
      "delete.tombstone.handling.mode.rewrite-with-id", .boolean, default: "false", "Whether a rewritten delete has the key as _id."),
    ConfigurationOption("add.fields", "Fields of the envelope to add to the document: f, struct.f, each with :newName if wanted."),
    ConfigurationOption("add.fields.prefix", default: "__", "Stands before the names of added fields."),
    ConfigurationOption("add.headers", "Fields of the envelope to add as headers, in the same form as add.fields."),
    ConfigurationOption("add.headers.prefix", default: "__", "Stands before the names of added headers."),
    ConfigurationOption(
      "field.name.adjustment.mode", .choice(NameAdjustment.Mode.allCases.map(\.rawValue)), default: "none",
      "Changes the names of fields and schemas for converters that are strict about them; empty arrays become null then."),
    ConfigurationOption(
      "route.by.field", support: .ignored(reason: "Debezium's transform for documents knows it and never uses it, either"), "Has no effect."),
  ] + ["header.name", "from.key", "keep.schema.compatible"].map {
    ConfigurationOption(
      "drop.fields.\($0)", support: .ignored(reason: "only ExtractNewRecordState drops fields, in Debezium, too; here field.exclude.list does"),
      "Has no effect.")
  }

  private let settings: DocumentSettings
  private let flatten: (any Transform)?
  /// By the value's schema; nil is kept with the schema, too.
  private var envelopes: [ObjectIdentifier: (schema: Schema, envelope: DocumentEnvelope?)] = [:]
  private let keyShapes = DocumentShapes(collapses: true)
  private var reader = DocumentReader()
  private var flattened: [Bool] = []

  /// Reads the options, without a prefix; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration) {
    var settings = DocumentSettings()
    settings.deletes = configuration.choice("delete.tombstone.handling.mode", default: .tombstone)
    settings.rewritesWithID = configuration.boolean("delete.tombstone.handling.mode.rewrite-with-id", default: false)
    settings.fields = FieldReference.list("add.fields", &configuration)
    settings.headers = FieldReference.list("add.headers", &configuration)
    settings.form.arrays = configuration.choice("array.encoding", default: .array)
    let names: NameAdjustment.Mode = configuration.choice("field.name.adjustment.mode", default: .none)
    settings.form.names = NameAdjustment(names, of: .field)
    settings.form.schemaNames = NameAdjustment(names, of: .schema)
    let delimiter = configuration.string("flatten.struct.delimiter", default: "_") ?? "_"
    if configuration.boolean("flatten.struct", default: false) { settings.delimiter = delimiter }
    self.settings = settings
    flatten = settings.delimiter.map { SchemaTransform(FlattenWork(side: .value, delimiter: $0)) }
  }

  /// What is needed per schema of one batch.
  private struct Entry {
    let envelope: DocumentEnvelope
    let headers: [(place: FieldReference.Place, name: UInt32, schema: UInt32)]
  }

  /// Names that are added, as text of the batch.
  private struct Names {
    let key: Slot, id: Slot, deleted: Slot
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    var entries: [Entry?] = []
    var keys: [Int?] = []
    for schema in batch.schemas {
      entries.append(try entry(schema, &batch))
      keys.append(ExtractNewDocumentState.key(schema))
    }
    let names = Names(key: batch.text("id"), id: batch.text("_id"), deleted: batch.text("__deleted"))
    let tombstone = Header.ofTombstone(settings.headers, &batch)
    if flatten != nil { flattened = [Bool](repeating: false, count: batch.records.count) }
    // The record behind a delete shares its headers with it, so what one gets the other has, too.
    var delete: (index: Int, headers: UInt32)?
    for index in 0..<batch.records.count {
      let record = batch.records[index]
      if record.isDropped || !selection.contains(index) || record.keySchema == Record.noSchema { continue }
      guard let id = keys[Int(record.keySchema)], record.key.kind == .structure else { continue }
      let key = batch.field(id, of: record.key)
      guard key.kind == .text else { continue }
      if record.value.isNull {
        if settings.deletes != .rewriteWithTombstone {
          batch.records[index].isDropped = true
          continue
        }
        if let delete, delete.index == index - 1, record.headerCount == delete.headers {
          batch.records[index].firstHeader = batch.records[delete.index].firstHeader
          batch.records[index].headerCount = batch.records[delete.index].headerCount
        }
        if let tombstone {
          let place = batch.beginHeaders(of: index)
          batch.headers.append(tombstone)
          batch.endHeaders(of: index, from: place)
        }
        try replaceKey(key, of: index, names, &batch)
        batch.records[index].valueSchema = Record.noSchema
        continue
      }
      guard record.valueSchema != Record.noSchema, let entry = entries[Int(record.valueSchema)], record.value.kind == .structure else { continue }
      addHeaders(entry, to: index, &batch)
      let isDelete = batch.field(entry.envelope.after, of: record.value).isNull && changes(of: record.value, entry.envelope, batch).isNull
      if isDelete {
        if settings.deletes == .drop {
          batch.records[index].isDropped = true
          continue
        }
        delete = (index, record.headerCount)
      }
      try replaceValue(of: index, key, entry.envelope, isDelete, names, &batch)
      try replaceKey(key, of: index, names, &batch)
    }
    if let flatten { try flatten.apply(to: &batch, where: Selection(flattened)) }
  }

  private func entry(_ schema: Schema, _ batch: inout RecordBatch) throws(MillraceError) -> Entry? {
    let envelope: DocumentEnvelope?
    if let known = envelopes[ObjectIdentifier(schema)] {
      envelope = known.envelope
    } else {
      envelope = try DocumentEnvelope(schema, settings)
      if envelopes.count >= 4096 { envelopes.removeAll() }
      envelopes[ObjectIdentifier(schema)] = (schema, envelope)
    }
    guard let envelope else { return nil }
    let headers = envelope.headers.map { place in
      (place: place, name: batch.intern(headerName: place.newName), schema: batch.intern(schema: place.schema))
    }
    return Entry(envelope: envelope, headers: headers)
  }

  /// Where a key has the text of `_id`; nil for keys of other records.
  private static func key(_ schema: Schema) -> Int? {
    guard schema.name?.hasSuffix(".Key") == true, let index = schema.index(of: "id"), case .string = schema.fields[index].schema.kind else { return nil }
    return index
  }

  private func addHeaders(_ entry: Entry, to index: Int, _ batch: inout RecordBatch) {
    if entry.headers.isEmpty { return }
    let value = batch.records[index].value
    let place = batch.beginHeaders(of: index)
    for header in entry.headers {
      batch.headers.append(Header(name: header.name, schema: header.schema, value: header.place.slot(of: value, batch)))
    }
    batch.endHeaders(of: index, from: place)
  }

  private func changes(of value: Slot, _ envelope: DocumentEnvelope, _ batch: borrowing RecordBatch) -> Slot {
    envelope.changes.map { batch.field($0, of: value) } ?? .null
  }

  // MARK: - The key

  private func replaceKey(_ id: Slot, of index: Int, _ names: Names, _ batch: inout RecordBatch) throws(MillraceError) {
    do throws(DocumentFailure) {
      reader.nodes.removeAll(keeping: 1 << 16)
      try begin(nil, batch)
      try add(id, names.key, batch)
      let nodes = reader.nodes.elements
      let shape = try keyShapes.shape(of: 0, nodes, batch.arena.start) { () throws(DocumentFailure) in
        try DocumentTypeMaker(form: settings.form).document(
          0, name: nil, isOptional: false, DocumentTypeMaker.Source(nodes: nodes, arena: batch.arena.start))
      }
      let key = try writer.structure(0, as: shape.type, &batch)
      batch.records[index].key = key
      batch.records[index].keySchema = shape.place(in: &batch)
    } catch {
      throw error.error.at(batch.records[index], of: batch)
    }
  }

  // MARK: - The value

  private func replaceValue(
    of index: Int, _ id: Slot, _ envelope: DocumentEnvelope, _ isDelete: Bool, _ names: Names, _ batch: inout RecordBatch
  ) throws(MillraceError) {
    let value = batch.records[index].value
    do throws(DocumentFailure) {
      reader.nodes.removeAll(keeping: 1 << 16)
      if isDelete {
        let before = batch.field(envelope.before, of: value)
        guard settings.rewrites else {
          batch.records[index].value = .null
          batch.records[index].valueSchema = Record.noSchema
          return
        }
        try begin(before, batch)
      } else {
        let after = batch.field(envelope.after, of: value)
        if after.kind == .text {
          try begin(after, batch)
        } else {
          try beginUpdate(changes(of: value, envelope, batch), id, envelope, names, &batch)
        }
      }
      if settings.rewrites {
        add(DocumentNode(.boolean, bits: isDelete ? 1 : 0), names.deleted)
        if settings.rewritesWithID, !hasMember(names.id, batch) { try add(id, names.id, batch) }
      }
      let nodes = reader.nodes.elements
      let shape = try envelope.shapes.shape(of: 0, nodes, batch.arena.start) { () throws(DocumentFailure) in
        try DocumentTypeMaker(form: settings.form).document(
          0, name: envelope.name, isOptional: false, added: envelope.addedFields,
          DocumentTypeMaker.Source(nodes: nodes, arena: batch.arena.start))
      }
      let slot = try writer.structure(0, as: shape.type, &batch)
      var next = slot.offset + slot.count - envelope.fields.count
      for field in envelope.fields {
        batch.slots[next] = field.slot(of: value, batch)
        next += 1
      }
      batch.records[index].value = slot
      batch.records[index].valueSchema = shape.place(in: &batch)
      if flatten != nil { flattened[index] = true }
    } catch {
      throw error.error.at(batch.records[index], of: batch)
    }
  }

  private var writer: DocumentWriter { DocumentWriter(nodes: reader.nodes.elements, keepsEmptyArrays: settings.form.keepsEmptyArrays) }

  /// Reads the document to begin with, or begins with an empty one.
  private func begin(_ text: Slot?, _ batch: borrowing RecordBatch) throws(DocumentFailure) {
    guard let text, text.kind == .text else {
      var node = DocumentNode(.document)
      node.end = 1
      reader.nodes.append(node)
      return
    }
    try read(text, batch)
    guard reader.nodes[0].kind == .document else { throw .malformed }
  }

  /// The changed fields, without those that were removed since, and `_id` behind them.
  private func beginUpdate(
    _ description: Slot, _ id: Slot, _ envelope: DocumentEnvelope, _ names: Names, _ batch: inout RecordBatch
  ) throws(DocumentFailure) {
    try begin(batch.field(envelope.updated, of: description), batch)
    let removed = batch.field(envelope.removed, of: description)
    if removed.kind == .array {
      for place in 0..<removed.count {
        let name = batch.slots[removed.offset + place]
        var at = 1
        for _ in 0..<Int(reader.nodes[0].count) {
          if name.kind == .text, isNamed(at, name, batch) { reader.nodes[at].kind = .undefined }
          at = Int(reader.nodes[at].end)
        }
      }
    }
    if !hasMember(names.id, batch) { try add(id, names.id, batch) }
    guard let delimiter = settings.delimiter else { return }
    var at = 1
    for _ in 0..<Int(reader.nodes[0].count) {
      joinName(of: at, delimiter, &batch)
      at = Int(reader.nodes[at].end)
    }
  }

  /// The dots in a path become what stands between the names of flattened documents.
  private func joinName(of node: Int, _ delimiter: String, _ batch: inout RecordBatch) {
    let offset = Int(reader.nodes[node].name), length = Int(reader.nodes[node].nameLength)
    let dots = batch.arena.withBytes(at: offset, length: length) { $0.count { $0 == UInt8(ascii: ".") } }
    if dots == 0 { return }
    let start = batch.arena.count
    batch.arena.reserve(length + dots * delimiter.utf8.count)
    for index in offset..<offset + length {
      let byte = batch.arena.start.load(fromByteOffset: index, as: UInt8.self)
      if byte == UInt8(ascii: ".") { batch.arena.append(delimiter) } else { batch.arena.append(byte) }
    }
    reader.nodes[node].name = UInt32(truncatingIfNeeded: start)
    reader.nodes[node].nameLength = UInt32(batch.arena.count - start)
  }

  private func read(_ text: Slot, _ batch: borrowing RecordBatch) throws(DocumentFailure) {
    do throws(DocumentReader.Problem) { _ = try reader.read(text.offset, text.count, of: batch.arena) } catch { throw .malformed }
  }

  /// Adds a member with the value of a text behind the others.
  private func add(_ text: Slot, _ name: Slot, _ batch: borrowing RecordBatch) throws(DocumentFailure) {
    let index = reader.nodes.count
    try read(text, batch)
    finishAdding(index, name)
  }

  private func add(_ node: DocumentNode, _ name: Slot) {
    var node = node
    let index = reader.nodes.count
    node.end = UInt32(index + 1)
    reader.nodes.append(node)
    finishAdding(index, name)
  }

  private func finishAdding(_ index: Int, _ name: Slot) {
    reader.nodes[index].name = UInt32(name.offset)
    reader.nodes[index].nameLength = name.length
    reader.nodes[0].count += 1
    reader.nodes[0].end = UInt32(reader.nodes.count)
  }

  private func hasMember(_ name: Slot, _ batch: borrowing RecordBatch) -> Bool {
    var at = 1
    for _ in 0..<Int(reader.nodes[0].count) {
      if reader.nodes[at].kind != .undefined, isNamed(at, name, batch) { return true }
      at = Int(reader.nodes[at].end)
    }
    return false
  }

  private func isNamed(_ node: Int, _ name: Slot, _ batch: borrowing RecordBatch) -> Bool {
    let raw = batch.arena.withBytes(at: Int(reader.nodes[node].name), length: Int(reader.nodes[node].nameLength)) { raw in
      raw.contains(UInt8(ascii: "\\")) ? JSONName.text(Array(raw)) : nil
    }
    if let raw { return raw == batch.string(name) }
    guard reader.nodes[node].nameLength == name.length else { return false }
    return batch.arena.withBytes { bytes in
      for index in 0..<name.count where bytes[Int(reader.nodes[node].name) + index] != bytes[name.offset + index] { return false }
      return true
    }
  }
}
