internal import MillraceCore

/// Makes the Protobuf schema of a Connect schema, as Confluent's converter does it (io.confluent.connect.protobuf.ProtobufData, 7.0),
/// in the form in which it is registered.
struct ProtobufSchemaText {
  private struct Message {
    let name: String
    var fields: [String] = []
    var nested: [Message] = []
  }

  private let settings: ProtobufSettings
  private var imports: [String] = []
  /// What has no name is called ConnectDefault and a number.
  private var unnamed = 0

  private init(_ settings: ProtobufSettings) { self.settings = settings }

  /// The text of the file, and the full name of the message.
  static func schema(of schema: Schema, _ settings: ProtobufSettings) throws(MillraceError) -> (text: String, name: String) {
    if ProtobufLogical(schema) == nil, let wrapper = ProtobufWrapper(schema) {
      return (ProtobufWrapper.text, "google.protobuf.\(wrapper.message)")
    }
    guard case .structure(let fields) = schema.kind else { throw refusal("a value that is no struct and no plain value stands alone") }
    var file = ProtobufSchemaText(settings)
    let name = file.name(of: schema)
    let space = schema.name.flatMap { AvroName.split($0).space }.map { file.scrubbed(space: $0) }
    let message = try file.message(name, fields)
    var text = "syntax = \"proto3\";\n"
    if let space { text += "package \(space);\n" }
    if !file.imports.isEmpty { text += "\n" + file.imports.map { "import \"\($0)\";\n" }.joined() }
    text += "\n" + Self.text(of: message)
    return (text, space.map { "\($0).\(name)" } ?? name)
  }

  private static func refusal(_ message: String) -> MillraceError {
    MillraceError(
      code: "format.protobuf.schema", component: "protobuf", retry: .record, message: "\(message), which Protobuf has no form for",
      advice: "use another converter for this topic, or a transform that changes the value")
  }

  // MARK: names

  private mutating func name(of schema: Schema) -> String {
    guard let full = schema.name else {
      unnamed += 1
      return "ConnectDefault\(unnamed)"
    }
    let name = AvroName.split(full).name
    return settings.scrubsNames ? AvroName.scrubbed(name, beginsWithLetter: true) : name
  }

  private func scrubbed(space: String) -> String {
    guard settings.scrubsNames else { return space }
    return space.split(separator: ".", omittingEmptySubsequences: false).map { AvroName.scrubbed(String($0), beginsWithLetter: true) }.joined(separator: ".")
  }

  private func checked(_ name: String) throws(MillraceError) -> String {
    guard name.utf8.count > 0, name.utf8.allSatisfy({ $0 < 0x80 }), AvroName.isValid(name) else {
      throw MillraceError(
        code: "format.protobuf.name", component: "protobuf", retry: .record, message: "\"\(name)\" is no name in Protobuf: letters, digits and _ only",
        advice: "write schema.name.adjustment.mode=avro and field.name.adjustment.mode=avro for the connector, or scrub.invalid.names=true")
    }
    return name
  }

  // MARK: messages

  private mutating func message(_ name: String, _ fields: [Schema.Field]) throws(MillraceError) -> Message {
    var message = Message(name: try checked(name))
    for (field, number) in zip(fields, ProtobufField.numbers(fields)) {
      try append(settings.scrubsNames ? AvroName.scrubbed(field.name, beginsWithLetter: true) : field.name, field.schema, number, isEntry: false, to: &message)
    }
    return message
  }

  /// - Parameter isEntry: whether it is a field of a map's entry, which is never marked optional.
  private mutating func append(
    _ name: String, _ schema: Schema, _ number: Int, isEntry: Bool, to message: inout Message
  ) throws(MillraceError) {
    var label = ""
    var value = schema
    switch schema.kind {
    case .array(let items):
      switch items.kind {
      case .array, .map: throw Self.refusal("the array \(name) holds arrays or maps")
      default: break
      }
      label = "repeated "
      value = items
    case .map: label = "repeated "
    default: if settings.marksOptional, schema.isOptional, !isEntry { label = "optional " }
    }
    let type = try type(of: value, in: &message)
    var options: [String] = []
    if label == "optional " { options.append("deprecated = false") }
    if let meta = Self.meta(value) { options.append(meta) }
    let tail =
      switch options.count {
      case 0: ""
      case 1: " [\(options[0])]"
      default: " [\n" + Self.indented(options.joined(separator: ",\n") + "\n") + "]"
      }
    message.fields.append("\(label)\(type) \(try checked(name)) = \(number)\(tail);\n")
  }

  private mutating func type(of schema: Schema, in message: inout Message) throws(MillraceError) -> String {
    if let logical = ProtobufLogical(schema) {
      use(logical.file)
      return logical.type
    }
    switch schema.kind {
    case .structure(let fields):
      let name = name(of: schema)
      if !message.nested.contains(where: { $0.name == name }) { message.nested.append(try self.message(name, fields)) }
      return name
    case .map(let key, let value):
      let name = name(of: schema) + "Entry"
      var entry = Message(name: try checked(name))
      try append("key", key, 1, isEntry: true, to: &entry)
      try append("value", value, 2, isEntry: true, to: &entry)
      if !message.nested.contains(where: { $0.name == name }) { message.nested.append(entry) }
      return name
    default:
      guard let wrapper = ProtobufWrapper(schema) else { throw Self.refusal("a value of a kind") }
      guard settings.wrapsNullables, schema.isOptional else { return wrapper.type }
      use(ProtobufWrapper.file)
      return "google.protobuf.\(wrapper.message)"
    }
  }

  private mutating func use(_ file: String) { if !imports.contains(file) { imports.append(file) } }

  // MARK: text

  /// What Protobuf's types do not tell of Connect's.
  private static func meta(_ schema: Schema) -> String? {
    var parameters: [String] = []
    switch schema.kind {
    case .int8: parameters = [parameter("key: \"connect.type\"", "value: \"int8\"")]
    case .int16: parameters = [parameter("key: \"connect.type\"", "value: \"int16\"")]
    default:
      guard schema.isDecimal else { return nil }
      for (name, key) in [("connect.decimal.precision", "precision"), ("scale", "scale")] {
        if let value = schema.parameter(name) { parameters.append(parameter("value: \"\(value)\"", "key: \"\(key)\"")) }
      }
    }
    if parameters.isEmpty { return nil }
    return "(confluent.field_meta) = {\n" + indented("params: [\n" + indented(parameters.joined(separator: ",\n") + "\n") + "]\n") + "}"
  }

  private static func parameter(_ first: String, _ second: String) -> String { "{\n  \(first),\n  \(second)\n}" }

  private static func text(of message: Message) -> String {
    var text = "message \(message.name) {\n" + message.fields.map(indented).joined()
    if !message.nested.isEmpty { text += "\n" + message.nested.map { indented(Self.text(of: $0)) }.joined() }
    return text + "}\n"
  }

  /// Each line two blanks further in, empty ones, too.
  private static func indented(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { "  \($0)\n" }.joined()
  }
}
