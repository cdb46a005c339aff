internal import MillraceCore

/// What the settings of a JSON converter come to.
struct JSONSettings: Sendable {
  var schemasEnabled: Bool
  var decimalsAsNumbers: Bool
  var replacesNullWithDefault: Bool
  var placeholder: [UInt8]
}

/// All that JSON needs to know about one schema, in flat runs of plain values: the members of a struct side by side, and every
/// text that does not depend on a value (names, nulls, defaults, the schema) ready as bytes.
final class JSONPlan: Sendable {
  /// Kept so that the object, and with it the identity under which the plan is found, lives as long as the plan.
  let schema: Schema
  let compiled: CompiledJSON
  let view: View

  /// The content as plain values.
  ///
  /// `@unchecked Sendable`: the pointers lead into the plan that holds the view, which never changes.
  struct View: BitwiseCopyable, @unchecked Sendable {
    let nodes: UnsafePointer<JSONNode>
    let text: UnsafeRawPointer
    let root: Int
    let opening: JSONNode.Text
  }

  init(_ schema: Schema, _ settings: JSONSettings) throws(MillraceError) {
    self.schema = schema
    var compiled = CompiledJSON(settings: settings)
    let root = try compiled.node(schema)
    compiled.root = compiled.nodes.append(repeating: root, count: 1)
    compiled.names.append(schema.name ?? "value")
    if settings.schemasEnabled { compiled.opening = try compiled.opening(schema) }
    view = View(nodes: compiled.nodes.elements, text: compiled.text.start, root: compiled.root, opening: compiled.opening)
    self.compiled = compiled
  }
}

extension JSONPlan.View {
  /// The whole message: the value, with the schema before it where that is wanted.
  @inline(__always) func append(
    _ slot: Slot, of contents: BatchContents, schemas: Bool, to output: inout ByteArena
  ) throws(JSONWriter.Mismatch) {
    let writer = JSONWriter(nodes: nodes, text: text, contents: contents)
    var cursor = output.cursor(reserving: 1024 + Int(opening.length))
    cursor.copy(text + Int(opening.offset), count: Int(opening.length))
    cursor = try withUnsafePointer(to: slot) { (slot) throws(JSONWriter.Mismatch) in
      try writer.write(slot, by: nodes + root, &output, cursor)
    }
    if schemas {
      cursor = output.ensure(1, cursor)
      cursor.put(UInt8(ascii: "}"))
    }
    output.finish(cursor)
  }
}

/// The content of a plan, and its compiler.
struct CompiledJSON: ~Copyable, Sendable {
  let settings: JSONSettings
  var nodes = Buffer<JSONNode>(capacity: 64)
  var text = ByteArena(capacity: 2048)
  /// The name of each node, for messages.
  var names: [String] = []
  /// The index of the root.
  var root = 0
  /// `{"schema":…,"payload":`, or nothing.
  var opening = JSONNode.Text()

  init(settings: JSONSettings) { self.settings = settings }

  mutating func node(_ schema: Schema, prefix: String = "") throws(MillraceError) -> JSONNode {
    let settings = settings
    var node = try JSONNode(kind: shape(schema))
    let quote = node.kind.isQuoted ? "\"" : ""
    node.prefix = try render { (text) throws(MillraceError) in text.append(prefix + quote) }
    if settings.replacesNullWithDefault, let value = schema.substitute {
      node.null = try render { (text) throws(MillraceError) in
        text.append(prefix)
        try text.append(json: value, schema, settings)
      }
    } else if schema.isOptional {
      node.null = try render { (text) throws(MillraceError) in text.append("\(prefix)null") }
    }
    if let placeholder = UnavailableValue.value(for: schema, settings.placeholder) {
      node.unavailable = try render { (text) throws(MillraceError) in
        text.append(prefix)
        try text.append(json: placeholder, schema, settings)
      }
    } else {
      node.unavailable = node.null
    }
    switch schema.kind {
    case .array(let items):
      try children([("items", items, "")], of: &node)
    case .map(let key, let value):
      try children([("key", key, ""), ("value", value, "")], of: &node)
    case .structure(let fields):
      var members: [(String, Schema, String)] = []
      for field in fields {
        let opening = members.isEmpty ? "{" : ","
        members.append((field.name, field.schema, opening + JSONName.quoted(field.name) + ":"))
      }
      try children(members, of: &node)
    default: break
    }
    if schema.isDecimal { node.scale = Int32(clamping: schema.scale) }
    return node
  }

  private mutating func children(_ members: [(name: String, schema: Schema, prefix: String)], of parent: inout JSONNode)
    throws(MillraceError)
  {
    let first = nodes.append(repeating: JSONNode(kind: .integer), count: members.count)
    names += members.map(\.name)
    parent.firstChild = Int32(truncatingIfNeeded: first)
    parent.childCount = Int32(truncatingIfNeeded: members.count)
    var room = 64
    for (index, member) in members.enumerated() {
      let node = try node(member.schema, prefix: member.prefix)
      nodes[first + index] = node
      room += Int(node.prefix.length + node.null.length + node.unavailable.length) + 40
    }
    parent.room = Int32(truncatingIfNeeded: room)
  }

  private func shape(_ schema: Schema) throws(MillraceError) -> JSONNode.Kind {
    switch schema.kind {
    case .int8, .int16, .int32, .int64: return .integer
    case .float32: return .float32
    case .float64: return .float64
    case .boolean: return .boolean
    case .string: return .string
    case .bytes: return schema.isDecimal ? (settings.decimalsAsNumbers ? .number : .decimal) : .bytes
    case .array: return .array
    case .map(let key, _):
      if case .string = key.kind { return .map }
      return .pairs
    case .structure: return .structure
    }
  }

  /// Appends what `body` writes to the plan's text.
  private mutating func render(_ body: (inout ByteArena) throws(MillraceError) -> Void) throws(MillraceError) -> JSONNode.Text {
    let offset = text.count
    try body(&text)
    return JSONNode.Text(offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: text.count - offset))
  }

  mutating func opening(_ schema: Schema) throws(MillraceError) -> JSONNode.Text {
    let settings = settings
    return try render { (text) throws(MillraceError) in
      text.append("{\"schema\":")
      try text.append(schema: schema, settings)
      text.append(",\"payload\":")
    }
  }
}

enum JSONName {
  /// `text` in quotes, escaped.
  static func quoted(_ text: String) -> String {
    var arena = ByteArena(capacity: 64)
    arena.append(json: text)
    return arena.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
