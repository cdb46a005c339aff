internal import MillraceCore

/// Makes the Avro schema of a Connect schema, as Confluent's converter does it (io.confluent.connect.avro.AvroData, 7.0), in the
/// form in which Avro's own library prints it: this text is what a registry is given.
struct AvroSchemaText {
  private let settings: AvroSettings
  /// What each name stands for so far: a name is spelled out once and referred to after that.
  private var defined: [String: Schema] = [:]
  /// Records by their Connect name, which optional ones and elements are looked for under.
  private var records: [String: String] = [:]

  private init(_ settings: AvroSettings) { self.settings = settings }

  static func schema(of schema: Schema, _ settings: AvroSettings) throws(MillraceError) -> JSONValue {
    var text = AvroSchemaText(settings)
    return try text.type(schema, in: nil)
  }

  /// The full name that the schema's messages have; nil for what is no record.
  static func recordName(_ schema: Schema, _ settings: AvroSettings) -> String? {
    guard case .structure = schema.kind else { return nil }
    let (space, name) = AvroSchemaText(settings).name(of: schema)
    return (space.map { $0 + "." } ?? "") + name
  }

  /// What a value without a schema is: a record with a field for each kind.
  static let anything: String = {
    let kinds = ["boolean", "bytes", "double", "float", "int", "long", "string"].map {
      "{\"name\":\"\($0)\",\"type\":[\"null\",\"\($0)\"],\"default\":null}"
    }
    let pairs =
      "{\"type\":\"record\",\"name\":\"MapEntry\",\"fields\":[{\"name\":\"key\",\"type\":\"Anything\"},{\"name\":\"value\",\"type\":\"Anything\"}]}"
    let nested = [("array", "\"Anything\""), ("map", pairs)].map {
      "{\"name\":\"\($0)\",\"type\":[\"null\",{\"type\":\"array\",\"items\":\($1)}],\"default\":null}"
    }
    return "{\"type\":\"record\",\"name\":\"Anything\",\"namespace\":\"\(AvroName.namespace)\",\"fields\":["
      + (kinds + nested).joined(separator: ",") + "]}"
  }()

  static let anythingName = AvroName.namespace + ".Anything"

  // MARK: types

  private mutating func type(_ schema: Schema, in space: String?) throws(MillraceError) -> JSONValue {
    if case .structure = schema.kind, schema.name == AvroName.union {
      throw MillraceError(
        code: "format.avro.union", component: "avro", retry: .record, message: "a struct called \(AvroName.union) cannot be written",
        advice: "give the schema another name")
    }
    // Optional structs are looked for by name, required ones by all that they are.
    let base: JSONValue
    if schema.isOptional, let reference = reference(to: schema, in: space) {
      base = reference
    } else {
      base = try underlying(schema, in: space)
    }
    guard schema.isOptional else { return base }
    if case .structure = schema.kind { return .array([.string("null"), base]) }
    return .array(schema.substitute == nil ? [.string("null"), base] : [base, .string("null")])
  }

  /// An element of an array or map.
  private mutating func element(_ schema: Schema, in space: String?) throws(MillraceError) -> JSONValue {
    if !schema.isOptional, let reference = reference(to: schema, in: space) { return reference }
    return try type(schema, in: space)
  }

  private func reference(to schema: Schema, in space: String?) -> JSONValue? {
    guard case .structure = schema.kind, let name = schema.name, let full = records[name] else { return nil }
    return .string(Self.reference(full, in: space))
  }

  private static func reference(_ full: String, in space: String?) -> String {
    let (own, name) = AvroName.split(full)
    return own == nil || own == space ? name : full
  }

  /// The type without regard to null.
  private mutating func underlying(_ schema: Schema, in space: String?) throws(MillraceError) -> JSONValue {
    var members: [JSONValue.Member] = []
    switch schema.kind {
    case .int8, .int16, .int32: members = [.init("type", .string("int"))]
    case .int64: members = [.init("type", .string("long"))]
    case .float32: members = [.init("type", .string("float"))]
    case .float64: members = [.init("type", .string("double"))]
    case .boolean: members = [.init("type", .string("boolean"))]
    case .bytes:
      members = [.init("type", .string("bytes"))]
      if schema.isDecimal {
        members.append(.init("scale", .integer(Int64(schema.scale))))
        members.append(.init("precision", .integer(schema.parameter("connect.decimal.precision").flatMap { Int64($0) } ?? 64)))
      }
    case .string:
      if let symbols = settings.symbols(schema) {
        guard let opening = try enumeration(schema, symbols, in: space) else {
          return .string(Self.reference(schema.parameter(AvroName.enumeration) ?? "", in: space))
        }
        members = opening
      } else {
        members = [.init("type", .string("string"))]
      }
    case .array(let items):
      members = [.init("type", .string("array")), .init("items", try element(items, in: space))]
    case .map(let key, let value):
      if settings.isTextMap(key) {
        members = [.init("type", .string("map")), .init("values", try element(value, in: space))]
      } else {
        members = [.init("type", .string("array")), .init("items", try pairs(schema, key, value, in: space))]
      }
    case .structure(let fields):
      let (own, name) = name(of: schema)
      let full = (own.map { $0 + "." } ?? "") + name
      if let name = schema.name { records[name] = full }
      guard try define(full, schema) else { return .string(Self.reference(full, in: space)) }
      members = opening("record", name, own, in: space)
      if let doc = schema.parameter("\(AvroName.namespace).record.doc") { members.append(.init("doc", .string(doc))) }
      var list: [JSONValue] = []
      var names: Set<String> = []
      for field in fields {
        list.append(try self.field(field, schema.parameter("\(AvroName.namespace).field.doc.\(field.name)"), in: own, &names))
      }
      members.append(.init("fields", .array(list)))
    }
    appendProperties(of: schema, to: &members)
    if members.count == 1, case .string = members[0].value { return members[0].value }
    return .object(members)
  }

