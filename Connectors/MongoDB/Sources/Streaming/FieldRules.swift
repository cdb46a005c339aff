internal import MillraceCore

/// `field.exclude.list` and `field.renames`: which fields of which collections' documents are left out or called otherwise
/// (io.debezium.connector.mongodb.FieldSelector).
struct FieldRuleList: Sendable {
  private let entries: [(collections: NamePatternOfCollection, path: FieldPath)]

  init(_ configuration: inout Configuration) {
    var entries: [(NamePatternOfCollection, FieldPath)] = []
    for (key, renames) in [("field.exclude.list", false), ("field.renames", true)] {
      for text in configuration.list(key) {
        if let entry = FieldRuleList.entry(text, renames: renames) {
          entries.append(entry)
        } else {
          configuration.report(
            Finding(
              key: key, problem: "has \"\(text)\", which names no field",
              advice: renames ? "write database.collection.field:newName; * stands for any characters of database or collection" : "write database.collection.field; * stands for any characters of database or collection"))
        }
      }
    }
    self.entries = entries
  }

  private static func entry(_ text: String, renames: Bool) -> (NamePatternOfCollection, FieldPath)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmed }
    guard parts.count == (renames ? 2 : 1), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    let nodes = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard nodes.count >= 3, nodes.allSatisfy({ !$0.isEmpty }) else { return nil }
    return (NamePatternOfCollection(database: nodes[0], collection: nodes[1]), FieldPath(Array(nodes[2...]), newName: renames ? parts[1] : nil))
  }

  /// nil where a collection's documents are delivered as they are.
  func rules(for namespace: String) -> FieldRules? {
    let paths = entries.filter { $0.collections.matches(namespace) }.map(\.path)
    return paths.isEmpty ? nil : FieldRules(paths: paths)
  }
}

/// Database and collection of a rule: `*` stands for any characters, case does not matter.
struct NamePatternOfCollection: Sendable {
  private let filter: NameFilter?

  init(database: String, collection: String) {
    func pattern(_ text: String) -> String { text.replacing("*", with: ".*") }
    filter = try? NameFilter(pattern(database) + "\\." + pattern(collection))
  }

  func matches(_ namespace: String) -> Bool { filter?.matches(namespace) ?? false }
}

/// The way to a field, through documents and the documents in arrays.
struct FieldPath: Sendable {
  let nodes: [[UInt8]]
  /// nil: the field is left out.
  let newName: [UInt8]?
  /// All nodes with dots between them, and the same with the new name at the end.
  let dotted: [UInt8]
  let newDotted: [UInt8]

  init(_ nodes: [String], newName: String?) {
    self.nodes = nodes.map { Array($0.utf8) }
    self.newName = newName.map { Array($0.utf8) }
    dotted = Array(nodes.joined(separator: ".").utf8)
    newDotted = Array((nodes.dropLast() + [newName ?? ""]).joined(separator: ".").utf8)
  }
}

/// The rules of one collection, applied one after the other.
struct FieldRules: Sendable {
  let paths: [FieldPath]
}

extension FieldRules {
  /// Memory for documents that are edited, used again for each.
  struct Scratch: ~Copyable {
    private var current = ByteArena(capacity: 64)
    private var next = ByteArena(capacity: 64)
    private var segments = NameSegments()

    /// Gives `body` the document as the rules leave it.
    mutating func withDocument(
      _ document: UnsafeRawBufferPointer, _ rules: FieldRules, _ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void
    ) throws(MillraceError) {
      try apply(document, rules) { bytes, path, segments, out throws(MillraceError) in
        try DocumentEditor(path: path).edit(bytes, from: 0, depth: 1, into: &out)
      }
      try current.withBytes { bytes throws(MillraceError) in try body(bytes) }
    }

    /// Gives `body` an update's `updatedFields`, whose names may be paths with dots, as the rules leave them.
    mutating func withChanges(
      _ changes: UnsafeRawBufferPointer, _ rules: FieldRules, _ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void
    ) throws(MillraceError) {
      try apply(changes, rules) { bytes, path, segments, out throws(MillraceError) in
        try DocumentEditor(path: path).edit(changes: bytes, &segments, into: &out)
      }
      try current.withBytes { bytes throws(MillraceError) in try body(bytes) }
    }

    private mutating func apply(
      _ document: UnsafeRawBufferPointer, _ rules: FieldRules,
      _ edit: (UnsafeRawBufferPointer, FieldPath, inout NameSegments, inout ByteArena) throws(MillraceError) -> Void
    ) throws(MillraceError) {
      current.removeAll(keeping: 1 << 20)
      current.append(document)
      for path in rules.paths {
        next.removeAll(keeping: 1 << 20)
        try edit(UnsafeRawBufferPointer(start: current.start, count: current.count), path, &segments, &next)
        swap(&current, &next)
      }
    }

    /// Appends the name of a field that an update has removed or cut, as the rules leave it; false where it is left out.
    mutating func append(name: UnsafeRawBufferPointer, _ rules: FieldRules, to arena: inout ByteArena) -> Bool {
      segments.split(name)
      for path in rules.paths where segments.leads(to: path.nodes) {
        guard let newName = path.newName else { return false }
        segments.append(renaming: path.nodes.count - 1, to: newName, arena: &arena)
        return true
      }
      arena.append(name)
      return true
    }
  }
}
