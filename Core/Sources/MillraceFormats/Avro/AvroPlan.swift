internal import MillraceCore

/// All that Avro's encoding needs to know about one schema, in flat runs of plain values: the members of a struct side by side, and
/// all bytes that do not depend on a value (nulls, defaults, placeholders) ready.
final class AvroPlan: Sendable {
  let compiled: CompiledAvro
  let view: View

  /// The content as plain values.
  ///
  /// `@unchecked Sendable`: the pointers lead into the plan that holds the view, which never changes.
  struct View: BitwiseCopyable, @unchecked Sendable {
    let nodes: UnsafePointer<AvroNode>
    let bytes: UnsafeRawPointer
    let root: Int
  }

  init(_ schema: Schema, _ settings: AvroSettings) throws(MillraceError) {
    var compiled = CompiledAvro(settings: settings)
    var root = try compiled.node(schema)
    // Bytes alone have no length before them, unless they may be null (AbstractKafkaAvroSerializer).
    if root.kind == .bytes || root.kind == .decimal, !schema.isOptional { (root.kind, root.expects) = (.raw, .bytes) }
    let index = compiled.nodes.append(repeating: root, count: 1)
    compiled.names.append(schema.name ?? "value")
    view = View(nodes: compiled.nodes.elements, bytes: compiled.bytes.start, root: index)
    self.compiled = compiled
  }
}

/// The content of a plan, and its compiler.
struct CompiledAvro: ~Copyable, Sendable {
  let settings: AvroSettings
  var nodes = Buffer<AvroNode>(capacity: 64)
  var bytes = ByteArena(capacity: 512)
  /// The name of each node, for messages.
  var names: [String] = []

  init(settings: AvroSettings) { self.settings = settings }

  /// - Parameter isField: whether the value is a member of a struct: only there a default stands for null.
  mutating func node(_ schema: Schema, isField: Bool = false) throws(MillraceError) -> AvroNode {
    var node = AvroNode(kind: shape(schema))
    node.hasBranch = schema.isOptional
    let isDefaulted = schema.substitute != nil && !schema.fieldsMayBeNull
    node.branch = schema.isOptional && !isDefaulted ? 2 : 0
    switch schema.kind {
    case .array(let items): try children([("items", items)], isField: false, of: &node)
    case .map(let key, let value):
      // Keys of Avro's own maps have no branch before them.
      let key = settings.isTextMap(key) ? key.with(optional: false) : key
      try children([("key", key), ("value", value)], isField: false, of: &node)
    case .structure(let fields): try children(fields.map { ($0.name, $0.schema) }, isField: true, of: &node)
    case .string:
      if let symbols = settings.symbols(schema) {
        node.firstChild = Int32(truncatingIfNeeded: nodes.count)
        node.childCount = Int32(truncatingIfNeeded: symbols.count)
        for symbol in symbols {
          var child = AvroNode(kind: .symbol)
          child.null = AvroNode.Text(offset: UInt32(truncatingIfNeeded: bytes.count), length: UInt32(truncatingIfNeeded: symbol.utf8.count))
          bytes.append(symbol)
          nodes.append(child)
          names.append(symbol)
        }
      }
    default: break
    }
    if schema.isOptional { node.null = append([isDefaulted ? 2 : 0]) }
    if isField, let value = schema.substitute { node.null = try encoded(value, node, schema) }
    if node.kind != .symbol, let placeholder = UnavailableValue.value(for: schema, settings.placeholder) {
      node.unavailable = try encoded(placeholder, node, schema)
    } else {
      node.unavailable = node.null
    }
    return node
  }

  private mutating func children(_ members: [(name: String, schema: Schema)], isField: Bool, of parent: inout AvroNode) throws(MillraceError) {
    let first = nodes.append(repeating: AvroNode(kind: .integer), count: members.count)
    names += members.map(\.name)
    parent.firstChild = Int32(truncatingIfNeeded: first)
    parent.childCount = Int32(truncatingIfNeeded: members.count)
    var room = 64
    for (index, member) in members.enumerated() {
      let node = try node(member.schema, isField: isField)
      nodes[first + index] = node
      room += Int(node.null.length + node.unavailable.length) + 16
    }
    parent.room = Int32(truncatingIfNeeded: room)
  }

  private func shape(_ schema: Schema) -> AvroNode.Kind {
    switch schema.kind {
    case .int8, .int16, .int32, .int64: .integer
    case .float32: .float32
    case .float64: .float64
    case .boolean: .boolean
    case .string: settings.symbols(schema) == nil ? .string : .symbol
    case .bytes: schema.isDecimal ? .decimal : .bytes
    case .array: .array
    case .map: .map
    case .structure: .structure
    }
  }

  private mutating func append(_ content: [UInt8]) -> AvroNode.Text {
    let offset = bytes.count
    bytes.append(content)
    return AvroNode.Text(offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: content.count))
  }

  /// A value of the plan's own, written as those of records are.
  private mutating func encoded(_ value: Value, _ node: AvroNode, _ schema: Schema) throws(MillraceError) -> AvroNode.Text {
    var batch = RecordBatch(capacity: 64)
    let slot = batch.slot(value)
    var output = ByteArena(capacity: 64)
    let name = schema.name ?? "default"
    do throws(AvroWriter.Mismatch) {
      let writer = AvroWriter(nodes: nodes.elements, bytes: bytes.start, contents: batch.contents)
      let cursor = try withUnsafePointer(to: slot) { (slot) throws(AvroWriter.Mismatch) in
        try withUnsafePointer(to: node) { (node) throws(AvroWriter.Mismatch) in
          try writer.write(slot, by: node, &output, output.cursor(reserving: 64))
        }
      }
      output.finish(cursor)
    } catch {
      throw .mismatch(name, in: "avro")
    }
    return append(output.withBytes { Array($0) })
  }
}

extension Schema {
  /// Of optional structs null comes first in their union, whatever their default.
  fileprivate var fieldsMayBeNull: Bool { if case .structure = kind { true } else { false } }
}