  private mutating func field(
    _ field: Schema.Field, _ doc: String?, in space: String?, _ names: inout Set<String>
  ) throws(MillraceError) -> JSONValue {
    let name = settings.scrubsNames ? AvroName.scrubbed(field.name) : field.name
    guard AvroName.isValid(name) else { throw Self.illegal(name) }
    guard names.insert(name).inserted else {
      throw MillraceError(
        code: "format.avro.name", component: "avro", retry: .record, message: "two fields of a record are both called \(name) in Avro",
        advice: "write field.name.adjustment.mode=avro_unicode for the connector, or rename a column")
    }
    var members: [JSONValue.Member] = [.init("name", .string(name)), .init("type", try type(field.schema, in: space))]
    if let doc { members.append(.init("doc", .string(doc))) }
    if let value = field.schema.substitute {
      members.append(.init("default", try Self.json(value, field.schema, settings, widened: true)))
    } else if field.schema.isOptional {
      members.append(.init("default", .null))
    }
    return .object(members)
  }

  /// The record of one pair of a map that is written as an array.
  private mutating func pairs(_ schema: Schema, _ key: Schema, _ value: Schema, in space: String?) throws(MillraceError) -> JSONValue {
    let (own, name) = schema.name == nil ? (AvroName.namespace, "MapEntry") : self.name(of: schema)
    let full = (own.map { $0 + "." } ?? "") + name
    guard try define(full, Schema(.map(key: key, value: value), name: schema.name)) else { return .string(Self.reference(full, in: space)) }
    var members = opening("record", name, own, in: space)
    var names: Set<String> = []
    members.append(
      .init("fields", .array([try field(.init("key", key), nil, in: own, &names), try field(.init("value", value), nil, in: own, &names)])))
    if schema.name != nil { members.append(.init("connect.internal.type", .string("MapEntry"))) }
    return .object(members)
  }

  /// nil where it was spelled out before.
  private mutating func enumeration(_ schema: Schema, _ symbols: [String], in space: String?) throws(MillraceError) -> [JSONValue.Member]? {
    let full = schema.parameter(AvroName.enumeration) ?? ""
    guard try define(full, Schema(.string, parameters: schema.parameters)) else { return nil }
    let (own, name) = AvroName.split(full)
    var members = opening("enum", name, own, in: space)
    let (_, connect) = self.name(of: schema)
    if let doc = schema.parameter("\(AvroName.namespace).enum.doc.\(connect)") { members.append(.init("doc", .string(doc))) }
    members.append(.init("symbols", .array(symbols.map { .string($0) })))
    if let standard = schema.parameter("\(AvroName.namespace).enum.default.\(connect)") { members.append(.init("default", .string(standard))) }
    return members
  }

  // MARK: names

  private func name(of schema: Schema) -> (space: String?, name: String) {
    guard let full = schema.name else { return (AvroName.namespace, "ConnectDefault") }
    let (space, name) = AvroName.split(full)
    guard settings.scrubsNames else { return (space, name) }
    let parts = space?.split(separator: ".", omittingEmptySubsequences: false).map { AvroName.scrubbed(String($0)) }
    return (parts?.joined(separator: "."), AvroName.scrubbed(name))
  }

