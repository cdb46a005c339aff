internal import MillraceCore

/// Finds the types of a document, once for each shape (io.debezium.connector.mongodb.transforms.MongoDataConverter).
///
/// An array has one type for all its items; items that are documents have the fields of all, each as the last of them has it. What
/// does not fit is an error of the record, as it is there.
struct DocumentTypeMaker: ~Copyable {
  let form: DocumentForm

  /// The nodes and the arena with their names, for the time of one call.
  struct Source {
    let nodes: UnsafePointer<DocumentNode>
    let arena: UnsafeRawPointer

    func name(_ index: Int) -> [UInt8] {
      Array(UnsafeRawBufferPointer(start: arena + Int(nodes[index].name), count: Int(nodes[index].nameLength)))
    }

    /// The indices of the values inside of another.
    func members(of index: Int) -> [Int] {
      var members: [Int] = []
      var at = index + 1
      for _ in 0..<Int(nodes[index].count) {
        members.append(at)
        at = Int(nodes[at].end)
      }
      return members
    }
  }

  /// - Parameter name: of the schema; nil has none, but those below it are called as if it were `null`, as Java writes it.
  func document(
    _ index: Int, name: String?, isOptional: Bool, added: [Schema.Field] = [], _ source: Source
  ) throws(DocumentFailure) -> DocumentType {
    try structure(source.members(of: index).map { (source.name($0), $0) }, name: name, isOptional: isOptional, added: added, source)
  }

  private func structure(
    _ values: [(name: [UInt8], node: Int)], name: String?, isOptional: Bool, added: [Schema.Field] = [], _ source: Source
  ) throws(DocumentFailure) -> DocumentType {
    var members: [DocumentType.Member] = []
    var fields: [Schema.Field] = []
    var places: [String: Int] = [:]
    for (raw, node) in values {
      if source.nodes[node].kind == .undefined {
        members.append(DocumentType.Member(name: raw, field: nil, type: .text))
        continue
      }
      let field = form.names.adjusted(JSONName.text(raw))
      if let place = places[field] {
        // The type of the first stays where two names have become one.
        members.append(DocumentType.Member(name: raw, field: place, type: members.first { $0.field == place }?.type ?? .text))
        continue
      }
      let type = try type(of: node, field: field, in: name ?? "null", source)
      places[field] = fields.count
      members.append(DocumentType.Member(name: raw, field: fields.count, type: type))
      fields.append(Schema.Field(field, type.schema))
    }
    for field in added {
      guard places[field.name] == nil else { throw DocumentFailure.fieldTwice(field.name) }
      fields.append(field)
    }
    return DocumentType(.structure(members), Schema(.structure(fields), optional: isOptional, name: name))
  }

  private func type(of node: Int, field: String, in parent: String, _ source: Source) throws(DocumentFailure) -> DocumentType {
    let kind = source.nodes[node].kind
    switch kind {
    case .document:
      if source.nodes[node].count == 0 { return try structure([], name: nil, isOptional: true, source) }
      return try document(node, name: "\(parent).\(field)", isOptional: true, source)
    case .array:
      return form.arrays == .array
        ? try array(node, field: field, in: parent, source) : try numbered(node, name: "\(parent).\(field)", source)
    default:
      guard let type = DocumentType.scalar(kind) else { throw DocumentFailure.unsupported(field) }
      return type
    }
  }

  // MARK: - Arrays as arrays

  private func array(_ node: Int, field: String, in parent: String, _ source: Source) throws(DocumentFailure) -> DocumentType {
    guard let item = try item(of: [node], name: "\(parent).\(field)", field: field, isInner: false, source) else { return .emptyArray }
    return DocumentType(.array(item), Schema(.array(item.schema), optional: true))
  }

  /// The type of the items of arrays, nil where nothing tells it.
  /// - Parameter isInner: they are items of an array themselves; then they hold no further arrays, and documents have no name.
  private func item(of arrays: [Int], name: String?, field: String, isInner: Bool, _ source: Source) throws(DocumentFailure) -> DocumentType? {
    var inner: [Int] = [], documents: [Int] = [], scalar: DocumentType?
    for node in arrays.flatMap(source.members(of:)) {
      switch source.nodes[node].kind {
      case .array: inner.append(node)
      case .document: documents.append(node)
      case let kind:
        guard kind != .regex, let type = DocumentType.scalar(kind) else { throw DocumentFailure.unsupported(field) }
        if let scalar, scalar !== type { throw DocumentFailure.mixed(field) }
        scalar = type
      }
    }
    guard [!inner.isEmpty, !documents.isEmpty, scalar != nil].count(where: { $0 }) <= 1 else { throw DocumentFailure.mixed(field) }
    if let scalar { return scalar }
    if !documents.isEmpty { return try structure(merged(documents, source), name: isInner ? nil : name, isOptional: true, source) }
    if inner.isEmpty { return nil }
    if isInner { throw DocumentFailure.deep(field) }
    let item = try item(of: inner, name: name, field: field, isInner: true, source) ?? .text
    return DocumentType(.array(item), Schema(.array(item.schema), optional: true))
  }

  /// The members of several documents, in the order of their first appearance, each as the last document has it.
  private func merged(_ documents: [Int], _ source: Source) throws(DocumentFailure) -> [(name: [UInt8], node: Int)] {
    var members: [(name: [UInt8], node: Int)] = []
    var places: [[UInt8]: Int] = [:]
    for node in documents.flatMap(source.members(of:)) {
      let name = source.name(node), kind = source.nodes[node].kind
      if kind == .regex || kind == .unsupported || kind == .undefined { throw DocumentFailure.unsupported(JSONName.text(name)) }
      if let place = places[name] {
        let before = source.nodes[members[place].node].kind
        let isDocument = kind == .document && source.nodes[node].count > 0
        if !isDocument, before != kind, DocumentType.scalar(before) == nil || DocumentType.scalar(before) !== DocumentType.scalar(kind) {
          throw DocumentFailure.mixed(JSONName.text(name))
        }
        members[place].node = node
      } else {
        places[name] = members.count
        members.append((name, node))
      }
    }
    return members
  }

  // MARK: - Arrays as documents

  private func numbered(_ node: Int, name: String, _ source: Source) throws(DocumentFailure) -> DocumentType {
    var items: [DocumentType] = []
    for (index, item) in source.members(of: node).enumerated() {
      let inside = "\(name)._\(index)"
      switch source.nodes[item].kind {
      case .document: items.append(try document(item, name: inside, isOptional: true, source))
      case .array: items.append(try numbered(item, name: inside, source))
      case let kind:
        guard kind != .regex, let type = DocumentType.scalar(kind) else { throw DocumentFailure.unsupported(name) }
        items.append(type)
      }
    }
    let fields = items.enumerated().map { Schema.Field("_\($0)", $1.schema) }
    return DocumentType(.numbered(items), Schema(.structure(fields), optional: true, name: name))
  }
}
