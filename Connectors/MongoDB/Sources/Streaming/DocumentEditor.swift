internal import MillraceCore

/// Leaves one field out of a document, or gives it another name, by writing the document anew
/// (io.debezium.connector.mongodb.FieldSelector.Path). A field with a new name stands at the end, as in a Java map.
struct DocumentEditor {
  let path: FieldPath

  /// - Parameter index: the node of the path that fields of this document are held against.
  func edit(_ document: UnsafeRawBufferPointer, from index: Int, depth: Int, into out: inout ByteArena) throws(MillraceError) {
    if depth > ExtendedJSON.maximumDepth { throw BSONReader.malformed("is nested too deeply") }
    let isLast = index == path.nodes.count - 1
    let start = begin(&out)
    var reader = try BSONReader(document)
    var renamed: BSONElement?
    var isTaken = false
    while let element = try reader.next() {
      if let newName = path.newName, isLast, DocumentEditor.isEqual(element.name, newName) { isTaken = true }
      guard DocumentEditor.isEqual(element.name, path.nodes[index]) else {
        copy(element, &out)
        continue
      }
      if isLast {
        renamed = element
      } else {
        try editBelow(element, from: index + 1, depth: depth, into: &out)
      }
    }
    if let renamed, let newName = path.newName {
      if isTaken { throw taken }
      add(renamed, called: newName, &out)
    }
    end(start, &out)
  }

  /// The document or the documents of the array that an element holds.
  private func editBelow(_ element: BSONElement, from index: Int, depth: Int, into out: inout ByteArena) throws(MillraceError) {
    switch element.type {
    case .document:
      head(element, &out)
      try edit(element.value, from: index, depth: depth + 1, into: &out)
    case .array:
      head(element, &out)
      let start = begin(&out)
      var items = try BSONReader(element.value)
      while let item = try items.next() {
        if item.type == .document {
          head(item, &out)
          try edit(item.value, from: index, depth: depth + 1, into: &out)
        } else {
          copy(item, &out)
        }
      }
      end(start, &out)
    default: copy(element, &out)
    }
  }

  /// An update's `updatedFields`.
  func edit(changes: UnsafeRawBufferPointer, _ segments: inout NameSegments, into out: inout ByteArena) throws(MillraceError) {
    var look = try BSONReader(changes)
    var hasDotted = false
    while let element = try look.next() {
      if DocumentEditor.isEqual(element.name, path.dotted) { hasDotted = true }
    }
    let start = begin(&out)
    // What gets another name comes behind all others: a second round writes it.
    var renames = false
    var isDone = false
    var reader = try BSONReader(changes)
    while let element = try reader.next() {
      if isDone {
        copy(element, &out)
      } else if hasDotted {
        if DocumentEditor.isEqual(element.name, path.dotted) { renames = path.newName != nil } else { copy(element, &out) }
      } else {
        segments.split(element.name)
        if segments.count < path.nodes.count, segments.agrees(with: path.nodes) {
          try editBelow(element, from: segments.count, depth: 1, into: &out)
          isDone = true
        } else if segments.count >= path.nodes.count, segments.agrees(with: path.nodes) {
          renames = path.newName != nil
        } else {
          copy(element, &out)
        }
      }
    }
    if renames, let newName = path.newName { try addRenamed(changes, hasDotted, newName, &segments, start, &out) }
    end(start, &out)
  }

  private func addRenamed(
    _ changes: UnsafeRawBufferPointer, _ hasDotted: Bool, _ newName: [UInt8], _ segments: inout NameSegments, _ start: Int, _ out: inout ByteArena
  ) throws(MillraceError) {
    var reader = try BSONReader(changes)
    while let element = try reader.next() {
      if hasDotted {
        if DocumentEditor.isEqual(element.name, path.dotted) { add(element, called: path.newDotted, &out) }
        continue
      }
      segments.split(element.name)
      if segments.count < path.nodes.count, segments.agrees(with: path.nodes) { return }
      guard segments.count >= path.nodes.count, segments.agrees(with: path.nodes) else { continue }
      out.append(element.type.rawValue)
      segments.append(renaming: path.nodes.count - 1, to: newName, arena: &out)
      out.append(0)
      out.append(element.value)
    }
  }

  private var taken: MillraceError {
    MillraceError(
      code: "mongodb.field.taken", component: "mongodb", retry: .record, message: "a document already has the field that field.renames would make",
      advice: "choose another new name in field.renames")
  }

  // MARK: writing

  private func begin(_ out: inout ByteArena) -> Int {
    let start = out.count
    for _ in 0..<4 { out.append(0) }
    return start
  }

  private func end(_ start: Int, _ out: inout ByteArena) {
    out.append(0)
    let length = UInt32(truncatingIfNeeded: out.count - start)
    for index in 0..<4 { out.set(UInt8(truncatingIfNeeded: length >> UInt32(8 * index)), at: start + index) }
  }

  /// Type, name and zero, and the value behind them, as they stand in the document.
  private func copy(_ element: BSONElement, _ out: inout ByteArena) {
    head(element, &out)
    out.append(element.value)
  }

  private func head(_ element: BSONElement, _ out: inout ByteArena) {
    out.append(element.type.rawValue)
    out.append(element.name)
    out.append(0)
  }

  private func add(_ element: BSONElement, called name: [UInt8], _ out: inout ByteArena) {
    out.append(element.type.rawValue)
    out.append(name)
    out.append(0)
    out.append(element.value)
  }

  private static func isEqual(_ name: UnsafeRawBufferPointer, _ other: [UInt8]) -> Bool {
    name.count == other.count && name.elementsEqual(other)
  }
}