  private func opening(_ kind: String, _ name: String, _ own: String?, in space: String?) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = [.init("type", .string(kind)), .init("name", .string(name))]
    if own != space { members.append(.init("namespace", .string(own ?? ""))) }
    return members
  }

  /// Whether the name is new; it must not have stood for something else.
  private mutating func define(_ full: String, _ schema: Schema) throws(MillraceError) -> Bool {
    let (_, name) = AvroName.split(full)
    guard AvroName.isValid(name) else { throw Self.illegal(name) }
    let schema = schema.with(optional: false)
    guard let known = defined[full] else {
      defined[full] = schema
      return true
    }
    guard known == schema else {
      throw MillraceError(
        code: "format.avro.redefined", component: "avro", retry: .record, message: "a schema has two different records called \(full)",
        advice: "leave out what gives them parameters of their own, such as column.propagate.source.type")
    }
    return false
  }

  private static func illegal(_ name: String) -> MillraceError {
    MillraceError(
      code: "format.avro.name", component: "avro", retry: .record, message: "\"\(name)\" is no name in Avro: letters, digits and _ only",
      advice: "write schema.name.adjustment.mode=avro and field.name.adjustment.mode=avro for the connector")
  }

  // MARK: properties

  private func appendProperties(of schema: Schema, to members: inout [JSONValue.Member]) {
    if settings.hasMetadata {
      if let doc = schema.doc { members.append(.init("connect.doc", .string(doc))) }
      if let version = schema.version { members.append(.init("connect.version", .integer(Int64(version)))) }
      let flag = "\(AvroName.namespace).field.default"
      let parameters = schema.parameters.filter { $0.name != flag }
      if !parameters.isEmpty {
        members.append(.init("connect.parameters", .object(parameters.map { .init($0.name, .string($0.value)) })))
      }
      if let value = schema.substitute, parameters.count == schema.parameters.count,
        let json = try? Self.json(value, schema, settings, widened: false)
      {
        members.append(.init("connect.default", json))
      }
      if let name = schema.name { members.append(.init("connect.name", .string(name))) }
      switch schema.kind {
      case .int8: members.append(.init("connect.type", .string("int8")))
      case .int16: members.append(.init("connect.type", .string("int16")))
      default: break
      }
    }
    if let logical = Self.logicalType(schema) { members.append(.init("logicalType", .string(logical))) }
    for parameter in schema.parameters where parameter.name.hasPrefix("avro") {
      members.append(.init(parameter.name, .string(parameter.value)))
    }
  }

  private static func logicalType(_ schema: Schema) -> String? {
    switch (schema.name, schema.kind) {
    case ("org.apache.kafka.connect.data.Decimal", .bytes): "decimal"
    case ("org.apache.kafka.connect.data.Date", .int32): "date"
    case ("org.apache.kafka.connect.data.Time", .int32): "time-millis"
    case ("org.apache.kafka.connect.data.Timestamp", .int64): "timestamp-millis"
    default: nil
    }
  }

  /// A default. Bytes are text, each byte a character of its number.
  ///
  /// - Parameter widened: whether a float32 is shown as the float64 of its value, as Avro's library does it for fields.
  private static func json(_ value: Value, _ schema: Schema, _ settings: AvroSettings, widened: Bool) throws(MillraceError) -> JSONValue {
    switch (schema.kind, value) {
    case (_, .null): return .null
    case (.boolean, .boolean(let value)): return .boolean(value)
    case (.bytes, .integer(let value)): return text(TwosComplement.bytes(value))
    case (.bytes, .bytes(let bytes)): return text(bytes)
    case (_, .integer(let value)): return .integer(value)
    case (.float32, .float(let value)): return number(widened ? JavaText.float(Double(Float(value))) : JavaText.float(Float(value)))
    case (.float64, .float(let value)): return number(JavaText.float(value))
    case (.string, .text(let text)): return .string(text)
    case (.array(let items), .array(let values)):
      var list: [JSONValue] = []
      for value in values { list.append(try json(value, items, settings, widened: widened)) }
      return .array(list)
    case (.map(let key, let item), .map(let pairs)):
      var members: [JSONValue.Member] = []
      var list: [JSONValue] = []
      for pair in pairs {
        let value = try json(pair.value, item, settings, widened: widened)
        if settings.isTextMap(key), case .text(let name) = pair.key {
          members.append(.init(name, value))
        } else {
          list.append(.array([try json(pair.key, key, settings, widened: widened), value]))
        }
      }
      return settings.isTextMap(key) ? .object(members) : .array(list)
    case (.structure(let fields), .structure(let values)) where fields.count == values.count:
      var members: [JSONValue.Member] = []
      for (field, value) in zip(fields, values) {
        members.append(.init(field.name, try json(value == .null ? field.schema.substitute ?? .null : value, field.schema, settings, widened: widened)))
      }
      return .object(members)
    default: throw .mismatch(schema.name ?? "default")
    }
  }

  private static func text(_ bytes: [UInt8]) -> JSONValue {
    .string(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
  }

  private static func number(_ text: String) -> JSONValue {
    // NaN and infinities are no numbers in JSON.
    text.last?.isNumber == true ? .number(text) : .string(text)
  }
}
