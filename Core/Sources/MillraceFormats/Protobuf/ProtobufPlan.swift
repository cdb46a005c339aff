internal import MillraceCore

/// How one field is written.
struct ProtobufNode: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    case varint, float32, float64, boolean, string, bytes, decimal, date, time, timestamp, message, array, map

    /// Whether elements stand side by side behind one tag.
    var isPacked: Bool {
      switch self {
      case .varint, .float32, .float64, .boolean: true
      default: false
      }
    }
  }

  /// A place in the plan's bytes.
  struct Text: BitwiseCopyable {
    var offset: UInt32 = 0
    var length: UInt32 = 0
  }

  var kind: Kind
  /// The field's number and wire type; 0 for a message that stands alone.
  var tag: UInt32 = 0
  /// Whether zero and nothing are told apart, so that a zero is written.
  var hasPresence = false
  /// Whether the value lies in a message of its own, as its field 1.
  var isWrapped = false
  var allowsNull = false
  var firstChild: Int32 = 0
  var childCount: Int32 = 0
  /// Of a decimal.
  var scale: Int32 = 0
  /// The place of a member's slot: members are written in the order of their numbers.
  var place: Int32 = 0
  /// The whole field where the value is null, or was not in the log: a default, a placeholder, or nothing.
  var null = Text()
  var unavailable = Text()
}

/// All that Protobuf's encoding needs to know about one schema.
final class ProtobufPlan: Sendable {
  let compiled: CompiledProtobuf
  let view: View

  /// The content as plain values.
  ///
  /// `@unchecked Sendable`: the pointers lead into the plan that holds the view, which never changes.
  struct View: BitwiseCopyable, @unchecked Sendable {
    let nodes: UnsafePointer<ProtobufNode>
    let bytes: UnsafeRawPointer
    let root: Int
  }

  init(_ schema: Schema, _ settings: ProtobufSettings) throws(MillraceError) {
    var compiled = CompiledProtobuf(settings: settings)
    var root = try compiled.node(schema, number: 1, isField: false, isEntry: true)
    if root.kind == .message {
      root.tag = 0
    } else {
      // A value alone is field 1 of its wrapper.
      root.hasPresence = false
      root.isWrapped = false
      root.tag = 1 << 3 | compiled.wireType(root.kind)
    }
    let index = compiled.nodes.append(repeating: root, count: 1)
    compiled.names.append(schema.name ?? "value")
    view = View(nodes: compiled.nodes.elements, bytes: compiled.bytes.start, root: index)
    self.compiled = compiled
  }
}

/// The content of a plan, and its compiler.
struct CompiledProtobuf: ~Copyable, Sendable {
  let settings: ProtobufSettings
  var nodes = Buffer<ProtobufNode>(capacity: 64)
  var bytes = ByteArena(capacity: 512)
  /// The name of each node, for messages.
  var names: [String] = []

  init(settings: ProtobufSettings) { self.settings = settings }

  /// - Parameters:
  ///   - isField: whether the value is a member of a struct: only there a default stands for null.
  ///   - isEntry: whether `optional.for.nullables` has no effect.
  mutating func node(_ schema: Schema, number: Int, isField: Bool, isEntry: Bool) throws(MillraceError) -> ProtobufNode {
    var node = ProtobufNode(kind: kind(schema))
    node.allowsNull = schema.isOptional
    node.isWrapped = settings.wrapsNullables && schema.isOptional && ProtobufLogical(schema) == nil && ProtobufWrapper(schema) != nil
    node.hasPresence = settings.marksOptional && schema.isOptional && !isEntry
    node.tag = UInt32(truncatingIfNeeded: number) << 3 | (node.isWrapped ? 2 : wireType(node.kind))
    switch schema.kind {
    case .array(let items):
      let element = try self.node(items, number: number, isField: false, isEntry: true)
      add([element], ["items"], to: &node)
    case .map(let key, let value):
      let members = [
        try self.node(key, number: 1, isField: true, isEntry: true), try self.node(value, number: 2, isField: true, isEntry: true),
      ]
      add(members, ["key", "value"], to: &node)
    case .structure(let fields):
      var members: [ProtobufNode] = []
      let order = zip(fields.indices, ProtobufField.numbers(fields)).sorted { $0.1 < $1.1 }
      for (index, number) in order {
        var member = try self.node(fields[index].schema, number: number, isField: true, isEntry: false)
        member.place = Int32(truncatingIfNeeded: index)
        members.append(member)
      }
      add(members, order.map { fields[$0.0].name }, to: &node)
    default: break
    }
    if schema.isDecimal { node.scale = Int32(clamping: schema.scale) }
    if isField, let value = schema.substitute { node.null = try encoded(value, node, schema) }
    if let placeholder = UnavailableValue.value(for: schema, settings.placeholder) {
      node.unavailable = try encoded(placeholder, node, schema)
    } else {
      node.unavailable = node.null
    }
    if schema.substitute != nil, isField { node.allowsNull = true }
    return node
  }

  private mutating func add(_ children: [ProtobufNode], _ names: [String], to node: inout ProtobufNode) {
    node.firstChild = Int32(truncatingIfNeeded: nodes.count)
    node.childCount = Int32(truncatingIfNeeded: children.count)
    for child in children { nodes.append(child) }
    self.names += names
  }

  private func kind(_ schema: Schema) -> ProtobufNode.Kind {
    switch ProtobufLogical(schema) {
    case .decimal: return .decimal
    case .date: return .date
    case .time: return .time
    case .timestamp: return .timestamp
    case nil: break
    }
    switch schema.kind {
    case .int8, .int16, .int32, .int64: return .varint
    case .float32: return .float32
    case .float64: return .float64
    case .boolean: return .boolean
    case .string: return .string
    case .bytes: return .bytes
    case .array: return .array
    case .map: return .map
    case .structure: return .message
    }
  }

  func wireType(_ kind: ProtobufNode.Kind) -> UInt32 {
    switch kind {
    case .varint, .boolean: 0
    case .float64: 1
    case .float32: 5
    default: 2
    }
  }

  /// A value of the plan's own, written as those of records are.
  private mutating func encoded(_ value: Value, _ node: ProtobufNode, _ schema: Schema) throws(MillraceError) -> ProtobufNode.Text {
    var batch = RecordBatch(capacity: 64)
    let slot = batch.slot(value)
    var output = ByteArena(capacity: 64)
    let name = schema.name ?? "default"
    do throws(ProtobufWriter.Mismatch) {
      let writer = ProtobufWriter(nodes: nodes.elements, bytes: bytes.start, contents: batch.contents)
      try withUnsafePointer(to: node) { (node) throws(ProtobufWriter.Mismatch) in try writer.field(slot, by: node, &output) }
    } catch {
      throw .mismatch(name, in: "protobuf")
    }
    let offset = bytes.count
    output.withBytes { bytes.append($0) }
    return ProtobufNode.Text(offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: output.count))
  }
}
